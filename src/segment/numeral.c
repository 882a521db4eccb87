/*
 * Text of numbers. The C library converts, correctly rounded, but reads and
 * writes the locale's decimal point: so it only ever gets digits and an
 * exponent, as 15e-1, and only digits and an exponent are taken from what it
 * writes. f2, which it does not know, is rounded from the double, and where the
 * double is half way between two f2 the digits decide (a text that was rounded
 * to the half way point must not be rounded on from there).
 */
#include <config.h>

#include "segment/numeral.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment/half.h"

/* exponents beyond are as good as this */
#define EXPONENT_CUT 1000000

/* those of a text too: no sum of it and a text's length overflows */
#define EXPONENT_READ_CUT (INT64_MAX / 16)

/* bytes of the 0x before the digits */
#define PREFIX 2

/* digits on their way into a numeral */
struct collector {
	struct numeral *numeral;
	uint64_t zeros; /* behind the last digit */
	bool is_cut;	/* some digits that are not 0 did not fit */
};

/* the value of a digit, or -1 */
static int
digit_of(char c, bool is_hex)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (is_hex && c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (is_hex && c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* move *text behind word (in lower case) if that is next */
static bool
skip_word(const char **text, const char *end, const char *word)
{
	const char *at = *text;

	for (; *word != '\0'; word++, at++)
		if (at == end || lower(*at) != *word)
			return false;
	*text = at;
	return true;
}

/* one more digit */
static void
collect(struct collector *collector, char digit)
{
	struct numeral *numeral = collector->numeral;

	if (digit == '0') {
		collector->zeros += numeral->ndigits > 0;
		return;
	}
	if (collector->zeros >= NUMERAL_DIGITS_MAX - numeral->ndigits) {
		collector->is_cut = true;
		collector->zeros++;
		return;
	}
	for (; collector->zeros > 0; collector->zeros--)
		numeral->text[PREFIX + numeral->ndigits++] = '0';
	numeral->text[PREFIX + numeral->ndigits++] = digit;
}

/* 1.5, .5 or 5. at *text, which then is behind it; false if there is no digit
 */
static bool
read_digits(struct numeral *numeral, const char **text, const char *end)
{
	struct collector collector = { .numeral = numeral };
	bool is_hex = numeral->form == NUMERAL_HEX, has_point = false;
	int64_t place = is_hex ? 4 : 1;
	const char *at = *text;
	bool has_digit = false;

	for (; at < end; at++) {
		if (*at == '.' && !has_point) {
			has_point = true;
			continue;
		}
		if (digit_of(*at, is_hex) < 0)
			break;
		has_digit = true;
		collect(&collector, *at);
		if (has_point)
			numeral->exponent -= place;
	}
	numeral->exponent += (int64_t)collector.zeros * place;
	if (collector.is_cut) {
		/* zeros counts the place of what did not fit as well */
		numeral->text[PREFIX + numeral->ndigits++] = '1';
		numeral->exponent -= place;
	}
	*text = at;
	return has_digit;
}

/* an exponent at *text, if there is one */
static void
read_exponent(struct numeral *numeral, const char **text, const char *end)
{
	const char *at = *text;
	bool is_negative = false;
	int64_t sum = 0;

	if (at == end ||
	    lower(*at) != (numeral->form == NUMERAL_HEX ? 'p' : 'e'))
		return;
	at++;
	if (at < end && (*at == '+' || *at == '-'))
		is_negative = *at++ == '-';
	if (at == end || digit_of(*at, false) < 0)
		return;
	for (; at < end && digit_of(*at, false) >= 0; at++)
		if (sum < EXPONENT_READ_CUT)
			sum = sum * 10 + digit_of(*at, false);
	numeral->exponent += is_negative ? -sum : sum;
	*text = at;
}

/* write the exponent behind the digits */
static void
finish(struct numeral *numeral)
{
	int64_t exponent = numeral->exponent;
	char *at = numeral->text + PREFIX + numeral->ndigits;

	if (exponent > EXPONENT_CUT)
		exponent = EXPONENT_CUT;
	if (exponent < -EXPONENT_CUT)
		exponent = -EXPONENT_CUT;
	if (numeral->ndigits == 0)
		snprintf(at, 8, "0");
	else
		snprintf(at, 32, "%c%" PRId64,
			 numeral->form == NUMERAL_HEX ? 'p' : 'e', exponent);
}

int
numeral_read(struct numeral *numeral, const char **text, const char *end)
{
	const char *at = *text;

	numeral->form = NUMERAL_DECIMAL;
	numeral->exponent = 0;
	numeral->ndigits = 0;
	memcpy(numeral->text, "0x", PREFIX);
	numeral->is_negative = at < end && *at == '-';
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	if (skip_word(&at, end, "infinity") || skip_word(&at, end, "inf")) {
		numeral->form = NUMERAL_INFINITE;
	} else if (skip_word(&at, end, "nan")) {
		numeral->form = NUMERAL_NAN;
	} else {
		if (skip_word(&at, end, "0x"))
			numeral->form = NUMERAL_HEX;
		if (!read_digits(numeral, &at, end))
			return -EINVAL;
		read_exponent(numeral, &at, end);
		finish(numeral);
	}
	*text = at;
	return 0;
}

/* digits * 10^exponent, exponent >= 0 */
static int
decimal_integer(const struct numeral *numeral, unsigned __int128 *amount)
{
	unsigned __int128 sum = 0;
	unsigned digit;
	size_t i, n;

	if (numeral->exponent > 39 || numeral->ndigits > 39)
		return -ERANGE;
	n = numeral->ndigits + (size_t)numeral->exponent;
	for (i = 0; i < n; i++) {
		digit = i < numeral->ndigits
				? (unsigned)(numeral->text[PREFIX + i] - '0')
				: 0;
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, digit, &sum))
			return -ERANGE;
	}
	*amount = sum;
	return 0;
}

