/*
 * Headers of .npy files.
 *
 * A file is the magic bytes, two bytes of version, the size of the header (2
 * bytes, from version 2 on 4), the header, and the data. The header is a Python
 * dict in one line, padded with blanks:
 *
 *	{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
 *
 * Of Python's grammar as much is read as NumPy has ever written. A file is not
 * trusted: nothing is allocated before the size that it claims is known to be
 * there, nothing recurses, and what dtype and shape say is checked against the
 * size of the file. What is inside a descr is dtype_parse_descr()'s to judge;
 * here only its end is found.
 */
#include <config.h>

#include "segment/npy.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6

/* magic, version and size of the header, before and from version 2 on */
#define PREFIX_SIZE_1 10
#define PREFIX_SIZE_2 12

/* the longest header that is read; NumPy itself takes 10000 bytes */
#define HEADER_READ_MAX (1 << 20)

/* the longest file header that is written, prefix and padding included: a
 * dtype, eight dimensions of up to 19 digits, and less than 200 bytes around */
#define HEADER_WRITE_MAX (DTYPE_TEXT_SIZE + SHAPE_NDIM_MAX * 21 + 200)

/* NumPy lets the data begin at a multiple of this */
#define DATA_ALIGNMENT 64

/* NumPy leaves room for one dimension to grow to so many digits */
#define GROWTH_DIGITS 21

/* bytes of the file that a message shows at most */
#define SHOWN_MAX 40

/* what dtype_parse_descr() takes, in words */
#define DTYPE_LIMITS "64 fields, 1023 characters or 2 GiB are the limit"

static_assert(DTYPE_FIELDS_MAX == 64, "DTYPE_LIMITS says so");
static_assert(DTYPE_TEXT_SIZE == 1024, "DTYPE_LIMITS says so");
static_assert(HEADER_WRITE_MAX <= UINT16_MAX, "version 1.0 is enough");
static_assert(HEADER_WRITE_MAX <= 4096, "npy.h says so");

/* the rest of a header that is being read */
struct cursor {
	const char *at, *end;
	char *why;
};

/* what a header says, each once */
struct header {
	const char *descr; /* a Python literal, descr_nbytes of it */
	size_t descr_nbytes;
	struct shape shape;
};

typedef int value_reader(struct cursor *cursor, struct header *header);

