#include <config.h>

#include "reduce/exact_bins.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Sums of very many doubles; see exact_bins.h. */

#define EXPONENTS (EXACT_BINS / 2)
#define SPECIAL (EXPONENTS - 1) /* the exponent of infinities and NaNs */

/* a carry is 2^64, and a mantissa below 2^53: so many are below 2^96 */
#define PENDING_MAX (UINT32_C(1) << 31)

static inline void
add(struct exact_bins *bins, uint64_t *low, double value)
{
	uint64_t bits, mantissa, sum;
	unsigned bin;

	memcpy(&bits, &value, sizeof(bits));
	bin = (unsigned)(bits >> 52);
	mantissa = bits & UINT64_C(0xfffffffffffff);
	/* infinities and NaNs are seen by their bins; what is in them, the low
	 * bits of a NaN, must not vanish */
	if (__builtin_expect(bin % EXPONENTS == SPECIAL, 0))
		mantissa = mantissa ? 1 : UINT64_C(1) << 32;
	else if (bin % EXPONENTS != 0)
		mantissa |= UINT64_C(1) << 52;
	sum = low[bin] + mantissa;
	low[bin] = sum;
	if (__builtin_expect(sum < mantissa, 0))
		bins->high[bin]++;
}

void
exact_bins_add(struct exact_bins *bins, struct exact *exact,
	       const double *values, uint64_t count)
{
	uint64_t i = 0;

	if (count >= PENDING_MAX - bins->pending)
		exact_bins_empty(bins, exact);
	bins->pending += (uint32_t)count;
	for (; i + EXACT_BIN_SETS <= count; i += EXACT_BIN_SETS)
		for (unsigned set = 0; set < EXACT_BIN_SETS; set++)
			add(bins, bins->low[set], values[i + set]);
	for (; i < count; i++)
		add(bins, bins->low[0], values[i]);
}

/* what the bin of infinities and NaNs of one sign says */
static void
empty_special(struct exact *exact, uint64_t low, bool is_negative)
{
	if ((uint32_t)low)
		exact_add(exact, NAN);
	if (low >> 32)
		exact_add(exact, is_negative ? -INFINITY : INFINITY);
}

static void
empty_bin(struct exact_bins *bins, struct exact *exact, unsigned bin)
{
	unsigned __int128 sum = (unsigned __int128)bins->high[bin] << 64;
	unsigned exponent = bin % EXPONENTS;
	bool is_negative = bin >= EXPONENTS;

	for (unsigned set = 0; set < EXACT_BIN_SETS; set++) {
		if (exponent == SPECIAL)
			empty_special(exact, bins->low[set][bin], is_negative);
		else
			sum += bins->low[set][bin];
		bins->low[set][bin] = 0;
	}
	bins->high[bin] = 0;
	if (exponent == 0)
		exponent = 1; /* subnormal */
	if (sum > 0)
		exact_add_scaled(exact, sum, (int)exponent - 1075, is_negative);
}

void
exact_bins_empty(struct exact_bins *bins, struct exact *exact)
{
	for (unsigned bin = 0; bin < EXACT_BINS; bin++)
		empty_bin(bins, exact, bin);
	bins->pending = 0;
}