/* digits * 2^exponent, where the last digit may make up for an exponent below
 * 0 */
static int
hex_integer(const struct numeral *numeral, unsigned __int128 *amount)
{
	const char *digits = numeral->text + PREFIX;
	int64_t place, last = (int64_t)numeral->ndigits - 1;
	unsigned __int128 sum = 0, digit;
	int64_t i;

	digit = (unsigned)digit_of(digits[last], true);
	if (numeral->exponent < -3 ||
	    (numeral->exponent < 0 && digit % (1u << -numeral->exponent) != 0))
		return -EINVAL;
	if (last > 32 || numeral->exponent > 127)
		return -ERANGE;
	for (i = 0; i <= last; i++) {
		place = numeral->exponent + 4 * (last - i);
		digit = (unsigned)digit_of(digits[i], true);
		if (place < 0)
			digit >>= -place;
		else if (place > 127 || digit > ~(unsigned __int128)0 >> place)
			return -ERANGE;
		else
			digit <<= place;
		sum |= digit;
	}
	*amount = sum;
	return 0;
}

int
numeral_integer(const struct numeral *numeral, unsigned __int128 *amount)
{
	if (numeral->form == NUMERAL_INFINITE || numeral->form == NUMERAL_NAN)
		return -EINVAL;
	if (numeral->ndigits == 0) {
		*amount = 0;
		return 0;
	}
	if (numeral->form == NUMERAL_HEX)
		return hex_integer(numeral, amount);
	return numeral->exponent < 0 ? -EINVAL
				     : decimal_integer(numeral, amount);
}

/* take digits and exponent from what "%.*Le" made of a positive number, and
 * leave its point where it is */
static void
take_digits(struct numeral *numeral, const char *text)
{
	const char *at = text, *end = text + strlen(text);
	struct collector collector = { .numeral = numeral };
	int64_t n = 0;

	numeral->form = NUMERAL_DECIMAL;
	numeral->is_negative = false;
	numeral->exponent = 0;
	numeral->ndigits = 0;
	for (; at < end && *at != 'e'; at++)
		if (digit_of(*at, false) >= 0) {
			collect(&collector, *at);
			n++;
		}
	read_exponent(numeral, &at, end);
	numeral->exponent += (int64_t)collector.zeros - (n - 1);
	finish(numeral);
}

