/*
 * The stream of one slave's results, one situation after the other. The writer
 * is this process where it never sleeps, else a child: only a child can open
 * the file that the reader makes.
 */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stream_ends.h"

static struct board board;
static struct consumer consumer;
static struct stream_reader *const reader = &consumer.reader;

static void
take_all(bool is_turn)
{
	while (ends_take(&consumer, is_turn))
		;
}

static void
close_ends(void)
{
	ck_assert_uint_eq(consumer.nwrong, 0);
	ck_assert_uint_eq(stream_unread(reader), 0);
	ends_close(&board, &consumer);
}

/* ---- a writer that is a child ---- */

static pid_t child;
static int pidfd;

static void
start(void (*script)(struct stream_writer *writer))
{
	struct stream_writer writer;

	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		ends_writer_open(&writer, &board);
		script(&writer);
		_exit(0);
	}
	pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	ck_assert_int_ge(pidfd, 0);
}

static enum stream_need
await(void)
{
	return ends_await(&board, &consumer, pidfd);
}

static void
finish(void)
{
	int status;

	ck_assert_int_eq(await(), NEED_NOTHING);
	close(pidfd);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

/* let it go on in the file whenever the ring is full, until it ends */
static void
spill_until_end(void)
{
	while (await() != NEED_NOTHING)
		ck_assert_int_eq(stream_spill(reader), 0);
	finish();
}

static void
write_jobs(struct stream_writer *writer, uint64_t first, uint64_t last)
{
	for (uint64_t job = first; job <= last; job++)
		ends_write_job(writer, job, consumer.size_max);
}

/* ---- in the ring ---- */

START_TEST(jobs_come_out_as_they_went_in)
{
	struct stream_writer writer;

	ends_open(&board, &consumer, 150000);
	ends_writer_open(&writer, &board);
	for (uint64_t job = 1; job <= 300; job++) {
		write_jobs(&writer, job, job);
		ck_assert_uint_eq(stream_backlog(&writer),
				  stream_unread(reader));
		/* the next one may then find the ring nearly full */
		if (job % 2 == 0 || stream_unread(reader) > 80000)
			take_all(false);
	}
	take_all(false);
	ck_assert_uint_eq(consumer.job, 301);
	ends_writer_close(&writer);
	close_ends();
}
END_TEST

START_TEST(a_running_job_shows_only_with_the_turn)
{
	struct stream_writer writer;
	size_t size = ends_job_size(2, 150000);

	ends_open(&board, &consumer, 150000);
	ends_writer_open(&writer, &board);
	write_jobs(&writer, 1, 1);
	ends_write(&writer, 2, 0, size / 2);
	take_all(false);
	ck_assert_uint_eq(consumer.job, 2);
	ck_assert_uint_eq(consumer.nbytes, 0);
	ck_assert_uint_eq(stream_next_job(reader), 2);
	ck_assert_ptr_null(stream_peek(reader, false));
	take_all(true);
	ck_assert_uint_eq(consumer.nbytes, size / 2);
	/* the turn is taken from it: nothing until it ends */
	ends_write(&writer, 2, size / 2, size);
	ck_assert_ptr_null(stream_peek(reader, false));
	stream_finish(&writer, 2, 1, ends_job_status(2));
	take_all(false);
	ck_assert_uint_eq(consumer.job, 3);
	ends_writer_close(&writer);
	close_ends();
}
END_TEST

static void
write_long(struct stream_writer *writer)
{
	write_jobs(writer, 1, 8);
}

START_TEST(a_full_ring_stops_the_writer)
{
	unsigned nstops = 0;

	ends_open(&board, &consumer, 3000000);
	start(write_long);
	while (await() != NEED_NOTHING) {
		ck_assert_uint_gt(stream_unread(reader), board.ring_size / 2);
		ck_assert_uint_le(stream_unread(reader), board.ring_size);
		nstops++;
		take_all(true);
		stream_reply(reader);
	}
	finish();
	take_all(true);
	ck_assert_uint_gt(nstops, 3);
	ck_assert_uint_eq(consumer.job, 9);
	close_ends();
}
END_TEST

/* ---- in the file ---- */

/* A sink that is busy holds a writer back that is in the file: so it stops
 * there as well as in the ring, and each change of part is seen. */
START_TEST(the_stream_goes_to_the_file_and_back)
{
	ends_open(&board, &consumer, 6000000);
	atomic_store(&board.header->sink_busy, 1);
	start(write_long);
	while (await() != NEED_NOTHING) {
		if (stream_unread(reader) <= board.ring_size) {
			ck_assert_int_eq(stream_spill(reader), 0);
			continue;
		}
		take_all(true);
		ck_assert(reader->in_file);
		stream_reply(reader);
	}
	finish();
	take_all(true);
	ck_assert_uint_gt(consumer.nchanges, 6);
	ck_assert_uint_eq(consumer.job, 9);
	close_ends();
}
END_TEST

START_TEST(a_file_part_without_a_record_never_was)
{
	unsigned nspills = 0;

	ends_open(&board, &consumer, 3000000);
	start(write_long);
	while (await() != NEED_NOTHING) {
		take_all(true);
		ck_assert_int_eq(stream_spill(reader), 0);
		nspills++;
	}
	finish();
	take_all(true);
	ck_assert_uint_gt(nspills, 3);
	ck_assert_uint_eq(consumer.nchanges, 0);
	ck_assert_uint_eq(consumer.job, 9);
	close_ends();
}
END_TEST

static const rlim_t file_sizes[] = { 0, 100, 300000 };
static rlim_t file_size;

static void
write_long_limited(struct stream_writer *writer)
{
	struct rlimit limit = { file_size, file_size };

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	write_long(writer);
}

START_TEST(a_writer_whose_file_is_full_waits_for_its_turn)
{
	unsigned nturns = 0;

	file_size = file_sizes[_i];
	ends_open(&board, &consumer, 3000000);
	start(write_long_limited);
	for (;;) {
		enum stream_need need = await();

		if (need == NEED_NOTHING)
			break;
		if (need == NEED_ROOM) {
			ck_assert_int_eq(stream_spill(reader), 0);
			continue;
		}
		ck_assert_uint_gt(stream_unread(reader), 0);
		take_all(true);
		stream_reply(reader);
		nturns++;
	}
	finish();
	take_all(true);
	ck_assert_uint_gt(nturns, 0);
	ck_assert_uint_eq(consumer.job, 9);
	close_ends();
}
END_TEST

START_TEST(without_a_file_the_ring_has_to_do)
{
	ends_open(&board, &consumer, 3000000);
	setenv("TMPDIR", "/nonexistent", 1);
	start(write_long);
	ck_assert_int_eq(await(), NEED_ROOM);
	ck_assert_int_eq(stream_spill(reader), -ENOENT);
	/* a descriptor that the writer can not open */
	reader->file_fd = 987654;
	ck_assert_int_eq(stream_spill(reader), 0);
	while (stream_spill(reader) == 0)
		ck_assert_int_eq(await(), NEED_ROOM);
	ck_assert_int_eq(stream_spill(reader), -EACCES);
	reader->file_fd = -1;
	while (await() != NEED_NOTHING) {
		take_all(true);
		stream_reply(reader);
	}
	finish();
	take_all(true);
	ck_assert_uint_eq(consumer.job, 9);
	close_ends();
}
END_TEST

/* ---- after the writer's death ---- */

static void
write_ninth(struct stream_writer *writer)
{
	write_jobs(writer, 9, 9);
}

/* job 8 is finished for the dead, with nbytes of it; job 9 is its successor's
 */
static void
finish_and_go_on(uint64_t nbytes)
{
	ck_assert_int_eq(stream_finish_dead(reader, 8, 1, DEAD_STATUS), 0);
	start(write_ninth);
	spill_until_end();
	while (consumer.job < 9 && ends_take(&consumer, false))
		;
	ck_assert_uint_eq(consumer.last_status, DEAD_STATUS);
	ck_assert_uint_eq(consumer.last_bytes, nbytes);
	take_all(false);
	ck_assert_uint_eq(consumer.job, 10);
}

enum { NOT_READ, LOOKED_AT, HALF_READ, WAYS_TO_DIE };

START_TEST(what_the_dead_did_not_commit_is_cut)
{
	struct stream_writer writer;
	uint64_t nbytes = 0;

	ends_open(&board, &consumer, 20000);
	ends_writer_open(&writer, &board);
	write_jobs(&writer, 1, 7);
	if (_i != NOT_READ)
		take_all(false);
	ends_write(&writer, 8, 0, 10);
	ends_write(&writer, 8, 10, 20);
	ends_writer_close(&writer);
	if (_i == LOOKED_AT)
		ck_assert_uint_eq(stream_next_job(reader), 8);
	if (_i == HALF_READ) {
		ck_assert(ends_take(&consumer, true));
		ck_assert(reader->is_loaded);
		nbytes = 10;
	}
	ck_assert_uint_eq(ends_recover(reader), 7);
	finish_and_go_on(nbytes);
	ck_assert_uint_eq(consumer.nchanges, 0);
	close_ends();
}
END_TEST

static void
die_in_file(struct stream_writer *writer)
{
	write_jobs(writer, 1, 7);
	ends_write(writer, 8, 0, 1000000);
}

/* the file has both jobs that are whole and what is to be cut */
START_TEST(what_is_committed_in_the_file_stays)
{
	ends_open(&board, &consumer, 3000000);
	start(die_in_file);
	spill_until_end();
	ck_assert_uint_eq(ends_recover(reader), 7);
	if (_i == 1) {
		take_all(true);
		ck_assert_uint_eq(consumer.job, 8);
		ck_assert(reader->in_file);
	}
	finish_and_go_on(0);
	ck_assert_uint_gt(consumer.nchanges, 0);
	close_ends();
}
END_TEST

/* the change to the file was made by the job that is cut */
START_TEST(a_file_part_that_is_cut_never_was)
{
	ends_open(&board, &consumer, 2000);
	start(die_in_file);
	spill_until_end();
	if (_i == 1)
		take_all(false);
	ck_assert_uint_eq(ends_recover(reader), 7);
	ck_assert_uint_le(stream_unread(reader), board.ring_size);
	finish_and_go_on(0);
	ck_assert_uint_eq(consumer.nchanges, 0);
	close_ends();
}
END_TEST

static void
die_on_the_way_back(struct stream_writer *writer)
{
	struct rlimit none = { 0, 0 };
	unsigned char *place;
	size_t room;

	write_jobs(writer, 1, 7);
	place = stream_place(writer, &room);
	stream_span_open(writer, 8);
	memcpy(place, "eight", 5);
	stream_span_commit(writer, 1, 5);
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &none);
	/* death comes when the span is to be moved to the ring */
	signal(SIGSEGV, SIG_DFL);
	setrlimit(RLIMIT_CORE, &none);
	mprotect(writer->ring, board.ring_size, PROT_READ);
	stream_span_close(writer, 8, 1, 5, 0);
}

