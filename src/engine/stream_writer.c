#include <config.h>

#include "engine/stream.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/futex.h"
#include "engine/spill.h"

/* The slave's end of a stream. The protocol and its invariants stand in
 * stream.h. */

/* our own descriptor of the file that the master made for this stream */
static void
open_file(struct stream_writer *writer)
{
	/* relaxed: stored before the fork, or before spill_go, whose exchange
	 * acquired it */
	uint32_t fd = atomic_load_explicit(&writer->area->spill_fd,
					   memory_order_relaxed);

	if (writer->file_fd < 0 && fd)
		writer->file_fd = spill_open(writer->board->header->jobs.master,
					     (int)fd - 1);
}

int
stream_writer_init(struct stream_writer *writer, const struct board *board,
		   unsigned rank)
{
	struct area *area = board_area(board, rank);
	uint64_t ring_from, file_from;

	*writer = (struct stream_writer){ .board = board,
					  .area = area,
					  .file_fd = -1 };
	writer->ring =
		board_mirror(board, board_ring(board, rank), board->ring_size);
	if (!writer->ring)
		return -errno;
	writer->draft = board_draft(board, rank);
	/* relaxed: written by this process's predecessor, which is dead, or by
	 * the master before the fork */
	writer->tail = atomic_load_explicit(&area->tail, memory_order_relaxed);
	ring_from =
		atomic_load_explicit(&area->ring_from, memory_order_relaxed);
	file_from =
		atomic_load_explicit(&area->file_from, memory_order_relaxed);
	writer->in_file =
		file_from != STREAM_FILE_NEVER && file_from > ring_from;
	writer->part_from = writer->in_file ? file_from : ring_from;
	/* without it, writing fails and so waits for its turn */
	if (writer->in_file)
		open_file(writer);
	return 0;
}

void
stream_writer_release(struct stream_writer *writer)
{
	if (writer->file_fd >= 0)
		close(writer->file_fd);
	munmap(writer->ring, 2 * writer->board->ring_size);
}

static uint64_t
head_of(const struct stream_writer *writer)
{
	/* A2 (acquire, pairs R2 in stream_consume): the master has read what we
	 * are about to overwrite */
	return atomic_load_explicit(&writer->area->head, memory_order_acquire);
}

uint64_t
stream_backlog(const struct stream_writer *writer)
{
	return writer->tail - head_of(writer);
}

/* payload bytes that fit into the ring beside the reserve; 0 if hardly any */
static size_t
ring_room(const struct stream_writer *writer)
{
	uint64_t head = head_of(writer);
	uint64_t from = head > writer->part_from ? head : writer->part_from;
	uint64_t used = writer->tail - from;
	uint64_t kept = used + sizeof(struct record) + STREAM_RESERVE;
	size_t least = STREAM_PAYLOAD_MAX / 8;

	if (kept + least > writer->board->ring_size)
		return 0;
	if (writer->board->ring_size - kept > STREAM_PAYLOAD_MAX)
		return STREAM_PAYLOAD_MAX;
	return (size_t)(writer->board->ring_size - kept);
}

static unsigned char *
ring_at(const struct stream_writer *writer, uint64_t position)
{
	return writer->ring + ((position - writer->part_from) &
			       (writer->board->ring_size - 1));
}

/* of a stream in the file, which is consumed: where it would go on in the ring
 */
static unsigned char *
back_in_ring(const struct stream_writer *writer)
{
	uint64_t from = writer->tail;

	/* relaxed: our own word */
	if (writer->tail == writer->part_from)
		from = atomic_load_explicit(&writer->area->ring_from,
					    memory_order_relaxed);
	return writer->ring +
	       ((writer->tail - from) & (writer->board->ring_size - 1));
}

static void
enter_ring(struct stream_writer *writer)
{
	/* it is all consumed, so nobody reads it; a failure costs disk only */
	if (ftruncate(writer->file_fd, 0) < 0)
		errno = 0;
	writer->in_file = false;
	if (writer->tail == writer->part_from) {
		/* no record went to the file: that part never was, and the
		 * reader must not find file_from where the ring goes on */
		writer->part_from = atomic_load_explicit(
			&writer->area->ring_from, memory_order_relaxed);
		/* release: as below */
		atomic_store_explicit(&writer->area->file_from,
				      STREAM_FILE_NEVER, memory_order_release);
		return;
	}
	writer->part_from = writer->tail;
	/* The next store of tail releases it to who reads (R1); this release is
	 * for who finds us dead: bytes of a span that were moved are there.
	 * file_from stays: it is below ring_from now, and so is not looked at.
	 */
	atomic_store_explicit(&writer->area->ring_from, writer->tail,
			      memory_order_release);
}

