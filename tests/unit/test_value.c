/* Numbers of results: exact, and in an order. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reduce/digits.h"
#include "reduce/value.h"

/* what is read, and the text of it */
static const struct {
	const char *text;
	int result;
	const char *again;
} texts[] = {
	{ "0", 0, "0" },
	{ "-0", 0, "0" },
	{ "-0x0", 0, "0" },
	{ "+7", 0, "7" },
	{ "007", 0, "7" },
	{ "1234567890123456789", 0, "1234567890123456789" },
	{ "18446744073709551615", 0, "18446744073709551615" },
	{ "18446744073709551616", -ERANGE, "" },
	{ "-9223372036854775808", 0, "-9223372036854775808" },
	{ "-9223372036854775809", -ERANGE, "" },
	{ "0x1f", 0, "31" },
	{ "0x1p4", 0, "16.0" },
	{ "1.", 0, "1.0" },
	{ ".5", 0, "0.5" },
	{ "-.5", 0, "-0.5" },
	{ "-0.0", 0, "-0.0" },
	{ "0.1", 0, "0.1" },
	{ "123456.7890123", 0, "123456.7890123" },
	{ "9007199254740993.0", 0, "9007199254740992.0" },
	{ "0.30000000000000004", 0, "0.30000000000000004" },
	{ "1e3", 0, "1000.0" },
	{ "1E+03", 0, "1000.0" },
	{ "5e-1", 0, "0.5" },
	{ "000000000000000000000000000007", 0, "7" },
	{ "0.00000000000000000000000000000000005", 0, "5e-35" },
	{ "0.000", 0, "0.0" },
	{ "-0e5", 0, "-0.0" },
	{ "1e", -EINVAL, "" },
	{ "1e+", -EINVAL, "" },
	{ "e5", -EINVAL, "" },
	{ ".e5", -EINVAL, "" },
	{ "1e5.", -EINVAL, "" },
	{ "1e1x", -EINVAL, "" },
	{ "1e400", -ERANGE, "" },
	{ "1e-400", 0, "0.0" },
	{ "inf", 0, "inf" },
	{ "-Infinity", 0, "-inf" },
	{ "nan", 0, "nan" },
	{ "", -EINVAL, "" },
	{ "-", -EINVAL, "" },
	{ ".", -EINVAL, "" },
	{ "-.", -EINVAL, "" },
	{ "1.2.3", -EINVAL, "" },
	{ "1x", -EINVAL, "" },
	{ "x", -EINVAL, "" },
	{ " 1", -EINVAL, "" },
	{ "1 ", -EINVAL, "" },
	{ "1,5", -EINVAL, "" },
	{ "99999999999999999999999999x", -EINVAL, "" },
};

/* the same of what others came to; NULL: too large */
static const struct {
	const char *text, *again;
} wide_texts[] = {
	{ "-0", "0" },
	{ "18446744073709551616", "18446744073709551616" },
	{ "-9223372036854775809", "-9223372036854775809" },
	{ "340282366920938463463374607431768211455",
	  "340282366920938463463374607431768211455" },
	{ "-340282366920938463463374607431768211455",
	  "-340282366920938463463374607431768211455" },
	{ "340282366920938463463374607431768211456", NULL },
	{ "-340282366920938463463374607431768211456", NULL },
	{ "1000000000000000000000000000000000000000", NULL },
	{ "0x1ffffffffffffffff", "36893488147419103231" },
	{ "0xffffffffffffffffffffffffffffffff",
	  "340282366920938463463374607431768211455" },
	{ "0x100000000000000000000000000000000", NULL },
	{ "20000000000000000000000.0", "2e+22" },
};

START_TEST(what_others_came_to_has_128_bits)
{
	const char *text = wide_texts[_i].text;
	char out[VALUE_TEXT_SIZE];
	struct value value;
	int result = value_read_wide(text, strlen(text), &value);

	ck_assert_int_eq(result, wide_texts[_i].again ? 0 : -ERANGE);
	if (result)
		return;
	value_format(out, &value);
	ck_assert_str_eq(out, wide_texts[_i].again);
	ck_assert(value_double(&value) == strtod(text, NULL));
}
END_TEST

START_TEST(a_number_is_its_text)
{
	char out[VALUE_TEXT_SIZE];
	struct value value;
	int result = value_read(texts[_i].text, strlen(texts[_i].text), &value);

	ck_assert_int_eq(result, texts[_i].result);
	if (result)
		return;
	ck_assert_uint_eq(value_format(out, &value), strlen(texts[_i].again));
	ck_assert_str_eq(out, texts[_i].again);
}
END_TEST

static void
check_decimal(const char *text)
{
	struct value value;

	ck_assert_int_eq(value_read(text, strlen(text), &value), 0);
	ck_assert(value.is_double);
	ck_assert_msg(value.number == strtod(text, NULL), "%s", text);
}

