#include <config.h>

#include "segment/numeral.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "segment/numeral_digits.h"

/* Numbers to text; see numeral.h. */

/* make the n-th digit, the last unless it and others are 0, one more */
static void
increment(struct numeral *numeral, size_t n)
{
	char *digits = numeral->text + NUMERAL_PREFIX;

	for (; numeral->ndigits < n; numeral->exponent--)
		digits[numeral->ndigits++] = '0';
	while (numeral->ndigits > 1 && digits[numeral->ndigits - 1] == '9') {
		numeral->ndigits--;
		numeral->exponent++;
	}
	if (digits[numeral->ndigits - 1] == '9') {
		digits[0] = '1';
		numeral->exponent++;
	} else {
		digits[numeral->ndigits - 1]++;
	}
	numeral_finish(numeral);
}

/* whether the numbers of width below value, which is positive, may be closer
 * together than those above */
static bool
is_power_of_two(long double value, enum numeral_width width)
{
	double amount = (double)value;
	uint64_t bits;

	memcpy(&bits, &amount, sizeof(bits));
	return width == NUMERAL_F16 || bits << 12 == 0;
}

/* digits of width: that are told apart in every normal number, and that tell
 * every number from its neighbours; and the least normal number */
static const struct {
	int fewest, most;
	long double normal;
} widths[] = {
	[NUMERAL_F2] = { 3, 5, 0x1p-14L },
	[NUMERAL_F4] = { FLT_DIG, FLT_DECIMAL_DIG, FLT_MIN },
	[NUMERAL_F8] = { DBL_DIG, DBL_DECIMAL_DIG, DBL_MIN },
	[NUMERAL_F16] = { LDBL_DIG, LDBL_DECIMAL_DIG, LDBL_MIN },
};

static bool
is_value(const struct numeral *numeral, enum numeral_width width,
	 long double value)
{
	long double rounded;

	return numeral_round(numeral, width, &rounded) == 0 && rounded == value;
}

/*
 * The shortest digits of value, which is positive. Digits that do with fewer
 * than `fewest` come out of that many with zeros at their end, unless value is
 * subnormal. Of the numbers with so many digits only the nearest to value can
 * be value, but below a power of 2, where the next one is half as far: there
 * the nearest above may be one when the nearest, which is below, is not.
 */
static void
find_digits(struct numeral *numeral, enum numeral_width width,
	    long double value)
{
	int n = value < widths[width].normal ? 1 : widths[width].fewest;
	char text[NUMERAL_TEXT_SIZE + 16];
	bool has_above = is_power_of_two(value, width);

	for (; n <= widths[width].most; n++) {
		snprintf(text, sizeof(text), "%.*Le", n - 1, value);
		numeral_take(numeral, text);
		if (is_value(numeral, width, value))
			return;
		if (!has_above || n == widths[width].most)
			continue;
		increment(numeral, (size_t)n);
		if (is_value(numeral, width, value))
			return;
	}
}

/* write digits and exponent as Python does: without an exponent from 1e-4 up to
 * below 1e16 */
static size_t
write_digits(char *out, size_t size, const struct numeral *numeral)
{
	const char *digits = numeral->text + NUMERAL_PREFIX;
	int n = (int)numeral->ndigits, exponent = (int)numeral->exponent;
	int before = n + exponent; /* digits before the point */

	if (before <= -4 || before > 16)
		return (size_t)snprintf(
			out, NUMERAL_TEXT_SIZE, "%.1s%s%.*se%+03d", digits,
			n > 1 ? "." : "", n - 1, digits + 1, before - 1);
	if (before <= 0)
		return (size_t)snprintf(out, size, "0.%.*s%.*s", -before,
					"0000", n, digits);
	if (exponent >= 0)
		return (size_t)snprintf(out, size, "%.*s%.*s.0", n, digits,
					exponent, "0000000000000000");
	return (size_t)snprintf(out, size, "%.*s.%.*s", before, digits,
				n - before, digits + before);
}

size_t
numeral_shortest(char out[NUMERAL_TEXT_SIZE], enum numeral_width width,
		 long double value)
{
	struct numeral numeral;
	const char *word = isnan(value)	  ? "nan"
			   : isinf(value) ? "inf"
			   : value == 0	  ? "0.0"
					  : NULL;
	size_t nsign = 0;

	if (signbit(value) && !isnan(value)) {
		out[nsign++] = '-';
		value = -value;
	}
	if (word) {
		memcpy(out + nsign, word, sizeof("nan"));
		return nsign + strlen(word);
	}
	find_digits(&numeral, width, value);
	return nsign +
	       write_digits(out + nsign, NUMERAL_TEXT_SIZE - nsign, &numeral);
}
