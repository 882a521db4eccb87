/* Arithmetic on elements: against a naive loop, and by many threads at once. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "segment/element.h"

#define NELEMS(array) (sizeof(array) / sizeof((array)[0]))

#define NOPS 7
#define NTHREADS 4

static const enum element_op ops[NOPS] = {
	ELEMENT_ADD, ELEMENT_MUL, ELEMENT_MIN, ELEMENT_MAX,
	ELEMENT_AND, ELEMENT_OR,  ELEMENT_XOR,
};

static const char *const numbers[] = {
	"?",  "i1", "i2", "i4", "i8", "u1",  "u2",
	"u4", "u8", "f4", "f8", "c8", "c16",
};

static struct dtype
dtype_of(const char *text)
{
	struct dtype dtype;

	if (dtype_parse(&dtype, text, strlen(text)))
		ck_assert_int_eq(dtype_parse_descr(&dtype, text, strlen(text)),
				 0);
	return dtype;
}

static const struct {
	const char *text;
	int result;
	enum element_op op;
} names[] = {
	{ "sum", 0, ELEMENT_ADD },  { "+", 0, ELEMENT_ADD },
	{ "prod", 0, ELEMENT_MUL }, { "*", 0, ELEMENT_MUL },
	{ "min", 0, ELEMENT_MIN },  { "max", 0, ELEMENT_MAX },
	{ "and", 0, ELEMENT_AND },  { "&", 0, ELEMENT_AND },
	{ "or", 0, ELEMENT_OR },    { "|", 0, ELEMENT_OR },
	{ "xor", 0, ELEMENT_XOR },  { "^", 0, ELEMENT_XOR },
	{ "", -EINVAL, 0 },	    { "su", -EINVAL, 0 },
	{ "sum ", -EINVAL, 0 },	    { "Sum", -EINVAL, 0 },
	{ "-", -EINVAL, 0 },	    { "&&", -EINVAL, 0 },
};

START_TEST(an_operation_has_the_names_of_openmp_and_numpy)
{
	enum element_op op = ELEMENT_XOR;

	ck_assert_int_eq(
		element_op_parse(names[_i].text, strlen(names[_i].text), &op),
		names[_i].result);
	if (names[_i].result == 0)
		ck_assert_int_eq((int)op, (int)names[_i].op);
	ck_assert_int_eq(element_op_parse("summit", 3, &op), 0);
}
END_TEST

START_TEST(operations_are_for_the_dtypes_that_have_them)
{
	static const char *const others[] = {
		"f2",	  "S4",	   "S8",    "{x=f8}",	"'<f16'",
		"'<c32'", "'<U2'", "'|V8'", "'<M8[s]'", "'<m8[s]'",
	};
	struct dtype dtype;
	uint64_t data = 1, value = 2;
	size_t i;
	int op, expected;

	for (i = 0; i < NELEMS(numbers); i++)
		for (op = 0; op < NOPS; op++) {
			dtype = dtype_of(numbers[i]);
			expected = 0;
			if (dtype.kind == DTYPE_FLOAT && op >= ELEMENT_AND)
				expected = -ENOTSUP;
			if (dtype.kind == DTYPE_COMPLEX && op >= ELEMENT_MIN)
				expected = -ENOTSUP;
			ck_assert_int_eq(element_op_check(&dtype, ops[op]),
					 expected);
		}
	for (i = 0; i < NELEMS(others); i++)
		for (op = 0; op < NOPS; op++) {
			dtype = dtype_of(others[i]);
			ck_assert_int_eq(element_op_check(&dtype, ops[op]),
					 -ENOTSUP);
			ck_assert_int_eq(element_atomic(&dtype, ops[op], &data,
							&value, NULL),
					 -ENOTSUP);
			ck_assert_uint_eq(data, 1);
		}
}
END_TEST

static double
naive_double(enum element_op op, double a, double b)
{
	switch (op) {
	case ELEMENT_ADD:
		return a + b;
	case ELEMENT_MUL:
		return a * b;
	case ELEMENT_MIN:
		return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
	default:
		return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
	}
}

/* on 128 bits, where nothing wraps but what is cut in the end */
static uint64_t
naive_integer(enum element_op op, __int128 a, __int128 b, bool is_bool)
{
	if (is_bool) {
		a = a != 0;
		b = b != 0;
	}
	switch (op) {
	case ELEMENT_ADD:
		return (uint64_t)(is_bool ? a | b : a + b);
	case ELEMENT_MUL:
		return (uint64_t)((unsigned __int128)a * (unsigned __int128)b);
	case ELEMENT_MIN:
		return (uint64_t)(a < b ? a : b);
	case ELEMENT_MAX:
		return (uint64_t)(a > b ? a : b);
	case ELEMENT_AND:
		return (uint64_t)(a & b);
	case ELEMENT_OR:
		return (uint64_t)(a | b);
	default:
		return (uint64_t)(a ^ b);
	}
}