static bool
enter_file(struct stream_writer *writer)
{
	open_file(writer);
	if (writer->file_fd < 0) {
		atomic_store_explicit(&writer->area->no_spill, 1,
				      memory_order_relaxed);
		return false;
	}
	writer->in_file = true;
	writer->part_from = writer->tail;
	atomic_store_explicit(&writer->area->file_from, writer->tail,
			      memory_order_relaxed);
	return true;
}

/* whether the master has nothing of us left to read */
static bool
is_drained(const struct stream_writer *writer)
{
	return stream_backlog(writer) == 0;
}

/* the sink is the bottleneck, not the order: to write on would only move the
 * reader's input to our disk */
static bool
is_held_back(const struct stream_writer *writer)
{
	return atomic_load_explicit(&writer->board->header->sink_busy,
				    memory_order_relaxed) &&
	       stream_backlog(writer) > writer->board->ring_size;
}

static bool
can_go_on(const struct stream_writer *writer, enum stream_need need)
{
	if (need == NEED_TURN)
		return is_drained(writer);
	if (writer->in_file)
		return is_drained(writer) || !is_held_back(writer);
	return ring_room(writer) > 0;
}

/* The run is being ended and the reader of the output takes nothing: its jobs
 * should be able to end. The master replies whenever this may have become so.
 * (One that is halted waits for its reader: what is dropped here has no end,
 * either, and all that is finished would wait for that end.) */
static bool
is_hopeless(const struct stream_writer *writer)
{
	return board_is_stopped(writer->board, STOP_RESULTS) &&
	       atomic_load_explicit(&writer->board->header->sink_busy,
				    memory_order_relaxed);
}

/* sleep until can_go_on() or is_hopeless(), or until the stream was moved to a
 * file */
static void
wait_for(struct stream_writer *writer, enum stream_need need)
{
	struct area *area = writer->area;

	while (!can_go_on(writer, need) && !is_hopeless(writer)) {
		/* acquire: pairs the release in stream_reply, and keeps need
		 * from being stored before, where that reply would undo it */
		uint32_t seen = atomic_load_explicit(&area->reply,
						     memory_order_acquire);

		atomic_store_explicit(&area->need, (uint32_t)need,
				      memory_order_relaxed);
		/* F1 (pairs F2 in stream_need) */
		atomic_thread_fence(memory_order_seq_cst);
		if (!can_go_on(writer, need) && !is_hopeless(writer)) {
			board_ring_loudly(writer->board);
			futex_wait(&area->reply, seen, NULL);
		}
		/* acquire: pairs the release in stream_spill */
		if (atomic_exchange_explicit(&area->spill_go, 0,
					     memory_order_acquire) &&
		    !writer->in_file && enter_file(writer))
			break;
	}
	atomic_store_explicit(&area->need, NEED_NOTHING, memory_order_relaxed);
}

unsigned char *
stream_place(struct stream_writer *writer, size_t *room)
{
	for (;;) {
		if (writer->in_file && is_drained(writer))
			enter_ring(writer);
		if (!writer->in_file) {
			*room = ring_room(writer);
			if (*room > 0)
				return ring_at(writer, writer->tail) +
				       sizeof(struct record);
		} else if (!is_held_back(writer)) {
			*room = STREAM_PAYLOAD_MAX;
			return writer->draft + sizeof(struct record);
		}
		if (is_hopeless(writer)) {
			writer->is_discarding = true;
			*room = STREAM_PAYLOAD_MAX;
			return writer->draft + sizeof(struct record);
		}
		wait_for(writer, NEED_ROOM);
	}
}

static void
publish_tail(struct stream_writer *writer, uint64_t size)
{
	writer->tail += size;
	/* R1 (release, pairs A1 in limit_of): record, ring_from and file_from
	 * are there before tail passes them */
	atomic_store_explicit(&writer->area->tail, writer->tail,
			      memory_order_release);
}

/* Append a record that was built at writer->draft. When the file takes no
 * more, wait until the master has read everything and go on in the ring. */
