/*
 * A descr, the Python literal that describes a dtype in NumPy's files, to a
 * struct dtype with its canonical text. A recursive descent over
 *
 *	descr   = scalar | [ field , ... ] | ( descr , shape )
 *	field   = ( name , descr ) | ( name , descr , shape )
 *	name    = ' text ' | ( ' title ' , ' text ' )
 *	scalar  = ' what dtype_scalar.c reads '
 *
 * in UTF-8, which writes the canonical text on its way. Records are flattened
 * (dtype_fields.h). What recurses is bounded by DEPTH_MAX, what repeats by
 * DTYPE_FIELDS_MAX.
 */
#include <config.h>

#include "segment/dtype.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "segment/dtype_fields.h"
#include "segment/dtype_scalar.h"
#include "segment/utf8.h"

#define DEPTH_MAX 32
#define NAME_SIZE sizeof(((struct dtype_field *)0)->name)

struct parser {
	const char *at, *end;
	struct dtype *dtype;
	size_t length; /* of dtype->text */
	uint64_t base; /* offset of what is being read */
	int depth;
	bool is_big; /* something is */
};

/* what a descr came to */
struct type {
	enum dtype_kind kind; /* DTYPE_RECORD: its fields are in the dtype */
	uint64_t nbytes;      /* of one */
	uint64_t count;	      /* of a subarray, else 1 */
	bool is_big;	      /* of a scalar: its byte order */
};

/* a string literal between its quotes */
struct string {
	const char *text;
	size_t nbytes;
};

static int parse_descr(struct parser *parser, const char *path,
		       struct type *type);

static int
append(struct parser *parser, const char *text, size_t nbytes)
{
	if (nbytes >= DTYPE_TEXT_SIZE - parser->length)
		return -ERANGE;
	memcpy(parser->dtype->text + parser->length, text, nbytes);
	parser->length += nbytes;
	parser->dtype->text[parser->length] = '\0';
	return 0;
}

static int
append_string(struct parser *parser, const struct string *string)
{
	/* as Python's repr; both quotes in one never come here */
	const char *quote =
		memchr(string->text, '\'', string->nbytes) ? "\"" : "'";

	if (append(parser, quote, 1) ||
	    append(parser, string->text, string->nbytes))
		return -ERANGE;
	return append(parser, quote, 1);
}

static void
skip_space(struct parser *parser)
{
	while (parser->at < parser->end && *parser->at != '\0' &&
	       strchr(" \t\r\n", *parser->at))
		parser->at++;
}

/* whether c, with white space around it, is next; moves behind it */
static bool
skip(struct parser *parser, char c)
{
	skip_space(parser);
	if (parser->at == parser->end || *parser->at != c)
		return false;
	parser->at++;
	skip_space(parser);
	return true;
}

/* take c, with white space around it; text is written for it */
static int
replace(struct parser *parser, char c, const char *text)
{
	if (!skip(parser, c))
		return -EINVAL;
	return append(parser, text, strlen(text));
}

/* whether a string literal is next */
static bool
is_string(const struct parser *parser)
{
	const char *at = parser->at;

	if (at < parser->end && *at == 'u')
		at++;
	return at < parser->end && (*at == '\'' || *at == '"');
}

/* a string literal of what can be printed, without a backslash */
static int
read_string(struct parser *parser, struct string *string)
{
	bool has_single = false, has_double = false;
	uint32_t code;
	size_t used;
	char quote;

	if (!is_string(parser))
		return -EINVAL;
	if (*parser->at == 'u') /* as Python 2 wrote it */
		parser->at++;
	quote = *parser->at++;
	string->text = parser->at;
	for (; parser->at < parser->end && *parser->at != quote;
	     parser->at += used) {
		code = utf8_decode((const unsigned char *)parser->at,
				   (size_t)(parser->end - parser->at), &used);
		if (!dtype_is_shown(code) || code == '\\')
			return -ENOTSUP;
		has_single |= code == '\'';
		has_double |= code == '"';
	}
	if (parser->at == parser->end)
		return -EINVAL;
	string->nbytes = (size_t)(parser->at++ - string->text);
	return has_single && has_double ? -ENOTSUP : 0;
}

/* note the byte order of a scalar and append its canonical text */
static int
parse_scalar(struct parser *parser, const struct string *string,
	     struct type *type)
{
	struct dtype_scalar scalar;
	int error = dtype_scalar_parse(&scalar, string->text, string->nbytes);

