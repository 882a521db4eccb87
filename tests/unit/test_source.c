/* What is read becomes batches: larger ones as long as more comes at once. */
#include <config.h>

#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/source.h"

#define RECORD "record\n"
#define RECORD_SIZE (sizeof(RECORD) - 1)

/* a read gets as much of a pipe */
#define READ_SIZE ((size_t)256 << 10)

/* what a batch has as long as more is to come */
#define SIZE 100
#define SLAVES 2u

static struct plan plan;
static struct board board;
static struct source source;
static int ends[2];

/* a source whose jobs are known to be short, of a pipe with so many bytes */
static void
begin(size_t nbytes)
{
	static char bytes[2 * READ_SIZE];

	plan = (struct plan){ .worker = WORKER_FILTER,
			      .nslaves = SLAVES,
			      .delimiter = '\n' };
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(board_init(&board,
				    &(struct board_setting){
					    .nslaves = SLAVES,
					    .arena_size = (size_t)4 << 20,
					    .text_size = 4096 }),
			 0);
	ck_assert_int_eq(source_init(&source, &plan, &board, ends[0]), 0);
	source.sizes.size = SIZE;
	for (size_t at = 0; at < nbytes; at++)
		bytes[at] = RECORD[at % RECORD_SIZE];
	/* it does not wait for a reader that there is not */
	ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(write(ends[1], bytes, nbytes), (ssize_t)nbytes);
}

static void
finish(void)
{
	source_release(&source);
	board_release(&board);
	close(ends[0]);
	close(ends[1]);
}

/* Read once, and let slaves take batches until the next read would be due.
 * Returns the jobs of the last but one: the last is the rest. */
static uint64_t
take_all(void)
{
	struct claim_ring *claims = &board.header->claims;
	uint64_t count[2] = { 0, 0 };
	struct claim claim;

	ck_assert_int_eq(source_step(&source, true), 0);
	while (claim_next(claims, 0, &claim)) {
		count[0] = count[1];
		count[1] = claim.batch.count;
		ck_assert_uint_le(count[1], SIZE);
		claim_free(claims, &claim);
		ck_assert_int_eq(source_step(&source, false), 0);
	}
	ck_assert(source_wants_input(&source));
	return count[0];
}

START_TEST(batches_are_large_while_more_comes)
{
	begin(2 * READ_SIZE);
	ck_assert_uint_eq(take_all(), SIZE);
	ck_assert_uint_eq(source.jobs, READ_SIZE / RECORD_SIZE);
	finish();
}
END_TEST

/* the read was full all the same */
START_TEST(the_last_before_a_pause_are_spread)
{
	begin(READ_SIZE);
	ck_assert_uint_eq(take_all(), 1);
	ck_assert_uint_eq(source.jobs, READ_SIZE / RECORD_SIZE);
	finish();
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *sizes = unit_case(suite, "sizes");

	tcase_add_test(sizes, batches_are_large_while_more_comes);
	tcase_add_test(sizes, the_last_before_a_pause_are_spread);
}