/* compare the digits of a decimal with amount, whose 60 first digits are all */
static int
compare(const struct numeral *numeral, double amount)
{
	struct numeral other;
	char text[80];
	int64_t places, other_places;
	size_t n;
	int order;

	snprintf(text, sizeof(text), "%.60e", amount);
	take_digits(&other, text);
	places = (int64_t)numeral->ndigits + numeral->exponent;
	other_places = (int64_t)other.ndigits + other.exponent;
	if (places != other_places)
		return places < other_places ? -1 : 1;
	n = numeral->ndigits < other.ndigits ? numeral->ndigits : other.ndigits;
	order = memcmp(numeral->text + PREFIX, other.text + PREFIX, n);
	if (order != 0)
		return order;
	return numeral->ndigits < other.ndigits ? -1 : numeral->ndigits > n;
}

/* The f2 nearest to a decimal that amount is the double nearest to. Only when
 * amount is half way between two can the two disagree. */
static uint16_t
decimal_to_half(const struct numeral *numeral, double amount)
{
	uint16_t half = half_from_double(amount), below, above;
	int order;

	if (amount == 0 || amount > half_amount(HALF_INFINITE))
		return half;
	below = half;
	if (half_amount(half) > amount)
		below--;
	above = (uint16_t)(below + 1);
	if (amount != (half_amount(below) + half_amount(above)) / 2)
		return half;
	order = compare(numeral, amount);
	if (order == 0)
		return half;
	return order < 0 ? below : above;
}

/* The f2 nearest to a hexadecimal: 12 digits, and one for all others, are more
 * than decide and no more than a double holds. */
static uint16_t
hex_to_half(const struct numeral *numeral)
{
	struct numeral head = { 0 };

	if (numeral->ndigits <= 13)
		return half_from_double(strtod(numeral->text, NULL));
	head.form = NUMERAL_HEX;
	head.ndigits = 13;
	head.exponent =
		numeral->exponent + 4 * ((int64_t)numeral->ndigits - 13);
	memcpy(head.text, numeral->text, PREFIX + 12);
	head.text[PREFIX + 12] = '1';
	finish(&head);
	return half_from_double(strtod(head.text, NULL));
}

/* the nearest number of width to the digits, without the sign */
static long double
round_amount(const struct numeral *numeral, enum numeral_width width)
{
	const char *text = numeral->text;

	if (numeral->form == NUMERAL_DECIMAL)
		text += PREFIX;
	switch (width) {
	case NUMERAL_F2:
		if (numeral->form == NUMERAL_HEX)
			return half_to_double(hex_to_half(numeral));
		return half_to_double(
			decimal_to_half(numeral, strtod(text, NULL)));
	case NUMERAL_F4:
		return strtof(text, NULL);
	case NUMERAL_F8:
		return strtod(text, NULL);
	case NUMERAL_F16:
		return strtold(text, NULL);
	}
	return 0;
}

int
numeral_round(const struct numeral *numeral, enum numeral_width width,
	      long double *value)
{
	long double amount;

	if (numeral->form == NUMERAL_INFINITE) {
		amount = INFINITY;
	} else if (numeral->form == NUMERAL_NAN) {
		amount = NAN;
	} else {
		amount = round_amount(numeral, width);
		if (isinf(amount))
			return -ERANGE;
	}
	*value = numeral->is_negative ? -amount : amount;
	return 0;
}

/* make the n-th digit, the last unless it and others are 0, one more */
static void
increment(struct numeral *numeral, size_t n)
{
	char *digits = numeral->text + PREFIX;

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
	finish(numeral);
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
	return round_amount(numeral, width) == value;
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
		take_digits(numeral, text);
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
	const char *digits = numeral->text + PREFIX;
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
