#ifndef SHMMAP_BLOCKS_H
#define SHMMAP_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/plan.h"
#include "engine/source.h"

/*
 * The input as blocks (WORKER_PIPE): each is one job, a batch whose bytes are
 * whole records of about block_size bytes. Those of a large regular file, and
 * the parts that it is cut into, stay where they are: the master looks at
 * nothing but the places where it cuts. Only the master uses this, through
 * source.c; struct block_part is for slaves, too.
 */

/* what stands in the arena of a part (CLAIM_PART) */
struct block_part {
	uint64_t offset; /* in the file */
	uint64_t nbytes;
};

/* how large the arena has to be */
size_t blocks_arena_size(const struct plan *plan);

/* The source's input was opened: see whether its blocks can be read in place,
 * which parts must. Returns 0, or -errno after a diagnostic. */
int blocks_open(struct source *source);

/* Publish as many parts as there are slots for, and close the ring of batches
 * behind the last. Returns 0, or -errno after a diagnostic. */
int blocks_publish_parts(struct source *source);

/* Publish every whole block that was read, as far as there are slots. */
void blocks_scan(struct source *source);

/* The input has ended: publish what is left, at least one byte. False if no
 * slot is free. */
bool blocks_publish_rest(struct source *source);

#endif
