#ifndef SHMMAP_SOURCE_H
#define SHMMAP_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/board.h"
#include "engine/plan.h"
#include "engine/schedule.h"

/*
 * The job list: a range of numbers, jobs made of lists (generate.h), or a
 * stream of records, read in large
 * blocks straight into the arena and published as batches cut at record ends.
 * No byte is copied, and none is looked at twice but those of a record that a
 * block has not all of. A full arena or a full ring stops the reading, so
 * that memory does not grow with the number of jobs.
 *
 * Positions in the arena run freely:
 *
 *   freed <= record <= scanned <= filled,  filled - freed <= arena
 *
 * freed moves over batches that slaves have taken away, in order; record is
 * where the record begins that is not published yet. Only the master uses this.
 */
struct source {
	const struct plan *plan;
	const struct board *board;
	int fd;
	bool is_own_fd;
	bool is_ended;	  /* read(2) said so, or failed */
	bool is_skipping; /* the rest of a record that was too long */
	uint64_t freed, record, scanned, filled;
	uint64_t searched;  /* blocks: before it, no record ends that is not
			     * in the first block_size bytes */
	bool is_in_place;   /* blocks are parts of the file, not read here */
	int file_fd;	    /* for slaves, or -1 */
	uint64_t file_size; /* of parts */
	uint64_t part;	    /* the next one's index ... */
	uint64_t part_from; /* ... and where it begins in the file */
	uint64_t published; /* batches */
	uint64_t jobs;	    /* in them */
	bool is_deep;	    /* enough batches wait to be claimed */
	struct batch_sizes sizes;
	uint64_t reclaimed;	    /* batches whose bytes are below freed */
	uint64_t ends[CLAIM_SLOTS]; /* where each batch's bytes end */
};

/* Open the plan's input, standard_fd if it is standard input. Returns 0, or
 * -errno after a diagnostic. */
int source_init(struct source *source, const struct plan *plan,
		const struct board *board, int standard_fd);
void source_release(struct source *source);

/*
 * Publish what can be published, and read once if is_readable (a descriptor
 * for which poll(2) would say POLLIN) and there is room. Closes the ring of
 * batches at the end. Returns 0, or -errno after a diagnostic when the input
 * can not be read.
 */
int source_step(struct source *source, bool is_readable);

/* whether everything was read and published */
bool source_is_closed(const struct source *source);

/* how many jobs there are in all; UINT64_MAX while that is not known */
uint64_t source_total(const struct source *source);

/* whether there is room to read into now */
bool source_wants_input(const struct source *source);

/* About to sleep: if there is no room, a slave that makes some rings the bell.
 * To be followed by a full fence and one more source_step(). */
void source_ask_for_bell(const struct source *source);

/* ---- for blocks.c and generate.c ---- */

/* the texts of a batch of several jobs; one record may be longer */
#define SOURCE_BATCH_BYTES ((size_t)64 << 10)

/* how much of a record that is too long is kept, to name it */
#define SOURCE_KEPT_SIZE 128

/* whether enough batches wait to be claimed; the size of the next is better
 * chosen later */
bool source_is_deep(struct source *source);

/* where a position is in the arena */
unsigned char *source_arena_at(const struct source *source, uint64_t position);

/* Publish a batch whose bytes end at position end. False if no slot is free. */
bool source_publish(struct source *source, uint64_t end,
		    const struct batch *batch);

/* bytes that may be read or written into the arena at filled */
size_t source_room(const struct source *source);

/* the input's name for messages, until the next diag_named() */
const char *source_name(const struct source *source);

/* publish nothing more */
void source_close(struct source *source);

#endif
