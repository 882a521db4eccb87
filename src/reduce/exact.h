#ifndef SHMMAP_REDUCE_EXACT_H
#define SHMMAP_REDUCE_EXACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A sum without rounding errors: a fixed-point number that is wide enough for
 * every double and for the square of every double (a superaccumulator; Kulisch
 * and Miranker 1986, Neal, arXiv:1505.05571, 2015). What was added is kept
 * exactly, so the order of adding does not matter; only the result is rounded,
 * once, to the nearest double, even in a tie.
 *
 * The number is the sum of limbs[i] * 2^(32 i - EXACT_BIAS). A limb has 64 bits
 * with a sign, so that many additions pass before a carry has to.
 *
 * Never prints and never exits.
 */

/* the last bit of a square is 2^-2148 */
#define EXACT_BIAS 2176

/* 2^64 squares are below 2^2112 */
#define EXACT_LIMBS 136

struct exact {
	int64_t limbs[EXACT_LIMBS];
	uint32_t pending; /* additions since the last carry */
	bool has_infinity, has_negative_infinity, has_nan;
};

/* the sum of nothing */
void exact_init(struct exact *exact);

void exact_add(struct exact *exact, double value);

/* Add amount * 2^exponent, or subtract it; -2148 <= exponent, and the product
 * is below 2^2048. */
void exact_add_scaled(struct exact *exact, unsigned __int128 amount,
		      int exponent, bool is_negative);

/* Add value * value. */
void exact_add_square(struct exact *exact, double value);

/* Add everything that other has. */
void exact_merge(struct exact *exact, const struct exact *other);

/* bytes of exact_pack() at most */
#define EXACT_PACKED_MAX (3 + 4 * EXACT_LIMBS)

/* Write the sum to out, in as few bytes as it takes. Returns how many. */
size_t exact_pack(const struct exact *exact,
		  unsigned char out[EXACT_PACKED_MAX]);

/* Add what exact_pack() has written, and what may follow. Returns how many
 * bytes it was; 0 when it is no such thing, then nothing was added. */
size_t exact_add_packed(struct exact *exact, const unsigned char *bytes,
			size_t nbytes);

/* The nearest double: infinite when the sum is too large for one; inf, -inf or
 * nan when such were added, as IEEE 754 has it. A sum of 0 is +0. */
double exact_sum(const struct exact *exact);

/* The sum divided by count, which is not 0, rounded once. */
double exact_mean(const struct exact *exact, uint64_t count);

/* The variance of count > 1 values, rounded once: with n the count, S the sum
 * and Q the sum of the squares, (n Q - S^2) / (n (n - 1)). NaN if one of them
 * was not finite. */
double exact_variance(const struct exact *sum, const struct exact *squares,
		      uint64_t count);

#endif
