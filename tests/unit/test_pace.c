/* How much a filter may have: by how it answers, and by how it is silent. */
#include <config.h>

#include "unit.h"

#include "worker/pace.h"

START_TEST(at_first_a_filter_may_have_one_job)
{
	struct pace pace = { 0 };

	pace_begin(&pace);
	ck_assert_uint_eq(pace_most(&pace), 1);
}
END_TEST

START_TEST(who_answers_fast_may_have_many)
{
	struct pace pace = { .job_ns = 1000 };

	ck_assert_uint_eq(pace_most(&pace), 4000);
	pace.job_ns = 1000000000;
	ck_assert_uint_eq(pace_most(&pace), 1);
}
END_TEST

START_TEST(answers_are_measured_in_parts)
{
	struct pace pace = { .stalls = 3 };
	uint64_t ns;

	pace_begin(&pace);
	pace.mark_ns -= 8000000;
	ns = pace_answered(&pace, 4);
	ck_assert_uint_ge(ns, 8000000);
	ck_assert_uint_eq(pace.job_ns, ns / 4);
	ck_assert_uint_eq(pace.stalls, 0);
	/* not what one answer says alone */
	pace.job_ns = 4000000;
	pace.mark_ns -= 4000;
	ns = pace_answered(&pace, 4);
	ck_assert_uint_eq(pace.job_ns, (3 * UINT64_C(4000000) + ns / 4) / 4);
}
END_TEST

START_TEST(who_stalls_may_have_twice_as_many)
{
	struct pace pace = { 0 };

	pace_stall(&pace, 100);
	ck_assert_uint_eq(pace_most(&pace), 200);
	pace_stall(&pace, 200);
	ck_assert_uint_eq(pace_most(&pace), 400);
	pace_relax(&pace);
	ck_assert_uint_eq(pace_most(&pace), 200);
}
END_TEST

START_TEST(who_is_silent_is_looked_at_less_often)
{
	struct pace pace = { 0 };
	long at_first = pace_patience_ns(&pace);

	for (unsigned i = 0; i < 100; i++)
		pace_silence(&pace);
	ck_assert_int_gt(pace_patience_ns(&pace), 10 * at_first);
	pace_stall(&pace, 1);
	ck_assert_int_eq(pace_patience_ns(&pace), at_first);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *pace = unit_case(suite, "pace");

	tcase_add_test(pace, at_first_a_filter_may_have_one_job);
	tcase_add_test(pace, who_answers_fast_may_have_many);
	tcase_add_test(pace, answers_are_measured_in_parts);
	tcase_add_test(pace, who_stalls_may_have_twice_as_many);
	tcase_add_test(pace, who_is_silent_is_looked_at_less_often);
}
