/*
 * base/number: the bytes are the text. Numbers and durations are computed once
 * more, in integers that have room for all of it.
 */
#include <config.h>

#include "fuzz.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

/* a long sum stays here, beyond everything that fits */
#define LARGE ((unsigned __int128)1 << 90)

/* the number that n digits are */
static unsigned __int128
value_of(const char *digits, size_t n)
{
	unsigned __int128 value = 0;

	for (size_t i = 0; i < n; i++)
		value = value < LARGE ? value * 10 + (unsigned)(digits[i] - '0')
				      : LARGE;
	return value;
}

static void
check_number(const char *text, uint64_t min, uint64_t max)
{
	size_t n = strspn(text, "0123456789");
	unsigned __int128 wanted = value_of(text, n);
	uint64_t got = 42;
	int error = number_parse(text, min, max, &got);

	if (n == 0 || text[n])
		REQUIRE(error == -EINVAL);
	else if (wanted < min || wanted > max)
		REQUIRE(error == -ERANGE);
	else
		REQUIRE(error == 0 && got == wanted);
	REQUIRE(error == 0 || got == 42);
}

static void
check_duration(const char *text)
{
	static const char units[] = "smhd";
	static const uint64_t unit_ms[] = { 1000, 60000, 3600000, 86400000 };
	size_t whole = strspn(text, "0123456789");
	const char *point = text + whole + (text[whole] == '.');
	size_t fraction =
		point > text + whole ? strspn(point, "0123456789") : 0;
	const char *unit = point + fraction;
	const char *which = *unit ? strchr(units, *unit) : units;
	bool is_well_formed = whole > 0 && which && (!*unit || !unit[1]) &&
			      (point == text + whole || fraction > 0);
	size_t counted = fraction < 9 ? fraction : 9;
	unsigned __int128 ms, scale = 1;
	int32_t got = 42;
	int error = number_parse_duration(text, &got);

	REQUIRE(is_well_formed == (error != -EINVAL));
	REQUIRE(error == 0 || got == 42);
	if (!is_well_formed)
		return;
	for (size_t i = 0; i < counted; i++)
		scale *= 10;
	ms = value_of(point, counted);
	/* what is behind the ninth digit rounds that one up */
	ms += strspn(point + counted, "0") < fraction - counted;
	ms = (ms * unit_ms[which - units] + scale - 1) / scale;
	ms += value_of(text, whole) * unit_ms[which - units];
	if (ms > INT32_MAX)
		REQUIRE(error == -ERANGE);
	else
		REQUIRE(error == 0 && (unsigned)got == ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	fuzz_words(data, size, &text, 1);
	check_number(text, 0, UINT64_MAX);
	check_number(text, 1, 16384);
	check_number(text, 10, UINT64_MAX - 1);
	check_duration(text);
	free(text);
	return 0;
}
