/*
 * Elements to text that element_parse.c reads back. Data need no alignment, as
 * the fields of records have none.
 */
#include <config.h>

#include "segment/element.h"

#include <float.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "segment/half.h"
#include "segment/numeral.h"
#include "segment/utf8.h"

/* text that counts on when it is full */
struct writer {
	char *out;
	size_t size, length;
};

/* what a scalar is, whether it stands alone or is a field */
struct scalar {
	enum dtype_kind kind;
	uint32_t nbytes;
	bool is_quoted; /* S and U, within a record */
};

static void
put(struct writer *writer, const char *text, size_t nbytes)
{
	size_t room = 0;

	if (writer->length < writer->size)
		room = writer->size - writer->length;
	if (room > 0)
		memcpy(writer->out + writer->length, text,
		       nbytes < room ? nbytes : room);
	writer->length += nbytes;
}

static void
put_text(struct writer *writer, const char *text)
{
	put(writer, text, strlen(text));
}

/* whether a code point is printed as it is */
static bool
is_printable(uint32_t code, bool is_quoted)
{
	return code >= 0x20 && (code < 0x7f || code >= 0xa0) && code != '\\' &&
	       !(is_quoted && code == '\'');
}

/* the escape of a byte or of a code point that is not printed */
static void
put_escape(struct writer *writer, uint32_t code)
{
	char text[16];

	if (code == '\n')
		put_text(writer, "\\n");
	else if (code == '\t')
		put_text(writer, "\\t");
	else if (code == '\\')
		put_text(writer, "\\\\");
	else {
		snprintf(text, sizeof(text),
			 code <= 0xff	  ? "\\x%02" PRIx32
			 : code <= 0xffff ? "\\u%04" PRIx32
					  : "\\U%08" PRIx32,
			 code);
		put_text(writer, text);
	}
}

static void
put_bytes(struct writer *writer, const struct scalar *scalar,
	  const unsigned char *data)
{
	size_t n = scalar->nbytes, i, used, byte;
	uint32_t code;

	while (n > 0 && data[n - 1] == 0)
		n--;
	for (i = 0; i < n; i += used) {
		code = utf8_decode(data + i, n - i, &used);
		if (code != UTF8_NONE && is_printable(code, scalar->is_quoted))
			put(writer, (const char *)data + i, used);
		else
			for (byte = i; byte < i + used; byte++)
				put_escape(writer, data[byte]);
	}
}

static uint32_t
code_at(const unsigned char *data, size_t i)
{
	uint32_t code;

	memcpy(&code, data + 4 * i, sizeof(code));
	return code;
}

static void
put_codes(struct writer *writer, const struct scalar *scalar,
	  const unsigned char *data)
{
	size_t n = scalar->nbytes / 4, i;
	uint32_t code;
	char text[4];

	while (n > 0 && code_at(data, n - 1) == 0)
		n--;
	for (i = 0; i < n; i++) {
		code = code_at(data, i);
		if (utf8_is_character(code) &&
		    is_printable(code, scalar->is_quoted))
			put(writer, text, utf8_encode(text, code));
		else
			put_escape(writer, code);
	}
}

static void
put_hex(struct writer *writer, const unsigned char *data, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char text[2];

	for (; n > 0; n--, data++) {
		text[0] = digits[*data >> 4];
		text[1] = digits[*data & 15];
		put(writer, text, 2);
	}
}

/* the integer of nbytes bytes at data, its sign spread to all bits */
static uint64_t
load_integer(const void *data, uint32_t nbytes, bool is_signed)
{
	unsigned unused = 64 - 8 * nbytes;
	uint64_t bits = 0;

	memcpy(&bits, data, nbytes); /* little endian */
	if (is_signed && unused > 0 && bits >> (63 - unused) != 0)
		bits |= UINT64_MAX << (64 - unused);
	return bits;
}

static void
put_integer(struct writer *writer, const struct scalar *scalar,
	    const void *data)
{
	bool is_signed = scalar->kind != DTYPE_UINT;
	uint64_t bits = load_integer(data, scalar->nbytes, is_signed);
	char text[24];

	if (is_signed && bits >> 63)
		snprintf(text, sizeof(text), "-%" PRIu64, -bits);
	else
		snprintf(text, sizeof(text), "%" PRIu64, bits);
	put_text(writer, text);
}

/* Whether long double is what NumPy's f16 is here: its bytes and its format.
 * That of x87 has 10 bytes of its 16 in use. */
#define HAS_F16 (sizeof(long double) == 16)

