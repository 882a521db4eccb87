#ifndef SHMMAP_SHM_PICK_H
#define SHMMAP_SHM_PICK_H

#include <stdint.h>

#include "shm/target.h"

/*
 * The elements of an array that an operand picks: SLICE, as NumPy indexes, or
 * INDEX, one element. An array without dimensions has no such operand.
 */

struct pick {
	const struct target *target;
	struct slice slices[SHAPE_NDIM_MAX];
	uint64_t count;
	uint64_t row; /* elements along the last axis that is left, 1 when not
		       * more than one is: what is printed on one line */
};

/* Those that text picks; NULL picks all. 0, or -1 after a diagnostic. */
int pick_slice(struct pick *pick, const struct target *target,
	       const char *text);

/* The one that text, NULL for a scalar, picks. 0, or -1 after a diagnostic. */
int pick_index(struct pick *pick, const struct target *target,
	       const char *text);

/* where the i-th of them is, in C order */
unsigned char *pick_at(const struct pick *pick, uint64_t i);

/* Copy the i-th of them to or from element, which need not be aligned. An
 * element of 1, 2, 4 or 8 bytes is never seen half written. */
void pick_load(const struct pick *pick, uint64_t i, void *element);
void pick_store(const struct pick *pick, uint64_t i, const void *element);

#endif
