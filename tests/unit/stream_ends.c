/* Both ends of a stream for tests; see stream_ends.h. */
#include <config.h>

#include "stream_ends.h"

#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void
ends_open(struct board *board, struct consumer *consumer, size_t size_max)
{
	ck_assert_int_eq(board_init(board,
				    &(struct board_setting){
					    .nslaves = 2,
					    .arena_size = BOARD_ARENA_SIZE,
					    .text_size = BOARD_TEXT_SIZE }),
			 0);
	board->header->jobs.master = getpid();
	stream_init(board_area(board, 0));
	*consumer = (struct consumer){ .size_max = size_max, .job = 1 };
	stream_reader_init(&consumer->reader, board, 0);
}

void
ends_close(struct board *board, struct consumer *consumer)
{
	stream_reader_release(&consumer->reader);
	board_release(board);
}

uint64_t
ends_recover(struct stream_reader *reader)
{
	uint64_t last_done;

	ck_assert_int_eq(stream_recover(reader, &last_done), 0);
	return last_done;
}

void
ends_writer_open(struct stream_writer *writer, const struct board *board)
{
	/* not ck_assert(), which would mix the messages of a child that is
	 * killed with ours */
	if (stream_writer_init(writer, board, 0) < 0)
		ck_abort_msg("no writer");
}

void
ends_writer_close(struct stream_writer *writer)
{
	stream_writer_release(writer);
}

static uint64_t
mix(uint64_t number)
{
	number = (number + 1) * 0x9e3779b97f4a7c15u;
	return number ^ number >> 29;
}

size_t
ends_job_size(uint64_t job, size_t size_max)
{
	uint64_t random = mix(job);

	/* few are long */
	return (size_t)(random % (size_max + 1)) >> (random >> 40 & 7);
}

unsigned
ends_job_status(uint64_t job)
{
	return (unsigned)(job * 7 % 100);
}

static unsigned char
byte_of(uint64_t job, uint64_t at)
{
	return (unsigned char)(job * 131 + at * 7 + (at >> 8) * 3);
}

static enum record_kind
kind_of(uint64_t job)
{
	return job % 3 ? RECORD_OUT : RECORD_ERR;
}

void
ends_write(struct stream_writer *writer, uint64_t job, size_t from, size_t to)
{
	while (from < to) {
		size_t room;
		unsigned char *place = stream_place(writer, &room);
		size_t nbytes = to - from;

		if (nbytes > room)
			nbytes = room;
		/* often all there is room for */
		if (mix(job + from) % 4 == 0)
			nbytes = 1 + mix(job * from) % nbytes;
		for (size_t i = 0; i < nbytes; i++)
			place[i] = byte_of(job, from + i);
		stream_append(writer, kind_of(job), job, nbytes);
		stream_tell(writer, job, NEWS_PIECE);
		from += nbytes;
	}
}

void
ends_write_job(struct stream_writer *writer, uint64_t job, size_t size_max)
{
	size_t nbytes = ends_job_size(job, size_max), room;

	/* also a job that prints nothing needs room for its end */
	stream_place(writer, &room);
	ends_write(writer, job, 0, nbytes);
	stream_finish(writer, job, 1, ends_job_status(job));
	stream_tell(writer, job, nbytes > 0 ? NEWS_RESULT : NEWS_END);
}

static void
take_end(struct consumer *consumer)
{
	unsigned status = consumer->reader.record.status;

	consumer->nwrong +=
		status != DEAD_STATUS &&
		(status != ends_job_status(consumer->job) ||
		 consumer->nbytes !=
			 ends_job_size(consumer->job, consumer->size_max));
	consumer->ndead += status == DEAD_STATUS;
	consumer->last_status = status;
	consumer->last_bytes = consumer->nbytes;
	consumer->job++;
	consumer->nbytes = 0;
	stream_consume(&consumer->reader, 0);
}

bool
ends_take(struct consumer *consumer, bool is_turn)
{
	struct stream_reader *reader = &consumer->reader;
	bool was_in_file = reader->in_file;
	const struct record *record = stream_peek(reader, is_turn);
	const unsigned char *bytes;
	size_t nbytes;

	ck_assert_msg(reader->error == 0, "the file could not be read");
	if (!record)
		return false;
	consumer->nchanges += reader->in_file != was_in_file;
	consumer->nwrong += record->job != consumer->job;
	if (record->kind == RECORD_DONE) {
		take_end(consumer);
		return true;
	}
	consumer->nwrong += record->kind != kind_of(record->job);
	if (stream_payload(reader, &bytes, &nbytes) < 0 || nbytes == 0)
		ck_abort_msg("a record without its payload");
	if (consumer->nbytes % 5 == 0)
		nbytes = (nbytes + 1) / 2;
	for (size_t i = 0; i < nbytes; i++)
		if (bytes[i] != byte_of(record->job, consumer->nbytes + i)) {
			consumer->nwrong++;
			break;
		}
	consumer->nbytes += nbytes;
	stream_consume(reader, nbytes);
	return true;
}

enum stream_need
ends_await(const struct board *board, const struct consumer *consumer,
	   int pidfd)
{
	struct pollfd polls[] = { { .fd = board->bell_fd, .events = POLLIN },
				  { .fd = pidfd, .events = POLLIN } };

	for (;;) {
		enum stream_need need;

		atomic_thread_fence(memory_order_seq_cst); /* F2 */
		need = stream_need(&consumer->reader);
		if (need != NEED_NOTHING || polls[1].revents)
			return need;
		poll(polls, 2, -1);
		board_bell_disarm(board);
	}
}
