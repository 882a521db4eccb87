#include <config.h>

#include "engine/shuffle.h"

/* Permutations; see shuffle.h. */

/* the 64-bit finaliser of SplitMix (Steele, Lea and Flood, OOPSLA 2014) */
static uint64_t
mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void
shuffle_init(struct shuffle *shuffle, uint64_t count, uint64_t seed)
{
	*shuffle = (struct shuffle){ .count = count };
	while (shuffle->bits < 63 && UINT64_C(1) << shuffle->bits < count)
		shuffle->bits++;
	/* not the numbers that seed the jobs */
	seed = mix(seed ^ UINT64_C(0x5851f42d4c957f2d));
	for (unsigned i = 0; i < SHUFFLE_ROUNDS; i++)
		shuffle->keys[i] =
			mix(seed + (i + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

/* one way through the network: the halves change in turn, each by a function of
 * the other, so that each round can be undone */
static uint64_t
walk(const struct shuffle *shuffle, uint64_t index)
{
	uint32_t low_bits = (shuffle->bits + 1) / 2;
	uint64_t low_mask = (UINT64_C(1) << low_bits) - 1;
	uint64_t high_mask = (UINT64_C(1) << (shuffle->bits - low_bits)) - 1;
	uint64_t low = index & low_mask, high = index >> low_bits;

	for (unsigned i = 0; i < SHUFFLE_ROUNDS; i += 2) {
		low ^= mix(high + shuffle->keys[i]) >> 17 & low_mask;
		high ^= mix(low + shuffle->keys[i + 1]) >> 17 & high_mask;
	}
	return high << low_bits | low;
}

uint64_t
shuffle_at(const struct shuffle *shuffle, uint64_t index)
{
	if (shuffle->count == 0)
		return index;
	do
		index = walk(shuffle, index);
	while (index >= shuffle->count);
	return index;
}
