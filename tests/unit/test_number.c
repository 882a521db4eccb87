/* Text to number: the whole text or nothing. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <stdint.h>

#include "base/number.h"

static const struct {
	const char *text;
	uint64_t min, max;
	int result;
	uint64_t value;
} numbers[] = {
	{ "0", 0, 9, 0, 0 },
	{ "9", 0, 9, 0, 9 },
	{ "007", 0, 9, 0, 7 },
	{ "10", 0, 9, -ERANGE, 0 },
	{ "0", 1, 9, -ERANGE, 0 },
	{ "18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX },
	{ "18446744073709551616", 0, UINT64_MAX, -ERANGE, 0 },
	{ "99999999999999999999999", 0, UINT64_MAX, -ERANGE, 0 },
	{ "", 0, 9, -EINVAL, 0 },
	{ " 1", 0, 9, -EINVAL, 0 },
	{ "1 ", 0, 9, -EINVAL, 0 },
	{ "+1", 0, 9, -EINVAL, 0 },
	{ "-1", 0, 9, -EINVAL, 0 },
	{ "1.0", 0, 9, -EINVAL, 0 },
	{ "0x1", 0, 9, -EINVAL, 0 },
	{ "x", 0, 9, -EINVAL, 0 },
	/* malformed weighs more than too large */
	{ "99999999999999999999999x", 0, 9, -EINVAL, 0 },
};

START_TEST(a_number_is_read_whole_or_not_at_all)
{
	uint64_t value = 12345;

	ck_assert_int_eq(number_parse(numbers[_i].text, numbers[_i].min,
				      numbers[_i].max, &value),
			 numbers[_i].result);
	ck_assert_uint_eq(value,
			  numbers[_i].result ? 12345 : numbers[_i].value);
}
END_TEST

static const struct {
	const char *text;
	int result;
	int32_t ms;
} durations[] = {
	{ "0", 0, 0 },
	{ "10", 0, 10000 },
	{ "0.5", 0, 500 },
	{ "1.5s", 0, 1500 },
	{ "2m", 0, 120000 },
	{ "0.5m", 0, 30000 },
	{ "1h", 0, 3600000 },
	{ "1d", 0, 86400000 },
	{ "0.001", 0, 1 },
	{ "0.0001", 0, 1 },
	{ "0.0000000000001", 0, 1 },
	{ "0.0010000000000", 0, 1 },
	{ "1.0010000000001", 0, 1002 },
	{ "24d", 0, 24 * 86400000 },
	{ "2147483.647", 0, INT32_MAX },
	{ "2147483.6471", -ERANGE, 0 },
	{ "2147484", -ERANGE, 0 },
	{ "25d", -ERANGE, 0 },
	{ "99999999999999999999", -ERANGE, 0 },
	{ "4294967296", -ERANGE, 0 },
	{ "18446744073709552", -ERANGE, 0 }, /* 384 ms modulo 2^64 */
	{ "", -EINVAL, 0 },
	{ "s", -EINVAL, 0 },
	{ ".5", -EINVAL, 0 },
	{ "5.", -EINVAL, 0 },
	{ "5.s", -EINVAL, 0 },
	{ "1 s", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ "1ms", -EINVAL, 0 },
	{ "1w", -EINVAL, 0 },
	{ "1.2.3", -EINVAL, 0 },
	{ "1e3", -EINVAL, 0 },
	{ "inf", -EINVAL, 0 },
	{ "99999999999999999999x", -EINVAL, 0 },
};

START_TEST(a_duration_is_read_in_milliseconds_rounded_up)
{
	int32_t ms = 12345;

	ck_assert_int_eq(number_parse_duration(durations[_i].text, &ms),
			 durations[_i].result);
	ck_assert_int_eq(ms, durations[_i].result ? 12345 : durations[_i].ms);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *tcase = unit_case(suite, "number");

	tcase_add_loop_test(tcase, a_number_is_read_whole_or_not_at_all, 0,
			    sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_loop_test(tcase,
			    a_duration_is_read_in_milliseconds_rounded_up, 0,
			    sizeof(durations) / sizeof(durations[0]));
}
