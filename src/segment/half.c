/* f2 by hand, with integers. */
#include <config.h>

#include "segment/half.h"

#include <string.h>

#define FRACTION_BITS 10
#define DOUBLE_FRACTION_BITS 52
#define DOUBLE_SIGN ((uint64_t)1 << 63)
#define DOUBLE_INFINITE ((uint64_t)0x7ff << DOUBLE_FRACTION_BITS)

/* the least exponent of a normal number */
#define EXPONENT_MIN (-14)

static double
from_bits(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

double
half_amount(unsigned bits)
{
	unsigned exponent = bits >> FRACTION_BITS;
	unsigned fraction = bits & ((1u << FRACTION_BITS) - 1);

	if (exponent == 0)
		return fraction * 0x1p-24;
	/* the biases of the exponents are 15 and 1023 */
	return from_bits(
		(uint64_t)(exponent - 15 + 1023) << DOUBLE_FRACTION_BITS |
		(uint64_t)fraction << (DOUBLE_FRACTION_BITS - FRACTION_BITS));
}

double
half_to_double(uint16_t half)
{
	unsigned bits = half & ~HALF_SIGN;
	uint64_t sign = half & HALF_SIGN ? DOUBLE_SIGN : 0;
	double amount;

	if (bits > HALF_INFINITE)
		return from_bits(DOUBLE_INFINITE | DOUBLE_INFINITE >> 1 | sign);
	if (bits == HALF_INFINITE)
		return from_bits(DOUBLE_INFINITE | sign);
	amount = half_amount(bits);
	return sign ? -amount : amount;
}

uint16_t
half_from_double(double value)
{
	uint64_t bits, significand, rest, tie;
	unsigned sign, half, shift = DOUBLE_FRACTION_BITS - FRACTION_BITS;
	int exponent;

	memcpy(&bits, &value, sizeof(bits));
	sign = bits & DOUBLE_SIGN ? HALF_SIGN : 0;
	bits &= ~DOUBLE_SIGN;
	if (bits >= DOUBLE_INFINITE)
		return (uint16_t)(sign |
				  (bits > DOUBLE_INFINITE ? HALF_NAN
							  : HALF_INFINITE));
	exponent = (int)(bits >> DOUBLE_FRACTION_BITS) - 1023;
	if (exponent > 15)
		return (uint16_t)(sign | HALF_INFINITE);
	if (exponent < EXPONENT_MIN - FRACTION_BITS - 1)
		return (uint16_t)sign; /* below half of the least */
	significand = (uint64_t)1 << DOUBLE_FRACTION_BITS |
		      (bits & (((uint64_t)1 << DOUBLE_FRACTION_BITS) - 1));
	if (exponent < EXPONENT_MIN) {
		shift += (unsigned)(EXPONENT_MIN - exponent);
		half = 0;
	} else {
		/* the significand's leading 1 adds the last 1 */
		half = (unsigned)(exponent - EXPONENT_MIN) << FRACTION_BITS;
	}
	half += (unsigned)(significand >> shift);
	tie = (uint64_t)1 << (shift - 1);
	rest = significand & (((uint64_t)1 << shift) - 1);
	/* a carry goes on into the exponent, up to infinity, as it should */
	if (rest > tie || (rest == tie && half % 2 == 1))
		half++;
	return (uint16_t)(sign | half);
}
