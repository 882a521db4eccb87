/*
 * The dict of a .npy file's header: a Python literal in one line, padded with
 * blanks,
 *
 *	{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
 *
 * Of Python's grammar as much is read as NumPy has ever written, and nothing
 * recurses. What is inside a descr is dtype_parse_descr()'s to judge; here only
 * its end is found.
 */
#include <config.h>

#include "segment/npy_dict.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "segment/utf8.h"

/* bytes of the file that a message shows at most */
#define SHOWN_MAX 40

/* what dtype_parse_descr() takes, in words */
#define DTYPE_LIMITS "64 fields, 1023 bytes or 2 GiB are the limit"

static_assert(DTYPE_FIELDS_MAX == 64, "DTYPE_LIMITS says so");
static_assert(DTYPE_TEXT_SIZE == 1024, "DTYPE_LIMITS says so");

/* the rest of a header that is being read */
struct cursor {
	const char *at, *end;
	char *why;
};

/* what a dict says, each once */
struct dict {
	const char *descr; /* a Python literal, descr_nbytes of it */
	size_t descr_nbytes;
	struct shape shape;
};

typedef int value_reader(struct cursor *cursor, struct dict *dict);

int
npy_refuse(char *why, int error, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(why, NPY_WHY_SIZE, format, values);
	va_end(values);
	return error;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void
skip_blanks(struct cursor *cursor)
{
	while (cursor->at < cursor->end && is_blank(*cursor->at))
		cursor->at++;
}

/* The begin of a text, fit for a message: on one line and in ASCII. No quotes
 * are put around it: Python's own are enough to read. */
static char *
show(char out[SHOWN_MAX + 4], const char *text, size_t nbytes)
{
	size_t n = nbytes < SHOWN_MAX ? nbytes : SHOWN_MAX;

	for (size_t i = 0; i < n; i++)
		out[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	strcpy(out + n, n < nbytes ? "..." : "");
	return out;
}

/* the text does not go on as it has to */
static int
refuse_text(const struct cursor *cursor, const char *expected)
{
	size_t rest = (size_t)(cursor->end - cursor->at);
	char shown[SHOWN_MAX + 4];

	while (rest > 0 && is_blank(cursor->at[rest - 1]))
		rest--;
	if (rest == 0)
		return npy_refuse(cursor->why, -EINVAL,
				  "its header ends where %s should be",
				  expected);
	return npy_refuse(cursor->why, -EINVAL,
			  "its header has %s where %s should be",
			  show(shown, cursor->at, rest), expected);
}

/* whether c is next, behind blanks; it is then taken */
static bool
take(struct cursor *cursor, char c)
{
	skip_blanks(cursor);
	if (cursor->at == cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

/* take the word that is next, not a part of a longer one */
static bool
take_word(struct cursor *cursor, const char *word)
{
	size_t rest, length = strlen(word);

	skip_blanks(cursor);
	rest = (size_t)(cursor->end - cursor->at);
	if (rest < length || memcmp(cursor->at, word, length) != 0)
		return false;
	if (rest > length && cursor->at[length] != ',' &&
	    cursor->at[length] != '}' && !is_blank(cursor->at[length]))
		return false;
	cursor->at += length;
	return true;
}

/* move from the quote that begins a string to the one that ends it */
static bool
find_quote(struct cursor *cursor)
{
	char quote = *cursor->at++;

	for (; cursor->at < cursor->end; cursor->at++) {
		if (*cursor->at == quote)
			return true;
		if (*cursor->at == '\\' && ++cursor->at == cursor->end)
			return false;
	}
	return false;
}

static int
read_descr(struct cursor *cursor, struct dict *dict)
{
	size_t depth = 0;

	skip_blanks(cursor);
	dict->descr = cursor->at;
	if (cursor->at == cursor->end ||
	    (*cursor->at != '\'' && *cursor->at != '"' && *cursor->at != '['))
		return refuse_text(cursor, "a dtype such as '<f8'");
	for (; cursor->at < cursor->end; cursor->at++) {
		char c = *cursor->at;

		if (depth == 0 && (c == ',' || c == '}'))
			break;
		if ((c == '\'' || c == '"') && !find_quote(cursor))
			return refuse_text(cursor, "a quote");
		if (c == '[' || c == '(')
			depth++;
		else if (depth > 0 && (c == ']' || c == ')'))
			depth--;
	}
	dict->descr_nbytes = (size_t)(cursor->at - dict->descr);
	while (is_blank(dict->descr[dict->descr_nbytes - 1]))
		dict->descr_nbytes--;
	return 0;
}

static int
read_order(struct cursor *cursor, struct dict *dict)
{
	dict->shape.is_fortran = take_word(cursor, "True");
	if (!dict->shape.is_fortran && !take_word(cursor, "False"))
		return refuse_text(cursor, "True or False");
	return 0;
}

/* a decimal, with the L of Python 2's long integers if it has one */
static int
read_dimension(struct cursor *cursor, int64_t *dimension)
{
	int64_t sum = 0;
	const char *begin;
	int digit;

	skip_blanks(cursor);
	begin = cursor->at;
	for (; cursor->at < cursor->end && is_digit(*cursor->at);
	     ++cursor->at) {
		digit = *cursor->at - '0';
		if (sum > (INT64_MAX - digit) / 10)
			return npy_refuse(
				cursor->why, -ERANGE,
				"its shape has a dimension above 2^63-1");
		sum = sum * 10 + digit;
	}
	/* 010 is an error or octal, by the version of Python */
	if (cursor->at == begin || (*begin == '0' && cursor->at > begin + 1)) {
		cursor->at = begin;
		return refuse_text(cursor, "a dimension");
	}
	if (cursor->at < cursor->end && *cursor->at == 'L')
		cursor->at++;
	*dimension = sum;
	return 0;
}

/* a tuple: (), (3,) or (3, 4), and not (3), which is a number */
static int
read_shape(struct cursor *cursor, struct dict *dict)
{
	struct shape *shape = &dict->shape;
	int error;

	if (!take(cursor, '('))
		return refuse_text(cursor, "a tuple such as (3, 4)");
	for (shape->ndim = 0; !take(cursor, ')'); shape->ndim++) {
		if (shape->ndim == SHAPE_NDIM_MAX)
			return npy_refuse(
				cursor->why, -ERANGE,
				"its shape has more than %d dimensions",
				SHAPE_NDIM_MAX);
		error = read_dimension(cursor, &shape->dims[shape->ndim]);
		if (error)
			return error;
		if (take(cursor, ','))
			continue;
		if (shape->ndim == 0 || !take(cursor, ')'))
			return refuse_text(cursor, "a comma");
		shape->ndim++;
		break;
	}
	return 0;
}

static const struct {
	const char *name;
	value_reader *read;
} keys[] = {
	{ "descr", read_descr },
	{ "fortran_order", read_order },
	{ "shape", read_shape },
};

#define NKEYS (sizeof(keys) / sizeof(keys[0]))

/* take a key in quotes; returns its index, NKEYS if it is none of ours */
static size_t
read_key(struct cursor *cursor)
{
	const char *begin;
	size_t i, length;

	skip_blanks(cursor);
	if (cursor->at == cursor->end ||
	    (*cursor->at != '\'' && *cursor->at != '"'))
		return NKEYS;
	begin = cursor->at + 1;
	if (!find_quote(cursor))
		return NKEYS;
	length = (size_t)(cursor->at - begin);
	for (i = 0; i < NKEYS; i++)
		if (strlen(keys[i].name) == length &&
		    memcmp(keys[i].name, begin, length) == 0)
			break;
	cursor->at = i < NKEYS ? cursor->at + 1 : begin - 1;
	return i;
}

/* read a key and its value; bit i of *seen says that keys[i] was there */
static int
read_pair(struct cursor *cursor, struct dict *dict, unsigned *seen)
{
	size_t key = read_key(cursor);

	if (key == NKEYS)
		return refuse_text(cursor,
				   "'descr', 'fortran_order' or 'shape'");
	if (*seen & 1u << key)
		return npy_refuse(cursor->why, -EINVAL,
				  "its header has '%s' twice", keys[key].name);
	*seen |= 1u << key;
	if (!take(cursor, ':'))
		return refuse_text(cursor, "a colon");
	return keys[key].read(cursor, dict);
}

static int
read_dict(struct cursor *cursor, struct dict *dict)
{
	unsigned seen = 0;
	int error;

	if (!take(cursor, '{'))
		return refuse_text(cursor, "{");
	while (!take(cursor, '}')) {
		error = read_pair(cursor, dict, &seen);
		if (error)
			return error;
		if (take(cursor, ','))
			continue;
		if (!take(cursor, '}'))
			return refuse_text(cursor, "a comma or }");
		break;
	}
	skip_blanks(cursor);
	if (cursor->at < cursor->end)
		return refuse_text(cursor, "its end");
	for (size_t i = 0; i < NKEYS; i++)
		if (!(seen & 1u << i))
			return npy_refuse(cursor->why, -EINVAL,
					  "its header has no '%s'",
					  keys[i].name);
	return 0;
}

/* whether a string in the descr begins with these: the order and the letter of
 * a type */
static bool
has_type(const struct dict *dict, char order, char code)
{
	const char *end = dict->descr + dict->descr_nbytes;
	struct cursor cursor = { .at = dict->descr, .end = end };

	for (; cursor.at < end; cursor.at++) {
		const char *begin = cursor.at + 1;

		if (*cursor.at != '\'' && *cursor.at != '"')
			continue;
		if (!find_quote(&cursor))
			return false;
		if (*begin == order && begin[1] == code)
			return true;
	}
	return false;
}

/* what is against a dtype that was refused, or NULL when it is just unknown */
static const char *
known_reason(const struct dict *dict)
{
	size_t used;

	if (has_type(dict, '|', 'O'))
		return "object arrays are refused (they hold pointers)";
	for (size_t i = 0; i < dict->descr_nbytes; i += used) {
		uint32_t code =
			utf8_decode((const unsigned char *)dict->descr + i,
				    dict->descr_nbytes - i, &used);

		if (code == '\\' || !dtype_is_shown(code))
			return "its fields have names with a backslash or what "
			       "can not be printed";
	}
	return NULL;
}

static int
read_dtype(const struct dict *dict, struct dtype *dtype, char *why)
{
	int error = dtype_parse_descr(dtype, dict->descr, dict->descr_nbytes);
	const char *reason = NULL;
	char shown[SHOWN_MAX + 4];

	if (error == 0)
		return 0;
	if (error == -ENOTSUP)
		reason = known_reason(dict);
	if (reason)
		return npy_refuse(why, error, "%s", reason);
	reason = error == -EINVAL    ? "malformed"
		 : error == -ENOTSUP ? "not supported"
				     : "too big: " DTYPE_LIMITS;
	return npy_refuse(why, error, "its dtype %s is %s",
			  show(shown, dict->descr, dict->descr_nbytes), reason);
}

int
npy_dict_parse(const char *text, size_t nbytes, struct dtype *dtype,
	       struct shape *shape, char *why)
{
	struct cursor cursor = { .at = text, .end = text + nbytes, .why = why };
	struct dict dict = { 0 };
	int error;

	error = read_dict(&cursor, &dict);
	if (error)
		return error;
	*shape = dict.shape;
	return read_dtype(&dict, dtype, why);
}
