/*
 * Declarations of arrays: their grammar, and what they say about each other
 * (names, like:OTHER, scopes). What an array begins with is init.h's.
 */
#include <config.h>

#include "segment/spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "segment/init.h"
#include "segment/segment_parts.h"

#define LIKE "like:"
#define FORM "NAME=DTYPE[:DIM,...][=INIT]"

/* of what a message quotes */
#define SHOWN_MAX 40
#define SHOWN_SIZE (4 * SHOWN_MAX + 16)

/* error, with what text (nbytes of it) is not and what would be right */
static int
refuse(char *why, int error, const char *text, size_t nbytes,
       const char *is_not)
{
	char shown[SHOWN_SIZE];

	diag_quote(shown, sizeof(shown), text, nbytes, SHOWN_MAX);
	return segment_complain(why, error, "%s %s", shown, is_not);
}

int
spec_find(const struct spec_list *list, const char *name, size_t nbytes)
{
	const char *other;

	for (size_t i = 0; i < list->count; i++) {
		other = list->specs[i].array.name;
		if (strlen(other) == nbytes && memcmp(other, name, nbytes) == 0)
			return (int)i;
	}
	return -1;
}

/* the same, for a name that must be there: -ENOENT with why */
static int
find_declared(const struct spec_list *list, const char *name, size_t nbytes,
	      char *why)
{
	int index = spec_find(list, name, nbytes);

	return index >= 0 ? index
			  : refuse(why, -ENOENT, name, nbytes,
				   "is not the name of a declared array");
}

static int
set_name(const struct spec_list *list, struct spec *spec, const char *name,
	 size_t nbytes, char *why)
{
	if (!dtype_is_name(name, nbytes))
		return refuse(why, -EINVAL, name, nbytes,
			      "is no name of an array: letters, digits and _, "
			      "63 at most, no digit first");
	memcpy(spec->array.name, name, nbytes);
	spec->array.name[nbytes] = '\0';
	if (spec_find(list, name, nbytes) >= 0)
		return segment_complain(why, -EEXIST, "%s is declared twice",
					spec->array.name);
	return 0;
}

/* bytes of the dtype that text begins with: a record up to its last brace, all
 * else up to a colon or = */
static size_t
dtype_length(const char *text)
{
	size_t n, depth = 0;

	if (*text != '{')
		return strcspn(text, ":=");
	for (n = 0; text[n]; n++) {
		depth += text[n] == '{';
		depth -= text[n] == '}';
		if (depth == 0)
			return n + 1;
	}
	return n;
}

static int
parse_dtype(struct spec *spec, const char *text, size_t nbytes, char *why)
{
	char shown[SHOWN_SIZE];
	int error = dtype_parse(&spec->array.dtype, text, nbytes);

	if (!error)
		return 0;
	diag_quote(shown, sizeof(shown), text, nbytes, SHOWN_MAX);
	if (error == -ERANGE)
		return segment_complain(
			why, error,
			"dtype %s is too big: at most %d fields of names that "
			"fit into %d bytes, and %d bytes of data",
			shown, DTYPE_FIELDS_MAX, DTYPE_TEXT_SIZE, INT32_MAX);
	return segment_complain(
		why, error,
		"no dtype %s: one of ? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16 "
		"S<n> or {name=dtype,...}",
		shown);
}

static int
parse_shape(struct spec *spec, const char *text, size_t nbytes, char *why)
{
	int error = nbytes ? shape_parse(&spec->array.shape, text, nbytes, true)
			   : -EINVAL;

	if (error == -ERANGE)
		return refuse(why, error, text, nbytes,
			      "is too big for a shape: at most 8 dimensions, "
			      "below 2^63 each");
	if (error)
		return refuse(why, error, text, nbytes,
			      "is no shape: numbers with commas between them, "
			      "of which a file can find out one that is -1");
	return 0;
}

/* DTYPE[:DIM,...]; *text moves behind it */
static int
parse_type(struct spec *spec, const char **text, char *why)
{
	size_t n = dtype_length(*text);
	int error = parse_dtype(spec, *text, n, why);

	if (error)
		return error;
	*text += n;
	if (**text == ':') {
		++*text;
		n = strcspn(*text, "=");
		error = parse_shape(spec, *text, n, why);
		*text += n;
	} else if (**text && **text != '=') {
		error = refuse(why, -EINVAL, *text, strlen(*text),
			       "behind the dtype: " FORM);
	}
	return error;
}

/* ---- like:OTHER ---- */

static bool
is_like(const char *text)
{
	return strncmp(text, LIKE, strlen(LIKE)) == 0;
}

/* dtype and shape of an earlier array; *text moves behind its name */
static int
take_type(const struct spec_list *list, struct spec *spec, const char **text,
	  char *why)
{
	const char *name = *text + strlen(LIKE);
	size_t n = strcspn(name, "=");
	int other = find_declared(list, name, n, why);

	if (other < 0)
		return other;
	spec->array.dtype = list->specs[other].array.dtype;
	spec->array.shape = list->specs[other].array.shape;
	/* that is about the other's file */
	spec->array.dtype.is_swapped = false;
	*text = name + n;
	return 0;
}

/* dtype and shape of two arrays must agree, but for a dimension of -1 */
static int
compare(struct spec *spec, const struct spec *other, char *why)
{
	const struct segment_array *model = &other->array;
	struct shape *shape = &spec->array.shape;
	bool is_same = shape->ndim == model->shape.ndim &&
		       dtype_is_same(&spec->array.dtype, &model->dtype);

	for (unsigned i = 0; is_same && i < shape->ndim; i++)
		is_same = shape->dims[i] == model->shape.dims[i] ||
			  shape->dims[i] == -1;
	if (!is_same)
		return segment_complain(
			why, -EINVAL,
			"dtype and shape are not those of %s: " LIKE "%s=" LIKE
			"%s takes them",
			model->name, model->name, model->name);
	*shape = model->shape;
	return 0;
}

