/* Shapes and slices: text, sizes, and which elements are picked. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment/shape.h"

#define NELEMS(array) (sizeof(array) / sizeof((array)[0]))

/* parse a copy that ends where its memory does */
static int
parse(struct shape *shape, const char *text, bool may_infer)
{
	size_t nbytes = strlen(text);
	char *copy = malloc(nbytes + (nbytes == 0));
	int error;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, nbytes);
	error = shape_parse(shape, copy, nbytes, may_infer);
	free(copy);
	return error;
}

static int
pick(const struct shape *shape, const char *text, size_t nbytes,
     struct slice slices[SHAPE_NDIM_MAX])
{
	char *copy = malloc(nbytes + (nbytes == 0));
	int error;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, nbytes);
	error = slice_parse(shape, copy, nbytes, slices);
	free(copy);
	return error;
}

static const struct {
	const char *text;
	bool may_infer;
	int result;
	unsigned ndim;
	int64_t dims[SHAPE_NDIM_MAX];
} shapes[] = {
	{ "", false, 0, 0, { 0 } },
	{ "3", false, 0, 1, { 3 } },
	{ "0", false, 0, 1, { 0 } },
	{ "3,4,5", false, 0, 3, { 3, 4, 5 } },
	{ "1,2,3,4,5,6,7,8", false, 0, 8, { 1, 2, 3, 4, 5, 6, 7, 8 } },
	{ "9223372036854775807", false, 0, 1, { INT64_MAX } },
	{ "-1", true, 0, 1, { -1 } },
	{ "3,-1,4", true, 0, 3, { 3, -1, 4 } },
	{ "-1", false, -EINVAL, 0, { 0 } },
	{ "-1,-1", true, -EINVAL, 0, { 0 } },
	{ "-2", true, -EINVAL, 0, { 0 } },
	{ "-10", true, -EINVAL, 0, { 0 } },
	{ "-", true, -EINVAL, 0, { 0 } },
	{ ",", false, -EINVAL, 0, { 0 } },
	{ "3,", false, -EINVAL, 0, { 0 } },
	{ ",3", false, -EINVAL, 0, { 0 } },
	{ "3,,4", false, -EINVAL, 0, { 0 } },
	{ "3, 4", false, -EINVAL, 0, { 0 } },
	{ " 3", false, -EINVAL, 0, { 0 } },
	{ "+3", false, -EINVAL, 0, { 0 } },
	{ "3x4", false, -EINVAL, 0, { 0 } },
	{ "(3,4)", false, -EINVAL, 0, { 0 } },
	{ "1e3", false, -EINVAL, 0, { 0 } },
	{ "9223372036854775808", false, -ERANGE, 0, { 0 } },
	{ "18446744073709551617", false, -ERANGE, 0, { 0 } },
	{ "1,2,3,4,5,6,7,8,9", false, -ERANGE, 0, { 0 } },
	/* malformed weighs more than too large */
	{ "9223372036854775808,x", false, -EINVAL, 0, { 0 } },
	{ "1,2,3,4,5,6,7,8,9,", false, -EINVAL, 0, { 0 } },
};

START_TEST(a_shape_is_read_whole_or_not_at_all)
{
	struct shape shape;
	unsigned i;

	ck_assert_int_eq(parse(&shape, shapes[_i].text, shapes[_i].may_infer),
			 shapes[_i].result);
	if (shapes[_i].result)
		return;
	ck_assert_uint_eq(shape.ndim, shapes[_i].ndim);
	ck_assert(!shape.is_fortran);
	for (i = 0; i < shape.ndim; i++)
		ck_assert_int_eq(shape.dims[i], shapes[_i].dims[i]);
}
END_TEST

START_TEST(a_shape_has_only_digits_commas_and_a_minus)
{
	struct shape shape;
	char text[4] = "3,4";
	int byte;

	for (byte = 1; byte < 256; byte++) {
		text[1] = (char)byte;
		ck_assert_int_eq(parse(&shape, text, true),
				 byte == ',' || (byte >= '0' && byte <= '9')
					 ? 0
					 : -EINVAL);
	}
	ck_assert_int_eq(shape_parse(&shape, "3\0004", 3, true), -EINVAL);
}
END_TEST

