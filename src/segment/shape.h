#ifndef SHMMAP_SHAPE_H
#define SHMMAP_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Shapes of arrays and parts of them. No dimension is a scalar: ndim 0, one
 * element. A dimension may be 0: no element.
 */

#define SHAPE_NDIM_MAX 8

struct shape {
	unsigned ndim;
	int64_t dims[SHAPE_NDIM_MAX]; /* in elements; -1: to be found out */
	bool is_fortran;	      /* first index is the fastest */
};

/*
 * Parse 3,4,5 (nbytes of text; none is a scalar). One dimension may be -1 when
 * may_infer. Returns 0; -EINVAL for anything else (negative, empty, signs,
 * blanks), -ERANGE for more than SHAPE_NDIM_MAX dimensions or a number above
 * INT64_MAX.
 */
int shape_parse(struct shape *shape, const char *text, size_t nbytes,
		bool may_infer);

/* elements in all, and bytes with itemsize; 0, or -EOVERFLOW when that is above
 * INT64_MAX / 2, dimensions of 0 left out of account; no dimension may be -1 */
int shape_count(const struct shape *shape, uint32_t itemsize, uint64_t *count,
		uint64_t *nbytes);

/* Fill in the dimension that is -1, for count elements in all. Returns 0 or
 * -EINVAL when it does not divide, or when without one it is another count. */
int shape_infer(struct shape *shape, uint64_t count);

/* byte strides of each dimension */
void shape_strides(const struct shape *shape, uint32_t itemsize,
		   int64_t strides[SHAPE_NDIM_MAX]);

/* "3,4" (empty for a scalar); terminates out (of size bytes, 192 are enough)
 * and returns it */
char *shape_name(char *out, size_t size, const struct shape *shape);

/* the elements that one index or slice picks along one dimension */
struct slice {
	int64_t start, step;
	int64_t count;
	bool is_index; /* the dimension goes away */
};

/*
 * Parse NumPy's basic indexing: 3  -1  2:5  ::2  ::-1  0:10,2  ...  , where
 * dimensions that are not named are whole and ... stands for as many as it
 * takes. Indices out of range are -ERANGE, slices are cut as in Python; too
 * many dimensions or anything else is -EINVAL, a step of 0 too. Fills
 * slices[0...shape->ndim-1].
 */
int slice_parse(const struct shape *shape, const char *text, size_t nbytes,
		struct slice slices[SHAPE_NDIM_MAX]);

/* elements that the slices pick, in all */
uint64_t slice_count(const struct shape *shape,
		     const struct slice slices[SHAPE_NDIM_MAX]);

/* Byte offset of the i-th element (in C order) that the slices pick, i below
 * slice_count(). */
uint64_t slice_offset(const struct shape *shape, uint32_t itemsize,
		      const struct slice slices[SHAPE_NDIM_MAX], uint64_t i);

/* Part index of parts of n things: sizes differ by at most 1, greater ones
 * first (as numpy.array_split and sharedmem's split). parts > 0, index < parts.
 */
void shape_split(uint64_t n, uint64_t parts, uint64_t index, uint64_t *start,
		 uint64_t *stop);

#endif
