#ifndef SHMMAP_DTYPE_SCALAR_H
#define SHMMAP_DTYPE_SCALAR_H

#include <stddef.h>
#include <stdint.h>

#include "segment/dtype.h"

/* NumPy's text of a scalar type, <f8 or >M8[25us], for dtype_descr.c. */

/* the longest canonical text, with its NUL */
#define DTYPE_SCALAR_TEXT_SIZE 40

struct dtype_scalar {
	enum dtype_kind kind;
	uint64_t nbytes;		   /* may be more than an itemsize */
	char order;			   /* < or >; | where there is none */
	char text[DTYPE_SCALAR_TEXT_SIZE]; /* canonical: little endian */
};

/* read it, without quotes; returns as dtype_parse_descr() */
int dtype_scalar_parse(struct dtype_scalar *scalar, const char *text,
		       size_t nbytes);

/* Read a decimal from 1 to INT32_MAX without leading zeros at *text, which then
 * is behind it. Returns 0, -EINVAL or -ERANGE. */
int dtype_read_size(const char **text, const char *end, uint32_t *size);

#endif
