/* The window of a filter: which jobs it has, in what words, and for how many
 * there is room. */
#include <config.h>

#include "unit.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/window.h"

#define ARENA_SIZE ((size_t)2 << 20)
#define LONGEST ((size_t)1 << 20)

static struct board board;
static struct window *window;

static void
make_board(void)
{
	ck_assert_int_eq(
		board_init(&board,
			   &(struct board_setting){
				   .nslaves = 2,
				   .arena_size = ARENA_SIZE,
				   .text_size = sizeof(struct window) }),
		0);
	board.header->jobs.delimiter = '\n';
	board.header->jobs.has_windows = true;
	window = window_of(&board, 1);
}

static void
release_board(void)
{
	board_release(&board);
}

/* slave 1 claims the batch of these records, the last without its delimiter */
static void
keep(uint64_t job, uint64_t count, const char *text, size_t nbytes)
{
	struct claim claim = { .batch = { .job = job,
					  .count = count,
					  .place = 7,
					  .nbytes = (uint32_t)nbytes } };

	ck_assert_uint_le(nbytes, ARENA_SIZE);
	memcpy(board.arena + 7, text, nbytes);
	ck_assert(window_has_room(window));
	window_keep(&board, 1, &claim);
}

static void
keep_text(uint64_t job, uint64_t count, const char *text)
{
	keep(job, count, text, strlen(text));
}

static void
check_text(uint64_t job, const char *wanted)
{
	const char *text;
	size_t nbytes = window_text(&board, 1, job, &text);

	ck_assert_msg(nbytes == strlen(wanted) &&
			      memcmp(text, wanted, nbytes) == 0,
		      "job %d: '%.*s'", (int)job, (int)nbytes, text);
}

/* what the filter would be sent of the entry */
static void
check_entry(uint32_t index, const char *wanted)
{
	const struct window_entry *entry = window_entry(window, index);

	ck_assert_msg(entry->nbytes == strlen(wanted) &&
			      memcmp(window->texts + entry->at, wanted,
				     entry->nbytes) == 0,
		      "'%.*s'", (int)entry->nbytes, window->texts + entry->at);
}

START_TEST(jobs_are_found_by_their_numbers)
{
	ck_assert(window_is_empty(window));
	keep_text(1, 3, "one\n\nthree");
	keep_text(4, 1, "four");
	keep_text(5, 2, "\nsix");
	ck_assert(!window_is_empty(window));
	ck_assert(window_is_empty(window_of(&board, 0)));
	check_entry(0, "one\n\nthree\n");
	check_entry(2, "\nsix\n");
	check_text(1, "one");
	check_text(2, "");
	check_text(3, "three");
	check_text(4, "four");
	check_text(5, "");
	check_text(6, "six");
	ck_assert_uint_eq(window_jobs_before(window, 0), 0);
	ck_assert_uint_eq(window_jobs_before(window, 1), 3);
	ck_assert_uint_eq(window_jobs_before(window, window_tail(window)), 6);
}
END_TEST

START_TEST(jobs_are_dropped_from_the_front)
{
	keep_text(1, 3, "one\n\nthree");
	keep_text(4, 2, "four\nfive");
	keep_text(6, 1, "six");
	window_drop(&board, 1, 0);
	check_text(1, "one");
	window_drop(&board, 1, 2);
	check_entry(0, "three\n");
	check_text(3, "three");
	ck_assert_uint_eq(window_jobs_before(window, window_tail(window)), 4);
	window_drop(&board, 1, 4);
	ck_assert_uint_eq(window_head(window), 1);
	check_entry(1, "five\n");
	check_text(5, "five");
	check_text(6, "six");
	window_drop(&board, 1, 4); /* again */
	check_text(5, "five");
	window_drop(&board, 1, 6);
	ck_assert(window_is_empty(window));
	keep_text(7, 1, "seven");
	check_text(7, "seven");
}
END_TEST

