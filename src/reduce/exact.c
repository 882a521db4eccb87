#include <config.h>

#include "reduce/exact.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Exact sums; see exact.h. */

/* A double adds less than 2^53 to a limb. */
#define PENDING_MAX 1000

/* the least limb that a double reaches: its last bit is 2^-1074 */
#define FIRST_LIMB ((EXACT_BIAS - 1074) / 32)

/* limbs for n Q, and for S^2 in its units */
#define WIDE_LIMBS (EXACT_LIMBS + 4)

/* 2^-1074, the last bit of a double, is this bit of an amount */
#define LAST_BIT (EXACT_BIAS - 1074)

/* a number without a sign: limbs[i] * 2^(32 i - EXACT_BIAS) */
struct amount {
	uint32_t limbs[WIDE_LIMBS];
	bool has_rest; /* it is more than that, by less than the last bit */
};

void
exact_init(struct exact *exact)
{
	memset(exact, 0, sizeof(*exact));
}

/* make all limbs but the last, which has the sign, 0 to 2^32 - 1 */
static void
carry(struct exact *exact)
{
	int64_t up = 0;

	for (int i = 0; i < EXACT_LIMBS - 1; i++) {
		int64_t limb = exact->limbs[i] + up;

		/* an arithmetic shift: rounds down */
		up = limb >> 32;
		exact->limbs[i] = limb & 0xffffffff;
	}
	exact->limbs[EXACT_LIMBS - 1] += up;
	exact->pending = 0;
}

/* room in every limb for one more addition */
static inline void
prepare(struct exact *exact)
{
	if (exact->pending == PENDING_MAX)
		carry(exact);
	exact->pending++;
}

static void
add_special(struct exact *exact, double value)
{
	if (isnan(value))
		exact->has_nan = true;
	else if (value > 0)
		exact->has_infinity = true;
	else
		exact->has_negative_infinity = true;
}

/* a finite double is a sign (0 or -1) and mantissa * 2^(exponent - 1075) */
struct parts {
	uint64_t mantissa;
	int64_t sign;
	unsigned exponent; /* 1...2046 */
};

/* false when it is none */
static inline bool
take_apart(double value, struct parts *parts)
{
	uint64_t bits;
	unsigned exponent;

	memcpy(&bits, &value, sizeof(bits));
	exponent = (unsigned)(bits >> 52) & 0x7ff;
	parts->sign = -(int64_t)(bits >> 63);
	parts->mantissa = bits & UINT64_C(0xfffffffffffff);
	if (exponent == 0x7ff)
		return false;
	if (exponent != 0)
		parts->mantissa |= UINT64_C(1) << 52;
	else
		exponent = 1;
	parts->exponent = exponent;
	return true;
}

void
exact_add(struct exact *exact, double value)
{
	struct parts parts;
	unsigned bit, shift;
	int64_t low, high, *limb;

	if (!take_apart(value, &parts)) {
		add_special(exact, value);
		return;
	}
	prepare(exact);
	bit = parts.exponent + EXACT_BIAS - 1075;
	shift = bit % 32;
	limb = exact->limbs + bit / 32;
	low = (int64_t)(parts.mantissa << shift & 0xffffffff);
	high = (int64_t)(parts.mantissa >> (32 - shift));
	/* -x is (x ^ -1) - -1: no branch, a sign is hard to predict */
	limb[0] += (low ^ parts.sign) - parts.sign;
	limb[1] += (high ^ parts.sign) - parts.sign;
}

/* add amount * 2^(bit - EXACT_BIAS) */
static void
add_at(struct exact *exact, uint64_t amount, unsigned bit, bool is_negative)
{
	unsigned __int128 shifted = (unsigned __int128)amount << (bit % 32);
	int64_t *limb = exact->limbs + bit / 32;

	prepare(exact);
	for (; shifted != 0; shifted >>= 32, limb++) {
		int64_t part = (int64_t)(shifted & 0xffffffff);

		*limb += is_negative ? -part : part;
	}
}

void
exact_add_scaled(struct exact *exact, unsigned __int128 amount, int exponent,
		 bool is_negative)
{
	unsigned bit = (unsigned)(exponent + EXACT_BIAS);

	add_at(exact, (uint64_t)amount, bit, is_negative);
	add_at(exact, (uint64_t)(amount >> 64), bit + 64, is_negative);
}

