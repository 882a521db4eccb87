/*
 * Shapes: text, how many elements and bytes they are, strides, and even parts.
 * Sizes are checked here once, by shape_count(); the rest computes without
 * signs, so that a shape that was not checked gives nonsense but no undefined
 * behaviour.
 */
#include <config.h>

#include "segment/shape.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* read the digits at *text, at least one, and move *text behind them */
static int
read_dim(const char **text, const char *end, int64_t *dim)
{
	int64_t sum = 0;
	int error = 0, digit;
	const char *at = *text;

	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		digit = *at - '0';
		if (error || sum > (INT64_MAX - digit) / 10)
			error = -ERANGE;
		else
			sum = sum * 10 + digit;
	}
	if (at == *text)
		return -EINVAL;
	*text = at;
	*dim = sum;
	return error;
}

/* read the dimension at *text, which may be -1 once while may_infer */
static int
parse_dim(const char **text, const char *end, bool *may_infer, int64_t *dim)
{
	if (*may_infer && end - *text >= 2 && memcmp(*text, "-1", 2) == 0) {
		*may_infer = false;
		*text += 2;
		*dim = -1;
		return 0;
	}
	return read_dim(text, end, dim);
}

int
shape_parse(struct shape *shape, const char *text, size_t nbytes,
	    bool may_infer)
{
	const char *end = text + nbytes;
	int64_t dim = 0;
	int error, result = 0;

	memset(shape, 0, sizeof(*shape));
	while (nbytes > 0) {
		error = parse_dim(&text, end, &may_infer, &dim);
		if (error == -EINVAL)
			return error;
		if (error || shape->ndim == SHAPE_NDIM_MAX)
			result = -ERANGE;
		else
			shape->dims[shape->ndim++] = dim;
		if (text == end)
			break;
		if (*text++ != ',')
			return -EINVAL;
	}
	return result;
}

int
shape_count(const struct shape *shape, uint32_t itemsize, uint64_t *count,
	    uint64_t *nbytes)
{
	uint64_t product = itemsize, dim;
	bool is_empty = false;
	unsigned i;

	/* no overflow without the dimensions that are 0 either: strides */
	for (i = 0; i < shape->ndim; i++) {
		dim = (uint64_t)shape->dims[i];
		if (dim == 0)
			is_empty = true;
		else if (dim > (uint64_t)INT64_MAX / 2 / product)
			return -EOVERFLOW;
		else
			product *= dim;
	}
	*nbytes = is_empty ? 0 : product;
	*count = *nbytes / itemsize;
	return 0;
}

int
shape_infer(struct shape *shape, uint64_t count)
{
	int64_t *unknown = NULL;
	uint64_t known = 1, dim;
	unsigned i;

	for (i = 0; i < shape->ndim; i++) {
		dim = (uint64_t)shape->dims[i];
		if (shape->dims[i] == -1 && !unknown)
			unknown = &shape->dims[i];
		else if (__builtin_mul_overflow(known, dim, &known))
			return -EINVAL;
	}
	if (!unknown)
		return known == count ? 0 : -EINVAL;
	if (known == 0 || count % known != 0 || count / known > INT64_MAX)
		return -EINVAL;
	*unknown = (int64_t)(count / known);
	return 0;
}

void
shape_strides(const struct shape *shape, uint32_t itemsize,
	      int64_t strides[SHAPE_NDIM_MAX])
{
	uint64_t stride = itemsize;
	unsigned i, dim;

	for (i = 0; i < shape->ndim; i++) {
		dim = shape->is_fortran ? i : shape->ndim - 1 - i;
		strides[dim] = (int64_t)stride;
		if (shape->dims[dim] > 0)
			stride *= (uint64_t)shape->dims[dim];
	}
}

char *
shape_name(char *out, size_t size, const struct shape *shape)
{
	size_t used = 0;
	unsigned i;

	if (size > 0)
		out[0] = '\0';
	for (i = 0; i < shape->ndim && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%" PRId64,
					 i > 0 ? "," : "", shape->dims[i]);
	return out;
}

void
shape_split(uint64_t n, uint64_t parts, uint64_t index, uint64_t *start,
	    uint64_t *stop)
{
	uint64_t size = n / parts, rest = n % parts;

	*start = index * size + (index < rest ? index : rest);
	*stop = *start + size + (index < rest);
}