static void
append_to_file(struct stream_writer *writer, const struct record *record)
{
	uint64_t size = stream_record_size(record);

	memcpy(writer->draft, record, sizeof(*record));
	if (spill_write(writer->file_fd, writer->draft, (size_t)size,
			writer->tail - writer->part_from) < 0) {
		wait_for(writer, NEED_TURN);
		writer->is_discarding = !is_drained(writer);
		if (writer->is_discarding)
			return;
		/* the bytes first: if we die, they are looked for where
		 * ring_from and file_from say that the stream goes on */
		memcpy(back_in_ring(writer), writer->draft, (size_t)size);
		enter_ring(writer);
	}
	publish_tail(writer, size);
}

static void
append(struct stream_writer *writer, const struct record *record)
{
	if (writer->is_discarding)
		return;
	if (writer->in_file) {
		append_to_file(writer, record);
		return;
	}
	memcpy(ring_at(writer, writer->tail), record, sizeof(*record));
	publish_tail(writer, stream_record_size(record));
}

void
stream_append(struct stream_writer *writer, enum record_kind kind, uint64_t job,
	      size_t nbytes)
{
	struct record record = { .job = job,
				 .nbytes = (uint32_t)nbytes,
				 .kind = (uint16_t)kind };

	assert(nbytes > 0 && nbytes <= STREAM_PAYLOAD_MAX);
	append(writer, &record);
}

void
stream_finish(struct stream_writer *writer, uint64_t first, uint32_t count,
	      unsigned status)
{
	struct record record = { .job = first,
				 .count = count,
				 .kind = RECORD_DONE,
				 .status = (uint16_t)status };

	if (writer->is_discarding)
		return;
	append(writer, &record);
	/* R3 (release, pairs A1 in limit_of): the commit point */
	atomic_store_explicit(&writer->area->done, writer->tail,
			      memory_order_release);
	board_count_ends(writer->board, count, status);
}

void
stream_span_open(struct stream_writer *writer, uint64_t first)
{
	/* relaxed, like all of a span: read when we are dead. Release keeps the
	 * compiler from moving it up. */
	atomic_store_explicit(&writer->area->span_first,
			      writer->is_discarding ? 0 : first,
			      memory_order_release);
}

/* where a partial begins that stands behind so many bytes */
static size_t
partial_at(size_t nbytes)
{
	return (nbytes + 15) / 16 * 16;
}

unsigned char *
stream_span_behind(const struct stream_writer *writer, size_t nbytes,
		   size_t *room)
{
	unsigned char *place =
		writer->in_file ? writer->draft : ring_at(writer, writer->tail);
	size_t at = partial_at(nbytes);

	/* no less than when the span was opened: head only grows */
	*room = writer->in_file ? STREAM_PAYLOAD_MAX : ring_room(writer);
	if (writer->is_discarding || *room <= at)
		return NULL;
	*room -= at;
	return place + sizeof(struct record) + at;
}

void
stream_span_close(struct stream_writer *writer, uint64_t first, uint32_t count,
		  size_t nbytes, size_t npartial)
{
	size_t at = partial_at(nbytes);
	struct record record = { .job = first,
				 .nbytes = (uint32_t)(at + npartial),
				 .kind = RECORD_PARTIAL,
				 .status = (uint16_t)(at / 16) };

	if (npartial > 0)
		append(writer, &record);
	else if (nbytes > 0)
		stream_append(writer, stream_span_kind(writer->board), first,
			      nbytes);
	stream_finish(writer, first, count, 0);
	/* release: not before done */
	atomic_store_explicit(&writer->area->span, 0, memory_order_release);
}

void
stream_tell(const struct stream_writer *writer, uint64_t job,
	    enum stream_news news)
{
	const struct board_header *header = writer->board->header;
	bool is_ordered = header->jobs.ordered;
	bool is_sure =
		news == NEWS_FAILURE || (news == NEWS_RESULT && !is_ordered);
	uint64_t turn;

	if (!is_sure &&
	    stream_backlog(writer) <= writer->board->ring_size / 2) {
		/* F8 (pairs F4 in board_bell_arm, before which the master has
		 * stored turn): it sees our tail, or we see its turn */
		atomic_thread_fence(memory_order_seq_cst);
		turn = atomic_load_explicit(&header->turn,
					    memory_order_relaxed);
		if (turn != job && (turn || !is_ordered || news == NEWS_END))
			return;
	}
	board_ring_bell(writer->board);
}

void
stream_drain(const struct stream_writer *writer)
{
	struct timespec pause = { .tv_nsec = 20000 };

	while (!is_drained(writer) && !is_hopeless(writer)) {
		board_ring_bell(writer->board);
		nanosleep(&pause, NULL);
	}
}
