/*
 * Text to elements. Data need no alignment, as the fields of records have none.
 * A text is gone through twice: once to see whether it is one, then to write
 * what it says, so that data become a whole element or are left alone.
 */
#include <config.h>

#include "segment/element.h"

#include <errno.h>
#include <float.h>
#include <stdbool.h>
#include <string.h>

#include "segment/half.h"
#include "segment/numeral.h"
#include "segment/utf8.h"

struct reader {
	const char *at, *end;
	bool is_within; /* a record: what is no number ends at , ) and ] */
};

/* what a scalar is, whether it stands alone or is a field */
struct scalar {
	enum dtype_kind kind;
	uint32_t nbytes;
};

static bool
is_next(const struct reader *reader, char c)
{
	return reader->at < reader->end && *reader->at == c;
}

/* whether c is next; moves behind it */
static bool
skip(struct reader *reader, char c)
{
	if (!is_next(reader, c))
		return false;
	reader->at++;
	return true;
}

/* whether word is next; moves behind it */
static bool
skip_word(struct reader *reader, const char *word)
{
	size_t nbytes = strlen(word);

	if ((size_t)(reader->end - reader->at) < nbytes ||
	    memcmp(reader->at, word, nbytes) != 0)
		return false;
	reader->at += nbytes;
	return true;
}

static void
skip_blanks(struct reader *reader)
{
	while (skip(reader, ' '))
		;
}

static int
read_bool(struct reader *reader, unsigned char *data)
{
	bool is_true = skip_word(reader, "True") || skip(reader, '1');

	if (!is_true && !skip_word(reader, "False") && !skip(reader, '0'))
		return -EINVAL;
	if (data)
		*data = is_true;
	return 0;
}

static int
read_integer(struct reader *reader, const struct scalar *scalar,
	     unsigned char *data)
{
	uint64_t most = UINT64_MAX >> (64 - 8 * scalar->nbytes);
	unsigned __int128 amount;
	struct numeral numeral;
	int error = numeral_read(&numeral, &reader->at, reader->end);

	if (!error)
		error = numeral_integer(&numeral, &amount);
	if (error)
		return error;
	if (scalar->kind != DTYPE_UINT)
		most = most / 2 + numeral.is_negative;
	else if (numeral.is_negative)
		most = 0;
	if (amount > most)
		return -ERANGE;
	if (numeral.is_negative)
		amount = -amount;
	if (data)
		memcpy(data, &amount, scalar->nbytes); /* little endian */
	return 0;
}

static enum numeral_width
width_of(uint32_t nbytes)
{
	switch (nbytes) {
	case 2:
		return NUMERAL_F2;
	case 4:
		return NUMERAL_F4;
	case 8:
		return NUMERAL_F8;
	default:
		return NUMERAL_F16;
	}
}

/* store a value that is one of nbytes bytes */
static void
store_float(unsigned char *data, uint32_t nbytes, long double value)
{
	double wide = (double)value;
	float single = (float)value;
	uint16_t half = half_from_double(wide);

	if (nbytes == 2)
		memcpy(data, &half, sizeof(half));
	else if (nbytes == 4)
		memcpy(data, &single, sizeof(single));
	else if (nbytes == 8)
		memcpy(data, &wide, sizeof(wide));
	else {
		/* the format of x87 leaves 6 bytes as they were */
		memset(data, 0, nbytes);
		memcpy(data, &value, LDBL_MANT_DIG == 64 ? 10 : sizeof(value));
	}
}

static int
read_number(struct reader *reader, uint32_t nbytes, long double *value)
{
	struct numeral numeral;
	int error = numeral_read(&numeral, &reader->at, reader->end);

	if (!error)
		error = numeral_round(&numeral, width_of(nbytes), value);
	return error;
}

static int
read_float(struct reader *reader, uint32_t nbytes, unsigned char *data)
{
	long double value;
	int error = read_number(reader, nbytes, &value);

	if (!error && data)
		store_float(data, nbytes, value);
	return error;
}