static __int128
load_integer(const struct dtype *dtype, const void *data)
{
	unsigned unused = 64 - 8 * dtype->itemsize;
	uint64_t bits = 0;

	memcpy(&bits, data, dtype->itemsize);
	bits <<= unused;
	if (dtype->kind == DTYPE_INT)
		return (int64_t)bits >> unused;
	return bits >> unused;
}

static double
load_double(uint32_t nbytes, const void *data)
{
	float single;
	double value;

	if (nbytes == 4) {
		memcpy(&single, data, 4);
		return single;
	}
	memcpy(&value, data, 8);
	return value;
}

/* one float or part of a complex number is what it should be */
static void
check_double(uint32_t nbytes, double expected, const void *data)
{
	double value = load_double(nbytes, data);

	if (nbytes == 4)
		expected = (float)expected;
	ck_assert_msg(value == expected || (isnan(value) && isnan(expected)),
		      "%g is not %g", value, expected);
}

/* *result is *a op *b */
static void
check_one(const struct dtype *dtype, enum element_op op, const char *a,
	  const char *b, const char *result)
{
	uint32_t n = dtype->itemsize;
	double re[2], im[2];
	uint64_t expected;

	switch (dtype->kind) {
	case DTYPE_FLOAT:
		check_double(
			n,
			naive_double(op, load_double(n, a), load_double(n, b)),
			result);
		break;
	case DTYPE_COMPLEX:
		n /= 2;
		re[0] = load_double(n, a);
		im[0] = load_double(n, a + n);
		re[1] = load_double(n, b);
		im[1] = load_double(n, b + n);
		if (op == ELEMENT_ADD) {
			check_double(n, re[0] + re[1], result);
			check_double(n, im[0] + im[1], result + n);
		} else {
			check_double(n, re[0] * re[1] - im[0] * im[1], result);
			check_double(n, re[0] * im[1] + im[0] * re[1],
				     result + n);
		}
		break;
	default:
		expected = naive_integer(op, load_integer(dtype, a),
					 load_integer(dtype, b),
					 dtype->kind == DTYPE_BOOL);
		ck_assert_mem_eq(result, &expected, n);
	}
}

/* numbers that are exact in whatever is done to them twice, or ends */
static void
fill(const struct dtype *dtype, char *data, size_t count)
{
	static const double ends[] = { INFINITY, -INFINITY, NAN, 0.0, -0.0 };
	bool is_real = dtype->kind == DTYPE_FLOAT;
	size_t i, n = count;
	uint32_t nbytes = dtype->itemsize;
	double value;
	float single;

	if (dtype->kind == DTYPE_COMPLEX) {
		nbytes /= 2;
		n *= 2;
	}
	for (i = 0; i < n; i++, data += nbytes) {
		if (!is_real && dtype->kind != DTYPE_COMPLEX) {
			uint64_t bits = (uint64_t)random() << 40 ^
					(uint64_t)random() << 20 ^
					(uint64_t)random();

			memcpy(data, &bits, nbytes);
			continue;
		}
		value = (double)(random() % 2001 - 1000);
		if (is_real && random() % 4 == 0)
			value = ends[(size_t)random() % NELEMS(ends)];
		single = (float)value;
		if (nbytes == 4)
			memcpy(data, &single, 4);
		else
			memcpy(data, &value, 8);
	}
}

