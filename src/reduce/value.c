#include <config.h>

#include "reduce/value.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "segment/numeral.h"

/*
 * Numbers of results; see value.h. What nearly all of them are is read fast: a
 * sign and some digits, perhaps with a point, so few that digits and power of
 * ten are doubles, and one division is one rounding. All else is numeral.h's.
 */

/* digits that fit into 64 bits whatever they are */
#define DIGITS_MAX 19

/* powers of ten that are doubles; below 2^53 all integers are, too */
static const double tens[] = { 1e0,  1e1,  1e2,	 1e3,  1e4,  1e5,  1e6,	 1e7,
			       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
			       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* false when the text has to be read the slow way */
static bool
read_fast(const char *text, size_t nbytes, struct value *value)
{
	const char *at = text, *end = text + nbytes, *point = NULL;
	uint64_t sum = 0;

	value->is_negative = at < end && *at == '-';
	at += value->is_negative;
	if ((size_t)(end - at) > DIGITS_MAX)
		return false;
	for (text = at; at < end; at++) {
		if (is_digit(*at))
			sum = sum * 10 + (uint64_t)(*at - '0');
		else if (*at == '.' && !point)
			point = at;
		else
			return false;
	}
	/* at least a digit */
	if (at - text == (point ? 1 : 0))
		return false;
	value->is_double = point != NULL;
	if (!point) {
		value->amount = sum;
		/* what does not fit is an error, and -0 is 0 */
		return !value->is_negative || (sum > 0 && sum <= INT64_MAX);
	}
	if (sum >> 53)
		return false;
	value->number = (double)sum / tens[end - point - 1];
	if (value->is_negative)
		value->number = -value->number;
	return true;
}

/* whether a number of this text is a double */
static bool
is_double_text(const struct numeral *numeral, const char *text, size_t nbytes)
{
	switch (numeral->form) {
	case NUMERAL_INFINITE:
	case NUMERAL_NAN:
		return true;
	case NUMERAL_HEX:
		return memchr(text, '.', nbytes) || memchr(text, 'p', nbytes) ||
		       memchr(text, 'P', nbytes);
	case NUMERAL_DECIMAL:
		break;
	}
	return memchr(text, '.', nbytes) || memchr(text, 'e', nbytes) ||
	       memchr(text, 'E', nbytes);
}

static int
read_slow(const char *text, size_t nbytes, struct value *value)
{
	const char *at = text;
	struct numeral numeral;
	long double number;
	int error = numeral_read(&numeral, &at, text + nbytes);

	if (error || at != text + nbytes)
		return -EINVAL;
	value->is_double = is_double_text(&numeral, text, nbytes);
	if (value->is_double) {
		error = numeral_round(&numeral, NUMERAL_F8, &number);
		if (!error)
			value->number = (double)number;
		return error;
	}
	error = numeral_integer(&numeral, &value->amount);
	if (error)
		return error;
	value->is_negative = numeral.is_negative && value->amount > 0;
	if (value->is_negative && value->amount > (uint64_t)INT64_MAX + 1)
		return -ERANGE;
	return 0;
}

int
value_read(const char *text, size_t nbytes, struct value *value)
{
	if (read_fast(text, nbytes, value))
		return 0;
	return read_slow(text, nbytes, value);
}

double
value_double(const struct value *value)
{
	double amount;

	if (value->is_double)
		return value->number;
	amount = (double)value->amount;
	return value->is_negative ? -amount : amount;
}

/* an integer and a double that is finite */
static int
compare_mixed(__int128 integer, double number)
{
	double whole = floor(number);
	__int128 other;

	if (whole >= 0x1p64)
		return -1;
	if (whole < -0x1p63)
		return 1;
	other = (__int128)whole;
	if (integer != other)
		return integer < other ? -1 : 1;
	return whole < number ? -1 : 0;
}

/* among those that are the same: -0.0, an integer, a double */
static int
order_of(const struct value *value)
{
	if (!value->is_double)
		return 1;
	return value->number == 0 && signbit(value->number) ? 0 : 2;
}

int
value_order(const struct value *one, const struct value *other)
{
	if (one->is_double && other->is_double)
		return (one->number > other->number) -
		       (one->number < other->number);
	if (one->is_double)
		return -compare_mixed(value_integer(other), one->number);
	if (other->is_double)
		return compare_mixed(value_integer(one), other->number);
	return (value_integer(one) > value_integer(other)) -
	       (value_integer(one) < value_integer(other));
}

int
value_compare(const struct value *one, const struct value *other)
{
	int order = value_order(one, other);

	return order ? order : order_of(one) - order_of(other);
}

size_t
value_format_integer(char out[VALUE_TEXT_SIZE], bool is_negative,
		     unsigned __int128 amount)
{
	char digits[VALUE_TEXT_SIZE], *first = digits + sizeof(digits);
	size_t nbytes;

	do {
		*--first = (char)('0' + (int)(amount % 10));
		amount /= 10;
	} while (amount > 0);
	if (is_negative)
		*--first = '-';
	nbytes = (size_t)(digits + sizeof(digits) - first);
	memcpy(out, first, nbytes);
	out[nbytes] = '\0';
	return nbytes;
}

size_t
value_format_double(char out[VALUE_TEXT_SIZE], double number)
{
	static_assert(VALUE_TEXT_SIZE >= NUMERAL_TEXT_SIZE, "it has room");

	return numeral_shortest(out, NUMERAL_F8, number);
}

size_t
value_format(char out[VALUE_TEXT_SIZE], const struct value *value)
{
	if (value->is_double)
		return value_format_double(out, value->number);
	return value_format_integer(out, value->is_negative, value->amount);
}
