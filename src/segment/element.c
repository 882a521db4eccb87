/*
 * Arithmetic on elements: names, neutral elements, atomics. What is computed is
 * combine.c's: an atomic operation that is no single instruction is a loop of
 * that file over one element, between a load and a compare and exchange.
 */
#include <config.h>

#include "segment/element.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "segment/combine.h"

_Static_assert(ATOMIC_CHAR_LOCK_FREE == 2 && ATOMIC_SHORT_LOCK_FREE == 2 &&
		       ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
	       "what processes share must not have locks in one of them");

static const struct {
	const char *name;
	enum element_op op;
} names[] = {
	{ "sum", ELEMENT_ADD }, { "+", ELEMENT_ADD },	{ "prod", ELEMENT_MUL },
	{ "*", ELEMENT_MUL },	{ "min", ELEMENT_MIN }, { "max", ELEMENT_MAX },
	{ "and", ELEMENT_AND }, { "&", ELEMENT_AND },	{ "or", ELEMENT_OR },
	{ "|", ELEMENT_OR },	{ "xor", ELEMENT_XOR }, { "^", ELEMENT_XOR },
};

int
element_op_parse(const char *text, size_t nbytes, enum element_op *op)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == nbytes &&
		    memcmp(names[i].name, text, nbytes) == 0) {
			*op = names[i].op;
			return 0;
		}
	return -EINVAL;
}

int
element_op_check(const struct dtype *dtype, enum element_op op)
{
	return combine_loop(dtype, op) ? 0 : -ENOTSUP;
}

void
element_combine(const struct dtype *dtype, enum element_op op, void *into,
		const void *from, size_t count)
{
	combine_function *loop = combine_loop(dtype, op);

	if (loop)
		loop(into, from, count);
}

/* the greatest element, or the least: those that min and max change */
static void
extreme(const struct dtype *dtype, bool is_greatest, void *data)
{
	float single = is_greatest ? INFINITY : -INFINITY;
	double wide = single;
	uint64_t bits = is_greatest ? UINT64_MAX : 0;

	if (dtype->kind == DTYPE_FLOAT && dtype->itemsize == 4)
		memcpy(data, &single, sizeof(single));
	else if (dtype->kind == DTYPE_FLOAT)
		memcpy(data, &wide, sizeof(wide));
	else if (dtype->kind == DTYPE_BOOL)
		*(unsigned char *)data = is_greatest;
	else {
		memcpy(data, &bits, dtype->itemsize);
		/* the sign is in the last byte: little endian */
		if (dtype->kind == DTYPE_INT)
			((unsigned char *)data)[dtype->itemsize - 1] ^= 0x80;
	}
}

/* 1, of the types that can be multiplied */
static void
one(const struct dtype *dtype, void *data)
{
	bool is_complex = dtype->kind == DTYPE_COMPLEX;
	uint32_t nbytes = is_complex ? dtype->itemsize / 2 : dtype->itemsize;
	float single = 1;
	double wide = 1;

	memset(data, 0, dtype->itemsize);
	if (!is_complex && dtype->kind != DTYPE_FLOAT)
		*(unsigned char *)data = 1;
	else if (nbytes == sizeof(single))
		memcpy(data, &single, sizeof(single));
	else
		memcpy(data, &wide, sizeof(wide));
}

void
element_identity(const struct dtype *dtype, enum element_op op, void *data)
{
	if (element_op_check(dtype, op))
		return;
	switch (op) {
	case ELEMENT_ADD:
	case ELEMENT_OR:
	case ELEMENT_XOR:
		memset(data, 0, dtype->itemsize);
		break;
	case ELEMENT_MUL:
		one(dtype, data);
		break;
	case ELEMENT_MIN:
		extreme(dtype, true, data);
		break;
	case ELEMENT_MAX:
		extreme(dtype, false, data);
		break;
	case ELEMENT_AND:
		if (dtype->kind == DTYPE_BOOL)
			one(dtype, data);
		else
			memset(data, 0xff, dtype->itemsize);
		break;
	}
}

/*
 * The atomic operations, for each number of bytes. Nothing else is told by
 * them, so sequentially consistent is what a user may expect of OpenMP's
 * atomics at best; a failed exchange only gives a newer element to begin with,
 * and needs no order.
 */

