/* --range: what it says, where the numbers end, and what is none. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "front/range.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define LEAST "-9223372036854775808"
#define MOST "9223372036854775807"

static const struct {
	const char *text;
	int64_t start, step;
	uint64_t count;
} ranges[] = {
	{ "3", 0, 1, 3 },
	{ "2:5", 2, 1, 3 },
	{ "2:9:3", 2, 3, 3 },
	{ "2:8:3", 2, 3, 2 },
	{ "+2:+9:+3", 2, 3, 3 },
	{ "007", 0, 1, 7 },
	{ "-3:3", -3, 1, 6 },
	{ "1:2:100", 1, 100, 1 },
	/* downwards */
	{ "5:0:-1", 5, -1, 5 },
	{ "5:0:-2", 5, -2, 3 },
	{ "5:1:-2", 5, -2, 2 },
	{ "-1:-10:-4", -1, -4, 3 },
	/* nothing */
	{ "0", 0, 1, 0 },
	{ "-0", 0, 1, 0 },
	{ "-5", 0, 1, 0 },
	{ "7:7", 7, 1, 0 },
	{ "7:3", 7, 1, 0 },
	{ "3:7:-1", 3, -1, 0 },
	{ "7:7:-1", 7, -1, 0 },
	{ LEAST ":" LEAST, INT64_MIN, 1, 0 },
	{ MOST ":" LEAST, INT64_MAX, 1, 0 },
	{ LEAST ":" MOST ":-1", INT64_MIN, -1, 0 },
	/* to both ends of what there is */
	{ MOST, 0, 1, INT64_MAX },
	{ "9223372036854775806:" MOST, INT64_MAX - 1, 1, 1 },
	{ LEAST ":-9223372036854775807", INT64_MIN, 1, 1 },
	{ LEAST ":0:2", INT64_MIN, 2, UINT64_C(1) << 62 },
	{ LEAST ":-1", INT64_MIN, 1, INT64_MAX },
	{ "-1:" LEAST ":-1", -1, -1, INT64_MAX },
	{ LEAST ":" MOST ":3", INT64_MIN, 3, UINT64_C(6148914691236517205) },
	{ LEAST ":" MOST ":" MOST, INT64_MIN, INT64_MAX, 3 },
	{ MOST ":" LEAST ":" LEAST, INT64_MAX, INT64_MIN, 2 },
	{ MOST ":-1:" LEAST, INT64_MAX, INT64_MIN, 1 },
	{ "0:" LEAST ":" LEAST, 0, INT64_MIN, 1 },
};

START_TEST(a_range_is_half_open)
{
	uint64_t count = 99;
	int64_t start = 99, step = 99;

	ck_assert_int_eq(range_parse(ranges[_i].text, &start, &step, &count),
			 0);
	ck_assert_int_eq(start, ranges[_i].start);
	ck_assert_int_eq(step, ranges[_i].step);
	ck_assert_msg(count == ranges[_i].count, "%s: %" PRIu64,
		      ranges[_i].text, count);
}
END_TEST

/* every small one, against a loop */
START_TEST(a_range_counts_as_a_loop_does)
{
	char text[64];

	for (int start = -6; start <= 6; start++)
		for (int stop = -6; stop <= 6; stop++)
			for (int step = -4; step <= 4; step++) {
				uint64_t n = 0, count;
				int64_t from, by;

				if (step == 0)
					continue;
				for (int v = start;
				     step > 0 ? v < stop : v > stop; v += step)
					n++;
				snprintf(text, sizeof(text), "%d:%d:%d", start,
					 stop, step);
				ck_assert_int_eq(
					range_parse(text, &from, &by, &count),
					0);
				ck_assert_msg(count == n && from == start &&
						      by == step,
					      "%s: %" PRIu64, text, count);
			}
}
END_TEST

static const char *const refused[] = {
	"",
	":",
	"1:",
	":1",
	"::",
	"1::2",
	"1:2:",
	"1:2:3:",
	"1:2:3:4",
	"x",
	"1x",
	"1:x",
	"1:2:x",
	" 1",
	"1 ",
	"1: 2",
	"- 1",
	"--1",
	"+-1",
	"+",
	"-",
	"1.0",
	"0x10",
	"1e3",
	/* no step */
	"1:2:0",
	"1:2:-0",
	/* numbers that there are not */
	"9223372036854775808",
	"-9223372036854775809",
	"1:99999999999999999999",
	"1:2:9223372036854775808",
	/* 2^63 jobs and more */
	LEAST ":0",
	LEAST ":" MOST,
	MOST ":" LEAST ":-1",
	"0:" LEAST ":-1",
};

START_TEST(what_is_no_range_is_refused)
{
	uint64_t count;
	int64_t start, step;

	ck_assert_msg(range_parse(refused[_i], &start, &step, &count) ==
			      -EINVAL,
		      "'%s' is taken", refused[_i]);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *good = unit_case(suite, "good");
	TCase *bad = unit_case(suite, "bad");

	tcase_add_loop_test(good, a_range_is_half_open, 0, LENGTH(ranges));
	tcase_add_test(good, a_range_counts_as_a_loop_does);
	tcase_add_loop_test(bad, what_is_no_range_is_refused, 0,
			    LENGTH(refused));
}