START_TEST(a_span_that_the_file_refused_is_not_lost)
{
	const unsigned char *bytes;
	enum stream_need need;
	size_t nbytes;
	int status;

	ends_open(&board, &consumer, 3000000);
	start(die_on_the_way_back);
	while ((need = await()) == NEED_ROOM)
		ck_assert_int_eq(stream_spill(reader), 0);
	ck_assert_int_eq(need, NEED_TURN);
	take_all(true);
	ck_assert(reader->in_file);
	stream_reply(reader);
	ck_assert_int_eq(await(), NEED_NOTHING);
	close(pidfd);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSEGV);
	ck_assert_uint_eq(ends_recover(reader), 8);
	ck_assert_uint_eq(stream_peek(reader, false)->kind, RECORD_OUT);
	ck_assert_int_eq(stream_payload(reader, &bytes, &nbytes), 0);
	ck_assert_uint_eq(nbytes, 5);
	ck_assert_mem_eq(bytes, "eight", 5);
	stream_consume(reader, nbytes);
	ck_assert_uint_eq(stream_peek(reader, false)->kind, RECORD_DONE);
	stream_consume(reader, 0);
	close_ends();
}
END_TEST

/* ---- what spans come to ---- */

/* a span of one job, nbytes bytes, and so many that it comes to */
static void
write_combined(struct stream_writer *writer, uint64_t job, size_t nbytes,
	       size_t npartial)
{
	size_t room;
	unsigned char *place = stream_place(writer, &room);

	ck_assert_uint_ge(room, nbytes);
	stream_span_open(writer, job);
	memset(place, 'x', nbytes);
	stream_span_commit(writer, 1, nbytes);
	place = stream_span_behind(writer, nbytes, &room);
	ck_assert_ptr_nonnull(place);
	ck_assert_uint_ge(room, npartial);
	memset(place, (int)('a' + job % 20), npartial);
	stream_span_close(writer, job, 1, nbytes, npartial);
}

