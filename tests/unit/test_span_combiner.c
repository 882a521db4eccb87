/* Folding the results of spans: what spans come to comes to what their results
 * come to, and where it does not help they stay what they are. */
#include <config.h>

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reduce/partial.h"
#include "worker/span_combiner.h"

#define SPANS 60
#define SPAN_SIZE 20000
#define ROOM 4096
#define BAD_SPAN 7

static const struct {
	const char *op;
	unsigned by;
	const char *item;
	bool is_left; /* to the master */
} settings[] = {
	{ "sum:2", 0, NULL, false },
	{ "sum:2", 1, NULL, false },
	{ "sum:3", 0, NULL, false },
	{ "mean:2", 1, NULL, false },
	{ "var:2", 0, NULL, false },
	{ "min:2", 0, NULL, false },
	{ "max:2", 1, NULL, false },
	{ "argmin:2", 0, NULL, false },
	{ "argmax:3", 1, NULL, false },
	{ "argmax:3", 0, NULL, false },
	{ "count", 0, NULL, false },
	{ "count", 1, NULL, false },
	{ "first:2", 0, NULL, false },
	{ "first:2", 1, NULL, false },
	{ "last", 0, NULL, false },
	{ "hist:-9:9:200:2", 0, NULL, false },
	{ "hist:-9:9:300:2", 0, NULL, true },
	{ "hist:-9:9:20:2", 1, NULL, true },
	{ "concat:2", 0, NULL, true },
	{ "prod:2", 0, NULL, true },

	{ "sum", 0, "f8", true },
	{ "mean", 0, "f8", true },
	{ "max", 0, "f8", false },
	{ "sum", 0, "f8:2", false },
	{ "argmin:2", 0, "i2:4", false },
	{ "var", 0, "f4", false },
};

#define SETTINGS ((int)(sizeof(settings) / sizeof(settings[0])))

static struct plan plan;
static struct take_combiner *combiner;
static unsigned ncombined; /* spans */

static void
open_plan(const char *op, unsigned by, const char *item)
{
	plan = (struct plan){ .worker = WORKER_FILTER, .delimiter = '\n' };
	plan.reduce.is_on = true;
	plan.reduce.by = by;
	ck_assert_int_eq(op_parse(op, &plan.reduce.op), 0);
	if (item)
		ck_assert_int_eq(typed_parse(item, &plan.reduce.item), 0);
	combiner = span_combiner_new(&plan);
	ncombined = 0;
}

static void
open_reducer(struct reducer *reducer, bool skip_bad)
{
	struct reducer_setting setting =
		plan_reducer_setting(&plan, &plan.reduce);

	setting.skip_bad = skip_bad;
	reducer_init(reducer, &setting);
}

/* lines "KEY VALUE VALUE", a blank one now and then; or items */
static size_t
make_span(char *text, int size, unsigned nkeys, unsigned *seed)
{
	size_t item = typed_size(&plan.reduce.item);
	int n = 0;

	if (item) {
		for (; n < (int)((size_t)size / item * item); n++)
			text[n] = (char)rand_r(seed);
		return (size_t)n;
	}
	while (n < size) {
		n += sprintf(text + n, "k%u %d.%d %d\n", rand_r(seed) % nkeys,
			     rand_r(seed) % 19 - 9, rand_r(seed) % 1000,
			     rand_r(seed) % 7);
		if (rand_r(seed) % 50 == 0)
			text[n++] = '\n';
	}
	return (size_t)n;
}

static uint64_t
jobs_in(const char *text, size_t nbytes)
{
	uint64_t count = 0;

	if (plan.reduce.item.count)
		return nbytes / typed_size(&plan.reduce.item);
	for (size_t i = 0; i < nbytes; i++)
		count += text[i] == '\n';
	return count;
}

/* as the slave and the master do; returns the reducer's error */
static int
pass(struct reducer *reducer, uint64_t first, const char *text, size_t nbytes)
{
	unsigned char to[ROOM];
	size_t n =
		combiner->combine(combiner, first, (const unsigned char *)text,
				  nbytes, to, sizeof(to));

	ck_assert_uint_le(n, sizeof(to));
	if (n == 0)
		return reducer_take(reducer, &first, true, text, nbytes);
	ck_assert_uint_le(n, nbytes / 4);
	ncombined++;
	return partial_take(reducer, (char *)to, n);
}

static void
check_same(struct reducer *one, struct reducer *other)
{
	struct bytes out[2] = { { 0 }, { 0 } };

	ck_assert_int_eq(reducer_write(one, &out[0]), 0);
	ck_assert_int_eq(reducer_write(other, &out[1]), 0);
	ck_assert_uint_gt(out[0].used, 1);
	ck_assert_uint_eq(out[0].used, out[1].used);
	ck_assert_mem_eq(out[0].data, out[1].data, out[0].used);
	bytes_release(&out[0]);
	bytes_release(&out[1]);
	reducer_release(one);
	reducer_release(other);
}