/* against strtod(), in the C locale: also digits that are many */
START_TEST(decimals_are_the_nearest_doubles)
{
	uint64_t state = 7;
	char text[64];

	for (int i = 0; i < 200000; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		snprintf(text, sizeof(text), "%s%llu.%0*llu",
			 state & 1 ? "-" : "",
			 (unsigned long long)(state >> (20 + state % 44)),
			 1 + (int)(state % 12),
			 (unsigned long long)(state >> (30 + state % 34)));
		check_decimal(text);
		snprintf(text, sizeof(text), "%.*e", (int)(state % 20),
			 (double)(state >> 11) / (1 + (double)(state % 7777)));
		check_decimal(text);
		/* near to what is half way between two doubles */
		snprintf(text, sizeof(text), "%llue%d",
			 (unsigned long long)(state >> 9 | 1),
			 (int)(state % 51) - 25);
		check_decimal(text);
	}
}
END_TEST

/* from the least to the greatest */
static const char *const order[] = {
	"-inf",
	"-1e19",
	"-9223372036854775808",
	"-9223372036854775808.0",
	"-3",
	"-2.5",
	"-2",
	"-0.0",
	"0",
	"0.0",
	"0.5",
	"1",
	"1.0",
	"9007199254740992",
	"9007199254740992.0",
	"9007199254740993",
	"9223372036854775807",
	"9223372036854775808.0",
	"18446744073709551615",
	"18446744073709551616.0",
	"inf",
};

START_TEST(values_have_an_order)
{
	int n = (int)(sizeof(order) / sizeof(order[0]));
	struct value one, other;
	int result;

	for (int i = 0; i < n * n; i++) {
		value_read(order[i / n], strlen(order[i / n]), &one);
		value_read(order[i % n], strlen(order[i % n]), &other);
		result = value_compare(&one, &other);
		ck_assert_msg((result > 0) - (result < 0) ==
				      (i / n > i % n) - (i / n < i % n),
			      "%s and %s: %d", order[i / n], order[i % n],
			      result);
	}
}
END_TEST

static void
check_digits(const char *text, size_t taken, const char *sum, uint64_t count)
{
	char out[VALUE_TEXT_SIZE];
	struct digits_sum result;

	ck_assert_uint_eq(digits_sum(text, strlen(text), '\n', &result), taken);
	value_format_integer(out, false, result.sum);
	ck_assert_str_eq(out, sum);
	ck_assert_uint_eq(result.count, count);
}

/* a line without an end is left */
#define REST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

START_TEST(plain_integers_are_added_as_they_stand)
{
	check_digits("", 0, "0", 0);
	check_digits("1\n2\n", 4, "3", 2);
	check_digits("1\n2", 2, "1", 1);
	check_digits("1234567890\n1234567890\n1234567890\n1234567890\n"
		     "1234567890\n12345678\n",
		     64, "6185185128", 6);
	check_digits("1\n2\n" REST, 4, "3", 2);
	check_digits("\n" REST, 0, "0", 0);
	check_digits("7\n\n8\n" REST, 2, "7", 1);
	check_digits("12345678\n12345678901\n" REST, 21, "12358024579", 2);
	check_digits("9999999999999999\n1\n" REST, 19, "10000000000000000", 2);
	check_digits("10000000000000000\n" REST, 0, "0", 0);
	check_digits("5\n-5\n" REST, 2, "5", 1);
	check_digits("5\n1.5\n" REST, 2, "5", 1);
	check_digits("5\n12 \n" REST, 2, "5", 1);
	check_digits("5\n1\xb2\n" REST, 2, "5", 1);
	check_digits("5\n1/\n" REST, 2, "5", 1);
	check_digits("5\n1:\n" REST, 2, "5", 1);
}
END_TEST

/* of all lengths, wherever they stand */
START_TEST(every_integer_is_read_as_it_is)
{
	static char text[20 * 3000];
	uint64_t state = 3;

	for (int round = 0; round < 300; round++) {
		struct digits_sum result;
		unsigned __int128 sum = 0;
		char got[VALUE_TEXT_SIZE], wanted[VALUE_TEXT_SIZE];
		uint64_t count = 0, number;
		size_t used = 0, taken;

		for (int i = 0; i < 1 + round * 10; i++) {
			state = state * UINT64_C(6364136223846793005) + 1;
			number = (state >> 8) % UINT64_C(10000000000000000);
			for (uint64_t k = (state >> 3) % 16; k > 0; k--)
				number /= 10;
			used += (size_t)sprintf(text + used, "%llu\n",
						(unsigned long long)number);
		}
		taken = digits_sum(text, used, '\n', &result);
		ck_assert_uint_gt(taken + 64 + 17, used);
		for (char *at = text; at < text + taken; at++, count++)
			sum += strtoull(at, &at, 10);
		value_format_integer(got, false, result.sum);
		value_format_integer(wanted, false, sum);
		ck_assert_str_eq(got, wanted);
		ck_assert_uint_eq(result.count, count);
	}
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *values = unit_case(suite, "values");
	TCase *digits = unit_case(suite, "digits");

	tcase_add_loop_test(values, a_number_is_its_text, 0,
			    sizeof(texts) / sizeof(texts[0]));
	tcase_add_loop_test(values, what_others_came_to_has_128_bits, 0,
			    sizeof(wide_texts) / sizeof(wide_texts[0]));
	tcase_add_test(values, decimals_are_the_nearest_doubles);
	tcase_add_test(values, values_have_an_order);
	tcase_add_test(digits, plain_integers_are_added_as_they_stand);
	tcase_add_test(digits, every_integer_is_read_as_it_is);
}
