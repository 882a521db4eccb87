/*
 * Element types as the command line writes them, and what is done with them
 * whole. The command line's text is translated into a descr and read as one
 * (dtype_descr.c), so that one parser decides what a dtype is and what its
 * canonical text.
 */
#include <config.h>

#include "segment/dtype.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "segment/utf8.h"

/* text that grows up to size bytes; what does not fit sets is_cut */
struct buffer {
	char *text;
	size_t size, length;
	bool is_cut;
};

__attribute__((format(printf, 2, 3))) static void
append(struct buffer *buffer, const char *format, ...)
{
	size_t room = buffer->size - buffer->length;
	va_list arguments;
	int length;

	if (buffer->is_cut)
		return;
	va_start(arguments, format);
	length = vsnprintf(buffer->text + buffer->length, room, format,
			   arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= room)
		buffer->is_cut = true;
	else
		buffer->length += (size_t)length;
}

bool
dtype_is_name(const char *text, size_t nbytes)
{
	size_t i;
	char c;

	if (nbytes == 0 || nbytes >= sizeof(((struct dtype_field *)0)->name))
		return false;
	for (i = 0; i < nbytes; i++) {
		c = text[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '_' || (i > 0 && c >= '0' && c <= '9'))
			continue;
		return false;
	}
	return true;
}

bool
dtype_is_shown(uint32_t code)
{
	return code != UTF8_NONE && code >= ' ' &&
	       (code < 0x7f || code >= 0xa0);
}

/* a name as of an array, or one with other letters; all that is no ASCII is
 * taken for letters */
static bool
is_field_name(const char *text, size_t nbytes)
{
	char ascii[sizeof(((struct dtype_field *)0)->name)];
	size_t used;

	if (nbytes >= sizeof(ascii))
		return false;
	for (size_t i = 0; i < nbytes; i += used) {
		if (!dtype_is_shown(utf8_decode((const unsigned char *)text + i,
						nbytes - i, &used)))
			return false;
		memset(ascii + i, used > 1 ? '_' : text[i], used);
	}
	return dtype_is_name(ascii, nbytes);
}

bool
dtype_is_same(const struct dtype *a, const struct dtype *b)
{
	return strcmp(a->text, b->text) == 0;
}

/* whether the command line can write a scalar of this kind and size */
static bool
is_plain(enum dtype_kind kind, uint32_t nbytes)
{
	switch (kind) {
	case DTYPE_BOOL:
	case DTYPE_INT:
	case DTYPE_UINT:
	case DTYPE_BYTES:
		return true;
	case DTYPE_FLOAT:
		return nbytes <= 8;
	case DTYPE_COMPLEX:
		return nbytes <= 16;
	default:
		return false;
	}
}

/* append the descr of the scalar that the command line writes as text */
static int
append_scalar(struct buffer *descr, const char *text, size_t nbytes)
{
	if (nbytes == 1 && *text == '?') {
		append(descr, "'b1'");
		return 0;
	}
	/* b1 is written ? */
	if (nbytes == 0 || *text == '\0' || !strchr("iufcS", *text))
		return -EINVAL;
	if (nbytes >= DTYPE_TEXT_SIZE)
		return -ERANGE;
	append(descr, "'%.*s'", (int)nbytes, text);
	return 0;
}

/* append the descr of NAME=TYPE,...} */
static int
append_fields(struct buffer *descr, const char *text, size_t nbytes)
{
	const char *end = text + nbytes, *equals, *comma;
	int error;

	if (nbytes == 0 || *--end != '}')
		return -EINVAL;
	append(descr, "[");
	for (;; text = comma + 1) {
		comma = memchr(text, ',', (size_t)(end - text));
		if (!comma)
			comma = end;
		equals = memchr(text, '=', (size_t)(comma - text));
		if (!equals || !is_field_name(text, (size_t)(equals - text)))
			return -EINVAL;
		append(descr, "('%.*s',", (int)(equals - text), text);
		equals++;
		error = append_scalar(descr, equals, (size_t)(comma - equals));
		if (error)
			return error;
		append(descr, "),");
		if (comma == end)
			break;
	}
	append(descr, "]");
	return 0;
}