START_TEST(the_name_of_a_shape_is_its_text)
{
	struct shape shape;
	char name[192];

	if (shapes[_i].result)
		return;
	ck_assert_int_eq(parse(&shape, shapes[_i].text, true), 0);
	ck_assert_str_eq(shape_name(name, sizeof(name), &shape),
			 shapes[_i].text);
	ck_assert_str_eq(shape_name(name, 1, &shape), "");
	shape_name(name, 3, &shape);
	ck_assert_int_eq(strncmp(name, shapes[_i].text, 2), 0);
	ck_assert_uint_lt(strlen(name), 3);
}
END_TEST

START_TEST(the_longest_name_fits)
{
	struct shape shape = { .ndim = SHAPE_NDIM_MAX };
	char name[192];
	unsigned i;

	for (i = 0; i < SHAPE_NDIM_MAX; i++)
		shape.dims[i] = INT64_MAX;
	ck_assert_uint_eq(strlen(shape_name(name, sizeof(name), &shape)),
			  8 * 19 + 7);
}
END_TEST

static const struct {
	const char *text;
	uint32_t itemsize;
	int result;
	uint64_t count, nbytes;
} counts[] = {
	{ "", 8, 0, 1, 8 },
	{ "0", 8, 0, 0, 0 },
	{ "3,4,5", 8, 0, 60, 480 },
	{ "3,0,5", 8, 0, 0, 0 },
	{ "4611686018427387903", 1, 0, INT64_MAX / 2, INT64_MAX / 2 },
	{ "4611686018427387904", 1, -EOVERFLOW, 0, 0 },
	{ "2305843009213693952", 2, -EOVERFLOW, 0, 0 },
	{ "9223372036854775807,2", 1, -EOVERFLOW, 0, 0 },
	{ "4294967296,4294967296", 1, -EOVERFLOW, 0, 0 },
	{ "4294967296,4294967296,0", 1, -EOVERFLOW, 0, 0 },
	{ "65536,65536,65536,65536", 4, -EOVERFLOW, 0, 0 },
	{ "2147483648", 2147483647, 0, 2147483648, 4611686016279904256 },
	{ "2147483649", 2147483647, 0, 2147483649, INT64_MAX / 2 },
	{ "2147483650", 2147483647, -EOVERFLOW, 0, 0 },
};

START_TEST(elements_and_bytes_are_counted_without_overflow)
{
	struct shape shape;
	uint64_t count = 7, nbytes = 7;

	ck_assert_int_eq(parse(&shape, counts[_i].text, false), 0);
	ck_assert_int_eq(
		shape_count(&shape, counts[_i].itemsize, &count, &nbytes),
		counts[_i].result);
	if (counts[_i].result)
		return;
	ck_assert_uint_eq(count, counts[_i].count);
	ck_assert_uint_eq(nbytes, counts[_i].nbytes);
}
END_TEST

static const struct {
	const char *text;
	uint64_t count;
	int result;
	const char *inferred;
} infers[] = {
	{ "-1", 12, 0, "12" },
	{ "3,-1", 12, 0, "3,4" },
	{ "-1,3", 0, 0, "0,3" },
	{ "5,-1", 12, -EINVAL, NULL },
	{ "0,-1", 0, -EINVAL, NULL },
	{ "0,-1", 12, -EINVAL, NULL },
	{ "3,4", 12, 0, "3,4" },
	{ "3,4", 13, -EINVAL, NULL },
	{ "", 1, 0, "" },
	{ "", 2, -EINVAL, NULL },
	{ "4294967296,4294967296", 0, -EINVAL, NULL },
	{ "4294967296,4294967297,-1", 4294967296, -EINVAL, NULL },
	{ "-1", INT64_MAX, 0, "9223372036854775807" },
	{ "-1", UINT64_MAX, -EINVAL, NULL },
};

START_TEST(a_dimension_is_found_out_where_it_divides)
{
	struct shape shape;
	char name[192];

	ck_assert_int_eq(parse(&shape, infers[_i].text, true), 0);
	ck_assert_int_eq(shape_infer(&shape, infers[_i].count),
			 infers[_i].result);
	ck_assert_str_eq(shape_name(name, sizeof(name), &shape),
			 infers[_i].result ? infers[_i].text
					   : infers[_i].inferred);
}
END_TEST