START_TEST(combined_arrays_are_what_a_naive_loop_makes)
{
	static const size_t counts[] = { 0, 1, 2, 3, 7, 16, 33, 1000 };
	struct dtype dtype = dtype_of(numbers[_i]);
	size_t size = 1002 * dtype.itemsize, kind, i;
	char *a = malloc(size), *b = malloc(size), *result = malloc(size);
	size_t first = 1, at; /* of elements: aligned to no more than one */
	int op;

	ck_assert(a && b && result);
	srandom(1);
	for (op = 0; op < NOPS; op++) {
		if (element_op_check(&dtype, ops[op]))
			continue;
		for (kind = 0; kind < NELEMS(counts); kind++) {
			fill(&dtype, a, 1002);
			fill(&dtype, b, 1002);
			memcpy(result, a, size);
			at = first * dtype.itemsize;
			element_combine(&dtype, ops[op], result + at, b + at,
					counts[kind]);
			/* what is before and behind is as it was */
			ck_assert_mem_eq(result, a, at);
			for (i = 0; i < counts[kind]; i++, at += dtype.itemsize)
				check_one(&dtype, ops[op], a + at, b + at,
					  result + at);
			ck_assert_mem_eq(result + at, a + at, size - at);
		}
		/* an array with itself */
		memcpy(result, b, size);
		element_combine(&dtype, ops[op], result, result, 1002);
		for (at = 0; at < size; at += dtype.itemsize)
			check_one(&dtype, ops[op], b + at, b + at, result + at);
	}
	free(a);
	free(b);
	free(result);
}
END_TEST

START_TEST(the_identity_changes_nothing)
{
	struct dtype dtype = dtype_of(numbers[_i]);
	uint64_t identity[2], value[2], before[2];
	int op, round;

	srandom(1);
	for (op = 0; op < NOPS; op++) {
		if (element_op_check(&dtype, ops[op]))
			continue;
		for (round = 0; round < 500; round++) {
			fill(&dtype, (char *)value, 1);
			if (dtype.kind == DTYPE_BOOL)
				*(unsigned char *)value &= 1;
			memcpy(before, value, sizeof(value));
			element_identity(&dtype, ops[op], identity);
			element_combine(&dtype, ops[op], value, identity, 1);
			/* -0.0 + 0.0 is 0.0 */
			if (dtype.kind == DTYPE_FLOAT &&
			    load_double(dtype.itemsize, before) == 0)
				continue;
			ck_assert_mem_eq(value, before, dtype.itemsize);
		}
	}
}
END_TEST

START_TEST(one_atomic_operation_is_one_of_combine)
{
	struct dtype dtype = dtype_of(numbers[_i]);
	uint64_t data[3], before[3], expected[3], value[2], old[2];
	int op, round;

	srandom(1);
	for (op = 0; op < NOPS; op++)
		for (round = 0; round < 200; round++) {
			fill(&dtype, (char *)value, 1);
			memset(data, 0x5a, sizeof(data));
			fill(&dtype, (char *)data, 1);
			memcpy(before, data, sizeof(data));
			memcpy(expected, data, sizeof(data));
			if (dtype.itemsize > 8 ||
			    element_op_check(&dtype, ops[op])) {
				ck_assert_int_eq(element_atomic(&dtype, ops[op],
								data, value,
								old),
						 -ENOTSUP);
				ck_assert_mem_eq(data, before, sizeof(data));
				continue;
			}
			element_combine(&dtype, ops[op], expected, value, 1);
			ck_assert_int_eq(element_atomic(&dtype, ops[op], data,
							value, old),
					 0);
			ck_assert_mem_eq(old, before, dtype.itemsize);
			ck_assert_mem_eq(data, expected, sizeof(data));
			ck_assert_int_eq(element_atomic(&dtype, ops[op], data,
							value, NULL),
					 0);
		}
}
END_TEST

