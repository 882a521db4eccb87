#ifndef SHMMAP_REDUCE_EXACT_BINS_H
#define SHMMAP_REDUCE_EXACT_BINS_H

#include <stdint.h>

#include "reduce/exact.h"

/*
 * The exact sum of very many doubles: those of one sign and exponent differ in
 * their mantissas only, which are added up as integers of 96 bits (the large
 * superaccumulator of Neal, arXiv:1505.05571, 2015). There are several sets of
 * bins, used in turns, so that an addition need not wait for the one before.
 *
 * Never prints and never exits.
 */
#define EXACT_BINS 4096 /* a sign and 11 bits of exponent */
#define EXACT_BIN_SETS 4

/* all zero is the sum of nothing */
struct exact_bins {
	uint64_t low[EXACT_BIN_SETS][EXACT_BINS];
	uint32_t high[EXACT_BINS]; /* carries of all sets */
	uint32_t pending;	   /* doubles, so that no carry is lost */
};

/* Add count doubles, at most 2^30; where bins are full they are emptied into
 * exact. */
void exact_bins_add(struct exact_bins *bins, struct exact *exact,
		    const double *values, uint64_t count);

/* Add what is in the bins to exact, and empty them. */
void exact_bins_empty(struct exact_bins *bins, struct exact *exact);

#endif
