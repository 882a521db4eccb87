#include <config.h>

#include "engine/results.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "engine/combine_command.h"
#include "engine/sink.h"
#include "engine/window.h"

/* Releasing results; see results.h. */

enum release {
	RELEASE_FULL,	  /* the sink takes no more now */
	RELEASE_SLOW,	  /* nor does the process of this slave (--combine) */
	RELEASE_EMPTY,	  /* the stream has no more now */
	RELEASE_FINISHED, /* up to the end of a job */
};

int
results_init(struct results *results, const struct plan *plan,
	     const struct board *board, struct reduce *reduce)
{
	unsigned n = board->nslaves;

	*results = (struct results){
		.plan = plan, .board = board, .reduce = reduce, .current = -1
	};
	results->readers = calloc(n, sizeof(*results->readers));
	results->heads = calloc(n, sizeof(*results->heads));
	if (!results->readers || !results->heads) {
		results_release(results);
		return -ENOMEM;
	}
	for (unsigned rank = 0; rank < n; rank++) {
		stream_init(board_area(board, rank));
		stream_reader_init(&results->readers[rank], board, rank);
	}
	if (plan->ordered)
		results->turn = 1;
	return 0;
}

void
results_release(struct results *results)
{
	for (unsigned i = 0; results->readers && i < results->board->nslaves;
	     i++)
		stream_reader_release(&results->readers[i]);
	free(results->readers);
	free(results->heads);
	results->readers = NULL;
	results->heads = NULL;
}

/* Slaves learn who has the turn; in order only while something waits for it.
 * True if it was news. */
static bool
tell_turn(const struct results *results, bool is_waited_for)
{
	_Atomic uint64_t *told = &results->board->header->turn;
	uint64_t turn = is_waited_for ? results->turn : 0;

	if (atomic_load_explicit(told, memory_order_relaxed) == turn)
		return false;
	/* relaxed: a slave that sees it late does not ring, but then we look at
	 * its stream once more behind a fence before we sleep (F4, F8) */
	atomic_store_explicit(told, turn, memory_order_relaxed);
	return true;
}

/* whether a stream has something that is not released */
static bool
has_unreleased(const struct results *results)
{
	for (unsigned rank = 0; rank < results->board->nslaves; rank++)
		if (results->heads[rank])
			return true;
	return false;
}

/* a diagnostic in its job's turn; small enough to be taken whole or not */
static bool
put_note(struct stream_reader *reader)
{
	const unsigned char *bytes;
	char line[2048];
	size_t nbytes, used = 0;

	used = (size_t)snprintf(line, sizeof(line), "shmmap: ");
	while (reader->consumed < stream_payload_of(&reader->record)) {
		if (stream_payload(reader, &bytes, &nbytes) < 0)
			return false;
		if (nbytes > sizeof(line) - 1 - used)
			nbytes = sizeof(line) - 1 - used;
		if (nbytes == 0)
			break;
		memcpy(line + used, bytes, nbytes);
		used += nbytes;
		reader->consumed += (uint32_t)nbytes;
	}
	line[used++] = '\n';
	reader->consumed = 0;
	if (sink_put(SINK_ERR, line, used) == 0)
		return false;
	stream_consume(reader, stream_payload_of(&reader->record));
	return true;
}

/* give bytes of the record to where they go; returns how many were taken */
static size_t
put_bytes(struct results *results, const struct stream_reader *reader,
	  const unsigned char *bytes, size_t nbytes)
{
	bool is_error = reader->record.kind == RECORD_ERR;

	if (combine_command_is_on() && !is_error)
		return combine_command_put(
			(unsigned)(reader - results->readers), bytes, nbytes);
	if (results->reduce->is_on && !is_error)
		return reduce_take(results->reduce, &reader->record,
				   reader->consumed, bytes, nbytes);
	return sink_put(is_error ? SINK_ERR : SINK_OUT, bytes, nbytes);
}

/* output of a job; false if not all of the record could be given */
static bool
put_payload(struct results *results, struct stream_reader *reader)
{
	const unsigned char *bytes;
	uint64_t position = reader->position;
	size_t nbytes, taken;

	do {
		if (stream_payload(reader, &bytes, &nbytes) < 0)
			return false;
		taken = put_bytes(results, reader, bytes, nbytes);
		if (taken > 0)
			stream_consume(reader, taken);
		if (taken < nbytes)
			return false;
	} while (reader->position == position);
	return true;
}

static void
finish(struct results *results, struct stream_reader *reader)
{
	if (reader->record.status && reader->record.status != STATUS_HALTED &&
	    !results->status)
		results->status = reader->record.status;
	results->finished += reader->record.count;
	stream_consume(reader, 0);
}

/* The record could not be given. Where only the process of its slave holds it
 * up, others may come before the rest of the job, unless some of its standard
 * error was printed. */
