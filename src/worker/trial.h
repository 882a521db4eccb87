#ifndef SHMMAP_TRIAL_H
#define SHMMAP_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A part of a filter's jobs that is tried as a whole: its answers are kept
 * until the filter has ended and count only if they are complete. Those of
 * several jobs are bounded, a single one may answer at any length. Only the
 * slave uses this.
 */
struct trial {
	uint64_t jobs;	      /* of the part; 0: nothing is tried */
	unsigned char *bytes; /* its answers */
	size_t size, nbytes;
	uint64_t lines;
	bool is_spoilt; /* the answers are too long */
};

/* Forget all answers: a filter begins with the part. */
void trial_begin(struct trial *trial);

/* Keep what it has answered. There is room for one byte more, then. */
void trial_keep(struct trial *trial, const unsigned char *bytes, size_t nbytes,
		unsigned char delimiter);

#endif
