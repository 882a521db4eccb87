#include <config.h>

#include "engine/stream.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "base/futex.h"
#include "engine/spill.h"

/* The master's end of a stream. The protocol and its invariants stand in
 * stream.h. */

/* as soon as this much of the file is consumed its blocks are given back */
#define PUNCH_SIZE ((uint64_t)8 << 20)

static_assert(sizeof(struct record) == 16, "records are aligned to 16");

void
stream_init(struct area *area)
{
	atomic_init(&area->file_from, STREAM_FILE_NEVER);
}

void
stream_reader_init(struct stream_reader *reader, const struct board *board,
		   unsigned rank)
{
	*reader = (struct stream_reader){ .board = board,
					  .area = board_area(board, rank),
					  .ring = board_ring(board, rank),
					  .draft = board_draft(board, rank),
					  .ring_size = board->ring_size,
					  .span_kind = stream_span_kind(board),
					  .file_fd = -1 };
}

void
stream_reader_release(struct stream_reader *reader)
{
	if (reader->file_fd >= 0)
		close(reader->file_fd);
	reader->file_fd = -1;
}

/* where the records end that may be consumed */
static uint64_t
limit_of(const struct stream_reader *reader, bool is_turn)
{
	/* A1 (acquire, pairs R1 in publish_tail and R3 in stream_finish) */
	return atomic_load_explicit(is_turn ? &reader->area->tail
					    : &reader->area->done,
				    memory_order_acquire);
}

/* find out which part of the stream position lies in; what decides it was
 * stored before the tail that passed position */
static void
find_part(struct stream_reader *reader)
{
	_Atomic uint64_t *from = reader->in_file ? &reader->area->ring_from
						 : &reader->area->file_from;

	/* relaxed: ordered by A1 */
	if (atomic_load_explicit(from, memory_order_relaxed) !=
	    reader->position)
		return;
	reader->in_file = !reader->in_file;
	reader->part_from = reader->position;
	reader->punched = 0;
}

static void
load_record(struct stream_reader *reader)
{
	uint64_t at;

	find_part(reader);
	at = reader->position - reader->part_from;
	if (!reader->in_file)
		memcpy(&reader->record,
		       reader->ring + (at & (reader->ring_size - 1)),
		       sizeof(reader->record));
	else
		reader->error = spill_read(reader->file_fd, &reader->record,
					   sizeof(reader->record), at);
	if (reader->error)
		return;
	reader->is_loaded = true;
	reader->consumed = stream_passed_over(&reader->record);
}

const struct record *
stream_peek(struct stream_reader *reader, bool is_turn)
{
	/* a limit below the position: the turn has been taken from the job */
	if (reader->position >= limit_of(reader, is_turn))
		return NULL;
	if (!reader->is_loaded)
		load_record(reader);
	return reader->is_loaded ? &reader->record : NULL;
}

uint64_t
stream_next_job(struct stream_reader *reader)
{
	const struct record *record = stream_peek(reader, true);

	return record ? record->job : 0;
}

int
stream_payload(struct stream_reader *reader, const unsigned char **bytes,
	       size_t *nbytes)
{
	static unsigned char buffer[STREAM_PAYLOAD_MAX];
	uint64_t at =
		reader->position + sizeof(struct record) - reader->part_from;

	*nbytes = stream_payload_of(&reader->record) - reader->consumed;
	if (reader->in_file) {
		/* the buffer is shared by all streams, so it is filled anew for
		 * each call; what was consumed of it is not read again */
		*bytes = buffer;
		reader->error = spill_read(reader->file_fd, buffer, *nbytes,
					   at + reader->consumed);
		return reader->error;
	}
	at = (at + reader->consumed) & (reader->ring_size - 1);
	*bytes = reader->ring + at;
	if (*nbytes > reader->ring_size - at)
		*nbytes = (size_t)(reader->ring_size - at);
	return 0;
}

static void
note_done(struct stream_reader *reader)
{
	if (reader->record.kind == RECORD_DONE)
		reader->last_done =
			reader->record.job + reader->record.count - 1;
}

void
stream_consume(struct stream_reader *reader, size_t nbytes)
{
	uint64_t at;

	reader->consumed += (uint32_t)nbytes;
	if (reader->consumed < stream_payload_of(&reader->record))
		return;
	note_done(reader);
	reader->position += stream_record_size(&reader->record);
	reader->is_loaded = false;
	at = reader->position - reader->part_from;
	if (reader->in_file && at - reader->punched >= PUNCH_SIZE) {
		spill_punch(reader->file_fd, at);
		reader->punched = at;
	}
	/* R2 (release, pairs A2 in head_of): we have read it */
	atomic_store_explicit(&reader->area->head, reader->position,
			      memory_order_release);
}

uint64_t
stream_unread(const struct stream_reader *reader)
{
	return limit_of(reader, true) - reader->position;
}

bool
stream_is_in_file(struct stream_reader *reader)
{
	/* what stands at position is there, so its part is known */
	if (!reader->is_loaded && stream_unread(reader) > 0)
		find_part(reader);
	return reader->in_file;
}

enum stream_need
stream_need(const struct stream_reader *reader)
{
	return (enum stream_need)atomic_load_explicit(&reader->area->need,
						      memory_order_relaxed);
}