	if (error)
		return error;
	type->is_big = scalar.order == '>';
	parser->is_big |= type->is_big;
	type->kind = scalar.kind;
	type->nbytes = scalar.nbytes;
	type->count = 1;
	return append(parser, scalar.text, strlen(scalar.text));
}

/* (2, 3) behind a descr: how many in all; writes it to the text */
static int
parse_shape(struct parser *parser, uint64_t *count)
{
	char out[16];
	uint32_t dim;
	int error, n, length;

	*count = 1;
	error = replace(parser, '(', "(");
	if (error)
		return error;
	for (n = 0; !skip(parser, ')'); n++) {
		if (parser->at < parser->end && *parser->at == '0')
			return -ENOTSUP; /* no element */
		error = dtype_read_size(&parser->at, parser->end, &dim);
		if (error)
			return error;
		if (parser->at < parser->end && *parser->at == 'L')
			parser->at++; /* Python 2 */
		*count *= dim;
		if (*count > INT32_MAX)
			return -ERANGE;
		length = snprintf(out, sizeof(out), "%s%" PRIu32,
				  n > 0 ? ", " : "", dim);
		if (append(parser, out, (size_t)length))
			return -ERANGE;
		if (!skip(parser, ',') &&
		    (n == 0 || parser->at == parser->end || *parser->at != ')'))
			return -EINVAL; /* (3) is a number */
	}
	if (n == 0)
		return -EINVAL;
	return append(parser, n == 1 ? ",)" : ")", n == 1 ? 2 : 1);
}

/* read a shape: type becomes a subarray of what it was. The fields of a record
 * are those from first on and have path. */
static int
parse_subarray(struct parser *parser, const char *path, uint32_t first,
	       struct type *type)
{
	uint64_t count;
	int error = parse_shape(parser, &count);

	if (error)
		return error;
	if (type->nbytes * type->count > INT32_MAX / count)
		return -ERANGE;
	if (type->kind != DTYPE_RECORD) {
		type->count *= count;
		return 0;
	}
	error = dtype_fields_multiply(parser->dtype, first,
				      (uint32_t)type->nbytes, strlen(path),
				      count);
	type->nbytes *= count;
	return error;
}

/* enter a scalar or a subarray of one as a field */
static int
add_field(struct parser *parser, const char *path, const struct type *type)
{
	struct dtype_field field = { .kind = type->kind,
				     .nbytes = (uint32_t)type->nbytes,
				     .count = (uint32_t)type->count,
				     .offset = (uint32_t)parser->base,
				     .is_swapped = type->is_big };

	return dtype_fields_add(parser->dtype, path, &field);
}

/* 'name', or ('title', 'name'): a second name, which is left out */
static int
read_name(struct parser *parser, struct string *name)
{
	bool has_title = skip(parser, '(');
	int error = read_string(parser, name);

	if (error || !has_title)
		return error;
	if (!skip(parser, ','))
		return -EINVAL;
	error = read_string(parser, name);
	if (error)
		return error;
	return skip(parser, ')') ? 0 : -EINVAL;
}

/* read a field's name and make its path of the record's */
static int
parse_name(struct parser *parser, const char *record, char path[NAME_SIZE])
{
	struct string name;
	int error, length;

	error = read_name(parser, &name);
	if (error)
		return error;
	path[0] = '\0';
	if (name.nbytes > 0) {
		length = snprintf(path, NAME_SIZE, "%s%s%.*s", record,
				  *record ? "." : "", (int)name.nbytes,
				  name.text);
		if (length < 0 || (size_t)length >= NAME_SIZE)
			return -ERANGE;
		if (dtype_fields_have(parser->dtype, path))
			return -EINVAL;
	}
	return append_string(parser, &name);
}

