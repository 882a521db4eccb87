#ifndef SHMMAP_SHUFFLE_H
#define SHMMAP_SHUFFLE_H

#include <stdint.h>

/*
 * A permutation of 0...count-1 that is a function of a seed: where each index
 * goes is calculated, in some 50 ns, and nothing is stored. It is a Feistel
 * network over the least power of two that is not below count; what it maps
 * beyond count is mapped again until it is not (cycle walking: Black and
 * Rogaway, CT-RSA 2002), which takes less than two walks on average.
 */

#define SHUFFLE_ROUNDS 8

struct shuffle {
	uint64_t count;	 /* 0: nothing is permuted */
	uint32_t bits;	 /* of an index */
	uint32_t unused; /* 0 */
	uint64_t keys[SHUFFLE_ROUNDS];
};

/* count < 2^63 */
void shuffle_init(struct shuffle *shuffle, uint64_t count, uint64_t seed);

/* where index goes, which is below count; itself, if nothing is permuted */
uint64_t shuffle_at(const struct shuffle *shuffle, uint64_t index);

/* of a range, in this order or, if nothing is permuted, in its own: the number
 * that job, counted from 1, stands for */
static inline int64_t
shuffle_value(const struct shuffle *shuffle, int64_t start, int64_t step,
	      uint64_t job)
{
	uint64_t index = job - 1;

	if (shuffle->count)
		index = shuffle_at(shuffle, index);
	/* modulo 2^64; the plan has checked that the result fits */
	return (int64_t)((uint64_t)start + index * (uint64_t)step);
}

#endif
