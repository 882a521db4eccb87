/* Exact sums: rounded once, whatever the order and the sizes. */
#include <config.h>

#include "unit.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "reduce/exact.h"
#include "reduce/exact_bins.h"

static uint64_t state;

static uint64_t
draw(void)
{
	return unit_random(&state);
}

/* the same bits, so that -0.0 is not 0.0 and a NaN is one */
static void
check(double got, double wanted)
{
	ck_assert_msg(memcmp(&got, &wanted, sizeof(got)) == 0 ||
			      (isnan(got) && isnan(wanted)),
		      "%a is not %a", got, wanted);
}

static const struct {
	double values[6];
	double sum;
} sums[] = {
	{ { 0 }, 0 },
	{ { -0.0 }, 0 },
	{ { 1.5 }, 1.5 },
	{ { -1.5, 0.25 }, -1.25 },
	{ { 1e308, 1, -1e308 }, 1 },
	{ { 1e100, 1, -1e100, 1e-100, -1 }, 1e-100 },
	{ { DBL_MAX, DBL_MAX, -DBL_MAX }, DBL_MAX },
	{ { DBL_MAX, DBL_MAX }, INFINITY },
	{ { -DBL_MAX, -DBL_MAX }, -INFINITY },
	/* just below what rounds to infinite, and that */
	{ { DBL_MAX, 0x1.fffffffffffffp+969 }, DBL_MAX },
	{ { DBL_MAX, 0x1p+970 }, INFINITY },
	/* ties go to even, but for the least more */
	{ { 1, 0x1p-53 }, 1 },
	{ { 1, 0x1p-53, 0x1p-1074 }, 1 + 0x1p-52 },
	{ { 1, 0x1p-53, -0x1p-1074 }, 1 },
	{ { 1 + 0x1p-52, 0x1p-53 }, 1 + 0x1p-51 },
	{ { -1, -0x1p-53, -0x1p-1074 }, -1 - 0x1p-52 },
	/* subnormal */
	{ { 0x1p-1074, 0x1p-1074 }, 0x1p-1073 },
	{ { DBL_MIN, -0x1p-1074 }, DBL_MIN - 0x1p-1074 },
	{ { INFINITY, 1 }, INFINITY },
	{ { -INFINITY, DBL_MAX }, -INFINITY },
	{ { INFINITY, -INFINITY }, NAN },
	{ { NAN, INFINITY }, NAN },
};

START_TEST(a_sum_is_rounded_once)
{
	struct exact exact;

	exact_init(&exact);
	for (int i = 0; i < 6; i++)
		exact_add(&exact, sums[_i].values[i]);
	check(exact_sum(&exact), sums[_i].sum);
	exact_init(&exact);
	for (int i = 5; i >= 0; i--)
		exact_add(&exact, sums[_i].values[i]);
	check(exact_sum(&exact), sums[_i].sum);
}
END_TEST

/* multiples of 2^-40 below 2^60, whose sum 128 bits hold */
START_TEST(sums_are_those_of_integers)
{
	for (state = 1; state < 200;) {
		uint64_t seed = state, n = 1 + seed * 37;
		__int128 wanted = 0;
		struct exact exact;

		exact_init(&exact);
		for (uint64_t i = 0; i < n; i++) {
			int64_t m = (int64_t)(draw() >> 11);
			int shift = (int)(draw() % 40);

			if (draw() % 2)
				m = -m;
			wanted += (__int128)m * ((__int128)1 << shift);
			exact_add(&exact, ldexp((double)m, shift - 40));
		}
		/* the conversion rounds to nearest even, once */
		check(exact_sum(&exact), ldexp((double)wanted, -40));
		state = seed + 1;
	}
}
END_TEST

/* at every place that the bits of a double can have in their limbs */
START_TEST(carries_come_in_time)
{
	double value = ldexp(0x1.fffffffffffffp0, _i);
	struct exact exact;

	exact_init(&exact);
	for (int i = 0; i < 20000; i++)
		exact_add(&exact, value);
	check(exact_sum(&exact), (double)(20000 * (long double)value));
	for (int i = 0; i < 19999; i++)
		exact_add(&exact, -value);
	check(exact_sum(&exact), value);
}
END_TEST

START_TEST(parts_can_be_merged_in_every_order)
{
	struct exact parts[4], all, other;

	state = 42;
	exact_init(&all);
	exact_init(&other);
	for (int p = 0; p < 4; p++) {
		exact_init(&parts[p]);
		for (int i = 0; i < 1500; i++) {
			uint64_t bits = draw();
			double value;

			memcpy(&value, &bits, sizeof(value));
			if (!isfinite(value))
				continue;
			exact_add(&parts[p], value);
			exact_add(&other, value);
		}
	}
	for (int p = 3; p >= 0; p--)
		exact_merge(&all, &parts[p]);
	check(exact_sum(&all), exact_sum(&other));
	ck_assert_double_ne(exact_sum(&all), 0);
	exact_init(&parts[0]);
	exact_add(&parts[0], INFINITY);
	exact_merge(&all, &parts[0]);
	check(exact_sum(&all), INFINITY);
}
END_TEST