void
exact_add_square(struct exact *exact, double value)
{
	struct parts parts;

	if (!take_apart(value, &parts)) {
		/* its sign does not matter */
		add_special(exact, fabs(value));
		return;
	}
	exact_add_scaled(exact,
			 (unsigned __int128)parts.mantissa * parts.mantissa,
			 2 * ((int)parts.exponent - 1075), false);
}

void
exact_merge(struct exact *exact, const struct exact *other)
{
	struct exact carried = *other;

	carry(&carried);
	carry(exact);
	for (int i = 0; i < EXACT_LIMBS; i++)
		exact->limbs[i] += carried.limbs[i];
	exact->pending = 1;
	exact->has_infinity |= other->has_infinity;
	exact->has_negative_infinity |= other->has_negative_infinity;
	exact->has_nan |= other->has_nan;
}

/* The sum without its sign, which is returned. */
static bool
take_amount(const struct exact *exact, struct amount *amount)
{
	struct exact carried = *exact;
	bool is_negative;

	carry(&carried);
	is_negative = carried.limbs[EXACT_LIMBS - 1] < 0;
	if (is_negative) {
		for (int i = 0; i < EXACT_LIMBS; i++)
			carried.limbs[i] = -carried.limbs[i];
		carry(&carried);
	}
	memset(amount, 0, sizeof(*amount));
	for (int i = 0; i < EXACT_LIMBS; i++)
		amount->limbs[i] = (uint32_t)carried.limbs[i];
	return is_negative;
}

/* the first byte of what is packed; the next ones are the first limb that is
 * not 0, and how many there are */
enum {
	PACKED_NEGATIVE = 1,
	PACKED_INFINITY = 2,
	PACKED_NEGATIVE_INFINITY = 4,
	PACKED_NAN = 8,
};

size_t
exact_pack(const struct exact *exact, unsigned char out[EXACT_PACKED_MAX])
{
	struct amount amount;
	bool is_negative = take_amount(exact, &amount);
	unsigned first = 0, end = EXACT_LIMBS;

	while (first < end && amount.limbs[first] == 0)
		first++;
	while (end > first && amount.limbs[end - 1] == 0)
		end--;
	out[0] = (unsigned char)((is_negative ? PACKED_NEGATIVE : 0) |
				 (exact->has_infinity ? PACKED_INFINITY : 0) |
				 (exact->has_negative_infinity
					  ? PACKED_NEGATIVE_INFINITY
					  : 0) |
				 (exact->has_nan ? PACKED_NAN : 0));
	out[1] = (unsigned char)first;
	out[2] = (unsigned char)(end - first);
	memcpy(out + 3, amount.limbs + first, 4 * (end - first));
	return 3 + 4 * (end - first);
}

size_t
exact_add_packed(struct exact *exact, const unsigned char *bytes, size_t nbytes)
{
	unsigned first, n;
	uint32_t part;

	if (nbytes < 3)
		return 0;
	first = bytes[1];
	n = bytes[2];
	if (first + n > EXACT_LIMBS || 3 + 4 * n > nbytes)
		return 0;
	exact->has_infinity |= (bytes[0] & PACKED_INFINITY) != 0;
	exact->has_negative_infinity |=
		(bytes[0] & PACKED_NEGATIVE_INFINITY) != 0;
	exact->has_nan |= (bytes[0] & PACKED_NAN) != 0;
	prepare(exact);
	for (unsigned i = 0; i < n; i++) {
		memcpy(&part, bytes + 3 + 4 * i, sizeof(part));
		exact->limbs[first + i] += bytes[0] & PACKED_NEGATIVE
						   ? -(int64_t)part
						   : (int64_t)part;
	}
	return 3 + 4 * n;
}

static void
divide(struct amount *amount, uint64_t divisor)
{
	unsigned __int128 rest = 0;

	for (int i = WIDE_LIMBS - 1; i >= 0; i--) {
		rest = rest << 32 | amount->limbs[i];
		/* the rest was below the divisor: this fits */
		amount->limbs[i] = (uint32_t)(rest / divisor);
		rest %= divisor;
	}
	amount->has_rest |= rest != 0;
}