static long double
load_long_double(const unsigned char *data)
{
	unsigned char bytes[sizeof(long double)];
	long double value;
	bool has_one;

	memcpy(bytes, data, sizeof(bytes));
	if (LDBL_MANT_DIG == 64) {
		/* what x87 does not take: without the leading 1 where it has to
		 * be, it is not a number; with it where it can not be, it is a
		 * normal number */
		has_one = bytes[7] >> 7;
		if ((bytes[8] | (bytes[9] & 0x7f)) == 0)
			bytes[8] |= has_one;
		else if (!has_one)
			memset(bytes, 0xff, 10);
	}
	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* the float of nbytes bytes at data, and which it is */
static long double
load_float(const void *data, uint32_t nbytes, enum numeral_width *width)
{
	uint16_t half;
	float single;
	double value;

	switch (nbytes) {
	case 2:
		*width = NUMERAL_F2;
		memcpy(&half, data, sizeof(half));
		return half_to_double(half);
	case 4:
		*width = NUMERAL_F4;
		memcpy(&single, data, sizeof(single));
		return single;
	case 8:
		*width = NUMERAL_F8;
		memcpy(&value, data, sizeof(value));
		return value;
	default:
		*width = NUMERAL_F16;
		return load_long_double(data);
	}
}

static void
put_float(struct writer *writer, const unsigned char *data, uint32_t nbytes,
	  bool has_sign)
{
	char text[NUMERAL_TEXT_SIZE];
	enum numeral_width width = NUMERAL_F8;
	long double value = load_float(data, nbytes, &width);
	size_t length = numeral_shortest(text, width, value);

	if (has_sign && text[0] != '-')
		put(writer, "+", 1);
	put(writer, text, length);
}

static bool
has_text(const struct scalar *scalar)
{
	switch (scalar->kind) {
	case DTYPE_FLOAT:
		return scalar->nbytes <= 8 || HAS_F16;
	case DTYPE_COMPLEX:
		return scalar->nbytes <= 16 || HAS_F16;
	default:
		return true;
	}
}

static void
put_scalar(struct writer *writer, const struct scalar *scalar,
	   const unsigned char *data)
{
	uint32_t half = scalar->nbytes / 2;

	if (!has_text(scalar)) {
		put_hex(writer, data, scalar->nbytes);
		return;
	}
	switch (scalar->kind) {
	case DTYPE_BOOL:
		put_text(writer, *data ? "True" : "False");
		break;
	case DTYPE_INT:
	case DTYPE_UINT:
	case DTYPE_TIME:
	case DTYPE_SPAN:
		put_integer(writer, scalar, data);
		break;
	case DTYPE_FLOAT:
		put_float(writer, data, scalar->nbytes, false);
		break;
	case DTYPE_COMPLEX:
		put_float(writer, data, half, false);
		put_float(writer, data + half, half, true);
		put(writer, "j", 1);
		break;
	case DTYPE_BYTES:
	case DTYPE_TEXT:
		if (scalar->is_quoted)
			put(writer, "'", 1);
		if (scalar->kind == DTYPE_BYTES)
			put_bytes(writer, scalar, data);
		else
			put_codes(writer, scalar, data);
		if (scalar->is_quoted)
			put(writer, "'", 1);
		break;
	case DTYPE_VOID:
	case DTYPE_RECORD:
		put_hex(writer, data, scalar->nbytes);
		break;
	}
}

static void
put_field(struct writer *writer, const struct dtype_field *field,
	  const unsigned char *data)
{
	struct scalar scalar = { field->kind, field->nbytes, true };
	uint32_t i;

	if (field->count != 1)
		put(writer, "[", 1);
	for (i = 0; i < field->count; i++) {
		if (i > 0)
			put(writer, ", ", 2);
		put_scalar(writer, &scalar, data + (size_t)i * field->nbytes);
	}
	if (field->count != 1)
		put(writer, "]", 1);
}

size_t
element_format(char *out, size_t size, const struct dtype *dtype,
	       const void *data)
{
	struct scalar scalar = { dtype->kind, dtype->itemsize, false };
	struct writer writer = { .out = out, .size = size };
	const unsigned char *bytes = data;
	uint32_t i;

	if (dtype->kind != DTYPE_RECORD) {
		put_scalar(&writer, &scalar, bytes);
	} else {
		put(&writer, "(", 1);
		for (i = 0; i < dtype->nfields; i++) {
			if (i > 0)
				put(&writer, ", ", 2);
			put_field(&writer, &dtype->fields[i],
				  bytes + dtype->fields[i].offset);
		}
		put_text(&writer, dtype->nfields == 1 ? ",)" : ")");
	}
	if (size > 0)
		out[writer.length < size ? writer.length : size - 1] = '\0';
	return writer.length;
}