/* 1.5+2.0j, 1.5 or 2.0j; half the bytes of it are nbytes */
static int
read_complex(struct reader *reader, uint32_t nbytes, unsigned char *data)
{
	long double real = 0, imaginary = 0;
	int error = read_number(reader, nbytes, &real), other = 0;

	if (error == -EINVAL)
		return error;
	if (skip(reader, 'j')) {
		imaginary = real;
		real = 0;
	} else if (is_next(reader, '+') || is_next(reader, '-')) {
		other = read_number(reader, nbytes, &imaginary);
		if (other == -EINVAL || !skip(reader, 'j'))
			return -EINVAL;
	}
	if (error || other)
		return -ERANGE;
	if (data) {
		store_float(data, nbytes, real);
		store_float(data + nbytes, nbytes, imaginary);
	}
	return 0;
}

/* exactly n hexadecimal digits as one number, at most 8 */
static int
read_hex(struct reader *reader, int n, uint32_t *value)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *digit;

	*value = 0;
	for (; n > 0; n--) {
		if (reader->at == reader->end)
			return -EINVAL;
		digit = memchr(digits, *reader->at, sizeof(digits) - 1);
		if (!digit)
			return -EINVAL;
		reader->at++;
		*value = *value << 4 | (uint32_t)((digit - digits) & 15);
	}
	return 0;
}

static int
read_void(struct reader *reader, uint32_t nbytes, unsigned char *data)
{
	uint32_t i, byte;

	for (i = 0; i < nbytes; i++) {
		if (read_hex(reader, 2, &byte))
			return -EINVAL;
		if (data)
			data[i] = (unsigned char)byte;
	}
	return 0;
}