static enum release
hold(struct results *results, const struct stream_reader *reader)
{
	results->error = reader->error;
	if (!combine_command_is_on() || reader->record.kind == RECORD_ERR ||
	    reader->record.kind == RECORD_NOTE || results->has_errors)
		return RELEASE_FULL;
	results->current = -1;
	return RELEASE_SLOW;
}

/* the result of a job is released, up to its end */
static bool
end_job(struct results *results, const struct record *record)
{
	results->has_errors = false;
	return !results->reduce->is_on || combine_command_is_on() ||
	       reduce_end_job(results->reduce, record);
}

/* release one job of the stream, or what there is of it */
static enum release
release_job(struct results *results, unsigned rank, bool *is_progress)
{
	struct stream_reader *reader = &results->readers[rank];
	const struct record *record;

	for (;;) {
		record = stream_peek(reader, results->turn != 0 &&
						     results->heads[rank] ==
							     results->turn);
		if (!record) {
			results->error = reader->error;
			return RELEASE_EMPTY;
		}
		results->heads[rank] = record->job;
		results->current = (int)rank;
		if (record->kind == RECORD_DONE)
			break;
		results->has_errors |= record->kind == RECORD_ERR;
		if (record->kind == RECORD_NOTE ? !put_note(reader)
						: !put_payload(results, reader))
			return hold(results, reader);
		*is_progress = true;
	}
	if (!end_job(results, record))
		return RELEASE_FULL;
	if (record->job == results->turn)
		results->turn = results->plan->ordered
					? results->turn + record->count
					: 0;
	finish(results, reader);
	results->heads[rank] = 0;
	results->current = -1;
	*is_progress = true;
	return RELEASE_FINISHED;
}

/* look what stands first in the streams of which we do not know it */
static void
refresh_heads(struct results *results)
{
	for (unsigned rank = 0; rank < results->board->nslaves; rank++)
		if (results->heads[rank] == 0)
			results->heads[rank] =
				stream_next_job(&results->readers[rank]);
}

static int
rank_with_turn(const struct results *results)
{
	for (unsigned rank = 0; rank < results->board->nslaves; rank++)
		if (results->heads[rank] == results->turn)
			return (int)rank;
	return -1;
}

/* Jobs that have no result, and will have none, are passed over: no more are
 * begun, and no slave that lives can be at one of them, since what stands first
 * in its stream is behind them (stream.h, I2). Not only when all have ended:
 * one may wait for room until its job has the turn. */
static void
skip_missing(struct results *results)
{
	uint64_t next = UINT64_MAX;

	if (!board_is_stopped(results->board, STOP_CLAIMS))
		return;
	for (unsigned rank = 0; rank < results->board->nslaves; rank++) {
		uint64_t head = results->heads[rank];

		if (head == 0 && results->slaves[rank])
			return;
		if (head && head < next)
			next = head;
	}
	if (next != UINT64_MAX)
		results->turn = next;
}

static bool
release_in_order(struct results *results)
{
	bool is_progress = false;

	for (;;) {
		int rank = rank_with_turn(results);

		if (rank < 0) {
			refresh_heads(results);
			skip_missing(results);
			rank = rank_with_turn(results);
		}
		if (rank < 0 || release_job(results, (unsigned)rank,
					    &is_progress) != RELEASE_FINISHED)
			return is_progress;
		/* most often the same few slaves again */
		results->heads[rank] = stream_next_job(&results->readers[rank]);
	}
}

static bool
release_as_finished(struct results *results)
{
	unsigned n = results->board->nslaves;
	bool is_progress = false;
	unsigned quiet = 0;

	/* what was begun is ended first; a job that has the turn and is still
	 * running holds up the others */
	while (quiet < n) {
		unsigned rank = results->current >= 0
					? (unsigned)results->current
					: results->next_rank;

		switch (release_job(results, rank, &is_progress)) {
		case RELEASE_FULL:
			return is_progress;
		case RELEASE_FINISHED:
			quiet = 0;
			continue;
		case RELEASE_EMPTY:
			if (results->current >= 0)
				return is_progress;
			/* fall through */
		case RELEASE_SLOW:
			quiet++;
			results->next_rank = (rank + 1) % n;
		}
	}
	return is_progress;
}

static void
warn_of_no_file(struct results *results, int error)
{
	if (!results->is_warned)
		diag_errno(-error,
			   "no temporary file for results that wait for their "
			   "turn; slaves wait instead");
	results->is_warned = true;
}

/* The ring of rank is full, and not because the sink's reader is slow. */
static void
make_room(struct results *results, unsigned rank, enum stream_need need,
	  bool is_last)
{
	struct stream_reader *reader = &results->readers[rank];
	bool is_free = !results->plan->ordered && results->turn == 0;
	int error;

	if (!is_free || !is_last) {
		/* a slave that needs the turn found its file full */
		error = need == NEED_ROOM ? stream_spill(reader) : -ENOSPC;
		if (error == 0)
			return;
		warn_of_no_file(results, error);
	}
	if (is_free && results->current < 0) {
		results->turn = stream_next_job(reader);
		results->heads[rank] = results->turn;
	}
}

