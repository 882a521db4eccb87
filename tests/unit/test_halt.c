/* --halt: how it is written, and when the limit is reached. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>

#include "engine/halt.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *text;
	struct halt halt;
} words[] = {
	{ "never", { HALT_NEVER, HALT_FAIL, false, 1 } },
	{ "soon", { HALT_SOON, HALT_FAIL, false, 1 } },
	{ "now", { HALT_NOW, HALT_FAIL, false, 1 } },
	{ "soon,fail=3", { HALT_SOON, HALT_FAIL, false, 3 } },
	{ "now,success=1", { HALT_NOW, HALT_SUCCESS, false, 1 } },
	{ "soon,done=18446744073709551614",
	  { HALT_SOON, HALT_DONE, false, UINT64_MAX - 1 } },
	{ "now,done=1%", { HALT_NOW, HALT_DONE, true, 1 } },
	{ "soon,success=100%", { HALT_SOON, HALT_SUCCESS, true, 100 } },
	{ "7%", { HALT_SOON, HALT_FAIL, true, 7 } },
	{ "1", { HALT_SOON, HALT_FAIL, false, 1 } },
	{ "2", { HALT_NOW, HALT_FAIL, false, 1 } },
	{ "-1", { HALT_SOON, HALT_SUCCESS, false, 1 } },
	{ "-2", { HALT_NOW, HALT_SUCCESS, false, 1 } },
};

START_TEST(what_is_written_is_read)
{
	struct halt halt = { HALT_NOW, HALT_DONE, true, 99 };

	ck_assert_int_eq(halt_parse(words[_i].text, &halt), 0);
	ck_assert_int_eq(halt.when, words[_i].halt.when);
	ck_assert_int_eq(halt.why, words[_i].halt.why);
	ck_assert_int_eq(halt.is_percent, words[_i].halt.is_percent);
	ck_assert_uint_eq(halt.number, words[_i].halt.number);
}
END_TEST

static const char *const refused[] = {
	"",
	" soon",
	"Soon",
	"soon,",
	"soon,fail",
	"soon,fail=",
	"soon,fail=0",
	"soon,fail=%",
	"soon,fail=0%",
	"soon,fail=101%",
	"soon,fail=1 %",
	"soon,fail=-1",
	"soon,fail=18446744073709551615",
	"soon,fail=99999999999999999999999999",
	"soon,fails=1",
	"never,fail=1",
	"now,done=1,fail=2",
	"3",
	"-3",
	"0%",
};

START_TEST(what_is_none_is_refused)
{
	struct halt halt;

	ck_assert_int_eq(halt_parse(refused[_i], &halt), -EINVAL);
}
END_TEST

/* 0: success, as any status of a job; STATUS_HALTED is neither */
static const struct {
	enum halt_why why;
	uint64_t at; /* how many of the statuses below bring three */
} counts[] = {
	{ HALT_FAIL, 7 },
	{ HALT_SUCCESS, 5 },
	{ HALT_DONE, 4 },
};
static const unsigned statuses[] = { 0, STATUS_HALTED, 1, 0, 0, 255, 137, 0 };

START_TEST(the_limit_is_reached_once)
{
	struct halt halt = { HALT_SOON, counts[_i].why, false, 3 };
	struct halt_count count;

	halt_init(&count, &halt);
	for (size_t i = 0; i < LENGTH(statuses); i++) {
		ck_assert_int_eq(halt_is_reached(&count), i >= counts[_i].at);
		ck_assert_int_eq(halt_add(&count, &halt, 1, statuses[i]),
				 i + 1 == counts[_i].at);
	}
}
END_TEST

START_TEST(many_may_come_at_once)
{
	struct halt halt = { HALT_SOON, HALT_DONE, false, 1000 };
	struct halt_count count;

	halt_init(&count, &halt);
	ck_assert(!halt_add(&count, &halt, 999, 0));
	ck_assert(!halt_add(&count, &halt, 0, 0));
	ck_assert(halt_add(&count, &halt, 500, 0));
}
END_TEST

START_TEST(never_is_never)
{
	struct halt halt = { 0 };
	struct halt_count count;

	halt_init(&count, &halt);
	ck_assert(!halt_add(&count, &halt, 1, 1));
	ck_assert(!halt_is_reached(&count));
}
END_TEST

static const struct {
	uint64_t total, percent, limit;
} percents[] = {
	{ 100, 7, 7 },
	{ 10, 25, 3 },
	{ 1, 1, 1 },
	{ 0, 50, 1 },
	{ 3, 100, 3 },
	{ 199, 1, 2 },
	{ 201, 50, 101 },
	{ 200, 50, 100 },
	{ UINT64_MAX - 1, 100, UINT64_MAX - 1 },
};

START_TEST(a_percentage_is_of_all)
{
	struct halt halt = { HALT_SOON, HALT_FAIL, true, percents[_i].percent };
	struct halt_count count;

	halt_init(&count, &halt);
	ck_assert(!halt_know_total(&count, &halt, percents[_i].total));
	ck_assert(percents[_i].limit == 1 ||
		  !halt_add(&count, &halt, percents[_i].limit - 1, 1));
	ck_assert(halt_add(&count, &halt, 1, 1));
}
END_TEST

START_TEST(it_may_have_been_reached_before)
{
	struct halt halt = { HALT_SOON, HALT_FAIL, true, 10 };
	struct halt_count count;

	halt_init(&count, &halt);
	ck_assert(!halt_add(&count, &halt, 9, 1));
	ck_assert(halt_know_total(&count, &halt, 90));
	ck_assert(!halt_add(&count, &halt, 1, 1));
}
END_TEST

/* ---- at the same time ---- */

#define ADDERS 3
#define EACH 1000

struct race {
	struct halt halt;
	struct halt_count count;
	_Atomic unsigned firsts;
};

static void *
add_many(void *argument)
{
	struct race *race = argument;

	for (int i = 0; i < EACH; i++)
		if (halt_add(&race->count, &race->halt, 1, 1))
			race->firsts++;
	return NULL;
}

START_TEST(one_of_all_is_the_first)
{
	pthread_t adders[ADDERS];

	for (int round = 0; round < 20; round++) {
		struct race race = { .halt = { HALT_NOW, HALT_FAIL, true,
					       100 } };

		halt_init(&race.count, &race.halt);
		for (int i = 0; i < ADDERS; i++)
			ck_assert_int_eq(pthread_create(&adders[i], NULL,
							add_many, &race),
					 0);
		if (halt_know_total(&race.count, &race.halt, ADDERS * EACH))
			race.firsts++;
		for (int i = 0; i < ADDERS; i++)
			pthread_join(adders[i], NULL);
		ck_assert_uint_eq(race.firsts, 1);
		ck_assert(halt_is_reached(&race.count));
	}
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *parse = unit_case(suite, "parse");
	TCase *count = unit_case(suite, "count");

	tcase_add_loop_test(parse, what_is_written_is_read, 0, LENGTH(words));
	tcase_add_loop_test(parse, what_is_none_is_refused, 0, LENGTH(refused));
	tcase_add_loop_test(count, the_limit_is_reached_once, 0,
			    LENGTH(counts));
	tcase_add_test(count, many_may_come_at_once);
	tcase_add_test(count, never_is_never);
	tcase_add_loop_test(count, a_percentage_is_of_all, 0, LENGTH(percents));
	tcase_add_test(count, it_may_have_been_reached_before);
	tcase_add_test(count, one_of_all_is_the_first);
}
