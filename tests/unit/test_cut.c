/* Where blocks are cut: every short text of two letters, against a loop. */
#include <config.h>

#include "unit.h"

#include <stdint.h>
#include <string.h>

#include "engine/cut.h"

#define LONGEST 9

static const char *const recends[] = { "a", "b", "ab", "aa", "aba", "bbab" };

#define NRECENDS (sizeof(recends) / sizeof(recends[0]))

/* the text whose letters are the bits of number */
static void
spell(char *text, size_t length, unsigned number)
{
	for (size_t i = 0; i < length; i++)
		text[i] = number >> i & 1 ? 'b' : 'a';
}

/* the bytes up to and with a record end: the last, or the first */
static size_t
find(const char *text, size_t length, const char *recend, bool is_last)
{
	size_t size = strlen(recend), found = 0;

	for (size_t end = size; end <= length; end++) {
		if (memcmp(text + end - size, recend, size) != 0)
			continue;
		found = end;
		if (!is_last)
			break;
	}
	return found;
}

static void
check(const char *text, size_t length, const char *recend)
{
	const unsigned char *bytes = (const unsigned char *)text;
	const unsigned char *end = (const unsigned char *)recend;

	ck_assert_msg(cut_last(bytes, length, end, strlen(recend)) ==
			      find(text, length, recend, true),
		      "last '%s' in '%.*s'", recend, (int)length, text);
	ck_assert_msg(cut_first(bytes, length, end, strlen(recend)) ==
			      find(text, length, recend, false),
		      "first '%s' in '%.*s'", recend, (int)length, text);
}

START_TEST(a_cut_is_behind_the_last_or_the_first_record_end)
{
	/* nothing around the text is looked at */
	char text[LONGEST + 8];

	memset(text, 'a', sizeof(text));
	for (size_t length = 0; length <= LONGEST; length++)
		for (unsigned number = 0; number < 1u << length; number++) {
			spell(text + 4, length, number);
			check(text + 4, length, recends[_i]);
		}
}
END_TEST

START_TEST(a_record_end_may_hold_any_byte)
{
	const unsigned char bytes[] = { 1, 0, 255, 0, 255, 7 };
	const unsigned char recend[] = { 0, 255 };

	ck_assert_uint_eq(cut_last(bytes, sizeof(bytes), recend, 2), 5);
	ck_assert_uint_eq(cut_first(bytes, sizeof(bytes), recend, 2), 3);
	ck_assert_uint_eq(cut_last(bytes, 4, recend, 2), 3);
	ck_assert_uint_eq(cut_last(bytes, 2, recend, 2), 0);
	ck_assert_uint_eq(cut_last(bytes, 0, recend, 2), 0);
	ck_assert_uint_eq(cut_first(bytes, 0, recend, 2), 0);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *cut = unit_case(suite, "cut");

	tcase_add_loop_test(cut,
			    a_cut_is_behind_the_last_or_the_first_record_end, 0,
			    NRECENDS);
	tcase_add_test(cut, a_record_end_may_hold_any_byte);
}