/* add or combine bits natively; false when there is no such instruction */
#define NATIVE(TYPE)                                                           \
	static bool native_##TYPE(enum element_op op, void *data,              \
				  const void *value, void *old)                \
	{                                                                      \
		_Atomic TYPE *word = data;                                     \
		TYPE operand, before;                                          \
                                                                               \
		memcpy(&operand, value, sizeof(operand));                      \
		if (op == ELEMENT_ADD)                                         \
			before = atomic_fetch_add_explicit(                    \
				word, operand, memory_order_seq_cst);          \
		else if (op == ELEMENT_AND)                                    \
			before = atomic_fetch_and_explicit(                    \
				word, operand, memory_order_seq_cst);          \
		else if (op == ELEMENT_OR)                                     \
			before = atomic_fetch_or_explicit(                     \
				word, operand, memory_order_seq_cst);          \
		else if (op == ELEMENT_XOR)                                    \
			before = atomic_fetch_xor_explicit(                    \
				word, operand, memory_order_seq_cst);          \
		else                                                           \
			return false;                                          \
		memcpy(old, &before, sizeof(before));                          \
		return true;                                                   \
	}

/* any operation: compute, and exchange unless another was faster */
#define EXCHANGE(TYPE)                                                         \
	static void exchange_##TYPE(combine_function *combine, void *data,     \
				    const void *value, void *old)              \
	{                                                                      \
		_Atomic TYPE *word = data;                                     \
		TYPE operand, after,                                           \
			before = atomic_load_explicit(word,                    \
						      memory_order_relaxed);   \
                                                                               \
		memcpy(&operand, value, sizeof(operand));                      \
		do {                                                           \
			after = before;                                        \
			combine(&after, &operand, 1);                          \
		} while (!atomic_compare_exchange_weak_explicit(               \
			word, &before, after, memory_order_seq_cst,            \
			memory_order_relaxed));                                \
		memcpy(old, &before, sizeof(before));                          \
	}

#define CAS(TYPE)                                                              \
	static bool cas_##TYPE(void *data, void *expected,                     \
			       const void *desired)                            \
	{                                                                      \
		_Atomic TYPE *word = data;                                     \
		TYPE before, after;                                            \
		bool is_done;                                                  \
                                                                               \
		memcpy(&before, expected, sizeof(before));                     \
		memcpy(&after, desired, sizeof(after));                        \
		is_done = atomic_compare_exchange_strong_explicit(             \
			word, &before, after, memory_order_seq_cst,            \
			memory_order_seq_cst);                                 \
		memcpy(expected, &before, sizeof(before));                     \
		return is_done;                                                \
	}

#define ATOMICS(TYPE)                                                          \
	NATIVE(TYPE)                                                           \
	EXCHANGE(TYPE)                                                         \
	CAS(TYPE)

ATOMICS(uint8_t)
ATOMICS(uint16_t)
ATOMICS(uint32_t)
ATOMICS(uint64_t)

static const struct {
	bool (*native)(enum element_op op, void *data, const void *value,
		       void *old);
	void (*exchange)(combine_function *combine, void *data,
			 const void *value, void *old);
	bool (*cas)(void *data, void *expected, const void *desired);
} atomics[] = {
	[1] = { native_uint8_t, exchange_uint8_t, cas_uint8_t },
	[2] = { native_uint16_t, exchange_uint16_t, cas_uint16_t },
	[4] = { native_uint32_t, exchange_uint32_t, cas_uint32_t },
	[8] = { native_uint64_t, exchange_uint64_t, cas_uint64_t },
};

/* whether there are atomics for nbytes bytes at data */
static bool
has_atomics(uint32_t nbytes, const void *data)
{
	return nbytes < sizeof(atomics) / sizeof(atomics[0]) &&
	       atomics[nbytes].cas && (uintptr_t)data % nbytes == 0;
}

int
element_atomic(const struct dtype *dtype, enum element_op op, void *data,
	       const void *value, void *old)
{
	bool is_integer = dtype->kind == DTYPE_INT || dtype->kind == DTYPE_UINT;
	combine_function *combine = combine_loop(dtype, op);
	uint64_t unused;

	if (!combine || !has_atomics(dtype->itemsize, data))
		return -ENOTSUP;
	if (!old)
		old = &unused;
	if (!is_integer ||
	    !atomics[dtype->itemsize].native(op, data, value, old))
		atomics[dtype->itemsize].exchange(combine, data, value, old);
	return 0;
}

int
element_cas(const struct dtype *dtype, void *data, void *expected,
	    const void *desired, bool *is_done)
{
	if (!has_atomics(dtype->itemsize, data))
		return -ENOTSUP;
	*is_done = atomics[dtype->itemsize].cas(data, expected, desired);
	return 0;
}