START_TEST(spans_come_to_what_their_results_come_to)
{
	static char text[SPAN_SIZE + 64];
	struct reducer once, all;
	unsigned seed = 3 + (unsigned)_i;
	uint64_t first = 1, job;
	int size;

	open_plan(settings[_i].op, settings[_i].by, settings[_i].item);
	ck_assert(settings[_i].is_left == !combiner);
	if (!combiner)
		return;
	open_reducer(&once, false);
	open_reducer(&all, false);
	for (int i = 0; i < SPANS; i++) {
		size = i % 5 ? SPAN_SIZE : rand_r(&seed) % 2000 + 1;
		size = (int)make_span(text, size, 40, &seed);
		job = first;
		ck_assert_int_eq(
			reducer_take(&once, &job, true, text, (size_t)size), 0);
		ck_assert_int_eq(pass(&all, first, text, (size_t)size), 0);
		first += jobs_in(text, (size_t)size);
		ck_assert_uint_eq(job, first);
	}
	ck_assert_uint_gt(ncombined, SPANS / 2);
	check_same(&once, &all);
	span_combiner_free(combiner);
}
END_TEST

START_TEST(what_is_no_value_is_left_to_the_master)
{
	char text[SPAN_SIZE + 64];
	struct reducer strict, lax, once;
	unsigned seed = 5;
	uint64_t first = 1, job;
	size_t nbytes;
	int error = 0;

	open_plan("sum:2", 0, NULL);
	open_reducer(&strict, false);
	open_reducer(&lax, true);
	open_reducer(&once, true);
	for (int i = 0; i < SPANS; i++) {
		/* so that each of them is tried */
		nbytes = make_span(text, SPAN_SIZE / 2, 40, &seed);
		if (i == BAD_SPAN) {
			nbytes += (size_t)sprintf(text + nbytes, "k1 x\nk2\n");
			error = pass(&strict, first, text, nbytes);
			ck_assert_int_ne(error, 0);
			ck_assert_uint_eq(strict.bad.job,
					  first + jobs_in(text, nbytes) - 2);
			ck_assert_uint_eq(ncombined, i);
		}
		if (error == 0)
			ck_assert_int_eq(pass(&strict, first, text, nbytes), 0);
		else
			ck_assert_int_eq(pass(&lax, first, text, nbytes), 0);
		if (error != 0) {
			job = first;
			ck_assert_int_eq(
				reducer_take(&once, &job, true, text, nbytes),
				0);
		}
		first += jobs_in(text, nbytes);
	}
	ck_assert_uint_gt(ncombined, SPANS / 2);
	ck_assert_uint_eq(lax.nbad, 2);
	ck_assert_uint_eq(once.nbad, 2);
	reducer_release(&strict);
	check_same(&once, &lax);
	span_combiner_free(combiner);
}
END_TEST

/* spans that are tried keep a part of their room */
static unsigned
tries(unsigned nspans, unsigned nkeys, struct reducer *all)
{
	static char text[SPAN_SIZE + 64];
	unsigned seed = 9, ntries = 0;

	for (unsigned i = 0; i < nspans; i++) {
		size_t nbytes = make_span(text, SPAN_SIZE, nkeys, &seed);

		ntries += combiner->share > 0;
		ck_assert_int_eq(pass(all, 1, text, nbytes), 0);
	}
	return ntries;
}

START_TEST(where_it_does_not_help_it_is_tried_seldom)
{
	struct reducer all;

	open_plan("count", 1, NULL);
	open_reducer(&all, false);
	/* the first, and behind 16, 32, ... spans the next */
	ck_assert_uint_eq(tries(1000, 100000, &all), 6);
	ck_assert_uint_eq(ncombined, 0);
	ck_assert_uint_gt(tries(1000, 20, &all), 900);
	ck_assert_uint_gt(ncombined, 900);
	ncombined = 0;
	ck_assert_uint_eq(tries(1000, 100000, &all), 6);
	ck_assert_uint_eq(ncombined, 0);
	reducer_release(&all);
	span_combiner_free(combiner);
}
END_TEST

START_TEST(small_spans_stay_what_they_are)
{
	unsigned char to[ROOM];
	char text[SPAN_SIZE + 64];
	unsigned seed = 2;
	size_t nbytes;

	open_plan("count", 1, NULL);
	nbytes = make_span(text, 400, 3, &seed);
	ck_assert_uint_eq(combiner->combine(combiner, 1, (unsigned char *)text,
					    nbytes, to, sizeof(to)),
			  0);
	/* too small for so many keys: the larger one is not refused for that */
	nbytes = make_span(text, 1000, 400, &seed);
	ck_assert_uint_eq(combiner->combine(combiner, 1, (unsigned char *)text,
					    nbytes, to, sizeof(to)),
			  0);
	ck_assert_uint_ne(combiner->share, 0);
	nbytes = make_span(text, 12000, 100, &seed);
	ck_assert_uint_ne(combiner->combine(combiner, 1, (unsigned char *)text,
					    nbytes, to, sizeof(to)),
			  0);
	span_combiner_free(combiner);
}
END_TEST

START_TEST(without_a_reduction_there_is_none)
{
	struct plan none = { .worker = WORKER_DLOPEN };

	ck_assert_ptr_null(span_combiner_new(&none));
	span_combiner_free(NULL);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *same = unit_case(suite, "same");
	TCase *left = unit_case(suite, "left");

	tcase_add_loop_test(same, spans_come_to_what_their_results_come_to, 0,
			    SETTINGS);
	tcase_add_test(same, what_is_no_value_is_left_to_the_master);
	tcase_add_test(left, where_it_does_not_help_it_is_tried_seldom);
	tcase_add_test(left, small_spans_stay_what_they_are);
	tcase_add_test(left, without_a_reduction_there_is_none);
}