struct crowd {
	struct dtype dtype;
	int rounds; /* of each thread */
	uint64_t *data;
	pthread_barrier_t barrier;
};

/* *value becomes n, in the crowd's dtype */
static void
store(const struct dtype *dtype, int n, void *value)
{
	float singles[2] = { (float)n, (float)(2 * n) };
	double wide = n;
	int64_t integer = n;

	if (dtype->kind == DTYPE_COMPLEX)
		memcpy(value, singles, sizeof(singles));
	else if (dtype->kind == DTYPE_FLOAT && dtype->itemsize == 4)
		memcpy(value, singles, sizeof(float));
	else if (dtype->kind == DTYPE_FLOAT)
		memcpy(value, &wide, sizeof(wide));
	else
		memcpy(value, &integer, dtype->itemsize);
}

static void *
add_ones(void *arg)
{
	struct crowd *crowd = arg;
	uint64_t one = 0;
	int i;

	store(&crowd->dtype, 1, &one);
	pthread_barrier_wait(&crowd->barrier);
	for (i = 0; i < crowd->rounds; i++)
		if (element_atomic(&crowd->dtype, ELEMENT_ADD, crowd->data,
				   &one, NULL))
			return crowd;
	return NULL;
}

/* let NTHREADS threads run; each has to return NULL */
static void
run_crowd(struct crowd *crowd, void *(*run)(void *))
{
	pthread_t threads[NTHREADS];
	void *result;
	int i;

	ck_assert_int_eq(pthread_barrier_init(&crowd->barrier, NULL, NTHREADS),
			 0);
	for (i = 0; i < NTHREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run, crowd),
				 0);
	for (i = 0; i < NTHREADS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &result), 0);
		ck_assert_ptr_null(result);
	}
	pthread_barrier_destroy(&crowd->barrier);
}

START_TEST(no_addition_of_many_threads_is_lost)
{
	struct crowd crowd = { .dtype = dtype_of(numbers[_i]),
			       .rounds = 100000 };
	uint64_t data[2] = { 0 }, expected[2] = { 0 };

	if (crowd.dtype.kind == DTYPE_BOOL || crowd.dtype.itemsize > 8)
		return;
	crowd.data = data;
	run_crowd(&crowd, add_ones);
	store(&crowd.dtype, NTHREADS * crowd.rounds, expected);
	ck_assert_mem_eq(data, expected, sizeof(data));
}
END_TEST

/* neighbours in the same word, each added to by half of the threads */
static void *
add_to_neighbours(void *arg)
{
	struct crowd *crowd = arg;
	char *data = (char *)crowd->data;
	uint64_t one = 1;
	int i;

	pthread_barrier_wait(&crowd->barrier);
	for (i = 0; i < crowd->rounds; i++)
		if (element_atomic(&crowd->dtype, ELEMENT_ADD,
				   data + (size_t)(i & 1) *
						   crowd->dtype.itemsize,
				   &one, NULL))
			return crowd;
	return NULL;
}

START_TEST(neighbours_in_one_word_do_not_disturb_each_other)
{
	struct crowd crowd = { .dtype = dtype_of(_i ? "u2" : "u1"),
			       .rounds = 100000 };
	uint64_t data = 0, expected = 0;
	uint16_t sum = (uint16_t)(NTHREADS * crowd.rounds / 2);

	crowd.data = &data;
	run_crowd(&crowd, add_to_neighbours);
	memcpy(&expected, &sum, crowd.dtype.itemsize);
	memcpy((char *)&expected + crowd.dtype.itemsize, &sum,
	       crowd.dtype.itemsize);
	ck_assert_uint_eq(data, expected);
}
END_TEST