int
dtype_parse(struct dtype *dtype, const char *text, size_t nbytes)
{
	char text_of_descr[DTYPE_TEXT_SIZE + 64] = "";
	struct buffer descr = { .text = text_of_descr,
				.size = sizeof(text_of_descr) };
	uint32_t i;
	int error;

	if (nbytes > 0 && *text == '{')
		error = append_fields(&descr, text + 1, nbytes - 1);
	else
		error = append_scalar(&descr, text, nbytes);
	if (error)
		return error;
	if (descr.is_cut)
		return -ERANGE;
	error = dtype_parse_descr(dtype, descr.text, descr.length);
	if (error)
		return error == -ERANGE ? -ERANGE : -EINVAL;
	if (dtype->kind != DTYPE_RECORD)
		return is_plain(dtype->kind, dtype->itemsize) ? 0 : -EINVAL;
	for (i = 0; i < dtype->nfields; i++)
		if (!is_plain(dtype->fields[i].kind, dtype->fields[i].nbytes))
			return -EINVAL;
	return 0;
}

static void
append_name(struct buffer *name, enum dtype_kind kind, uint32_t nbytes)
{
	if (kind == DTYPE_BOOL)
		append(name, "?");
	else
		append(name, "%c%" PRIu32, (char)kind, nbytes);
}

char *
dtype_name(char *out, size_t size, const struct dtype *dtype)
{
	char text[DTYPE_TEXT_SIZE];
	struct buffer name = { .text = text, .size = sizeof(text) };
	struct dtype other;
	uint32_t i;

	if (dtype->kind != DTYPE_RECORD) {
		append_name(&name, dtype->kind, dtype->itemsize);
	} else {
		for (i = 0; i < dtype->nfields; i++) {
			append(&name, "%c%s=", i == 0 ? '{' : ',',
			       dtype->fields[i].name);
			append_name(&name, dtype->fields[i].kind,
				    dtype->fields[i].nbytes);
		}
		append(&name, "}");
	}
	/* padding, nested records, subarrays, names in need of quotes: what is
	 * not the same when it is read back has no such text */
	if (name.is_cut || dtype_parse(&other, name.text, name.length) != 0 ||
	    !dtype_is_same(&other, dtype))
		snprintf(out, size, "%s", dtype->text);
	else
		snprintf(out, size, "%s", name.text);
	return out;
}

static void
reverse(unsigned char *bytes, uint32_t nbytes)
{
	unsigned char byte;
	uint32_t i;

	for (i = 0; i < nbytes / 2; i++) {
		byte = bytes[i];
		bytes[i] = bytes[nbytes - 1 - i];
		bytes[nbytes - 1 - i] = byte;
	}
}

/* bytes that are reversed as one number, 1 for none */
static uint32_t
swap_unit(enum dtype_kind kind, uint32_t nbytes)
{
	switch (kind) {
	case DTYPE_COMPLEX:
		return nbytes / 2;
	case DTYPE_TEXT:
		return 4;
	case DTYPE_BOOL:
	case DTYPE_BYTES:
	case DTYPE_VOID:
	case DTYPE_RECORD:
		return 1;
	default:
		return nbytes;
	}
}

/* reverse each number of nbytes bytes of scalars */
static void
swap_scalars(enum dtype_kind kind, uint32_t nbytes, unsigned char *bytes,
	     size_t count)
{
	uint32_t unit = swap_unit(kind, nbytes);
	size_t n = (size_t)nbytes / unit * count, i;

	if (unit == 1)
		return;
	for (i = 0; i < n; i++)
		reverse(bytes + i * unit, unit);
}

void
dtype_swap(const struct dtype *dtype, void *data, size_t count)
{
	const struct dtype_field *field, *end = dtype->fields + dtype->nfields;
	unsigned char *bytes = data;

	if (!dtype->is_swapped)
		return;
	if (dtype->kind != DTYPE_RECORD) {
		swap_scalars(dtype->kind, dtype->itemsize, bytes, count);
		return;
	}
	for (; count > 0; count--, bytes += dtype->itemsize)
		for (field = dtype->fields; field < end; field++)
			if (field->is_swapped)
				swap_scalars(field->kind, field->nbytes,
					     bytes + field->offset,
					     field->count);
}