/* all of it, and no byte of the span */
static void
take_combined(uint64_t job, size_t npartial)
{
	const struct record *record = stream_peek(reader, false);
	const unsigned char *bytes;
	size_t nbytes;

	ck_assert_ptr_nonnull(record);
	ck_assert_uint_eq(record->kind, RECORD_PARTIAL);
	ck_assert_uint_eq(record->job, job);
	for (; npartial > 0; npartial -= nbytes) {
		ck_assert_ptr_nonnull(stream_peek(reader, false));
		ck_assert_int_eq(stream_payload(reader, &bytes, &nbytes), 0);
		ck_assert_uint_gt(nbytes, 0);
		ck_assert_uint_le(nbytes, npartial);
		for (size_t i = 0; i < nbytes; i++)
			ck_assert_uint_eq(bytes[i], 'a' + job % 20);
		stream_consume(reader, nbytes);
	}
	ck_assert_uint_eq(stream_peek(reader, false)->kind, RECORD_DONE);
	stream_consume(reader, 0);
}

START_TEST(what_a_span_comes_to_is_taken_in_its_place)
{
	struct stream_writer writer;

	ends_open(&board, &consumer, 2000);
	ends_writer_open(&writer, &board);
	for (uint64_t job = 1; job <= 3000; job++) {
		size_t nbytes = 1 + job * 7 % 3000, npartial = 1 + job % 900;

		write_combined(&writer, job, nbytes, npartial);
		take_combined(job, npartial);
	}
	ends_writer_close(&writer);
	close_ends();
}
END_TEST