START_TEST(a_range_becomes_lines)
{
	struct board_jobs *jobs = &board.header->jobs;

	jobs->is_range = true;
	jobs->range_start = 1;
	jobs->range_step = -2;
	keep_text(1, 3, "");
	check_entry(0, "1\n-1\n-3\n");
	check_text(3, "-3");
	jobs->range_start = INT64_MIN;
	jobs->range_step = 1;
	jobs->delimiter = '\0';
	keep_text(4, WINDOW_RANGE_MAX, "");
	check_text(4, "-9223372036854775805");
	check_text(3 + WINDOW_RANGE_MAX, "-9223372036854743038");
	ck_assert_uint_le(window_entry(window, 1)->nbytes, WINDOW_CLAIM_SIZE);
}
END_TEST

START_TEST(records_that_are_no_jobs_are_left_out)
{
	board.header->jobs.skip_empty = true;
	keep_text(1, 2, "\n\none\n\n\ntwo\n");
	check_entry(0, "one\ntwo\n");
	check_text(1, "one");
	check_text(2, "two");
	keep_text(3, 1, "three");
	window_drop(&board, 1, 1);
	check_text(2, "two");
	check_text(3, "three");
}
END_TEST

START_TEST(there_is_room_for_so_many_batches)
{
	uint64_t job = 1;

	for (unsigned round = 0; round < 3; round++) {
		for (; window_has_room(window); job++)
			keep_text(job, 1, "x");
		ck_assert_uint_eq(window_tail(window) - window_head(window),
				  WINDOW_ENTRIES);
		window_drop(&board, 1, job - 2);
		check_text(job - 1, "x");
	}
}
END_TEST

/* a record's length and its letter follow from its number */
static size_t
length_of(uint64_t job)
{
	uint64_t random = job * 6364136223846793005u >> 33;

	if (random % 64 == 0)
		return random / 64 % (LONGEST + 1);
	return random % 200;
}

static char
letter_of(uint64_t job)
{
	return (char)('a' + job % 26);
}

/* the batch of count jobs, as the arena has it */
static size_t
spell(char *text, uint64_t job, uint64_t count)
{
	size_t at = 0;

	for (uint64_t end = job + count; job < end; job++) {
		memset(text + at, letter_of(job), length_of(job));
		at += length_of(job);
		text[at++] = '\n';
	}
	return at - 1;
}

/* all jobs from first on, before end */
static void
check_all(uint64_t first, uint64_t end)
{
	for (uint64_t job = first; job < end; job++) {
		const char *text;
		size_t nbytes = window_text(&board, 1, job, &text);
		char letter = letter_of(job);

		if (nbytes != length_of(job) || text[nbytes] != '\n' ||
		    (nbytes > 0 && (text[0] != letter ||
				    memcmp(text, text + 1, nbytes - 1) != 0)))
			ck_abort_msg("job %d is another", (int)job);
	}
}

/* batches of any size come and go, round and round */
START_TEST(no_job_is_another_s)
{
	static char text[2 * LONGEST];
	uint64_t first = 1, next = 1, random = 1;
	unsigned nfull = 0;

	while (next < 20000) {
		random = random * 6364136223846793005u + 1;
		if (window_has_room(window) && random >> 62) {
			uint64_t count = 1 + (random >> 40) % 20;

			/* a long record is alone, as others would be more
			 * than the longest */
			if (length_of(next) > 200)
				count = 1;
			for (uint64_t i = 1; i < count; i++)
				if (length_of(next + i) > 200)
					count = i;
			keep(next, count, text, spell(text, next, count));
			next += count;
		} else {
			nfull += !window_has_room(window);
			check_all(first, next);
			first += (random >> 40) % (next - first + 1);
			window_drop(&board, 1, first - 1);
			check_all(first, next);
		}
	}
	ck_assert_uint_gt(nfull, 10);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *jobs = unit_case(suite, "jobs");
	TCase *room = unit_case(suite, "room");

	tcase_add_checked_fixture(jobs, make_board, release_board);
	tcase_add_test(jobs, jobs_are_found_by_their_numbers);
	tcase_add_test(jobs, jobs_are_dropped_from_the_front);
	tcase_add_test(jobs, a_range_becomes_lines);
	tcase_add_test(jobs, records_that_are_no_jobs_are_left_out);
	tcase_add_checked_fixture(room, make_board, release_board);
	tcase_add_test(room, there_is_room_for_so_many_batches);
	tcase_add_test(room, no_job_is_another_s);
}