void
stream_reply(struct stream_reader *reader)
{
	struct area *area = reader->area;

	/* relaxed: what the slave is to see was released before, and it looks
	 * again when reply has changed */
	atomic_store_explicit(&area->need, NEED_NOTHING, memory_order_relaxed);
	atomic_fetch_add_explicit(&area->reply, 1, memory_order_release);
	futex_wake(&area->reply, 1);
}

int
stream_spill(struct stream_reader *reader)
{
	struct area *area = reader->area;

	/* relaxed: a refusal that is seen late costs one more round */
	if (atomic_load_explicit(&area->no_spill, memory_order_relaxed))
		return -EACCES;
	if (reader->file_fd < 0)
		reader->file_fd = spill_create();
	if (reader->file_fd < 0)
		return reader->file_fd;
	atomic_store_explicit(&area->spill_fd, (uint32_t)reader->file_fd + 1,
			      memory_order_relaxed);
	/* release: pairs the exchange in wait_for */
	atomic_store_explicit(&area->spill_go, 1, memory_order_release);
	stream_reply(reader);
	return 0;
}

/* a record of the dead slave's, whose payload is where it left it, at the end
 * of its stream */
static int
append_dead(struct stream_reader *reader, const struct record *record)
{
	struct area *area = reader->area;
	/* relaxed: the writer is dead, we are it now */
	uint64_t tail = atomic_load_explicit(&area->tail, memory_order_relaxed);
	uint64_t file_from =
		atomic_load_explicit(&area->file_from, memory_order_relaxed);
	uint64_t ring_from =
		atomic_load_explicit(&area->ring_from, memory_order_relaxed);
	uint64_t size = stream_record_size(record);
	int error = 0;

	if (file_from != STREAM_FILE_NEVER && file_from > ring_from) {
		memcpy(reader->draft, record, sizeof(*record));
		error = spill_write(reader->file_fd, reader->draft,
				    (size_t)size, tail - file_from);
	} else {
		memcpy(reader->ring +
			       ((tail - ring_from) & (reader->ring_size - 1)),
		       record, sizeof(*record));
	}
	if (error)
		return error;
	tail += size;
	atomic_store_explicit(&area->tail, tail, memory_order_relaxed);
	atomic_store_explicit(&area->done, tail, memory_order_relaxed);
	return 0;
}

int
stream_finish_dead(struct stream_reader *reader, uint64_t first, uint32_t count,
		   unsigned status)
{
	struct record record = { .job = first,
				 .count = count,
				 .kind = RECORD_DONE,
				 .status = (uint16_t)status };
	int error;

	error = append_dead(reader, &record);
	if (!error)
		board_count_ends(reader->board, count, status);
	return error;
}

/* the span that was open, if there was one; see I6. has_out: its bytes are in
 * the stream already. */
static int
close_dead_span(struct stream_reader *reader, bool has_out, uint64_t *last_done)
{
	struct area *area = reader->area;
	uint64_t span = atomic_load_explicit(&area->span, memory_order_relaxed);
	uint64_t first =
		atomic_load_explicit(&area->span_first, memory_order_relaxed);
	uint32_t count = (uint32_t)(span >> 32);
	struct record record = { .job = first,
				 .nbytes = (uint32_t)span,
				 .kind = (uint16_t)reader->span_kind };
	int error = 0;

	atomic_store_explicit(&area->span, 0, memory_order_relaxed);
	if (count == 0 || first <= *last_done)
		return 0;
	if (record.nbytes > 0 && !has_out)
		error = append_dead(reader, &record);
	if (!error)
		error = stream_finish_dead(reader, first, count, 0);
	if (!error)
		*last_done = first + count - 1;
	return error;
}

int
stream_recover(struct stream_reader *reader, uint64_t *last_done)
{
	struct area *area = reader->area;
	struct stream_reader ahead = *reader;
	uint64_t done, end, file_from;

	/* relaxed and acquire alike: the writer is dead, and we learnt of that
	 * through the kernel */
	done = atomic_load_explicit(&area->done, memory_order_acquire);
	while (ahead.position < done && stream_peek(&ahead, false)) {
		/* not stream_consume, which would tell the slave */
		note_done(&ahead);
		ahead.position += stream_record_size(&ahead.record);
		ahead.is_loaded = false;
	}
	/* a record that is half out is let out whole; one that was only looked
	 * at is not */
	end = reader->position;
	if (reader->is_loaded &&
	    reader->consumed > stream_passed_over(&reader->record))
		end += stream_record_size(&reader->record);
	else
		reader->is_loaded = false;
	if (end < done)
		end = done;
	/* A file part that begins beyond the end did not happen. One that
	 * begins at the end did: the ring before it may be full. */
	file_from =
		atomic_load_explicit(&area->file_from, memory_order_relaxed);
	if (file_from > end)
		atomic_store_explicit(&area->file_from, STREAM_FILE_NEVER,
				      memory_order_relaxed);
	atomic_store_explicit(&area->tail, end, memory_order_relaxed);
	atomic_store_explicit(&area->done, end, memory_order_relaxed);
	atomic_store_explicit(&area->need, NEED_NOTHING, memory_order_relaxed);
	atomic_store_explicit(&area->spill_go, 0, memory_order_relaxed);
	*last_done = ahead.last_done;
	return close_dead_span(reader, end > done, last_done);
}