static int __attribute__((format(printf, 3, 4)))
refuse(char *why, int error, const char *format, ...)
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
		return refuse(cursor->why, -EINVAL,
			      "its header ends where %s should be", expected);
	return refuse(cursor->why, -EINVAL,
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
read_descr(struct cursor *cursor, struct header *header)
{
	size_t depth = 0;

	skip_blanks(cursor);
	header->descr = cursor->at;
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
	header->descr_nbytes = (size_t)(cursor->at - header->descr);
	while (is_blank(header->descr[header->descr_nbytes - 1]))
		header->descr_nbytes--;
	return 0;
}

static int
read_order(struct cursor *cursor, struct header *header)
{
	header->shape.is_fortran = take_word(cursor, "True");
	if (!header->shape.is_fortran && !take_word(cursor, "False"))
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
			return refuse(cursor->why, -ERANGE,
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
read_shape(struct cursor *cursor, struct header *header)
{
	struct shape *shape = &header->shape;
	int error;

	if (!take(cursor, '('))
		return refuse_text(cursor, "a tuple such as (3, 4)");
	for (shape->ndim = 0; !take(cursor, ')'); shape->ndim++) {
		if (shape->ndim == SHAPE_NDIM_MAX)
			return refuse(cursor->why, -ERANGE,
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
read_pair(struct cursor *cursor, struct header *header, unsigned *seen)
{
	size_t key = read_key(cursor);

	if (key == NKEYS)
		return refuse_text(cursor,
				   "'descr', 'fortran_order' or 'shape'");
	if (*seen & 1u << key)
		return refuse(cursor->why, -EINVAL, "its header has '%s' twice",
			      keys[key].name);
	*seen |= 1u << key;
	if (!take(cursor, ':'))
		return refuse_text(cursor, "a colon");
	return keys[key].read(cursor, header);
}

static int
read_dict(struct cursor *cursor, struct header *header)
{
	unsigned seen = 0;
	int error;

	if (!take(cursor, '{'))
		return refuse_text(cursor, "{");
	while (!take(cursor, '}')) {
		error = read_pair(cursor, header, &seen);
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
			return refuse(cursor->why, -EINVAL,
				      "its header has no '%s'", keys[i].name);
	return 0;
}

/* whether a string in the descr begins with that byte, and then with code, if
 * that is not 0: the order and the letter of a type */
static bool
has_type(const struct header *header, char order, char code)
{
	const char *end = header->descr + header->descr_nbytes;
	struct cursor cursor = { .at = header->descr, .end = end };

	for (; cursor.at < end; cursor.at++) {
		const char *begin = cursor.at + 1;

		if (*cursor.at != '\'' && *cursor.at != '"')
			continue;
		if (!find_quote(&cursor))
			return false;
		if (*begin == order && (code == 0 || begin[1] == code))
			return true;
	}
	return false;
}

/* what is against a dtype that was refused, or NULL when it is just unknown */
static const char *
known_reason(const struct header *header)
{
	if (has_type(header, '|', 'O'))
		return "object arrays are refused (they hold pointers)";
	if (has_type(header, '<', 0) && has_type(header, '>', 0))
		return "its fields mix big- and little-endian numbers";
	for (size_t i = 0; i < header->descr_nbytes; i++)
		if (header->descr[i] == '\\' || header->descr[i] < ' ' ||
		    header->descr[i] > '~')
			return "its fields have names that are not ASCII text";
	return NULL;
}

static int
read_dtype(const struct header *header, struct dtype *dtype, char *why)
{
	int error =
		dtype_parse_descr(dtype, header->descr, header->descr_nbytes);
	const char *reason = NULL;
	char shown[SHOWN_MAX + 4];

	if (error == 0)
		return 0;
	if (error == -ENOTSUP)
		reason = known_reason(header);
	if (reason)
		return refuse(why, error, "%s", reason);
	reason = error == -EINVAL    ? "malformed"
		 : error == -ENOTSUP ? "not supported"
				     : "too big: " DTYPE_LIMITS;
	return refuse(why, error, "its dtype %s is %s",
		      show(shown, header->descr, header->descr_nbytes), reason);
}

/* Read nbytes at offset; fewer only at the end of the file. Returns how many,
 * or -errno. */
static ssize_t
read_at(int fd, void *data, size_t nbytes, off_t offset)
{
	size_t have = 0;
	ssize_t n = 1;

	while (have < nbytes && n != 0) {
		n = pread(fd, (char *)data + have, nbytes - have,
			  offset + (off_t)have);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			have += (size_t)n;
	}
	return (ssize_t)have;
}

/* the size of a regular file, or -errno */
static int64_t
file_size(int fd, char *why)
{
	struct stat status;

	if (fstat(fd, &status)) {
		int error = errno;

		return refuse(why, -error, "it can not be looked at: %s",
			      strerror(error));
	}
	if (!S_ISREG(status.st_mode))
		return refuse(
			why, -EINVAL,
			"it is no regular file, as .npy files have to be");
	return status.st_size;
}

static int
check_magic(const unsigned char *prefix, size_t nbytes, char *why)
{
	if (nbytes == 0)
		return refuse(why, -EINVAL, "it is empty, not a .npy file");
	if (nbytes >= 4 && memcmp(prefix, "PK\3\4", 4) == 0)
		return refuse(why, -EINVAL,
			      "it is an archive (.npz), to be unpacked first");
	if (memcmp(prefix, MAGIC, nbytes < MAGIC_SIZE ? nbytes : MAGIC_SIZE))
		return refuse(
			why, -EINVAL,
			"it is no .npy file, which begins with \\x93NUMPY");
	if (nbytes < PREFIX_SIZE_2)
		return refuse(why, -EINVAL, "it ends within its header");
	if (prefix[6] < 1 || prefix[6] > 3 || prefix[7] != 0)
		return refuse(why, -ENOTSUP,
			      "it has version %d.%d of the .npy format, and "
			      "only 1.0, 2.0 and 3.0 are known",
			      prefix[6], prefix[7]);
	return 0;
}

/* where the header begins and its size, for a file of file_nbytes */
static int
check_prefix(const unsigned char *prefix, uint64_t file_nbytes, size_t *begin,
	     size_t *nbytes, char *why)
{
	*nbytes = prefix[8] | (size_t)prefix[9] << 8;
	*begin = PREFIX_SIZE_1;
	if (prefix[6] > 1) {
		*nbytes |= (size_t)prefix[10] << 16 | (size_t)prefix[11] << 24;
		*begin = PREFIX_SIZE_2;
	}
	if (*begin + *nbytes > file_nbytes)
		return refuse(why, -EINVAL, "it ends within its header");
	if (*nbytes > HEADER_READ_MAX)
		return refuse(why, -ERANGE,
			      "its header has %zu bytes, and %d are allowed",
			      *nbytes, HEADER_READ_MAX);
	return 0;
}

/* the text of a header to what npy holds, but for data_offset */
static int
parse_header(const char *text, size_t nbytes, struct npy *npy, char *why)
{
	struct cursor cursor = { .at = text, .end = text + nbytes, .why = why };
	struct header header = { 0 };
	int error;

	error = read_dict(&cursor, &header);
	if (error)
		return error;
	error = read_dtype(&header, &npy->dtype, why);
	if (error)
		return error;
	npy->shape = header.shape;
	if (shape_count(&npy->shape, npy->dtype.itemsize, &npy->count,
			&npy->nbytes))
		return refuse(why, -ERANGE,
			      "its shape is of more bytes than can be counted");
	return 0;
}

static int
read_text(int fd, size_t begin, size_t nbytes, struct npy *npy, char *why)
{
	char *text = malloc(nbytes > 0 ? nbytes : 1);
	ssize_t n;
	int error;

	if (!text)
		return refuse(why, -ENOMEM,
			      "there is no memory for its header");
	n = read_at(fd, text, nbytes, (off_t)begin);
	if (n < 0)
		error = refuse(why, (int)n, "it can not be read: %s",
			       strerror((int)-n));
	else if ((size_t)n < nbytes)
		error = refuse(why, -EINVAL, "it ends within its header");
	else
		error = parse_header(text, nbytes, npy, why);
	free(text);
	return error;
}

int
npy_read_header(int fd, struct npy *npy, char *why)
{
	unsigned char prefix[PREFIX_SIZE_2];
	int64_t size = file_size(fd, why);
	size_t begin, nbytes;
	ssize_t n;
	int error;

	if (size < 0)
		return (int)size;
	n = read_at(fd, prefix, sizeof(prefix), 0);
	if (n < 0)
		return refuse(why, (int)n, "it can not be read: %s",
			      strerror((int)-n));
	error = check_magic(prefix, (size_t)n, why);
	if (error)
		return error;
	error = check_prefix(prefix, (uint64_t)size, &begin, &nbytes, why);
	if (error)
		return error;
	error = read_text(fd, begin, nbytes, npy, why);
	if (error)
		return error;
	npy->data_offset = begin + nbytes;
	if (npy->nbytes > (uint64_t)size - npy->data_offset)
		return refuse(why, -ENODATA,
			      "it is cut short: its array takes %llu bytes, "
			      "and %llu are there",
			      (unsigned long long)npy->nbytes,
			      (unsigned long long)size - npy->data_offset);
	return 0;
}

/* whether no other order would do; else NumPy says that it is C's */
static bool
is_fortran_only(const struct shape *shape)
{
	unsigned nlong = 0;

	for (unsigned i = 0; i < shape->ndim; i++) {
		if (shape->dims[i] == 0)
			return false;
		nlong += shape->dims[i] > 1;
	}
	return shape->is_fortran && nlong > 1;
}

/* a shape as Python's tuple */
static void
format_shape(char *out, size_t size, const struct shape *shape)
{
	int n = snprintf(out, size, "(");

	for (unsigned i = 0; i < shape->ndim; i++)
		n += snprintf(out + n, size - (size_t)n,
			      i > 0 ? ", %lld" : "%lld",
			      (long long)shape->dims[i]);
	snprintf(out + n, size - (size_t)n, shape->ndim == 1 ? ",)" : ")");
}

/* how many blanks NumPy leaves for an array to grow along its slowest axis */
static int
growth(const struct shape *shape, bool is_fortran)
{
	unsigned slowest = is_fortran ? shape->ndim - 1 : 0;

	if (shape->ndim == 0)
		return 0;
	return GROWTH_DIGITS -
	       snprintf(NULL, 0, "%lld", (long long)shape->dims[slowest]);
}

int64_t
npy_format_header(void *buffer, size_t size, const struct dtype *dtype,
		  const struct shape *shape)
{
	char text[HEADER_WRITE_MAX] = MAGIC "\1";
	char tuple[SHAPE_NDIM_MAX * 21 + 4];
	bool is_fortran = is_fortran_only(shape);
	const char *quote = dtype->kind == DTYPE_RECORD ? "" : "'";
	size_t n = PREFIX_SIZE_1;

	format_shape(tuple, sizeof(tuple), shape);
	n += (size_t)snprintf(
		text + n, sizeof(text) - n,
		"{'descr': %s%s%s, 'fortran_order': %s, 'shape': %s, }%*s",
		quote, dtype->text, quote, is_fortran ? "True" : "False", tuple,
		growth(shape, is_fortran), "");
	/* at least one blank, as NumPy, and the newline */
	do
		text[n++] = ' ';
	while ((n + 1) % DATA_ALIGNMENT != 0);
	text[n++] = '\n';
	text[8] = (char)((n - PREFIX_SIZE_1) & 0xff);
	text[9] = (char)((n - PREFIX_SIZE_1) >> 8);
	if (n > size)
		return -ERANGE;
	memcpy(buffer, text, n);
	return (int64_t)n;
}
