/*
 * Replacement strings. Values are found by walking a column from its end:
 * extension, base name and folder are all near there. This runs once per job,
 * so it copies bytes and does nothing else.
 */
#include <config.h>

#include "engine/replacement.h"

#include <stdbool.h>
#include <string.h>

#include "base/diag.h"

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

/* as much of a misspelt name as a message shows */
#define SHOWN_MAX 60

#define NAME_START "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define NAME_BYTES NAME_START "0123456789-"

/* the spelling that text begins with: its length and kind, or 0 */
static size_t
match_spelling(const char *text, bool has_column, enum piece_kind *kind)
{
	for (size_t i = 0; i < NSPELLINGS; i++) {
		size_t length = strlen(spellings[i].spelling);

		if ((has_column && !spellings[i].has_column) ||
		    strncmp(text, spellings[i].spelling, length) != 0)
			continue;
		*kind = spellings[i].kind;
		return length;
	}
	return 0;
}

/* the column's number that text begins with: its length, 0 for none */
static size_t
match_number(const char *text, int *column)
{
	size_t sign = *text == '-', length;
	long value = 0;

	if (text[sign] < '1' || text[sign] > '9')
		return 0;
	length = strspn(text + sign, "0123456789");
	for (size_t i = 0; i < length && value <= REPLACEMENT_COLUMN_MAX; i++)
		value = 10 * value + (text[sign + i] - '0');
	*column = (int)(sign ? -value : value);
	return sign + length;
}

/* the longest column's name that text begins with and a spelling follows */
static size_t
match_name(const char *text, const struct columns *columns,
	   struct replacement *found)
{
	size_t longest = 0;

	for (size_t i = 0; i < columns->nnames; i++) {
		size_t length = strlen(columns->names[i]), behind;
		enum piece_kind kind;

		if (length == 0 || strncmp(text, columns->names[i], length))
			continue;
		behind = match_spelling(text + length, true, &kind);
		if (!behind || length + behind <= longest)
			continue;
		longest = length + behind;
		*found = (struct replacement){ kind, (int)i + 1 };
	}
	return longest;
}

/* a word that could be a name */
static size_t
match_unknown_name(const char *text, struct replacement *found)
{
	size_t length = *text && strchr(NAME_START, *text)
				? strspn(text, NAME_BYTES)
				: 0;
	enum piece_kind kind;
	size_t behind = length ? match_spelling(text + length, true, &kind) : 0;

	*found = (struct replacement){ PIECE_KINDS, 0 };
	return behind ? length + behind : 0;
}

static bool
has_column(const struct columns *columns, int column)
{
	size_t fixed = columns_fixed(columns);
	size_t wanted = (size_t)(column < 0 ? -column : column);

	return wanted <= (fixed ? fixed : REPLACEMENT_COLUMN_MAX);
}

size_t
replacement_match(const char *text, const struct columns *columns,
		  struct replacement *found)
{
	size_t length, behind;

	if (text[0] != '{')
		return 0;
	text++;
	found->column = 0;
	length = match_spelling(text, false, &found->kind);
	if (length)
		return 1 + length;
	length = columns && columns->nnames ? match_name(text, columns, found)
					    : 0;
	if (length)
		return 1 + length;
	length = match_number(text, &found->column);
	if (!length) {
		length = columns && columns->nnames
				 ? match_unknown_name(text, found)
				 : 0;
		return length ? 1 + length : 0;
	}
	behind = match_spelling(text + length, true, &found->kind);
	if (!behind)
		return 0;
	if (!has_column(columns, found->column))
		found->kind = PIECE_KINDS;
	else if (columns_fixed(columns) == 1)
		found->column = 0;
	return 1 + length + behind;
}

void
replacement_refuse(const char *text, size_t length,
		   const struct columns *columns)
{
	char shown[4 * SHOWN_MAX + 16];
	size_t fixed = columns_fixed(columns);

	if (strchr(NAME_START, text[1]))
		diag("%s: no column has that name",
		     diag_quote(shown, sizeof(shown), text, length, SHOWN_MAX));
	else if (fixed == 1)
		diag("%.*s: jobs have one column", (int)length, text);
	else if (fixed)
		diag("%.*s: jobs have %zu columns", (int)length, text, fixed);
	else
		diag("%.*s: jobs have at most %d columns", (int)length, text,
		     REPLACEMENT_COLUMN_MAX);
}

bool
replacement_is_of_all(const struct replacement *replacement)
{
	return replacement->column == 0 && replacement->kind != PIECE_LITERAL &&
	       replacement->kind != PIECE_JOB &&
	       replacement->kind != PIECE_SLAVE;
}

size_t
replacement_needs(const struct replacement *replacement)
{
	int column = replacement->column;

	return (size_t)(column < 0 ? -column : column);
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

const struct span *
replacement_column(const struct replacement *replacement,
		   const struct span spans[], size_t nspans)
{
	int column = replacement->column;

	return column < 0 ? &spans[nspans - (size_t)-column]
			  : &spans[column - 1];
}

char *
replacement_value(char *out, const struct replacement *replacement,
		  const struct command_job *job, const struct span spans[],
		  size_t nspans)
{
	struct span span;

	if (replacement->kind == PIECE_JOB)
		return put_number(out, job->number);
	if (replacement->kind == PIECE_SLAVE)
		return put_number(out, (uint64_t)job->rank + 1);
	if (replacement->column) {
		spans = replacement_column(replacement, spans, nspans);
		nspans = 1;
	}
	for (size_t i = 0; i < nspans; i++) {
		if (i > 0)
			*out++ = ' ';
		span = span_of(replacement->kind, spans[i]);
		out = mempcpy(out, span.start, span.nbytes);
	}
	return out;
}
