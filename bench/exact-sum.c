/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exact-sum plain|exact COUNT [WIDE]
 *
 * Adds up COUNT doubles of an array, by a += loop or by src/reduce/exact, and
 * prints how many nanoseconds that took. They are random, below 1; with WIDE
 * their exponents are random, too, from 2^-WIDE to 2^WIDE, and their signs.
 */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reduce/exact.h"
#include "reduce/exact_bins.h"

/* xorshift64* (Vigna 2016) */
static uint64_t
next_random(void)
{
	static uint64_t state = 42;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(0x2545f4914f6cdd1d);
}

static void
fill(double *values, uint64_t count, int wide)
{
	for (uint64_t i = 0; i < count; i++) {
		values[i] = (double)(next_random() >> 11) * 0x1p-53;
		if (wide <= 0)
			continue;
		values[i] = ldexp(values[i],
				  (int)(next_random() % (2 * (unsigned)wide)) -
					  wide);
		if (next_random() & 1)
			values[i] = -values[i];
	}
}

static double
plain_sum(const double *values, uint64_t count)
{
	double sum = 0;

	for (uint64_t i = 0; i < count; i++)
		sum += values[i];
	return sum;
}

static double
sum_of(const double *values, uint64_t count, int is_exact)
{
	static struct exact_bins bins;
	struct exact exact;

	if (!is_exact)
		return plain_sum(values, count);
	exact_init(&exact);
	exact_bins_add(&bins, &exact, values, count);
	exact_bins_empty(&bins, &exact);
	return exact_sum(&exact);
}

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int
main(int argc, char *argv[])
{
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	double *values = count ? calloc(count, sizeof(*values)) : NULL;
	volatile double sum;
	int64_t start;

	if (!values) {
		fprintf(stderr, "usage: exact-sum plain|exact COUNT [WIDE]\n");
		return 2;
	}
	fill(values, count, argc > 3 ? atoi(argv[3]) : 0);
	start = now_ns();
	sum = sum_of(values, count, strcmp(argv[1], "exact") == 0);
	printf("%" PRId64 "\n", now_ns() - start);
	(void)sum;
	free(values);
	return fflush(stdout) != 0;
}
