/* Permutations: that they are some, and that they differ. */
#include <config.h>

#include "unit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/shuffle.h"

static const uint64_t counts[] = { 1,  2,  3,	4,    5,     7,	    8,	  9,
				   15, 16, 100, 1000, 65536, 65537, 99999 };

#define NCOUNTS (sizeof(counts) / sizeof(counts[0]))

START_TEST(each_index_comes_once)
{
	uint64_t count = counts[_i];
	unsigned char *seen = calloc(count, 1);
	struct shuffle shuffle;

	ck_assert_ptr_nonnull(seen);
	shuffle_init(&shuffle, count, 7);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = shuffle_at(&shuffle, i);

		ck_assert_uint_lt(at, count);
		ck_assert_uint_eq(seen[at], 0);
		seen[at] = 1;
	}
	free(seen);
}
END_TEST

START_TEST(each_order_of_few_is_as_likely)
{
	/* 24 orders of 4, from 24000 seeds: each some 1000 times; 31 is the
	 * standard deviation */
	unsigned found[4 * 4 * 4] = { 0 };
	struct shuffle shuffle;

	for (uint64_t seed = 0; seed < 24000; seed++) {
		unsigned order = 0;

		shuffle_init(&shuffle, 4, seed);
		for (uint64_t i = 0; i < 3; i++)
			order = 4 * order + (unsigned)shuffle_at(&shuffle, i);
		found[order]++;
	}
	for (unsigned order = 0; order < 64; order++) {
		unsigned a = order / 16, b = order / 4 % 4, c = order % 4;

		if (a == b || b == c || a == c) {
			ck_assert_uint_eq(found[order], 0);
			continue;
		}
		ck_assert_uint_gt(found[order], 1000 - 8 * 31);
		ck_assert_uint_lt(found[order], 1000 + 8 * 31);
	}
}
END_TEST

START_TEST(neighbours_and_places_are_scattered)
{
	/* of a random permutation about one index stays, and about one is
	 * followed by the one after it */
	struct shuffle shuffle;
	unsigned same = 0, next = 0;
	uint64_t count = 10000, last = count;

	for (uint64_t seed = 0; seed < 100; seed++) {
		shuffle_init(&shuffle, count, seed);
		for (uint64_t i = 0; i < count; i++) {
			uint64_t at = shuffle_at(&shuffle, i);

			same += at == i;
			next += at == last + 1;
			last = at;
		}
	}
	ck_assert_uint_lt(same, 160);
	ck_assert_uint_gt(same, 40);
	ck_assert_uint_lt(next, 160);
	ck_assert_uint_gt(next, 40);
}
END_TEST

START_TEST(a_seed_is_an_order)
{
	struct shuffle one, other;
	unsigned differ = 0;

	shuffle_init(&one, 1000, 1);
	shuffle_init(&other, 1000, 1);
	ck_assert_mem_eq(&one, &other, sizeof(one));
	shuffle_init(&other, 1000, 2);
	for (uint64_t i = 0; i < 1000; i++)
		differ += shuffle_at(&one, i) != shuffle_at(&other, i);
	ck_assert_uint_gt(differ, 980);
}
END_TEST

START_TEST(as_many_as_there_can_be)
{
	struct shuffle shuffle;
	uint64_t count = INT64_MAX, sum = 0;

	shuffle_init(&shuffle, count, 3);
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t at = shuffle_at(&shuffle, i);

		ck_assert_uint_lt(at, count);
		sum += at >> 10;
	}
	ck_assert_uint_gt(sum / 1000, count >> 12);
	shuffle = (struct shuffle){ .count = 0 };
	ck_assert_uint_eq(shuffle_at(&shuffle, 5), 5);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *order = unit_case(suite, "shuffle");

	tcase_add_loop_test(order, each_index_comes_once, 0, NCOUNTS);
	tcase_add_test(order, each_order_of_few_is_as_likely);
	tcase_add_test(order, neighbours_and_places_are_scattered);
	tcase_add_test(order, a_seed_is_an_order);
	tcase_add_test(order, as_many_as_there_can_be);
}