START_TEST(strides_follow_the_order)
{
	struct shape shape = { 3, { 3, 4, 5 }, false };
	int64_t strides[SHAPE_NDIM_MAX];

	shape_strides(&shape, 8, strides);
	ck_assert_int_eq(strides[0], 160);
	ck_assert_int_eq(strides[1], 40);
	ck_assert_int_eq(strides[2], 8);
	shape.is_fortran = true;
	shape_strides(&shape, 8, strides);
	ck_assert_int_eq(strides[0], 8);
	ck_assert_int_eq(strides[1], 24);
	ck_assert_int_eq(strides[2], 96);
}
END_TEST

static const struct {
	const char *shape, *text;
	int result;
	const char *picked; /* numbers of the elements in C order */
} picks[] = {
	{ "", "", 0, "0" },
	{ "", "...", 0, "0" },
	{ "", "0", -EINVAL, NULL },
	{ "5", "", 0, "0 1 2 3 4" },
	{ "5", "3", 0, "3" },
	{ "5", "-1", 0, "4" },
	{ "5", "-5", 0, "0" },
	{ "5", "5", -ERANGE, NULL },
	{ "5", "-6", -ERANGE, NULL },
	{ "5", "99999999999999999999", -ERANGE, NULL },
	{ "5", "-99999999999999999999", -ERANGE, NULL },
	{ "0", "0", -ERANGE, NULL },
	{ "5", ":", 0, "0 1 2 3 4" },
	{ "5", "::", 0, "0 1 2 3 4" },
	{ "5", "2:", 0, "2 3 4" },
	{ "5", ":2", 0, "0 1" },
	{ "5", "1:-1", 0, "1 2 3" },
	{ "5", "::2", 0, "0 2 4" },
	{ "5", "1::2", 0, "1 3" },
	{ "5", "::-1", 0, "4 3 2 1 0" },
	{ "5", "-2:0:-2", 0, "3 1" },
	{ "5", "3:1", 0, "" },
	{ "5", "1:3:-1", 0, "" },
	{ "5", "7:9", 0, "" },
	{ "5", "-9:2", 0, "0 1" },
	{ "5", "9::-3", 0, "4 1" },
	{ "5", ":-9:-1", 0, "4 3 2 1 0" },
	{ "5", "-99999999999999999999:99999999999999999999", 0, "0 1 2 3 4" },
	{ "5", "1::9223372036854775808", 0, "1" },
	{ "5", "::-9223372036854775809", 0, "4" },
	{ "0", ":", 0, "" },
	{ "0", "::-1", 0, "" },
	{ "2,3", "1", 0, "3 4 5" },
	{ "2,3", "1,2", 0, "5" },
	{ "2,3", ":,1", 0, "1 4" },
	{ "2,3", "...,1", 0, "1 4" },
	{ "2,3", "1,...", 0, "3 4 5" },
	{ "2,3", "1,...,2", 0, "5" },
	{ "2,3", "::-1,::-2", 0, "5 3 2 0" },
	{ "2,2,2", "0,...,1", 0, "1 3" },
	{ "2,3", "1,2,0", -EINVAL, NULL },
	{ "2,3", "1,2,...,0", -EINVAL, NULL },
	{ "2,3", "...,...", -EINVAL, NULL },
	{ "5", "::0", -EINVAL, NULL },
	{ "5", "1:2:3:4", -EINVAL, NULL },
	{ "5", ",", -EINVAL, NULL },
	{ "5", "1,", -EINVAL, NULL },
	{ "5", "-", -EINVAL, NULL },
	{ "5", "--1", -EINVAL, NULL },
	{ "5", "+1", -EINVAL, NULL },
	{ "5", ":-", -EINVAL, NULL },
	{ "5", "::-", -EINVAL, NULL },
	{ "5", "..", -EINVAL, NULL },
	{ "5", "....", -EINVAL, NULL },
	{ "5", "1:2 ", -EINVAL, NULL },
	{ "5", "None", -EINVAL, NULL },
	{ "5", "1.0", -EINVAL, NULL },
	/* malformed weighs more than out of range */
	{ "5", "9,x", -EINVAL, NULL },
	{ "5", "9,1", -EINVAL, NULL },
};

