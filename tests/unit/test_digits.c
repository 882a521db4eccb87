/* Sums of lines that are plain integers: whatever their lengths, and only
 * these.
 */
#include <config.h>

#include "unit.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "reduce/digits.h"

enum { NLINES = 1000, LINE_BYTES = 20 };

static uint64_t state;

static uint64_t
draw(void)
{
	return unit_random(&state);
}

/* A number of n digits: random ones, or as many nines. */
static uint64_t
draw_number(size_t n, int are_nines)
{
	uint64_t most = 1;

	for (size_t i = 0; i < n; i++)
		most *= 10;
	return are_nines ? most - 1 : draw() % most;
}

/* _i: all lines have so many digits; 0: each another number of them */
START_TEST(each_line_is_added)
{
	static char text[NLINES * LINE_BYTES];
	struct digits_sum sum;
	size_t places[NLINES + 1] = { 0 };
	unsigned __int128 wanted = 0, sums[NLINES + 1] = { 0 };

	for (int nines = 0; nines < 2; nines++) {
		size_t used = 0, taken;

		wanted = 0;
		state = (uint64_t)_i + 1;
		for (int i = 0; i < NLINES; i++) {
			size_t n = _i ? (size_t)_i : 1 + draw() % 16;
			uint64_t number = draw_number(n, nines);

			used += (size_t)sprintf(text + used, "%0*" PRIu64 "\n",
						(int)n, number);
			wanted += number;
			sums[i + 1] = wanted;
			places[i + 1] = used;
		}
		taken = digits_sum(text, used, '\n', &sum);
		ck_assert_uint_eq(taken, used);
		ck_assert_uint_eq(sum.count, NLINES);
		ck_assert(sum.sum == wanted);
		/* the last one has no end yet */
		taken = digits_sum(text, used - 1, '\n', &sum);
		ck_assert_uint_eq(taken, places[NLINES - 1]);
		ck_assert(sum.sum == sums[sum.count]);
	}
}
END_TEST

/* each of these bytes, in each place of a line of _i bytes, ends it all there
 */
START_TEST(what_is_no_digit_is_left)
{
	static const char others[] = "/:-+. x\x7f\x80\xb0\xff";
	size_t n = (size_t)_i, before = 10;

	for (const char *other = others; *other; other++)
		for (size_t place = 0; place < n; place++) {
			char text[2048];
			struct digits_sum sum;
			size_t used = 0;

			for (size_t i = 0; i < 40; i++) {
				memset(text + used, '1', n);
				if (i == before)
					text[used + place] = *other;
				used += n;
				text[used++] = '\n';
			}
			ck_assert_uint_eq(digits_sum(text, used, '\n', &sum),
					  before * (n + 1));
			ck_assert_uint_eq(sum.count, before);
		}
}
END_TEST

START_TEST(empty_and_long_lines_are_left)
{
	char text[256];
	struct digits_sum sum;

	memset(text, '7', sizeof(text));
	text[1] = text[3] = text[4] = text[6] = '\n';
	ck_assert_uint_eq(digits_sum(text, sizeof(text), '\n', &sum), 4);
	ck_assert(sum.sum == 14);
	memset(text, '7', sizeof(text));
	text[2] = text[20] = text[30] = '\n';
	ck_assert_uint_eq(digits_sum(text, sizeof(text), '\n', &sum), 3);
	ck_assert(sum.sum == 77);
	/* another end, and nothing at all */
	text[2] = text[20] = '\0';
	ck_assert_uint_eq(digits_sum(text, sizeof(text), '\0', &sum), 3);
	ck_assert_uint_eq(digits_sum(text, 0, '\n', &sum), 0);
	ck_assert_uint_eq(sum.count, 0);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *tcase = unit_case(suite, "lines");

	tcase_add_loop_test(tcase, each_line_is_added, 0, 17);
	tcase_add_loop_test(tcase, what_is_no_digit_is_left, 1, 17);
	tcase_add_test(tcase, empty_and_long_lines_are_left);
}