/* Slaves that sleep for want of room; see the essay in results.h. */
static void
answer(struct results *results, bool is_sink_busy, bool is_last)
{
	atomic_thread_fence(memory_order_seq_cst); /* F2, see stream_need() */
	for (unsigned rank = 0; rank < results->board->nslaves; rank++) {
		struct stream_reader *reader = &results->readers[rank];
		enum stream_need need = stream_need(reader);
		size_t size = results->board->ring_size;
		bool is_busy = is_sink_busy || combine_command_is_full(rank);

		if (need == NEED_NOTHING)
			continue;
		if (stream_unread(reader) == 0 ||
		    (need == NEED_ROOM && stream_unread(reader) < size / 2) ||
		    (need == NEED_ROOM && stream_is_in_file(reader) &&
		     !is_busy))
			stream_reply(reader);
		else if (!is_busy)
			make_room(results, rank, need, is_last);
	}
}

bool
results_step(struct results *results, bool is_last)
{
	struct board_header *header = results->board->header;
	uint64_t turn;
	bool is_progress, is_busy;

	do {
		turn = results->turn;
		is_progress = results->plan->ordered
				      ? release_in_order(results)
				      : release_as_finished(results);
		is_busy = sink_is_busy();
		/* relaxed: a hint for slaves that write to files */
		atomic_store_explicit(&header->sink_busy,
				      is_busy || combine_command_is_busy(),
				      memory_order_relaxed);
		answer(results, is_busy, is_last);
		/* someone was given the turn: it has something to release */
	} while (!results->plan->ordered && results->turn != turn &&
		 results->turn != 0);
	/* who has ended before it was told does not ring: look again */
	if (tell_turn(results,
		      !results->plan->ordered || has_unreleased(results)))
		is_progress = true;
	return is_progress;
}

void
results_wake_all(struct results *results)
{
	for (unsigned rank = 0; rank < results->board->nslaves; rank++)
		stream_reply(&results->readers[rank]);
}

bool
results_are_drained(struct results *results)
{
	for (unsigned rank = 0; rank < results->board->nslaves; rank++)
		if (stream_peek(&results->readers[rank], false))
			return false;
	return true;
}

unsigned
results_status(const struct results *results)
{
	uint64_t first = atomic_load_explicit(
		&results->board->header->first_failure, memory_order_relaxed);

	if (results->plan->ordered && results->status)
		return results->status;
	return (unsigned)(first & 0xffff);
}

/* of a dead filter's window: the first job that is not finished is the one that
 * it died in */
static void
find_first_open(const struct board *board, unsigned rank, uint64_t last_done)
{
	struct area *area = board_area(board, rank);
	struct window *window = window_of(board, rank);
	bool has_begun =
		atomic_load_explicit(&area->phase, memory_order_relaxed) ==
		PHASE_BEGUN;
	uint64_t job = 0;

	window_drop(board, rank, last_done);
	if (!window_is_empty(window))
		job = window_entry(window, window_head(window))->job;
	atomic_store_explicit(&area->at, job, memory_order_relaxed);
	atomic_store_explicit(&area->at_once, has_begun, memory_order_relaxed);
}

uint64_t
results_recover(struct results *results, unsigned rank, unsigned status)
{
	struct stream_reader *reader = &results->readers[rank];
	struct area *area = board_area(results->board, rank);
	uint64_t job, count, last_done, none = 0;
	int error = stream_recover(reader, &last_done);

	atomic_store_explicit(&area->finished, last_done, memory_order_relaxed);
	/* unless its job is half out, look anew what stands first */
	if (results->current != (int)rank)
		results->heads[rank] = 0;
	if (results->board->header->jobs.has_windows)
		find_first_open(results->board, rank, last_done);
	if (atomic_load_explicit(&area->phase, memory_order_relaxed) !=
	    PHASE_BEGUN)
		return 0;
	job = atomic_load_explicit(&area->at, memory_order_relaxed);
	count = atomic_load_explicit(&area->at_once, memory_order_relaxed);
	if (board_is_halted(results->board))
		status = STATUS_HALTED;
	if (job <= last_done) {
		job = 0; /* it died between two jobs */
	} else {
		if (!error)
			error = stream_finish_dead(reader, job, (uint32_t)count,
						   status);
		if (status != STATUS_HALTED)
			atomic_compare_exchange_strong_explicit(
				&results->board->header->first_failure, &none,
				job << 16 | status, memory_order_relaxed,
				memory_order_relaxed);
	}
	if (error)
		results->error = error;
	return job;
}
