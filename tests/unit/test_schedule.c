/* Schedules: how they are written, and what batches they make. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "engine/schedule.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define SLAVES 4

static const struct {
	const char *text;
	enum schedule_kind kind;
	uint64_t chunk;
} schedules[] = {
	{ "static", SCHEDULE_STATIC, 0 },
	{ "dynamic", SCHEDULE_DYNAMIC, 0 },
	{ "guided", SCHEDULE_GUIDED, 0 },
	{ "auto", SCHEDULE_AUTO, 0 },
	{ "static,1", SCHEDULE_STATIC, 1 },
	{ "dynamic,100", SCHEDULE_DYNAMIC, 100 },
	{ "guided,7", SCHEDULE_GUIDED, 7 },
	{ "auto,3", SCHEDULE_AUTO, 3 },
	{ "dynamic,1073741824", SCHEDULE_DYNAMIC, SCHEDULE_MAX },
	/* as OMP_SCHEDULE may have it */
	{ "STATIC", SCHEDULE_STATIC, 0 },
	{ "Dynamic,4", SCHEDULE_DYNAMIC, 4 },
	{ "monotonic:static", SCHEDULE_STATIC, 0 },
	{ "nonmonotonic:dynamic,2", SCHEDULE_DYNAMIC, 2 },
	{ "Monotonic:Guided,9", SCHEDULE_GUIDED, 9 },
};

START_TEST(a_schedule_is_read_in_any_case)
{
	struct schedule schedule = { SCHEDULE_GUIDED, 99 };

	ck_assert_int_eq(schedule_parse(schedules[_i].text, &schedule), 0);
	ck_assert_int_eq(schedule.kind, schedules[_i].kind);
	ck_assert_uint_eq(schedule.chunk, schedules[_i].chunk);
}
END_TEST

static const char *const refused[] = {
	"",
	",",
	"stat",
	"statics",
	"static,",
	"static,0",
	"static,-1",
	"static, 1",
	"static,1,2",
	"static,x",
	"static 1",
	" static",
	"dynamic,1073741825",
	"dynamic,99999999999999999999",
	"runtime",
	"monotonic",
	"monotonic:",
	"monotonic:,1",
	"monotonic:monotonic:static",
	"monotonic,static",
};

START_TEST(what_is_no_schedule_is_refused)
{
	struct schedule schedule;

	ck_assert_msg(schedule_parse(refused[_i], &schedule) == -EINVAL,
		      "'%s' is taken", refused[_i]);
}
END_TEST

static void
begin(struct batch_sizes *sizes, const char *text, unsigned nslaves)
{
	struct schedule schedule;

	ck_assert_int_eq(schedule_parse(text, &schedule), 0);
	batch_sizes_init(sizes, &schedule, nslaves, SCHEDULE_AUTO_NS);
}

/* the sizes of the batches that n jobs make, all of which are known */
static const struct {
	const char *text;
	uint64_t n;
	uint64_t sizes[12];
} partitions[] = {
	{ "dynamic", 3, { 1, 1, 1 } },
	{ "dynamic,4", 10, { 4, 4, 2 } },
	{ "static,3", 7, { 3, 3, 1 } },
	/* of four slaves a quarter of what is left, rounded up */
	{ "guided", 12, { 3, 3, 2, 1, 1, 1, 1 } },
	{ "guided,5", 40, { 10, 8, 6, 5, 5, 5, 1 } },
	{ "guided", 1, { 1 } },
	{ "guided", 0, { 0 } },
	/* nothing was measured */
	{ "auto", 4, { 1, 1, 1, 1 } },
	{ "auto,2", 5, { 2, 2, 1 } },
	{ "static", 3, { 1, 1, 1 } },
};

START_TEST(jobs_are_cut_into_batches)
{
	struct batch_sizes sizes;
	uint64_t left = partitions[_i].n;

	begin(&sizes, partitions[_i].text, SLAVES);
	for (unsigned i = 0; left > 0; i++) {
		uint64_t size = batch_sizes_next(&sizes, left);

		ck_assert_uint_ge(size, 1);
		size = size < left ? size : left;
		ck_assert_uint_eq(size, partitions[_i].sizes[i]);
		left -= size;
	}
}
END_TEST

START_TEST(a_batch_has_at_most_so_many_jobs)
{
	struct batch_sizes sizes;

	begin(&sizes, "guided", 1);
	ck_assert_uint_eq(batch_sizes_next(&sizes, UINT64_MAX), SCHEDULE_MAX);
	begin(&sizes, "guided", SLAVES);
	ck_assert_uint_eq(batch_sizes_next(&sizes, UINT64_MAX), SCHEDULE_MAX);
	/* the least is one, though there may be none */
	ck_assert_uint_eq(batch_sizes_next(&sizes, 0), 1);
}
END_TEST

static struct board board;

static void
make_board(void)
{
	ck_assert_int_eq(
		board_init(&board,
			   &(struct board_setting){ .nslaves = SLAVES,
						    .arena_size = 4096,
						    .text_size = 4096 }),
		0);
}

static void
release_board(void)
{
	board_release(&board);
}

/* a slave has run so many jobs in so long */
static void
work(unsigned rank, uint64_t jobs, uint64_t ns)
{
	atomic_fetch_add(&board_area(&board, rank)->ran, jobs);
	atomic_fetch_add(&board_area(&board, rank)->busy_ns, ns);
}