/* adding all at once, in pieces, and one by one is the same */
START_TEST(bins_are_exact_too)
{
	static struct exact_bins bins;
	static double values[20011];
	struct exact one, other;

	state = 77;
	for (int round = 0; round < 4; round++) {
		exact_init(&one);
		exact_init(&other);
		for (int i = 0; i < 20011; i++) {
			uint64_t bits = draw();

			/* all there is; one exponent, so that they are full; no
			 * exponent; and now and then what is not finite */
			if (round == 1)
				bits = bits >> 12 | UINT64_C(0x3ff) << 52;
			if (round == 2)
				bits &= UINT64_C(0x800fffffffffffff);
			memcpy(&values[i], &bits, sizeof(bits));
			if (round != 3 && !isfinite(values[i]))
				values[i] = 1;
			exact_add(&one, values[i]);
		}
		exact_bins_add(&bins, &other, values, 7);
		exact_bins_add(&bins, &other, values + 7, 10000);
		exact_bins_empty(&bins, &other);
		exact_bins_add(&bins, &other, values + 10007, 10004);
		exact_bins_empty(&bins, &other);
		check(exact_sum(&other), exact_sum(&one));
		ck_assert_int_eq(other.has_nan, one.has_nan);
	}
}
END_TEST

START_TEST(bins_know_infinities)
{
	static struct exact_bins bins;
	struct exact exact;
	double values[] = { 1, INFINITY, 2, INFINITY, -3 };

	exact_init(&exact);
	exact_bins_add(&bins, &exact, values, 5);
	exact_bins_empty(&bins, &exact);
	check(exact_sum(&exact), INFINITY);
	values[2] = -INFINITY;
	exact_bins_add(&bins, &exact, values, 5);
	exact_bins_empty(&bins, &exact);
	check(exact_sum(&exact), NAN);
	exact_init(&exact);
	values[1] = values[3] = -1;
	exact_bins_add(&bins, &exact, values, 5);
	exact_bins_empty(&bins, &exact);
	check(exact_sum(&exact), -INFINITY);
}
END_TEST

/* what fits into 53 bits divides with one rounding */
START_TEST(means_and_variances_are_rounded_once)
{
	for (state = 1; state < 300;) {
		uint64_t seed = state, n = 2 + seed % 60;
		struct exact sum, squares;
		int64_t s = 0, q = 0;
		double wanted;

		exact_init(&sum);
		exact_init(&squares);
		for (uint64_t i = 0; i < n; i++) {
			int64_t x = (int64_t)(draw() % 20001) - 10000;

			s += x;
			q += x * x;
			exact_add(&sum, (double)x);
			exact_add_square(&squares, (double)x);
		}
		check(exact_mean(&sum, n), (double)s / (double)n);
		wanted = (double)((int64_t)n * q - s * s) /
			 (double)(n * (n - 1));
		check(exact_variance(&sum, &squares, n), wanted);
		state = seed + 1;
	}
}
END_TEST

START_TEST(a_variance_of_large_numbers_is_not_lost)
{
	struct exact sum, squares;

	exact_init(&sum);
	exact_init(&squares);
	for (int i = 1; i <= 3; i++) {
		exact_add(&sum, 1e15 + i);
		exact_add_square(&squares, 1e15 + i);
	}
	check(exact_variance(&sum, &squares, 3), 1);
	exact_init(&sum);
	exact_init(&squares);
	exact_add(&sum, DBL_MAX);
	exact_add_square(&squares, DBL_MAX);
	exact_add(&sum, DBL_MAX);
	exact_add_square(&squares, DBL_MAX);
	check(exact_mean(&sum, 2), DBL_MAX);
	check(exact_variance(&sum, &squares, 2), 0);
	exact_add(&sum, -DBL_MAX);
	exact_add_square(&squares, -DBL_MAX);
	check(exact_variance(&sum, &squares, 3), INFINITY);
	exact_init(&sum);
	exact_init(&squares);
	for (int i = 0; i < 2; i++) {
		double x = i ? 0x1p-537 : -0x1p-537;

		exact_add(&sum, x);
		exact_add_square(&squares, x);
	}
	check(exact_variance(&sum, &squares, 2), 0x1p-1073);
	exact_add(&sum, -INFINITY);
	exact_add_square(&squares, -INFINITY);
	check(exact_variance(&sum, &squares, 3), NAN);
	check(exact_sum(&squares), INFINITY);
}
END_TEST

START_TEST(integers_of_all_128_bits_are_added)
{
	unsigned __int128 most = ~(unsigned __int128)0;
	struct exact exact;

	exact_init(&exact);
	exact_add_scaled(&exact, most, 0, false);
	check(exact_sum(&exact), 0x1p128);
	exact_add(&exact, -0x1p128);
	check(exact_sum(&exact), -1);
	exact_add_scaled(&exact, most, 0, true);
	exact_add(&exact, 0x1p128);
	check(exact_sum(&exact), 0);
	exact_add_scaled(&exact, 3, -2148, false);
	check(exact_sum(&exact), 0);
	exact_add_scaled(&exact, 1, -1075, false);
	check(exact_sum(&exact), 0x1p-1074);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *sum = unit_case(suite, "sum");
	TCase *more = unit_case(suite, "mean and variance");

	tcase_add_loop_test(sum, a_sum_is_rounded_once, 0,
			    sizeof(sums) / sizeof(sums[0]));
	tcase_add_test(sum, sums_are_those_of_integers);
	tcase_add_loop_test(sum, carries_come_in_time, 0, 32);
	tcase_add_test(sum, parts_can_be_merged_in_every_order);
	tcase_add_test(sum, integers_of_all_128_bits_are_added);
	tcase_add_test(sum, bins_are_exact_too);
	tcase_add_test(sum, bins_know_infinities);
	tcase_add_test(more, means_and_variances_are_rounded_once);
	tcase_add_test(more, a_variance_of_large_numbers_is_not_lost);
}
