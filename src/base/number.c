/*
 * Text to number: strict where strtoul and strtod are generous (white space,
 * signs, bases, locales, trailing text), so that a typing error is an error.
 */
#include <config.h>

#include "base/number.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/* digits of a fraction that count; more only round up */
#define FRACTION_SCALE 1000000000u

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* read the digits at *text, at least one, and move *text behind them */
static int
read_digits(const char **text, uint64_t *value)
{
	uint64_t sum = 0;
	bool fits = true;
	unsigned digit;

	if (!is_digit(**text))
		return -EINVAL;
	for (; is_digit(**text); ++*text) {
		digit = (unsigned)(**text - '0');
		if (sum > (UINT64_MAX - digit) / 10)
			fits = false;
		else
			sum = sum * 10 + digit;
	}
	*value = sum;
	return fits ? 0 : -ERANGE;
}

int
number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	uint64_t read = 0;
	int error = read_digits(&text, &read);

	if (error == -EINVAL || *text != '\0')
		return -EINVAL;
	if (error || read < min || read > max)
		return -ERANGE;
	*value = read;
	return 0;
}

/* read the digits behind a decimal point, in units of 1 / FRACTION_SCALE,
 * rounded up */
static int
read_fraction(const char **text, uint64_t *fraction)
{
	uint64_t sum = 0, scale = FRACTION_SCALE;
	bool has_more = false;

	if (!is_digit(**text))
		return -EINVAL;
	for (; is_digit(**text); ++*text) {
		scale /= 10;
		sum += scale * (uint64_t)(**text - '0');
		has_more |= scale == 0 && **text != '0';
	}
	*fraction = sum + has_more;
	return 0;
}

/* milliseconds of the unit that is the rest of text, 0 if it is none */
static uint64_t
unit_ms(const char *text)
{
	if (text[0] != '\0' && text[1] != '\0')
		return 0;
	switch (text[0]) {
	case '\0':
	case 's':
		return 1000;
	case 'm':
		return 60 * 1000;
	case 'h':
		return 60 * 60 * 1000;
	case 'd':
		return 24 * 60 * 60 * 1000;
	default:
		return 0;
	}
}

int
number_parse_duration(const char *text, int32_t *ms)
{
	uint64_t whole = 0, fraction = 0, unit;
	int error = read_digits(&text, &whole);

	if (error == -EINVAL)
		return error;
	if (*text == '.') {
		text++;
		if (read_fraction(&text, &fraction))
			return -EINVAL;
	}
	unit = unit_ms(text);
	if (unit == 0)
		return -EINVAL;
	if (error || whole > INT32_MAX)
		return -ERANGE;
	fraction = (fraction * unit + FRACTION_SCALE - 1) / FRACTION_SCALE;
	if (whole * unit + fraction > INT32_MAX)
		return -ERANGE;
	*ms = (int32_t)(whole * unit + fraction);
	return 0;
}
