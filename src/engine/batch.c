#include <config.h>

#include "engine/batch.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/window.h"

/* A slave's batch; see batch.h and board.h. */

void
batch_keep(const struct board *board, unsigned rank, const struct claim *claim)
{
	const struct board_jobs *jobs = &board->header->jobs;
	const struct batch *batch = &claim->batch;
	struct area *area = board_area(board, rank);
	char *text = board_text(board, rank);
	size_t nbytes = batch->nbytes;

	area->count = batch->count;
	area->text_flags = batch->flags;
	if (batch->flags & CLAIM_BLOCK) {
		nbytes = area->text_nbytes = (uint32_t)snprintf(
			text, board->text_size, "block %" PRIu64, batch->job);
		goto kept;
	}
	if (nbytes > board->text_size - 1)
		nbytes = board->text_size - 1;
	memcpy(text, board->arena + batch->place % board->arena_size, nbytes);
	area->text_nbytes = batch->nbytes;
	if (jobs->is_range && batch->count == 1)
		nbytes = area->text_nbytes =
			(uint32_t)batch_number(board, batch->job, text);
	text[nbytes] = jobs->are_many ? (char)jobs->delimiter : '\0';
kept:
	/* relaxed: released by phase */
	atomic_store_explicit(&area->job, batch->job, memory_order_relaxed);
	atomic_store_explicit(&area->at, batch->job, memory_order_relaxed);
	atomic_store_explicit(&area->at_once, 1, memory_order_relaxed);
	atomic_store_explicit(&area->end, (uint32_t)nbytes,
			      memory_order_relaxed);
}

size_t
batch_number(const struct board *board, uint64_t job,
	     char number[BATCH_NUMBER_SIZE])
{
	return (size_t)snprintf(number, BATCH_NUMBER_SIZE, "%" PRId64,
				batch_value(board, job));
}

/* where the index-th record begins; *nbytes is its length */
static size_t
find_record(const struct board *board, unsigned rank, uint64_t index,
	    size_t *nbytes)
{
	const struct board_jobs *jobs = &board->header->jobs;
	const struct area *area = board_area(board, rank);
	const char *text = board_text(board, rank);
	size_t at = 0;

	for (;;) {
		const char *end = memchr(text + at, jobs->delimiter,
					 area->text_nbytes - at + 1);

		assert(end);
		*nbytes = (size_t)(end - text) - at;
		if (*nbytes > 0 || !jobs->skip_empty) {
			if (index == 0)
				return at;
			index--;
		}
		at += *nbytes + 1;
	}
}

/* put back the delimiter that gave way to a NUL */
static void
mend(const struct board *board, unsigned rank)
{
	struct area *area = board_area(board, rank);
	uint32_t end = atomic_load_explicit(&area->end, memory_order_relaxed);

	board_text(board, rank)[end] = (char)board->header->jobs.delimiter;
}

size_t
batch_text(const struct board *board, unsigned rank, uint64_t job,
	   char number[BATCH_NUMBER_SIZE], const char **text)
{
	const struct area *area = board_area(board, rank);
	uint64_t first = atomic_load_explicit(&area->job, memory_order_relaxed);
	size_t at, nbytes;

	if (board->header->jobs.has_windows)
		return window_text(board, rank, job, text);
	if (board->header->jobs.is_range) {
		*text = number;
		return batch_number(board, job, number);
	}
	*text = board_text(board, rank);
	if (area->count == 1)
		return area->text_nbytes < board->text_size
			       ? area->text_nbytes
			       : board->text_size - 1;
	mend(board, rank);
	at = find_record(board, rank, job - first, &nbytes);
	*text += at;
	return nbytes;
}

bool
batch_has_rest(const struct board *board, unsigned rank)
{
	const struct area *area = board_area(board, rank);
	uint64_t first = atomic_load_explicit(&area->job, memory_order_relaxed);
	uint64_t next =
		atomic_load_explicit(&area->at, memory_order_relaxed) +
		atomic_load_explicit(&area->at_once, memory_order_relaxed);

	return !board->header->jobs.has_windows && next < first + area->count;
}

bool
batch_leave_rest(const struct board *board, unsigned rank)
{
	struct area *area = board_area(board, rank);
	char *text = board_text(board, rank);
	uint64_t first = atomic_load_explicit(&area->job, memory_order_relaxed);
	uint64_t next =
		atomic_load_explicit(&area->at, memory_order_relaxed) +
		atomic_load_explicit(&area->at_once, memory_order_relaxed);
	uint32_t phase =
		atomic_load_explicit(&area->phase, memory_order_relaxed);
	size_t at, nbytes;

	if (board->header->jobs.has_windows) {
		window_drop(board, rank, next - 1);
		atomic_store_explicit(&area->phase,
				      window_is_empty(window_of(board, rank))
					      ? PHASE_STARTING
					      : PHASE_CLAIMED,
				      memory_order_relaxed);
		return !window_is_empty(window_of(board, rank));
	}
	if (phase != PHASE_BEGUN)
		return phase == PHASE_CLAIMED;
	atomic_store_explicit(&area->phase, PHASE_STARTING,
			      memory_order_relaxed);
	if (next == first + area->count)
		return false;
	if (!board->header->jobs.is_range) {
		mend(board, rank);
		at = find_record(board, rank, next - first, &nbytes);
		area->text_nbytes -= (uint32_t)at;
		memmove(text, text + at, area->text_nbytes + 1);
	}
	area->count -= next - first;
	atomic_store_explicit(&area->job, next, memory_order_relaxed);
	atomic_store_explicit(&area->at, next, memory_order_relaxed);
	atomic_store_explicit(&area->end, area->text_nbytes,
			      memory_order_relaxed);
	atomic_store_explicit(&area->phase, PHASE_CLAIMED,
			      memory_order_relaxed);
	return true;
}
