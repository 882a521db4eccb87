#ifndef SHMMAP_ELEMENT_H
#define SHMMAP_ELEMENT_H

#include <stddef.h>

#include "segment/dtype.h"

/*
 * Elements of arrays as text, and arithmetic on them in shared memory.
 * Addresses of elements are aligned to their size up to 8 bytes, as in every
 * array of a segment whose dtype is a scalar.
 */

/* the longest text of one scalar that is not S, U or V, with its NUL */
#define ELEMENT_TEXT_SIZE 160

/*
 * Write the element at data as text that element_parse() reads back exactly:
 * integers in decimal; floats as the shortest decimal that reads back the same
 * (inf, -inf, nan; always with a point or exponent: 1.0, 1e+300, as Python's
 * repr); complex as 1.5+2.0j; booleans as True and False; S and U up to their
 * trailing NULs, S as UTF-8, control characters, backslashes and what is no
 * text as \xHH \n \t \\, and in U, of what is above ff, as \uHHHH and
 * \UHHHHHHHH; V as hex digits; times as their integer; records as (1.5, 7) with
 * their fields in order, nested ones too, S and U in them as 'text', a single
 * field as (1.5,); subarrays as [1, 2]. What a NaN has besides being one is not
 * in its text, nor is padding. Where long double is not NumPy's, f16 and c32
 * are written as V. data need no alignment.
 * Returns the number of bytes of the text as snprintf() does: when it is not
 * below size, out is cut (and terminated if size is not 0).
 */
size_t element_format(char *out, size_t size, const struct dtype *dtype,
		      const void *data);

/*
 * Read one element from text (nbytes of it, no surrounding white space) to
 * data. Numbers are exact or an error: -ERANGE when an integer does not fit, or
 * a float overflows; 1.5 is no integer, but 3.0 and 1e3 are; f2 and f4 are
 * rounded to nearest even once; True, False, 1 and 0 are booleans; hexadecimal
 * floats (0x1p-3) and 0x integers are taken, as are a plus sign, infinity and
 * nan in any case; a real number and 2.0j are complex. S and U take the bytes
 * with the escapes above (U: UTF-8), -ERANGE when they are too long. A record
 * is (a, b), blanks around each; in it S and U may go without their quotes up
 * to the next comma or closing bracket. Returns 0, -EINVAL when it is no such
 * value, -ERANGE, or -ENOTSUP for kinds that have no text (f16 and c32 where
 * long double is not that wide). data, of no alignment, are only changed when
 * it is 0; padding then becomes 0. Independent of the locale.
 */
int element_parse(const struct dtype *dtype, const char *text, size_t nbytes,
		  void *data);

enum element_op {
	ELEMENT_ADD, /* integers wrap, as in NumPy */
	ELEMENT_MUL,
	ELEMENT_MIN, /* NaN wins, as in NumPy's minimum; not for complex */
	ELEMENT_MAX,
	ELEMENT_AND, /* of the bits; logical for booleans; integers only */
	ELEMENT_OR,
	ELEMENT_XOR,
};

/* "sum" or "+", "prod" or "*", "min", "max", "and" or "&", "or" or "|", "xor"
 * or "^": OpenMP's names and NumPy's. Returns 0 or -EINVAL. */
int element_op_parse(const char *text, size_t nbytes, enum element_op *op);

/* 0, or -ENOTSUP when op is not for dtype: all are for b, i and u, the first
 * four for f4 and f8, ADD and MUL for c8 and c16; none for anything else */
int element_op_check(const struct dtype *dtype, enum element_op op);

/* The value that changes nothing: 0 for add, the greatest for min ... This and
 * element_combine() do nothing when op is not for dtype. */
void element_identity(const struct dtype *dtype, enum element_op op,
		      void *data);

/* into[i] = into[i] op from[i] for count elements; not atomic. into and from
 * may be the same. */
void element_combine(const struct dtype *dtype, enum element_op op, void *into,
		     const void *from, size_t count);

/*
 * Atomically: *old = *data; *data = *old op *value. value and old (which may be
 * NULL) are elements and need no alignment. Sequentially consistent. Returns 0,
 * or -ENOTSUP when op is not for dtype, an element has more than 8 bytes (c16),
 * or data are not aligned to their size.
 */
int element_atomic(const struct dtype *dtype, enum element_op op, void *data,
		   const void *value, void *old);

/*
 * Atomic compare and exchange of the bytes of an element of 1, 2, 4 or 8 bytes:
 * when *data has the bytes of *expected, it becomes *desired and *is_done true;
 * else *expected becomes *data. Returns 0, or -ENOTSUP for other sizes and when
 * data are not aligned to theirs.
 */
int element_cas(const struct dtype *dtype, void *data, void *expected,
		const void *desired, bool *is_done);

#endif
