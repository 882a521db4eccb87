#include <config.h>

#include "engine/columns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

/* as much of a text as a message shows */
#define SHOWN_MAX 60

/* Cutting texts into columns; see columns.h. */

size_t
columns_split(const struct columns *columns, struct span text,
	      struct span spans[], size_t room)
{
	size_t size = columns ? columns->separator_size : 0;
	const char *end = text.start + text.nbytes;
	size_t n = 0;

	for (;;) {
		const char *found =
			size == 0 ? NULL
			: size == 1
				? memchr(text.start, columns->separator[0],
					 (size_t)(end - text.start))
				: memmem(text.start, (size_t)(end - text.start),
					 columns->separator, size);
		const char *stop = found ? found : end;

		if (n < room)
			spans[n] = (struct span){ text.start,
						  (size_t)(stop - text.start) };
		n++;
		if (!found)
			return n;
		text.start = found + size;
	}
}

char *
columns_quote(const struct columns *columns, char *out, size_t size,
	      struct span text)
{
	char shown[SHOWN_MAX + 1];

	if (!columns_are_terminated(columns))
		return diag_quote(out, size, text.start, text.nbytes,
				  SHOWN_MAX);
	if (text.nbytes > sizeof(shown))
		text.nbytes = sizeof(shown);
	for (size_t i = 0; i < text.nbytes; i++)
		shown[i] = text.start[i] ? text.start[i] : ' ';
	return diag_quote(out, size, shown, text.nbytes, SHOWN_MAX);
}

int
columns_name(struct columns *columns, struct span name)
{
	char **names = reallocarray(columns->names, columns->nnames + 1,
				    sizeof(*names));

	if (!names)
		return -ENOMEM;
	columns->names = names;
	names[columns->nnames] = strndup(name.start, name.nbytes);
	if (!names[columns->nnames])
		return -ENOMEM;
	columns->nnames++;
	return 0;
}

void
columns_release(struct columns *columns)
{
	for (size_t i = 0; i < columns->nnames; i++)
		free(columns->names[i]);
	free(columns->names);
	columns->names = NULL;
	columns->nnames = 0;
}

size_t
columns_fixed(const struct columns *columns)
{
	return columns && columns->separator_size ? columns->count : 1;
}

bool
columns_are_terminated(const struct columns *columns)
{
	return columns && columns->separator_size == 1 &&
	       columns->separator[0] == '\0';
}