/* (name, descr) or (name, descr, shape) of the record with the path record */
static int
parse_field(struct parser *parser, const char *record, struct type *type)
{
	uint32_t first = parser->dtype->nfields;
	char path[NAME_SIZE];
	int error;

	error = replace(parser, '(', "(");
	if (error)
		return error;
	error = parse_name(parser, record, path);
	if (error)
		return error;
	error = replace(parser, ',', ", ");
	if (error)
		return error;
	error = parse_descr(parser, path, type);
	if (!error && skip(parser, ',') && parser->at < parser->end &&
	    *parser->at == '(') {
		error = append(parser, ", ", 2);
		if (!error)
			error = parse_subarray(parser, path, first, type);
		skip(parser, ',');
	}
	if (error)
		return error;
	if (!skip(parser, ')'))
		return -EINVAL;
	/* what has no name is padding, and padding is bytes */
	if (*path == '\0' && (type->kind != DTYPE_VOID || type->count != 1))
		return -ENOTSUP;
	if (*path != '\0' && type->kind != DTYPE_RECORD)
		error = add_field(parser, path, type);
	return error ? error : append(parser, ")", 1);
}

/* [field, ...] with the path record */
static int
parse_record(struct parser *parser, const char *record, struct type *type)
{
	uint32_t first = parser->dtype->nfields;
	uint64_t begin = parser->base;
	struct type field = { 0 };
	int error, n;

	error = replace(parser, '[', "[");
	if (error)
		return error;
	for (n = 0; !skip(parser, ']'); n++) {
		if (n > 0 && append(parser, ", ", 2))
			return -ERANGE;
		error = parse_field(parser, record, &field);
		if (error)
			return error;
		parser->base += field.nbytes * field.count;
		if (parser->base > INT32_MAX)
			return -ERANGE;
		if (!skip(parser, ',') &&
		    (parser->at == parser->end || *parser->at != ']'))
			return -EINVAL;
	}
	type->kind = DTYPE_RECORD;
	type->nbytes = parser->base - begin;
	type->count = 1;
	parser->base = begin;
	if (parser->dtype->nfields == first)
		return -EINVAL;
	return append(parser, "]", 1);
}

/* (descr, shape) */
static int
parse_pair(struct parser *parser, const char *path, struct type *type)
{
	uint32_t first = parser->dtype->nfields;
	int error;

	error = replace(parser, '(', "(");
	if (error)
		return error;
	error = parse_descr(parser, path, type);
	if (error)
		return error;
	error = replace(parser, ',', ", ");
	if (error)
		return error;
	error = parse_subarray(parser, path, first, type);
	if (error)
		return error;
	skip(parser, ',');
	return replace(parser, ')', ")");
}

/* a descr within a record, of what has path */
static int
parse_descr(struct parser *parser, const char *path, struct type *type)
{
	struct string string;
	int error;

	if (parser->depth == DEPTH_MAX)
		return -ERANGE;
	if (parser->at == parser->end)
		return -EINVAL;
	parser->depth++;
	if (*parser->at == '[') {
		error = parse_record(parser, path, type);
	} else if (*parser->at == '(') {
		error = parse_pair(parser, path, type);
	} else {
		error = read_string(parser, &string);
		if (!error)
			error = append(parser, "'", 1);
		if (!error)
			error = parse_scalar(parser, &string, type);
		if (!error)
			error = append(parser, "'", 1);
	}
	parser->depth--;
	return error;
}

/* the descr of an array: a record or a scalar, in quotes or without */
static int
parse_whole(struct parser *parser, struct type *type)
{
	struct string string;
	int error = 0;

	skip_space(parser);
	if (parser->at < parser->end && *parser->at == '[') {
		error = parse_descr(parser, "", type);
	} else if (is_string(parser)) {
		error = read_string(parser, &string);
		if (!error)
			error = parse_scalar(parser, &string, type);
	} else {
		string.text = parser->at;
		string.nbytes = (size_t)(parser->end - parser->at);
		parser->at = parser->end;
		error = parse_scalar(parser, &string, type);
	}
	skip_space(parser);
	if (!error && parser->at != parser->end)
		error = -EINVAL;
	if (!error && type->nbytes > INT32_MAX)
		error = -ERANGE;
	return error;
}

int
dtype_parse_descr(struct dtype *dtype, const char *text, size_t nbytes)
{
	struct parser parser = { .at = text,
				 .end = text + nbytes,
				 .dtype = dtype };
	struct type type = { 0 };
	int error;

	memset(dtype, 0, sizeof(*dtype));
	error = parse_whole(&parser, &type);
	if (error)
		return error;
	dtype->kind = type.kind;
	dtype->itemsize = (uint32_t)type.nbytes;
	dtype->is_swapped = parser.is_big;
	return 0;
}