/* what follows a backslash */
static int
read_escape(struct reader *reader, enum dtype_kind kind, uint32_t *code)
{
	char c = reader->at < reader->end ? *reader->at++ : '\0';

	switch (c) {
	case 'n':
		*code = '\n';
		return 0;
	case 't':
		*code = '\t';
		return 0;
	case '\\':
		*code = '\\';
		return 0;
	case 'x':
		return read_hex(reader, 2, code);
	case 'u':
		return kind == DTYPE_TEXT ? read_hex(reader, 4, code) : -EINVAL;
	case 'U':
		return kind == DTYPE_TEXT ? read_hex(reader, 8, code) : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* one byte of S or code point of U */
static int
read_code(struct reader *reader, enum dtype_kind kind, uint32_t *code)
{
	const unsigned char *at = (const unsigned char *)reader->at;
	size_t used = 1;

	if (skip(reader, '\\'))
		return read_escape(reader, kind, code);
	*code = *at;
	if (kind == DTYPE_TEXT)
		*code = utf8_decode(at, (size_t)(reader->end - reader->at),
				    &used);
	reader->at += used;
	return *code == UTF8_NONE && kind == DTYPE_TEXT ? -EINVAL : 0;
}

static bool
is_string_end(const struct reader *reader, bool is_quoted)
{
	if (reader->at == reader->end)
		return true;
	if (is_quoted)
		return *reader->at == '\'';
	return reader->is_within &&
	       (is_next(reader, ',') || is_next(reader, ')') ||
		is_next(reader, ']'));
}

/* S or U; data are 0 before */
static int
read_string(struct reader *reader, const struct scalar *scalar,
	    unsigned char *data)
{
	size_t size = scalar->kind == DTYPE_TEXT ? 4 : 1, n;
	bool is_quoted = reader->is_within && skip(reader, '\'');
	uint32_t code;
	int error;

	for (n = 0; !is_string_end(reader, is_quoted); n++) {
		error = read_code(reader, scalar->kind, &code);
		if (error)
			return error;
		if (data && n < scalar->nbytes / size)
			memcpy(data + n * size, &code, size);
	}
	if (is_quoted && !skip(reader, '\''))
		return -EINVAL;
	if (reader->is_within && !is_quoted && n == 0)
		return -EINVAL;
	return n > scalar->nbytes / size ? -ERANGE : 0;
}

/* read a scalar, to data unless that is NULL */
static int
read_scalar(struct reader *reader, const struct scalar *scalar,
	    unsigned char *data)
{
	bool is_wide = scalar->nbytes > 8;

	switch (scalar->kind) {
	case DTYPE_BOOL:
		return read_bool(reader, data);
	case DTYPE_INT:
	case DTYPE_UINT:
	case DTYPE_TIME:
	case DTYPE_SPAN:
		return read_integer(reader, scalar, data);
	case DTYPE_COMPLEX:
		is_wide = scalar->nbytes > 16;
		if (is_wide && sizeof(long double) != 16)
			return -ENOTSUP;
		return read_complex(reader, scalar->nbytes / 2, data);
	case DTYPE_FLOAT:
		if (is_wide && sizeof(long double) != 16)
			return -ENOTSUP;
		return read_float(reader, scalar->nbytes, data);
	case DTYPE_BYTES:
	case DTYPE_TEXT:
		return read_string(reader, scalar, data);
	case DTYPE_VOID:
		return read_void(reader, scalar->nbytes, data);
	case DTYPE_RECORD:
		break;
	}
	return -ENOTSUP;
}

/* a scalar or [scalar, ...]; data, unless NULL, are the record's */
static int
read_field(struct reader *reader, const struct dtype_field *field,
	   unsigned char *data)
{
	struct scalar scalar = { field->kind, field->nbytes };
	uint32_t i;
	int error;

	if (data)
		data += field->offset;
	if (field->count == 1)
		return read_scalar(reader, &scalar, data);
	if (!skip(reader, '['))
		return -EINVAL;
	for (i = 0; i < field->count; i++) {
		skip_blanks(reader);
		if (i > 0 && !skip(reader, ','))
			return -EINVAL;
		skip_blanks(reader);
		error = read_scalar(reader, &scalar,
				    data ? data + (size_t)i * field->nbytes
					 : NULL);
		if (error)
			return error;
	}
	skip_blanks(reader);
	return skip(reader, ']') ? 0 : -EINVAL;
}

/* (value, ...), to data unless that is NULL */
static int
read_record(struct reader *reader, const struct dtype *dtype,
	    unsigned char *data)
{
	uint32_t i;
	int error;

	if (!skip(reader, '('))
		return -EINVAL;
	for (i = 0; i < dtype->nfields; i++) {
		skip_blanks(reader);
		if (i > 0 && !skip(reader, ','))
			return -EINVAL;
		skip_blanks(reader);
		error = read_field(reader, &dtype->fields[i], data);
		if (error)
			return error;
	}
	skip_blanks(reader);
	if (skip(reader, ','))
		skip_blanks(reader);
	return skip(reader, ')') ? 0 : -EINVAL;
}

static int
read_element(const struct dtype *dtype, const char *text, size_t nbytes,
	     unsigned char *data)
{
	struct scalar scalar = { dtype->kind, dtype->itemsize };
	struct reader reader = { .at = text,
				 .end = text + nbytes,
				 .is_within = dtype->kind == DTYPE_RECORD };
	int error;

	if (reader.is_within) {
		error = read_record(&reader, dtype, data);
		if (error)
			return error;
	} else {
		error = read_scalar(&reader, &scalar, data);
	}
	return reader.at != reader.end && error != -ENOTSUP ? -EINVAL : error;
}

int
element_parse(const struct dtype *dtype, const char *text, size_t nbytes,
	      void *data)
{
	int error = read_element(dtype, text, nbytes, NULL);

	if (error)
		return error;
	memset(data, 0, dtype->itemsize);
	return read_element(dtype, text, nbytes, data);
}