/* Begin as an array that is mapped: its file is copied. */
static int
copy_mapped(struct spec *spec, const struct spec *other)
{
	spec->init = SPEC_RAW;
	spec->file_offset = other->file_offset;
	spec->file = strdup(other->array.path);
	return spec->file ? 0 : -ENOMEM;
}

static int
copy_value(struct spec *spec, const struct spec *other)
{
	spec->init = SPEC_VALUE;
	spec->value = malloc(other->array.dtype.itemsize);
	if (!spec->value)
		return -ENOMEM;
	memcpy(spec->value, other->value, other->array.dtype.itemsize);
	return 0;
}

/* Begin as an earlier array does. What is left as SPEC_LIKE refers to an array
 * that is read from a file and is not one itself. */
static int
take_init(const struct spec_list *list, struct spec *spec, const char *text,
	  char *why)
{
	const char *name = text + strlen(LIKE);
	int index = find_declared(list, name, strlen(name), why);
	const struct spec *other;
	int error;

	if (index < 0)
		return index;
	other = &list->specs[index];
	error = compare(spec, other, why);
	if (error)
		return error;
	spec->init = SPEC_LIKE;
	spec->like = other->init == SPEC_LIKE ? other->like : (size_t)index;
	if (other->init == SPEC_ZEROS)
		spec->init = SPEC_ZEROS;
	else if (other->init == SPEC_VALUE)
		error = copy_value(spec, other);
	else if (other->init == SPEC_MAP)
		error = copy_mapped(spec, other);
	return error ? segment_complain(why, error, "%s", strerror(-error)) : 0;
}

/* ---- the whole ---- */

static int
parse_init(const struct spec_list *list, struct spec *spec, const char *text,
	   char *why)
{
	uint64_t count, nbytes;

	if (*text == '\0')
		return init_check_size(&spec->array, &count, &nbytes, why);
	if (is_like(text + 1))
		return take_init(list, spec, text + 1, why);
	return init_parse(spec, text + 1, true, why);
}

static int
parse(const struct spec_list *list, struct spec *spec, char *why)
{
	const char *text = strchr(spec->text, '=');
	int error;

	if (!text)
		return segment_complain(why, -EINVAL, "not " FORM);
	error = set_name(list, spec, spec->text, (size_t)(text - spec->text),
			 why);
	if (error)
		return error;
	text++;
	if (init_is_file(text))
		return init_parse(spec, text, false, why);
	error = is_like(text) ? take_type(list, spec, &text, why)
			      : parse_type(spec, &text, why);
	return error ? error : parse_init(list, spec, text, why);
}

int
spec_add(struct spec_list *list, const char *text, char *why)
{
	struct spec *grown;
	int error;

	grown = reallocarray(list->specs, list->count + 1, sizeof(*grown));
	if (!grown)
		return segment_complain(why, -ENOMEM, "%s", strerror(ENOMEM));
	list->specs = grown;
	grown += list->count;
	memset(grown, 0, sizeof(*grown));
	grown->text = text;
	error = parse(list, grown, why);
	if (error)
		init_release(grown);
	else
		list->count++;
	return error;
}

void
spec_release(struct spec_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		init_release(&list->specs[i]);
	free(list->specs);
	*list = (struct spec_list){ 0 };
}

/* ---- scopes ---- */

/* what flags says of an array that has to have no scope yet */
static int
set_scope(struct segment_array *array, uint32_t flag, char *why)
{
	if (array->flags & SEGMENT_MAPPED)
		return segment_complain(
			why, -EINVAL,
			"%s is mapped from a file, of which there are no "
			"copies (map-copy: gives each process its own)",
			array->name);
	if (array->flags & (SEGMENT_PRIVATE | SEGMENT_REDUCTION))
		return segment_complain(
			why, -EINVAL, "%s is %s already", array->name,
			array->flags & SEGMENT_PRIVATE ? "private"
						       : "a reduction");
	array->flags |= flag;
	return 0;
}

static int
set_op(struct segment_array *array, enum element_op op, const char *name,
       size_t nbytes, char *why)
{
	char shown[DTYPE_TEXT_SIZE];

	if (element_op_check(&array->dtype, op))
		return segment_complain(
			why, -ENOTSUP, "there is no %.*s of %s, which %s is",
			(int)nbytes, name,
			dtype_name(shown, sizeof(shown), &array->dtype),
			array->name);
	array->op = op;
	return set_scope(array, SEGMENT_REDUCTION, why);
}

int
spec_private(struct spec_list *list, const char *text, char *why)
{
	size_t n;
	int index, error;

	for (;; text += n + 1) {
		n = strcspn(text, ",");
		index = find_declared(list, text, n, why);
		if (index < 0)
			return index;
		error = set_scope(&list->specs[index].array, SEGMENT_PRIVATE,
				  why);
		if (error || !text[n])
			return error;
	}
}

int
spec_reduction(struct spec_list *list, const char *text, char *why)
{
	size_t length = strcspn(text, ":"), n;
	const char *name = text + length + 1;
	enum element_op op;
	int index, error;

	if (!text[length])
		return segment_complain(why, -EINVAL, "not OP:NAME,...");
	if (element_op_parse(text, length, &op))
		return refuse(why, -EINVAL, text, length,
			      "is no operation: one of sum prod min max and or "
			      "xor");
	for (;; name += n + 1) {
		n = strcspn(name, ",");
		index = find_declared(list, name, n, why);
		if (index < 0)
			return index;
		error = set_op(&list->specs[index].array, op, text, length,
			       why);
		if (error || !name[n])
			return error;
	}
}