/* add one by compare and exchange */
static void *
exchange_ones(void *arg)
{
	struct crowd *crowd = arg;
	uint64_t expected = 0, desired;
	bool is_done;
	int i;

	pthread_barrier_wait(&crowd->barrier);
	for (i = 0; i < crowd->rounds; i++)
		do {
			desired = expected + 1;
			if (element_cas(&crowd->dtype, crowd->data, &expected,
					&desired, &is_done))
				return crowd;
		} while (!is_done);
	return NULL;
}

START_TEST(no_exchange_of_many_threads_is_lost)
{
	static const char *const dtypes[] = { "u1", "u2", "u4", "u8", "S8" };
	struct crowd crowd = { .dtype = dtype_of(dtypes[_i]), .rounds = 50000 };
	uint64_t data = 0, sum = (uint64_t)(NTHREADS * crowd.rounds);

	crowd.data = &data;
	run_crowd(&crowd, exchange_ones);
	ck_assert_mem_eq(&data, &sum, crowd.dtype.itemsize);
}
END_TEST

START_TEST(an_exchange_that_fails_tells_what_was_there)
{
	struct dtype dtype = dtype_of("f8");
	double data = 1.5, expected = 2.5, desired = 3.5;
	bool is_done = true;

	ck_assert_int_eq(
		element_cas(&dtype, &data, &expected, &desired, &is_done), 0);
	ck_assert(!is_done && data == 1.5 && expected == 1.5);
	ck_assert_int_eq(
		element_cas(&dtype, &data, &expected, &desired, &is_done), 0);
	ck_assert(is_done && data == 3.5 && expected == 1.5);
}
END_TEST

START_TEST(what_is_not_atomic_is_refused)
{
	static const char *const dtypes[] = { "S3", "c16", "S5", "S16",
					      "'<f16'" };
	struct dtype dtype;
	uint64_t data[4] = { 0 }, value[4] = { 0 };
	bool is_done = false;
	size_t i;

	for (i = 0; i < NELEMS(dtypes); i++) {
		dtype = dtype_of(dtypes[i]);
		ck_assert_int_eq(
			element_cas(&dtype, data, value, value, &is_done),
			-ENOTSUP);
	}
	/* across words */
	dtype = dtype_of("u4");
	ck_assert_int_eq(element_atomic(&dtype, ELEMENT_ADD, (char *)data + 2,
					value, NULL),
			 -ENOTSUP);
	ck_assert_int_eq(
		element_cas(&dtype, (char *)data + 2, value, value, &is_done),
		-ENOTSUP);
	ck_assert(!is_done);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *tcase = unit_case(suite, "operations");

	tcase_add_loop_test(tcase,
			    an_operation_has_the_names_of_openmp_and_numpy, 0,
			    NELEMS(names));
	tcase_add_test(tcase, operations_are_for_the_dtypes_that_have_them);
	tcase_add_loop_test(tcase, combined_arrays_are_what_a_naive_loop_makes,
			    0, NELEMS(numbers));
	tcase_add_loop_test(tcase, the_identity_changes_nothing, 0,
			    NELEMS(numbers));

	tcase = unit_case(suite, "atomics");
	tcase_add_loop_test(tcase, one_atomic_operation_is_one_of_combine, 0,
			    NELEMS(numbers));
	tcase_add_loop_test(tcase, no_addition_of_many_threads_is_lost, 0,
			    NELEMS(numbers));
	tcase_add_loop_test(
		tcase, neighbours_in_one_word_do_not_disturb_each_other, 0, 2);
	tcase_add_loop_test(tcase, no_exchange_of_many_threads_is_lost, 0, 5);
	tcase_add_test(tcase, an_exchange_that_fails_tells_what_was_there);
	tcase_add_test(tcase, what_is_not_atomic_is_refused);
}
