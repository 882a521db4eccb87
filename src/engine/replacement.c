/*
 * Replacement strings. Values are found by walking the text from its end:
 * extension, base name and folder are all near there. This runs once per job,
 * so it copies bytes and does nothing else.
 */
#include <config.h>

#include "engine/replacement.h"

#include <stdbool.h>
#include <string.h>

/* part of a text */
struct span {
	const char *start;
	size_t nbytes;
};

/* what stands between brace (or column) and closing brace */
static const struct {
	const char *spelling;
	enum piece_kind kind;
	bool has_column; /* may follow a column's number */
} spellings[] = {
	{ "}", PIECE_TEXT, true },
	{ ".}", PIECE_NO_EXTENSION, true },
	{ "/}", PIECE_BASE, true },
	{ "//}", PIECE_FOLDER, true },
	{ "/.}", PIECE_BASE_NO_EXTENSION, true },
	{ "#}", PIECE_JOB, false },
	{ "%}", PIECE_SLAVE, false },
};

#define NSPELLINGS (sizeof(spellings) / sizeof(spellings[0]))

/* length of the column's number that text begins with, 0 for none */
static size_t
column_length(const char *text)
{
	return *text >= '1' && *text <= '9' ? strspn(text, "0123456789") : 0;
}

size_t
replacement_match(const char *text, enum piece_kind *kind)
{
	size_t column, length;

	if (text[0] != '{')
		return 0;
	column = column_length(text + 1);
	text += 1 + column;
	for (size_t i = 0; i < NSPELLINGS; i++) {
		length = strlen(spellings[i].spelling);
		if (strncmp(text, spellings[i].spelling, length) != 0)
			continue;
		if (column && !spellings[i].has_column)
			return 0;
		*kind = column > 1 || (column == 1 && text[-1] != '1')
				? PIECE_KINDS
				: spellings[i].kind;
		return 1 + column + length;
	}
	return 0;
}

static struct span
base_of(struct span path)
{
	const char *slash = memrchr(path.start, '/', path.nbytes);
	size_t before = slash ? (size_t)(slash + 1 - path.start) : 0;

	return (struct span){ path.start + before, path.nbytes - before };
}

static struct span
no_extension_of(struct span path)
{
	for (size_t i = path.nbytes; i > 0 && path.start[i - 1] != '/'; i--)
		if (path.start[i - 1] == '.')
			return (struct span){ path.start, i - 1 };
	return path;
}

/* without slashes at its end, but for a slash that is all there is */
static struct span
no_slashes_of(struct span path)
{
	while (path.nbytes > 1 && path.start[path.nbytes - 1] == '/')
		path.nbytes--;
	return path;
}

/* what stands before the base name, "." if that is nothing */
static struct span
parent_of(struct span path)
{
	path.nbytes -= base_of(path).nbytes;
	return path.nbytes ? no_slashes_of(path) : (struct span){ ".", 1 };
}

/* a/b/ is in a, as for dirname(1), and a//b is in a */
static struct span
folder_of(struct span path)
{
	bool names_folder = base_of(path).nbytes == 0;

	path = parent_of(path);
	return names_folder ? parent_of(path) : path;
}

static char *
put_number(char *out, uint64_t number)
{
	char digits[REPLACEMENT_NUMBER_MAX];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	return mempcpy(out, digits + at, sizeof(digits) - at);
}

static struct span
span_of(enum piece_kind kind, struct span text)
{
	switch (kind) {
	case PIECE_NO_EXTENSION:
		return no_extension_of(text);
	case PIECE_BASE:
		return base_of(text);
	case PIECE_FOLDER:
		return folder_of(text);
	case PIECE_BASE_NO_EXTENSION:
		return no_extension_of(base_of(text));
	default:
		return text;
	}
}

char *
replacement_value(char *out, enum piece_kind kind,
		  const struct command_job *job)
{
	struct span span;

	if (kind == PIECE_JOB)
		return put_number(out, job->number);
	if (kind == PIECE_SLAVE)
		return put_number(out, (uint64_t)job->rank + 1);
	span = span_of(kind, (struct span){ job->text, job->nbytes });
	return mempcpy(out, span.start, span.nbytes);
}