START_TEST(auto_makes_batches_that_take_so_long)
{
	struct batch_sizes sizes;

	begin(&sizes, "auto", SLAVES);
	/* 1000 ns each, by two slaves: 100 in a batch, but no leap to it */
	work(0, 10, 10000);
	work(3, 30, 30000);
	batch_sizes_learn(&sizes, &board);
	ck_assert_uint_eq(batch_sizes_next(&sizes, UINT64_MAX), 8);
	work(1, 100, 100000);
	batch_sizes_learn(&sizes, &board);
	ck_assert_uint_eq(batch_sizes_next(&sizes, UINT64_MAX), 64);
	work(1, 1, 1000);
	batch_sizes_learn(&sizes, &board);
	ck_assert_uint_eq(batch_sizes_next(&sizes, UINT64_MAX), 100);
	/* nothing new was measured */
	batch_sizes_learn(&sizes, &board);
	ck_assert_uint_eq(batch_sizes_next(&sizes, UINT64_MAX), 100);
	/* what comes now is slow, which is noticed at once, whatever was */
	work(2, 1, 50000);
	batch_sizes_learn(&sizes, &board);
	ck_assert_uint_eq(batch_sizes_next(&sizes, UINT64_MAX), 2);
	work(2, 1, 1000000000);
	batch_sizes_learn(&sizes, &board);
	ck_assert_uint_eq(batch_sizes_next(&sizes, UINT64_MAX), 1);
}
END_TEST

START_TEST(the_last_jobs_are_spread)
{
	struct batch_sizes sizes;

	begin(&sizes, "auto,3", SLAVES);
	for (unsigned i = 0; i < 5; i++) {
		work(0, 100, 100000);
		batch_sizes_learn(&sizes, &board);
	}
	ck_assert_uint_eq(batch_sizes_next(&sizes, 100000), 100);
	ck_assert_uint_eq(batch_sizes_next(&sizes, 799), 99);
	ck_assert_uint_eq(batch_sizes_next(&sizes, 80), 10);
	ck_assert_uint_eq(batch_sizes_next(&sizes, 8), 3);
}
END_TEST

START_TEST(jobs_that_take_no_time_make_no_batch_without_end)
{
	struct batch_sizes sizes;

	begin(&sizes, "auto", SLAVES);
	for (unsigned i = 0; i < 100; i++) {
		work(0, 1000000, 1);
		batch_sizes_learn(&sizes, &board);
	}
	ck_assert_uint_eq(batch_sizes_next(&sizes, UINT64_MAX), SCHEDULE_MAX);
}
END_TEST

static const struct {
	const char *text;
	uint64_t size; /* when jobs take 1000 ns */
	bool is_deep;  /* any number of batches may wait */
} learners[] = {
	{ "auto", 100, false },	      { "auto,7", 100, false },
	{ "auto,1000", 1000, false }, { "static", 100, false },
	{ "static,7", 7, true },      { "dynamic", 1, true },
	{ "dynamic,7", 7, true },     { "guided", 250, true },
};

/* 100 jobs in 100,000 ns, until they are believed */
static void
settle(struct batch_sizes *sizes)
{
	for (unsigned i = 0; i < 5; i++) {
		work(0, 100, 100000);
		batch_sizes_learn(sizes, &board);
	}
}

START_TEST(what_flows_is_not_spread)
{
	struct batch_sizes sizes;

	begin(&sizes, "auto", SLAVES);
	settle(&sizes);
	ck_assert_uint_eq(batch_sizes_next(&sizes, 80), 80 / (2 * SLAVES));
	sizes.is_flowing = true;
	ck_assert_uint_eq(batch_sizes_next(&sizes, 80), 100);
}
END_TEST

START_TEST(any_number_of_long_jobs_may_wait)
{
	struct batch_sizes sizes;

	begin(&sizes, "auto", SLAVES);
	/* not known yet */
	ck_assert_uint_eq(batch_sizes_depth(&sizes), 32 * SLAVES);
	work(0, 1, 100000);
	batch_sizes_learn(&sizes, &board);
	ck_assert_uint_eq(batch_sizes_depth(&sizes), UINT64_MAX);
	settle(&sizes);
	ck_assert_uint_eq(batch_sizes_depth(&sizes), 32 * SLAVES);
}
END_TEST

START_TEST(only_what_is_measured_waits_to_be_sized)
{
	struct batch_sizes sizes;

	begin(&sizes, learners[_i].text, SLAVES);
	settle(&sizes);
	ck_assert_uint_eq(batch_sizes_next(&sizes, 1000), learners[_i].size);
	ck_assert_uint_eq(batch_sizes_depth(&sizes),
			  learners[_i].is_deep ? UINT64_MAX : 32 * SLAVES);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *parse = unit_case(suite, "parse");
	TCase *sizes = unit_case(suite, "sizes");
	TCase *learn = unit_case(suite, "learn");

	tcase_add_loop_test(parse, a_schedule_is_read_in_any_case, 0,
			    LENGTH(schedules));
	tcase_add_loop_test(parse, what_is_no_schedule_is_refused, 0,
			    LENGTH(refused));
	tcase_add_loop_test(sizes, jobs_are_cut_into_batches, 0,
			    LENGTH(partitions));
	tcase_add_test(sizes, a_batch_has_at_most_so_many_jobs);
	tcase_add_checked_fixture(learn, make_board, release_board);
	tcase_add_test(learn, auto_makes_batches_that_take_so_long);
	tcase_add_test(learn, the_last_jobs_are_spread);
	tcase_add_test(learn, jobs_that_take_no_time_make_no_batch_without_end);
	tcase_add_test(learn, any_number_of_long_jobs_may_wait);
	tcase_add_test(learn, what_flows_is_not_spread);
	tcase_add_loop_test(learn, only_what_is_measured_waits_to_be_sized, 0,
			    LENGTH(learners));
}
