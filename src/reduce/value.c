#include <config.h>

#include "reduce/value.h"

#include <assert.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "segment/numeral.h"

/*
 * Numbers of results; see value.h. What nearly all of them are is read fast:
 * so few digits that they are exact in 64 bits, and a power of ten that is
 * exact, too. All else is numeral.h's.
 */

/* digits that fit into 64 bits whatever they are */
#define DIGITS_MAX 19

/* powers of ten that are exact as doubles, and as numbers of 64 bits: 5^27 is
 * below 2^63 */
#define TENS 22
#define LONG_TENS 27

static const long double tens[] = {
	1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,	 1e7L,	1e8L,  1e9L,
	1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
	1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L,
};

/* a decimal on its way: digits * 10^exponent */
struct decimal {
	uint64_t digits;
	int exponent;
	bool is_double;
};

/* digits from *text on, at most as many as fit; moves *text behind them.
 * Returns how many there are, zeros before the others apart, or DIGITS_MAX + 1
 * when they are too many. */
static unsigned
read_digits(const char **text, const char *end, unsigned n, uint64_t *digits)
{
	const char *at = *text;
	uint64_t sum = *digits;
	unsigned digit;

	while (n == 0 && at < end && *at == '0')
		at++;
	for (; at < end && n <= DIGITS_MAX; at++, n++) {
		digit = (unsigned)(unsigned char)*at - '0';
		if (digit > 9)
			break;
		sum = sum * 10 + digit;
	}
	*digits = sum;
	*text = at;
	return n;
}

/* e5, e+05, e-300 ... up to three digits; false when it is something else */
static bool
read_exponent(const char *text, const char *end, int *exponent)
{
	bool is_negative = text + 1 < end && text[1] == '-';
	int sum = 0;

	if (*text != 'e' && *text != 'E')
		return false;
	text++;
	if (text < end && (*text == '-' || *text == '+'))
		text++;
	if (text == end || end - text > 3)
		return false;
	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return false;
		sum = sum * 10 + (*text - '0');
	}
	*exponent += is_negative ? -sum : sum;
	return true;
}

static bool
read_decimal(const char *text, const char *end, struct decimal *decimal)
{
	const char *from = text;
	unsigned n;
	bool has_digit;

	*decimal = (struct decimal){ 0 };
	n = read_digits(&text, end, 0, &decimal->digits);
	has_digit = text > from;
	if (text < end && *text == '.') {
		decimal->is_double = true;
		from = ++text;
		n = read_digits(&text, end, n, &decimal->digits);
		has_digit |= text > from;
		decimal->exponent = -(int)(text - from);
	}
	if (!has_digit || n > DIGITS_MAX)
		return false;
	if (text == end)
		return true;
	decimal->is_double = true;
	return read_exponent(text, end, &decimal->exponent);
}

/* the nearest double; false when it takes more than one rounding */
static bool
round_decimal(const struct decimal *decimal, double *number)
{
	int exponent = decimal->exponent;
	int places = exponent < 0 ? -exponent : exponent;

	if (decimal->digits == 0) {
		*number = 0;
		return true;
	}
	if (decimal->digits >> 53 == 0 && places <= TENS) {
		double digits = (double)decimal->digits;

		*number = exponent < 0 ? digits / (double)tens[places]
				       : digits * (double)tens[places];
		return true;
	}
#if LDBL_MANT_DIG == 64
	if (places <= LONG_TENS) {
		long double digits = decimal->digits, wide;
		uint64_t mantissa;

		wide = exponent < 0 ? digits / tens[places]
				    : digits * tens[places];
		memcpy(&mantissa, &wide, sizeof(mantissa));
		/* rounded to 64 bits, it is rounded to 53 in the same way,
		 * unless it may have come to be half way between two */
		*number = (double)wide;
		return (mantissa & 0x7ff) != 0x400;
	}
#endif
	return false;
}

/* false when the text has to be read the slow way */
static bool
read_fast(const char *text, size_t nbytes, struct value *value)
{
	const char *end = text + nbytes;
	bool is_negative = nbytes > 0 && *text == '-';
	struct decimal decimal;

	if (!read_decimal(text + is_negative, end, &decimal))
		return false;
	value->is_double = decimal.is_double;
	if (decimal.is_double) {
		if (!round_decimal(&decimal, &value->number))
			return false;
		if (is_negative)
			value->number = -value->number;
		return true;
	}
	value->low = decimal.digits;
	value->high = 0;
	value->is_negative = is_negative && decimal.digits > 0;
	/* what does not fit is refused elsewhere */
	return !is_negative || decimal.digits <= INT64_MAX;
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
read_integer(const struct numeral *numeral, bool is_wide, struct value *value)
{
	unsigned __int128 amount;
	int error = numeral_integer(numeral, &amount);

	if (error)
		return error;
	value->is_negative = numeral->is_negative && amount > 0;
	if (!is_wide && amount > (value->is_negative ? (uint64_t)INT64_MAX + 1
						     : UINT64_MAX))
		return -ERANGE;
	value->low = (uint64_t)amount;
	value->high = (uint64_t)(amount >> 64);
	return 0;
}

static int
read_slow(const char *text, size_t nbytes, bool is_wide, struct value *value)
{
	const char *at = text;
	struct numeral numeral;
	long double number;
	int error = numeral_read(&numeral, &at, text + nbytes);

	if (error || at != text + nbytes)
		return -EINVAL;
	value->is_double = is_double_text(&numeral, text, nbytes);
	if (!value->is_double)
		return read_integer(&numeral, is_wide, value);
	error = numeral_round(&numeral, NUMERAL_F8, &number);
	if (!error)
		value->number = (double)number;
	return error;
}

int
value_read(const char *text, size_t nbytes, struct value *value)
{
	if (read_fast(text, nbytes, value))
		return 0;
	return read_slow(text, nbytes, false, value);
}

int
value_read_wide(const char *text, size_t nbytes, struct value *value)
{
	if (read_fast(text, nbytes, value))
		return 0;
	return read_slow(text, nbytes, true, value);
}

double
value_double(const struct value *value)
{
	double amount;

	if (value->is_double)
		return value->number;
	/* of 64 bits the machine makes a double by itself */
	amount = value->high ? (double)value_amount(value) : (double)value->low;
	return value->is_negative ? -amount : amount;
}

static int
compare_amounts(unsigned __int128 one, unsigned __int128 other)
{
	return (one > other) - (one < other);
}

static int
compare_integers(const struct value *one, const struct value *other)
{
	if (one->is_negative != other->is_negative)
		return one->is_negative ? -1 : 1;
	if (one->is_negative)
		return compare_amounts(value_amount(other), value_amount(one));
	return compare_amounts(value_amount(one), value_amount(other));
}

/* an integer and a double */
static int
compare_mixed(const struct value *integer, double number)
{
	double whole = floor(number);
	unsigned __int128 amount;
	struct value other;
	int order;

	if (whole >= 0x1p128)
		return -1;
	if (whole <= -0x1p128)
		return 1;
	amount = (unsigned __int128)fabs(whole);
	other = (struct value){ .is_negative = whole < 0,
				.low = (uint64_t)amount,
				.high = (uint64_t)(amount >> 64) };
	order = compare_integers(integer, &other);
	if (order == 0 && whole < number)
		return -1;
	return order;
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
		return -compare_mixed(other, one->number);
	if (other->is_double)
		return compare_mixed(one, other->number);
	return compare_integers(one, other);
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
	return value_format_integer(out, value->is_negative,
				    value_amount(value));
}
