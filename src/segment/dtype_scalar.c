/*
 * NumPy's text of a scalar type: which there are, how many bytes they have, and
 * how it is written where there are several ways to.
 */
#include <config.h>

#include "segment/dtype_scalar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int
dtype_read_size(const char **text, const char *end, uint32_t *size)
{
	uint64_t sum = 0;

	if (*text == end || !is_digit(**text) || **text == '0')
		return -EINVAL;
	for (; *text < end && is_digit(**text); ++*text) {
		if (sum <= INT32_MAX)
			sum = sum * 10 + (uint64_t)(**text - '0');
	}
	*size = (uint32_t)sum;
	return sum > INT32_MAX ? -ERANGE : 0;
}

/* check the [25us] of a time and write it as NumPy does to unit */
static int
read_unit(const char *text, const char *end, char unit[16])
{
	static const char *const units[] = { "Y",  "M",	 "W",  "D",  "h",
					     "m",  "s",	 "ms", "us", "ns",
					     "ps", "fs", "as" };
	char many[12] = "";
	uint32_t n = 1;
	size_t nbytes, i;

	unit[0] = '\0';
	if (text == end)
		return 0;
	if (*text++ != '[' || text == end || *--end != ']')
		return -EINVAL;
	nbytes = (size_t)(end - text);
	if (nbytes == strlen("generic") && memcmp(text, "generic", nbytes) == 0)
		return 0;
	if (nbytes > 0 && is_digit(*text) && dtype_read_size(&text, end, &n))
		return -EINVAL;
	if (n != 1)
		snprintf(many, sizeof(many), "%" PRIu32, n);
	nbytes = (size_t)(end - text);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (nbytes == strlen(units[i]) &&
		    memcmp(text, units[i], nbytes) == 0) {
			snprintf(unit, 16, "[%s%s]", many, units[i]);
			return 0;
		}
	return -EINVAL;
}

/* bytes of a scalar with the size that its text names; 0 if there is none */
static uint64_t
scalar_nbytes(enum dtype_kind kind, uint32_t size)
{
	uint32_t sizes = 0; /* the sum of those there are, powers of 2 */

	switch (kind) {
	case DTYPE_BYTES:
	case DTYPE_VOID:
		return size;
	case DTYPE_TEXT:
		return 4 * (uint64_t)size;
	case DTYPE_BOOL:
		sizes = 1;
		break;
	case DTYPE_INT:
	case DTYPE_UINT:
		sizes = 1 + 2 + 4 + 8;
		break;
	case DTYPE_FLOAT:
		sizes = 2 + 4 + 8 + 16;
		break;
	case DTYPE_COMPLEX:
		sizes = 8 + 16 + 32;
		break;
	case DTYPE_TIME:
	case DTYPE_SPAN:
		sizes = 8;
		break;
	case DTYPE_RECORD:
		break;
	}
	return (size & (size - 1)) == 0 ? size & sizes : 0;
}

/* whether elements of more than one byte have one order of them */
static bool
has_order(enum dtype_kind kind, uint64_t nbytes)
{
	return nbytes > 1 && kind != DTYPE_BYTES && kind != DTYPE_VOID;
}

int
dtype_scalar_parse(struct dtype_scalar *scalar, const char *text, size_t nbytes)
{
	const char *end = text + nbytes;
	char order = '<', unit[16] = "";
	uint32_t size = 0;
	int error;

	if (text < end && *text != '\0' && strchr("<>|=", *text))
		order = *text++ == '>' ? '>' : '<';
	if (text == end)
		return -EINVAL;
	if (*text == '\0' || !strchr("biufcSUVMm", *text))
		return -ENOTSUP;
	scalar->kind = (enum dtype_kind) * text++;
	error = dtype_read_size(&text, end, &size);
	if (error == -EINVAL)
		return error;
	if (scalar->kind == DTYPE_TIME || scalar->kind == DTYPE_SPAN) {
		if (read_unit(text, end, unit))
			return -EINVAL;
	} else if (text != end) {
		return -EINVAL;
	}
	if (error)
		return error;
	scalar->nbytes = scalar_nbytes(scalar->kind, size);
	if (scalar->nbytes == 0)
		return -EINVAL;
	scalar->order = has_order(scalar->kind, scalar->nbytes) ? order : '|';
	snprintf(scalar->text, sizeof(scalar->text), "%c%c%" PRIu32 "%s",
		 scalar->order == '|' ? '|' : '<', (char)scalar->kind, size,
		 unit);
	return 0;
}
