/*
 * The stream of one slave's results, in use: the writer is a thread, which
 * ThreadSanitizer can watch, or a process, or many processes one after the
 * other that are killed at any moment.
 */
#include <config.h>

#include "unit.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/spill.h"
#include "stream_ends.h"

#define JOBS 400u

static struct board board;
static struct consumer consumer;
static struct stream_reader *const reader = &consumer.reader;
static struct stream_writer thread_writer;
static uint64_t random_state;
static bool may_spill, must_drain;

static uint64_t
next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void
write_jobs(struct stream_writer *writer)
{
	for (uint64_t job = 1; job <= JOBS; job++)
		ends_write_job(writer, job, consumer.size_max);
}

static void *
run_thread(void *argument)
{
	(void)argument;
	write_jobs(&thread_writer);
	return NULL;
}

/* ---- what the master does, see results.c ---- */

/* every third job streams, so do all where there is no file, and one that can
 * go on in no other way */
static bool
is_turn(void)
{
	return !may_spill || must_drain || consumer.job % 3 == 0;
}

static void
set_turn(void)
{
	atomic_store_explicit(&board.header->turn, is_turn() ? consumer.job : 0,
			      memory_order_relaxed);
}

static void
answer(void)
{
	enum stream_need need;

	/* a busy sink holds the writer back, so that we catch up with it and it
	 * goes back to the ring */
	atomic_store_explicit(&board.header->sink_busy, next_random() % 4 != 0,
			      memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst); /* F2 */
	need = stream_need(reader);
	if (need == NEED_NOTHING)
		return;
	if (stream_unread(reader) == 0 && next_random() % 4 != 0) {
		must_drain = false;
		stream_reply(reader);
	} else if (need == NEED_ROOM && may_spill && next_random() % 8 != 0) {
		/* also when it is in the file, or has nothing to put there */
		ck_assert_int_eq(stream_spill(reader), 0);
	} else if (stream_unread(reader) > 0) {
		must_drain = true;
	} else {
		stream_reply(reader);
	}
}

/* take some of what there is; true if it was anything, or there is more now */
static bool
take_some(void)
{
	uint64_t most = 1 + next_random() % 256;
	bool is_progress = false, was_turn;

	set_turn();
	/* a writer can be as fast as we are for ever */
	while (most-- > 0 && ends_take(&consumer, is_turn())) {
		is_progress = true;
		set_turn();
	}
	was_turn = is_turn();
	answer();
	return is_progress || is_turn() != was_turn;
}

/* as the event loop does: no news may be lost */
static void
sleep_for_news(int timeout_ms)
{
	struct pollfd bell = { .fd = board.bell_fd, .events = POLLIN };

	board_bell_arm(&board);
	if (!take_some())
		poll(&bell, 1, timeout_ms);
	board_bell_disarm(&board);
}

static void
check_jobs(void)
{
	ck_assert_uint_eq(consumer.nwrong, 0);
	ck_assert_uint_eq(stream_unread(reader), 0);
}

static void
take_all_jobs(void)
{
	while (consumer.job <= JOBS)
		sleep_for_news(-1);
	check_jobs();
	if (may_spill)
		ck_assert_uint_gt(consumer.nchanges, 2);
	else
		ck_assert_uint_eq(consumer.nchanges, 0);
}

static void
open_ends(bool has_file, size_t size_max)
{
	random_state = (uint64_t)getpid() * 0x9e3779b97f4a7c15u | 1;
	may_spill = has_file;
	must_drain = false;
	ends_open(&board, &consumer, size_max);
}

/* with and without a file */
START_TEST(a_thread_writes_while_another_reads)
{
	pthread_t thread;

	open_ends(_i == 1, 1500000);
	ends_writer_open(&thread_writer, &board);
	/* the same addresses for both, so that a race can be seen */
	reader->ring = thread_writer.ring;
	/* a thread's parent is not the one who made the file */
	if (may_spill) {
		reader->file_fd = spill_create();
		thread_writer.file_fd = dup(reader->file_fd);
		ck_assert_int_ge(thread_writer.file_fd, 0);
	}
	ck_assert_int_eq(pthread_create(&thread, NULL, run_thread, NULL), 0);
	take_all_jobs();
	pthread_join(thread, NULL);
	ends_writer_close(&thread_writer);
	ends_close(&board, &consumer);
}
END_TEST

static pid_t
start_process(void (*script)(struct stream_writer *writer))
{
	struct stream_writer writer;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	ends_writer_open(&writer, &board);
	script(&writer);
	_exit(0);
}

START_TEST(a_process_writes_while_another_reads)
{
	pid_t pid;
	int status;

	open_ends(_i == 1, 1500000);
	pid = start_process(write_jobs);
	take_all_jobs();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ends_close(&board, &consumer);
}
END_TEST

/* ---- writers that are killed ---- */

/* as a slave: the job stands in the area before it begins */
static void
write_until_stopped(struct stream_writer *writer)
{
	struct area *area = board_area(&board, 0);

	while (!board_is_stopped(&board, STOP_CLAIMS)) {
		uint64_t job = atomic_load(&area->job) + 1;

		atomic_store(&area->job, job);
		ends_write_job(writer, job, consumer.size_max);
	}
}

/* Finish the job of the killed writer, unless it is committed. True if it was
 * not. */
static bool
recover(void)
{
	uint64_t job = atomic_load(&board_area(&board, 0)->job);
	uint64_t last_done = ends_recover(reader);

	must_drain = false;
	ck_assert_uint_ge(last_done, consumer.job - 1);
	if (job == last_done)
		return false;
	ck_assert_uint_eq(job, last_done + 1);
	ck_assert_int_eq(stream_finish_dead(reader, job, 1, DEAD_STATUS), 0);
	return true;
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

START_TEST(killed_writers_lose_what_they_ran_and_no_more)
{
	double end = seconds() + 0.7;
	unsigned nkilled = 0, nlost = 0;
	int status;
	pid_t pid;

	open_ends(true, _i == 0 ? 1500000 : 3000);
	pid = start_process(write_until_stopped);
	while (seconds() < end || nkilled < 10 || nlost == 0) {
		for (uint64_t i = next_random() % 20; i; i--)
			sleep_for_news(1);
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		nkilled++;
		nlost += recover();
		pid = start_process(write_until_stopped);
	}
	board_raise_stop(&board, STOP_CLAIMS);
	while (waitpid(pid, &status, WNOHANG) == 0)
		sleep_for_news(1);
	ck_assert_int_eq(status, 0);
	while (take_some())
		;
	check_jobs();
	ck_assert_uint_eq(consumer.job - 1,
			  atomic_load(&board_area(&board, 0)->job));
	ck_assert_uint_eq(consumer.ndead, nlost);
	ends_close(&board, &consumer);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *threads = unit_case(suite, "threads");
	TCase *processes = unit_case(suite, "processes");

	tcase_add_loop_test(threads, a_thread_writes_while_another_reads, 0, 2);
	tcase_add_loop_test(processes, a_process_writes_while_another_reads, 0,
			    2);
	tcase_add_loop_test(
		processes, killed_writers_lose_what_they_ran_and_no_more, 0, 2);
}