/* the numbers of the picked elements as text */
static void
list(char *out, size_t size, const struct shape *shape,
     const struct slice *slices)
{
	uint64_t i, count = slice_count(shape, slices);
	size_t used = 0;

	out[0] = '\0';
	for (i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(
			out + used, size - used, "%s%llu", i > 0 ? " " : "",
			(unsigned long long)slice_offset(shape, 1, slices, i));
}

START_TEST(a_slice_picks_what_python_picks)
{
	struct slice slices[SHAPE_NDIM_MAX];
	struct shape shape;
	char picked[256];

	ck_assert_int_eq(parse(&shape, picks[_i].shape, false), 0);
	ck_assert_int_eq(
		pick(&shape, picks[_i].text, strlen(picks[_i].text), slices),
		picks[_i].result);
	if (picks[_i].result)
		return;
	list(picked, sizeof(picked), &shape, slices);
	ck_assert_str_eq(picked, picks[_i].picked);
}
END_TEST

START_TEST(an_index_takes_its_dimension_away)
{
	struct shape shape = { 3, { 2, 3, 4 }, false };
	struct slice slices[SHAPE_NDIM_MAX];

	ck_assert_int_eq(slice_parse(&shape, "1,...,1:2", 9, slices), 0);
	ck_assert(slices[0].is_index);
	ck_assert(!slices[1].is_index);
	ck_assert(!slices[2].is_index);
	ck_assert_int_eq(slices[1].count, 3);
	ck_assert_int_eq(slices[2].start, 1);
	ck_assert_int_eq(slices[2].count, 1);
}
END_TEST

START_TEST(a_slice_that_picks_nothing_starts_at_0)
{
	static const char *const texts[] = { "7:", "3:1", "2:4:-1", "::-1" };
	struct shape shape = { 1, { 5 }, false };
	struct slice slices[SHAPE_NDIM_MAX];

	if (_i == 3)
		shape.dims[0] = 0;
	ck_assert_int_eq(pick(&shape, texts[_i], strlen(texts[_i]), slices), 0);
	ck_assert_int_eq(slices[0].count, 0);
	ck_assert_int_eq(slices[0].start, 0);
}
END_TEST

START_TEST(offsets_follow_the_order_of_the_array)
{
	struct shape shape = { 2, { 2, 3 }, true };
	struct slice slices[SHAPE_NDIM_MAX];
	uint64_t expected[] = { 0, 16, 32, 8, 24, 40 }, i;

	ck_assert_int_eq(slice_parse(&shape, "...", 3, slices), 0);
	ck_assert_uint_eq(slice_count(&shape, slices), 6);
	for (i = 0; i < 6; i++)
		ck_assert_uint_eq(slice_offset(&shape, 8, slices, i),
				  expected[i]);
}
END_TEST

/* what start:stop:step picks of dim elements, each asked for itself */
static int
naive(int64_t dim, int64_t start, int64_t stop, int64_t step, int64_t *out)
{
	int n = 0;
	int64_t at = start < 0 ? start + dim : start;
	int64_t end = stop < 0 ? stop + dim : stop;

	/* walk over what is outside as well; beyond is only walked towards */
	for (; step > 0 ? at < end && at < dim : at > end && at >= 0;
	     at += step)
		if (at >= 0 && at < dim)
			out[n++] = at;
	return n;
}

START_TEST(every_small_slice_picks_what_a_walk_with_step_one_picks)
{
	struct slice slices[SHAPE_NDIM_MAX];
	struct shape shape = { .ndim = 1 };
	int64_t start, stop, step, picked[16];
	char text[32];
	int n, i;

	for (shape.dims[0] = 0; shape.dims[0] < 5; shape.dims[0]++)
		for (start = -7; start < 8; start++)
			for (stop = -7; stop < 8; stop++)
				for (step = -1; step < 2; step += 2) {
					snprintf(text, sizeof(text), "%d:%d:%d",
						 (int)start, (int)stop,
						 (int)step);
					n = naive(shape.dims[0], start, stop,
						  step, picked);
					ck_assert_int_eq(pick(&shape, text,
							      strlen(text),
							      slices),
							 0);
					ck_assert_int_eq(slices[0].count, n);
					for (i = 0; i < n; i++)
						ck_assert_int_eq(
							slices[0].start +
								i * step,
							picked[i]);
				}
}
END_TEST

START_TEST(any_text_is_refused_or_picks_elements_of_the_array)
{
	static const char letters[] = "0123456789-:,. x::--,,..";
	struct shape shape = { 3, { 4, 0, 3 }, false };
	struct slice slices[SHAPE_NDIM_MAX];
	uint64_t i, count;
	size_t n, at;
	char text[16];
	int round, ntaken = 0;

	srandom(1);
	for (round = 0; round < 300000; round++) {
		shape.ndim = (unsigned)(random() % 4);
		shape.dims[1] = random() % 4;
		n = (size_t)(random() % 12);
		for (at = 0; at < n; at++)
			text[at] = round % 3 == 0
					   ? (char)random()
					   : letters[(size_t)random() %
						     (sizeof(letters) - 1)];
		if (pick(&shape, text, n, slices))
			continue;
		ntaken++;
		count = slice_count(&shape, slices);
		ck_assert_uint_le(count, 4 * 3 * 3);
		for (i = 0; i < count; i++)
			ck_assert_uint_lt(slice_offset(&shape, 1, slices, i),
					  4 * 3 * 3);
	}
	ck_assert_int_gt(ntaken, 1000);
}
END_TEST

START_TEST(parts_are_even_and_greater_ones_come_first)
{
	uint64_t n, parts, index, start, stop, expected;

	for (n = 0; n < 30; n++)
		for (parts = 1; parts < 12; parts++)
			for (index = 0, expected = 0; index < parts; index++) {
				shape_split(n, parts, index, &start, &stop);
				ck_assert_uint_eq(start, expected);
				ck_assert_uint_eq(stop - start,
						  n / parts +
							  (index < n % parts));
				expected = stop;
				if (index == parts - 1)
					ck_assert_uint_eq(stop, n);
			}
	shape_split(UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, &start, &stop);
	ck_assert_uint_eq(start, UINT64_MAX - 1);
	ck_assert_uint_eq(stop, UINT64_MAX);
	shape_split(UINT64_MAX, 2, 1, &start, &stop);
	ck_assert_uint_eq(start, UINT64_MAX / 2 + 1);
	ck_assert_uint_eq(stop, UINT64_MAX);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *tcase = unit_case(suite, "shape");

	tcase_add_loop_test(tcase, a_shape_is_read_whole_or_not_at_all, 0,
			    NELEMS(shapes));
	tcase_add_test(tcase, a_shape_has_only_digits_commas_and_a_minus);
	tcase_add_loop_test(tcase, the_name_of_a_shape_is_its_text, 0,
			    NELEMS(shapes));
	tcase_add_test(tcase, the_longest_name_fits);
	tcase_add_loop_test(tcase,
			    elements_and_bytes_are_counted_without_overflow, 0,
			    NELEMS(counts));
	tcase_add_loop_test(tcase, a_dimension_is_found_out_where_it_divides, 0,
			    NELEMS(infers));
	tcase_add_test(tcase, strides_follow_the_order);

	tcase = unit_case(suite, "slice");
	tcase_add_loop_test(tcase, a_slice_picks_what_python_picks, 0,
			    NELEMS(picks));
	tcase_add_test(tcase, an_index_takes_its_dimension_away);
	tcase_add_loop_test(tcase, a_slice_that_picks_nothing_starts_at_0, 0,
			    4);
	tcase_add_test(tcase, offsets_follow_the_order_of_the_array);
	tcase_add_test(tcase,
		       every_small_slice_picks_what_a_walk_with_step_one_picks);
	tcase_add_test(tcase,
		       any_text_is_refused_or_picks_elements_of_the_array);

	tcase = unit_case(suite, "split");
	tcase_add_test(tcase, parts_are_even_and_greater_ones_come_first);
}