static bool is_refused; /* the file takes no more */

static void
combine_in_file(struct stream_writer *writer)
{
	struct rlimit none = { 0, 0 };

	write_jobs(writer, 1, 7);
	ck_assert(writer->in_file);
	if (is_refused) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &none);
	}
	write_combined(writer, 8, 5000, 700);
}

START_TEST(it_is_in_the_file_and_on_the_way_back)
{
	enum stream_need need;

	is_refused = _i;
	ends_open(&board, &consumer, 3000000);
	start(combine_in_file);
	while ((need = await()) == NEED_ROOM)
		ck_assert_int_eq(stream_spill(reader), 0);
	ck_assert_int_eq(need, is_refused ? NEED_TURN : NEED_NOTHING);
	while (consumer.job < 8)
		ck_assert(ends_take(&consumer, true));
	if (is_refused)
		stream_reply(reader);
	finish();
	ck_assert(reader->in_file);
	take_combined(8, 700);
	ck_assert(reader->in_file == !is_refused);
	close_ends();
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *in_ring = unit_case(suite, "ring");
	TCase *in_file = unit_case(suite, "file");
	TCase *death = unit_case(suite, "death");

	tcase_add_test(in_ring, jobs_come_out_as_they_went_in);
	tcase_add_test(in_ring, a_running_job_shows_only_with_the_turn);
	tcase_add_test(in_ring, a_full_ring_stops_the_writer);
	tcase_add_test(in_ring, what_a_span_comes_to_is_taken_in_its_place);
	tcase_add_test(in_file, the_stream_goes_to_the_file_and_back);
	tcase_add_test(in_file, a_file_part_without_a_record_never_was);
	tcase_add_loop_test(
		in_file, a_writer_whose_file_is_full_waits_for_its_turn, 0, 3);
	tcase_add_test(in_file, without_a_file_the_ring_has_to_do);
	tcase_add_loop_test(in_file, it_is_in_the_file_and_on_the_way_back, 0,
			    2);
	tcase_add_loop_test(death, what_the_dead_did_not_commit_is_cut, 0,
			    WAYS_TO_DIE);
	tcase_add_loop_test(death, what_is_committed_in_the_file_stays, 0, 2);
	tcase_add_loop_test(death, a_file_part_that_is_cut_never_was, 0, 2);
	tcase_add_test(death, a_span_that_the_file_refused_is_not_lost);
}
