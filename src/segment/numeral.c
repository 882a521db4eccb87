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
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment/half.h"
#include "segment/numeral_digits.h"

/* exponents beyond are as good as this */
#define EXPONENT_CUT 1000000

/* those of a text too: no sum of it and a text's length overflows */
#define EXPONENT_READ_CUT (INT64_MAX / 16)

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
		numeral->text[NUMERAL_PREFIX + numeral->ndigits++] = '0';
	numeral->text[NUMERAL_PREFIX + numeral->ndigits++] = digit;
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
		numeral->text[NUMERAL_PREFIX + numeral->ndigits++] = '1';
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

void
numeral_finish(struct numeral *numeral)
{
	int64_t exponent = numeral->exponent;
	char *at = numeral->text + NUMERAL_PREFIX + numeral->ndigits;

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
	memcpy(numeral->text, "0x", NUMERAL_PREFIX);
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
		numeral_finish(numeral);
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
				? (unsigned)(numeral->text[NUMERAL_PREFIX + i] -
					     '0')
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
	const char *digits = numeral->text + NUMERAL_PREFIX;
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

void
numeral_take(struct numeral *numeral, const char *text)
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
	numeral_finish(numeral);
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
	numeral_take(&other, text);
	places = (int64_t)numeral->ndigits + numeral->exponent;
	other_places = (int64_t)other.ndigits + other.exponent;
	if (places != other_places)
		return places < other_places ? -1 : 1;
	n = numeral->ndigits < other.ndigits ? numeral->ndigits : other.ndigits;
	order = memcmp(numeral->text + NUMERAL_PREFIX,
		       other.text + NUMERAL_PREFIX, n);
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
	memcpy(head.text, numeral->text, NUMERAL_PREFIX + 12);
	head.text[NUMERAL_PREFIX + 12] = '1';
	numeral_finish(&head);
	return half_from_double(strtod(head.text, NULL));
}

/* the nearest number of width to the digits, without the sign */
static long double
round_amount(const struct numeral *numeral, enum numeral_width width)
{
	const char *text = numeral->text;

	if (numeral->form == NUMERAL_DECIMAL)
		text += NUMERAL_PREFIX;
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