static void
multiply(struct amount *amount, uint64_t factor)
{
	unsigned __int128 up = 0;

	for (int i = 0; i < WIDE_LIMBS; i++) {
		up += (unsigned __int128)factor * amount->limbs[i];
		amount->limbs[i] = (uint32_t)up;
		up >>= 32;
	}
}

/* what is below FIRST_LIMB is 0 in a sum of doubles, so that the square of the
 * others, in units of twice as many bits, has the units of an amount */
static_assert(2 * (EXACT_BIAS - 32 * FIRST_LIMB) == EXACT_BIAS,
	      "a square has the units of an amount");

static void
square(struct amount *out, const struct amount *amount)
{
	const uint32_t *limbs = amount->limbs + FIRST_LIMB;
	int n = EXACT_LIMBS / 2 + 1;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < n; i++) {
		uint64_t up = 0;

		for (int k = 0; k < n; k++) {
			up += (uint64_t)limbs[i] * limbs[k] + out->limbs[i + k];
			out->limbs[i + k] = (uint32_t)up;
			up >>= 32;
		}
		out->limbs[i + n] = (uint32_t)up;
	}
}

/* what is subtracted is not larger */
static void
subtract(struct amount *amount, const struct amount *other)
{
	int64_t up = 0;

	for (int i = 0; i < WIDE_LIMBS; i++) {
		up += (int64_t)amount->limbs[i] - other->limbs[i];
		amount->limbs[i] = (uint32_t)up;
		up >>= 32;
	}
}

/* the number of the first bit, -1 if all are 0 */
static int
top_bit(const struct amount *amount)
{
	for (int i = WIDE_LIMBS - 1; i >= 0; i--)
		if (amount->limbs[i])
			return 32 * i + 31 - __builtin_clz(amount->limbs[i]);
	return -1;
}

static unsigned
bit_of(const struct amount *amount, int bit)
{
	return amount->limbs[bit / 32] >> (bit % 32) & 1;
}

/* whether it is more than what its bits from `bit` on are */
static bool
has_below(const struct amount *amount, int bit)
{
	uint32_t mask = (UINT32_C(1) << (bit % 32)) - 1;

	if (amount->has_rest || amount->limbs[bit / 32] & mask)
		return true;
	for (int i = 0; i < bit / 32; i++)
		if (amount->limbs[i])
			return true;
	return false;
}

static double
round_amount(const struct amount *amount)
{
	int top = top_bit(amount), last = top - 52;
	uint64_t mantissa = 0;

	if (last < LAST_BIT)
		last = LAST_BIT;
	for (int bit = top; bit >= last; bit--)
		mantissa = mantissa << 1 | bit_of(amount, bit);
	/* up when more than half is missing, or half and it is odd */
	if (bit_of(amount, last - 1) &&
	    (mantissa & 1 || has_below(amount, last - 1)))
		mantissa++;
	/* the mantissa is at most 2^53: exact, or infinite */
	return ldexp((double)mantissa, last - EXACT_BIAS);
}

/* whether something not finite was added; then the sum goes to *value */
static bool
is_special(const struct exact *exact, double *value)
{
	if (exact->has_nan ||
	    (exact->has_infinity && exact->has_negative_infinity))
		*value = NAN;
	else if (exact->has_infinity)
		*value = INFINITY;
	else if (exact->has_negative_infinity)
		*value = -INFINITY;
	else
		return false;
	return true;
}

double
exact_sum(const struct exact *exact)
{
	return exact_mean(exact, 1);
}

double
exact_mean(const struct exact *exact, uint64_t count)
{
	struct amount amount;
	bool is_negative;
	double value;

	if (is_special(exact, &value))
		return value;
	is_negative = take_amount(exact, &amount);
	if (count > 1)
		divide(&amount, count);
	value = round_amount(&amount);
	return is_negative ? -value : value;
}

double
exact_variance(const struct exact *sum, const struct exact *squares,
	       uint64_t count)
{
	struct amount amount, other;
	double value;

	if (is_special(sum, &value) || is_special(squares, &value))
		return NAN;
	take_amount(sum, &amount);
	square(&other, &amount);
	take_amount(squares, &amount);
	multiply(&amount, count);
	subtract(&amount, &other);
	divide(&amount, count);
	divide(&amount, count - 1);
	return round_amount(&amount);
}
