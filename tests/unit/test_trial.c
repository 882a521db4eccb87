/* Answers of a filter that are kept until it has ended. */
#include <config.h>

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "worker/trial.h"

#define MOST ((size_t)1 << 20)

static struct trial trial;

static void
begin(void)
{
	memset(&trial, 0, sizeof(trial));
	trial.jobs = 2;
	trial_begin(&trial);
}

static void
end(void)
{
	free(trial.bytes);
}

static void
keep(const char *text)
{
	trial_keep(&trial, (const unsigned char *)text, strlen(text), '\n');
}

/* nbytes, half of them lines */
static void
keep_many(size_t nbytes)
{
	unsigned char *bytes = malloc(nbytes);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < nbytes; i++)
		bytes[i] = i % 2 ? '\n' : 'x';
	trial_keep(&trial, bytes, nbytes, '\n');
	free(bytes);
}

START_TEST(answers_are_kept_in_one_piece)
{
	keep("one\nt");
	keep("w");
	keep("");
	keep("o\n\nthree");
	ck_assert_uint_eq(trial.nbytes, 14);
	ck_assert(memcmp(trial.bytes, "one\ntwo\n\nthree", 14) == 0);
	ck_assert_uint_eq(trial.lines, 3);
	ck_assert(!trial.is_spoilt);
	/* for the newline that is not there */
	ck_assert_uint_gt(trial.size, trial.nbytes);
}
END_TEST

START_TEST(another_filter_begins_with_none)
{
	keep("one\n");
	trial.is_spoilt = true;
	trial_begin(&trial);
	keep("two");
	ck_assert_uint_eq(trial.nbytes, 3);
	ck_assert_uint_eq(trial.lines, 0);
	ck_assert(memcmp(trial.bytes, "two", 3) == 0);
	ck_assert(!trial.is_spoilt);
	ck_assert_uint_eq(trial.jobs, 2);
}
END_TEST

START_TEST(several_jobs_answer_in_a_mebibyte)
{
	for (size_t n = 0; n < MOST; n += 1 << 16)
		keep_many(1 << 16);
	ck_assert(!trial.is_spoilt);
	ck_assert_uint_eq(trial.lines, MOST / 2);
	ck_assert_uint_gt(trial.size, MOST);
	keep("x");
	ck_assert(trial.is_spoilt);
	ck_assert_uint_eq(trial.nbytes, MOST);
	/* and it stays so, whatever comes */
	keep("");
	ck_assert(trial.is_spoilt);
}
END_TEST

START_TEST(one_job_answers_at_any_length)
{
	trial.jobs = 1;
	keep_many(MOST + 1);
	ck_assert_uint_gt(trial.size, trial.nbytes);
	trial_begin(&trial);
	for (size_t n = 0; n < 5 * MOST; n += 100000)
		keep_many(100000);
	ck_assert(!trial.is_spoilt);
	ck_assert_uint_eq(trial.lines, trial.nbytes / 2);
	ck_assert_uint_ge(trial.nbytes, 5 * MOST);
	ck_assert_uint_gt(trial.size, trial.nbytes);
	for (size_t i = 0; i < trial.nbytes; i += 99999)
		ck_assert_uint_eq(trial.bytes[i], i % 2 ? '\n' : 'x');
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *kept = unit_case(suite, "kept");

	tcase_add_checked_fixture(kept, begin, end);
	tcase_add_test(kept, answers_are_kept_in_one_piece);
	tcase_add_test(kept, another_filter_begins_with_none);
	tcase_add_test(kept, several_jobs_answer_in_a_mebibyte);
	tcase_add_test(kept, one_job_answers_at_any_length);
}
