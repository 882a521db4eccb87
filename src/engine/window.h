#ifndef SHMMAP_WINDOW_H
#define SHMMAP_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/board.h"

/*
 * The jobs that a filter has been given, or will be next, and has not answered:
 * several batches, in the place for the slave's texts. The slave appends what
 * it has claimed and drops what was answered; when it is dead, the master and
 * its successor find the others here.
 *
 * An entry is a batch: its records, each with its delimiter. Entries between
 * head and tail, which run freely, are whole; what of the first one has been
 * answered is known by the last job that is finished (stream.h).
 */

#define WINDOW_ENTRIES 4096u

/* room for texts, and how much of it must be free for a batch to be claimed:
 * the longest record, or what numbers of a range take */
#define WINDOW_TEXT_SIZE ((size_t)9 << 18)
#define WINDOW_CLAIM_SIZE (((size_t)1 << 20) + (64 << 10))

/* the most numbers of a range in a batch for a filter */
#define WINDOW_RANGE_MAX 32768u

struct window_entry {
	uint64_t job;
	uint64_t count;
	uint32_t at; /* in texts */
	uint32_t nbytes;
	uint32_t flags; /* CLAIM_TOO_LONG: it is not for the filter */
};

struct window {
	_Atomic uint32_t head, tail;
	struct window_entry entries[WINDOW_ENTRIES];
	char texts[WINDOW_TEXT_SIZE];
};

struct window *window_of(const struct board *board, unsigned rank);

static inline struct window_entry *
window_entry(struct window *window, uint32_t index)
{
	return &window->entries[index % WINDOW_ENTRIES];
}

static inline uint32_t
window_head(const struct window *window)
{
	/* relaxed: the owner's, or a dead owner's */
	return atomic_load_explicit(&window->head, memory_order_relaxed);
}

static inline uint32_t
window_tail(const struct window *window)
{
	return atomic_load_explicit(&window->tail, memory_order_relaxed);
}

static inline bool
window_is_empty(const struct window *window)
{
	return window_head(window) == window_tail(window);
}

/* how many jobs stand before the entry of that index */
uint64_t window_jobs_before(struct window *window, uint32_t index);

/* Slave: whether one more batch has room. */
bool window_has_room(const struct window *window);

/* Slave: append the claimed batch. There must be room. */
void window_keep(const struct board *board, unsigned rank,
		 const struct claim *claim);

/* Slave, or master when it is dead: drop all jobs up to this one. */
void window_drop(const struct board *board, unsigned rank, uint64_t job);

/* the text of a job that is in the window, without delimiter */
size_t window_text(const struct board *board, unsigned rank, uint64_t job,
		   const char **text);

#endif
