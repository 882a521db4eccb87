#include <config.h>

#include "engine/window.h"

#include <assert.h>
#include <string.h>

#include "engine/batch.h"
#include "engine/cut.h"

/* The jobs of a filter; see window.h. */

struct window *
window_of(const struct board *board, unsigned rank)
{
	return (struct window *)(void *)board_text(board, rank);
}

/* where so many bytes can be in one piece; WINDOW_TEXT_SIZE if nowhere */
static size_t
find_room(const struct window *window, size_t nbytes)
{
	const struct window_entry *first, *last;
	size_t end;

	if (window_is_empty(window))
		return 0;
	first = &window->entries[window_head(window) % WINDOW_ENTRIES];
	last = &window->entries[(window_tail(window) - 1) % WINDOW_ENTRIES];
	end = (size_t)last->at + last->nbytes;
	if (last->at < first->at)
		return end + nbytes <= first->at ? end : WINDOW_TEXT_SIZE;
	if (end + nbytes <= WINDOW_TEXT_SIZE)
		return end;
	return nbytes <= first->at ? 0 : WINDOW_TEXT_SIZE;
}

bool
window_has_room(const struct window *window)
{
	return window_tail(window) - window_head(window) < WINDOW_ENTRIES &&
	       find_room(window, WINDOW_CLAIM_SIZE) < WINDOW_TEXT_SIZE;
}

uint64_t
window_jobs_before(struct window *window, uint32_t index)
{
	uint64_t n = 0;

	for (uint32_t i = window_head(window); i != index; i++)
		n += window_entry(window, i)->count;
	return n;
}

static size_t
put_numbers(const struct board *board, char *out, const struct batch *batch)
{
	char *at = out;

	for (uint64_t i = 0; i < batch->count; i++) {
		char number[BATCH_NUMBER_SIZE];
		size_t n = batch_number(board, batch->job + i, number);

		memcpy(at, number, n);
		at += n;
		*at++ = (char)board->header->jobs.delimiter;
	}
	return (size_t)(at - out);
}

/* all records but the empty ones */
static size_t
put_filled(const struct board *board, char *out, const char *text,
	   size_t nbytes)
{
	char delimiter = (char)board->header->jobs.delimiter;
	char *at = out;

	while (nbytes > 0) {
		const char *end = memchr(text, delimiter, nbytes);
		size_t n = end ? (size_t)(end - text) : nbytes;

		if (n > 0) {
			memcpy(at, text, n);
			at += n;
			*at++ = delimiter;
		}
		n += end != NULL;
		text += n;
		nbytes -= n;
	}
	return (size_t)(at - out);
}

void
window_keep(const struct board *board, unsigned rank, const struct claim *claim)
{
	const struct board_jobs *jobs = &board->header->jobs;
	const struct batch *batch = &claim->batch;
	struct window *window = window_of(board, rank);
	uint32_t tail = window_tail(window);
	struct window_entry *entry = window_entry(window, tail);
	const char *text =
		(const char *)board->arena + batch->place % board->arena_size;
	size_t at = find_room(window, WINDOW_CLAIM_SIZE), nbytes;
	char *out = window->texts + at;

	assert(at < WINDOW_TEXT_SIZE);
	if (jobs->is_range) {
		nbytes = put_numbers(board, out, batch);
	} else if (jobs->skip_empty) {
		nbytes = put_filled(board, out, text, batch->nbytes);
	} else {
		memcpy(out, text, batch->nbytes);
		nbytes = batch->nbytes;
		out[nbytes++] = (char)jobs->delimiter;
	}
	*entry = (struct window_entry){ .job = batch->job,
					.count = batch->count,
					.at = (uint32_t)at,
					.nbytes = (uint32_t)nbytes,
					.flags = batch->flags };
	/* release: whoever comes after us finds the entry whole */
	atomic_store_explicit(&window->tail, tail + 1, memory_order_release);
}

void
window_drop(const struct board *board, unsigned rank, uint64_t job)
{
	struct window *window = window_of(board, rank);
	uint32_t head = window_head(window);

	for (; head != window_tail(window); head++) {
		struct window_entry *entry = window_entry(window, head);
		uint64_t count;
		size_t nbytes;

		if (entry->job > job)
			break;
		if (entry->job + entry->count - 1 <= job)
			continue;
		nbytes = cut_records((unsigned char *)window->texts + entry->at,
				     entry->nbytes,
				     board->header->jobs.delimiter, false,
				     job - entry->job + 1, &count);
		entry->at += (uint32_t)nbytes;
		entry->nbytes -= (uint32_t)nbytes;
		entry->count -= count;
		entry->job += count;
		break;
	}
	atomic_store_explicit(&window->head, head, memory_order_release);
}

size_t
window_text(const struct board *board, unsigned rank, uint64_t job,
	    const char **text)
{
	unsigned char delimiter = board->header->jobs.delimiter;
	struct window *window = window_of(board, rank);
	uint32_t index = window_head(window);
	const struct window_entry *entry = window_entry(window, index);
	const char *end;
	uint64_t count;
	size_t at;

	while (job >= entry->job + entry->count)
		entry = window_entry(window, ++index);
	assert(index != window_tail(window));
	*text = window->texts + entry->at;
	at = cut_records((const unsigned char *)*text, entry->nbytes, delimiter,
			 false, job - entry->job, &count);
	*text += at;
	end = memchr(*text, delimiter, entry->nbytes - at);
	return end ? (size_t)(end - *text) : entry->nbytes - at;
}
