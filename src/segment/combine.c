/*
 * The loops of arithmetic: one for each operation and type, so simple that the
 * compiler makes vectors of them. Signed and unsigned integers share those
 * where their bits are the same.
 */
#include <config.h>

#include "segment/combine.h"

#include <stdbool.h>
#include <stdint.h>

/* GCC, unlike clang, makes no vectors at -O2 where it does not know count */
#if defined(__OPTIMIZE__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic")
#endif

/* The same bytes are looked at as integers, by atomics, and as floats. */
#define ALIAS __attribute__((may_alias))

typedef uint8_t u1 ALIAS;
typedef uint16_t u2 ALIAS;
typedef uint32_t u4 ALIAS;
typedef uint64_t u8 ALIAS;
typedef int8_t i1 ALIAS;
typedef int16_t i2 ALIAS;
typedef int32_t i4 ALIAS;
typedef int64_t i8 ALIAS;
typedef float f4 ALIAS;
typedef double f8 ALIAS;

struct ALIAS c8 {
	float real, imaginary;
};

struct ALIAS c16 {
	double real, imaginary;
};

/* a loop over x = x op y */
#define LOOP(NAME, TYPE, STATEMENT)                                            \
	static void NAME(void *into, const void *from, size_t count)           \
	{                                                                      \
		TYPE *all = into;                                              \
		const TYPE *others = from;                                     \
		TYPE x, y;                                                     \
		size_t i;                                                      \
                                                                               \
		for (i = 0; i < count; i++) {                                  \
			x = all[i];                                            \
			y = others[i];                                         \
			STATEMENT;                                             \
			all[i] = x;                                            \
		}                                                              \
	}

/* integers wrap: without sign, and not as the int that small ones become */
#define BIT_LOOPS(TYPE)                                                        \
	LOOP(add_##TYPE, TYPE, x = (TYPE)(x + y))                              \
	LOOP(mul_##TYPE, TYPE, x = (TYPE)(1u * x * y))                         \
	LOOP(and_##TYPE, TYPE, x = (TYPE)(x & y))                              \
	LOOP(or_##TYPE, TYPE, x = (TYPE)(x | y))                               \
	LOOP(xor_##TYPE, TYPE, x = (TYPE)(x ^ y))

#define ORDER_LOOPS(TYPE)                                                      \
	LOOP(min_##TYPE, TYPE, x = x < y ? x : y)                              \
	LOOP(max_##TYPE, TYPE, x = x > y ? x : y)

/* x is kept when it is a NaN, and y taken when it is */
#define FLOAT_LOOPS(TYPE)                                                      \
	LOOP(add_##TYPE, TYPE, x = x + y)                                      \
	LOOP(mul_##TYPE, TYPE, x = x * y)                                      \
	LOOP(min_##TYPE, TYPE, x = x < y || x != x ? x : y)                    \
	LOOP(max_##TYPE, TYPE, x = x > y || x != x ? x : y)

#define COMPLEX_ADD                                                            \
	x.real += y.real;                                                      \
	x.imaginary += y.imaginary

/* as NumPy: what is infinite is not looked after, unlike in C's Annex G */
#define COMPLEX_MUL(PART)                                                      \
	PART real = x.real * y.real - x.imaginary * y.imaginary;               \
	x.imaginary = x.real * y.imaginary + x.imaginary * y.real;             \
	x.real = real

#define COMPLEX_LOOPS(TYPE, PART)                                              \
	LOOP(add_##TYPE, struct TYPE, COMPLEX_ADD)                             \
	LOOP(mul_##TYPE, struct TYPE, COMPLEX_MUL(PART))

BIT_LOOPS(u1)
BIT_LOOPS(u2)
BIT_LOOPS(u4)
BIT_LOOPS(u8)
ORDER_LOOPS(u1)
ORDER_LOOPS(u2)
ORDER_LOOPS(u4)
ORDER_LOOPS(u8)
ORDER_LOOPS(i1)
ORDER_LOOPS(i2)
ORDER_LOOPS(i4)
ORDER_LOOPS(i8)
FLOAT_LOOPS(f4)
FLOAT_LOOPS(f8)
COMPLEX_LOOPS(c8, float)
COMPLEX_LOOPS(c16, double)

/* booleans: any byte but 0 is true, and true is 1 */
LOOP(and_bool, u1, x = (x != 0) & (y != 0))
LOOP(or_bool, u1, x = (x | y) != 0)
LOOP(xor_bool, u1, x = (x != 0) ^ (y != 0))

/* in the order of enum element_op */
#define NOPS (ELEMENT_XOR + 1)

#define INTEGER_OPS(TYPE, BITS)                                                \
	{                                                                      \
		add_##BITS, mul_##BITS, min_##TYPE, max_##TYPE, and_##BITS,    \
			or_##BITS, xor_##BITS                                  \
	}

#define FLOAT_OPS(TYPE)                                                        \
	{                                                                      \
		add_##TYPE, mul_##TYPE, min_##TYPE, max_##TYPE                 \
	}

static const struct {
	enum dtype_kind kind;
	uint32_t nbytes;
	combine_function *loops[NOPS];
} types[] = {
	{ DTYPE_FLOAT, 8, FLOAT_OPS(f8) },
	{ DTYPE_FLOAT, 4, FLOAT_OPS(f4) },
	{ DTYPE_INT, 8, INTEGER_OPS(i8, u8) },
	{ DTYPE_INT, 4, INTEGER_OPS(i4, u4) },
	{ DTYPE_INT, 2, INTEGER_OPS(i2, u2) },
	{ DTYPE_INT, 1, INTEGER_OPS(i1, u1) },
	{ DTYPE_UINT, 8, INTEGER_OPS(u8, u8) },
	{ DTYPE_UINT, 4, INTEGER_OPS(u4, u4) },
	{ DTYPE_UINT, 2, INTEGER_OPS(u2, u2) },
	{ DTYPE_UINT, 1, INTEGER_OPS(u1, u1) },
	{ DTYPE_COMPLEX, 8, { add_c8, mul_c8 } },
	{ DTYPE_COMPLEX, 16, { add_c16, mul_c16 } },
	{ DTYPE_BOOL,
	  1,
	  { or_bool, and_bool, and_bool, or_bool, and_bool, or_bool,
	    xor_bool } },
};

combine_function *
combine_loop(const struct dtype *dtype, enum element_op op)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].kind == dtype->kind &&
		    types[i].nbytes == dtype->itemsize)
			return op < NOPS ? types[i].loops[op] : NULL;
	return NULL;
}
