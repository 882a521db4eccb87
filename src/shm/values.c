#include <config.h>

#include "shm/values.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "shm/print.h"

static int
refuse(const struct target *target, int error, const char *where,
       const char *text, size_t nbytes)
{
	char dtype[DTYPE_TEXT_SIZE];

	dtype_name(dtype, sizeof(dtype), target->dtype);
	if (error == -ERANGE)
		diag("%s: %s%s does not fit into %s", target->name, where,
		     print_quote(text, nbytes), dtype);
	else if (error == -ENOTSUP)
		diag("%s: %s can not be read from text", target->name, dtype);
	else
		diag("%s: %s%s is no value of %s", target->name, where,
		     print_quote(text, nbytes), dtype);
	return -1;
}

static int
make_room(struct values *values)
{
	uint64_t room = values->room ? 2 * values->room : 16;
	size_t itemsize = values->target->dtype->itemsize;
	void *bytes;

	if (values->count < values->room)
		return 0;
	bytes = reallocarray(values->bytes, room, itemsize);
	if (!bytes) {
		diag_errno(ENOMEM, "%s: values", values->target->name);
		return -1;
	}
	values->bytes = bytes;
	values->room = room;
	return 0;
}

int
values_add(struct values *values, const char *where, const char *text,
	   size_t nbytes)
{
	const struct dtype *dtype = values->target->dtype;
	unsigned char *element;
	int error;

	if (make_room(values))
		return -1;
	element = values->bytes + values->count * dtype->itemsize;
	memset(element, 0, dtype->itemsize);
	error = element_parse(dtype, text, nbytes, element);
	if (error)
		return refuse(values->target, error, where, text, nbytes);
	values->count++;
	return 0;
}

void
values_release(struct values *values)
{
	free(values->bytes);
	*values = (struct values){ .target = NULL };
}

/* ---- standard input ---- */

struct word {
	char *bytes;
	size_t nbytes, room;
};

/* whether blanks are a part of values of that dtype */
static bool
has_blanks(const struct dtype *dtype)
{
	switch (dtype->kind) {
	case DTYPE_BYTES:
	case DTYPE_TEXT:
	case DTYPE_VOID:
	case DTYPE_RECORD:
		return true;
	default:
		return false;
	}
}

static bool
is_end(int c, bool may_hold_blanks)
{
	return c == EOF || c == '\n' || c == '\t' ||
	       (!may_hold_blanks && strchr(" \r\v\f", c) && c);
}

static int
append(struct word *word, int c)
{
	if (word->nbytes == word->room) {
		size_t room = word->room ? 2 * word->room : 64;
		char *bytes = realloc(word->bytes, room);

		if (!bytes) {
			diag_errno(ENOMEM, "standard input");
			return -1;
		}
		word->bytes = bytes;
		word->room = room;
	}
	word->bytes[word->nbytes++] = (char)c;
	return 0;
}

/* The next word: 1, 0 at the end of input, or -1 after a diagnostic. */
static int
read_word(struct word *word, bool may_hold_blanks)
{
	int c;

	word->nbytes = 0;
	for (;;) {
		c = getc_unlocked(stdin);
		if (!is_end(c, may_hold_blanks)) {
			if (append(word, c))
				return -1;
			continue;
		}
		if (c == EOF && ferror(stdin)) {
			diag_errno(errno, "standard input");
			return -1;
		}
		/* an empty text is a value, but not an empty number, nor
		 * nothing behind the last newline */
		if (word->nbytes > 0 || (may_hold_blanks && c != EOF))
			return 1;
		if (c == EOF)
			return 0;
	}
}

int
values_read(struct values *values, uint64_t limit)
{
	bool may_hold_blanks = has_blanks(values->target->dtype);
	struct word word = { .bytes = NULL };
	char where[64];
	int result;

	while ((result = read_word(&word, may_hold_blanks)) > 0) {
		if (values->count == limit) {
			diag("%s: standard input has more than %llu value%s",
			     values->target->name, (unsigned long long)limit,
			     limit == 1 ? "" : "s");
			result = -1;
			break;
		}
		snprintf(where, sizeof(where), "standard input, value %llu: ",
			 (unsigned long long)values->count + 1);
		if (values_add(values, where, word.bytes ? word.bytes : "",
			       word.nbytes)) {
			result = -1;
			break;
		}
	}
	free(word.bytes);
	return result;
}
