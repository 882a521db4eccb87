/* Partials: values that are folded in parts come to what they come to at once,
 * and bytes that are no partial do no harm. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reduce/partial.h"

#define LINES 800
#define PARTS 7
#define ITEM_MAX ((size_t)4096 * 8)
/* bytes of items that are taken at once: at least one item, and more than the
 * 256 values that are added up at once */
#define VALUES_SIZE (UNIT_IS_SANITIZED ? (size_t)512 * 8 : ITEM_MAX)

static const struct {
	const char *op;
	unsigned by;
	const char *item;
} settings[] = {
	{ "sum:2", 0, NULL },
	{ "sum:2", 1, NULL },
	{ "mean:2", 0, NULL },
	{ "mean:2", 1, NULL },
	{ "var:2", 0, NULL },
	{ "var:2", 1, NULL },
	{ "prod:3", 0, NULL },
	{ "prod:3", 1, NULL },
	{ "min:2", 0, NULL },
	{ "min:2", 1, NULL },
	{ "max:2", 0, NULL },
	{ "max:2", 1, NULL },
	{ "argmin:2", 0, NULL },
	{ "argmin:2", 1, NULL },
	{ "argmax:2", 0, NULL },
	{ "argmax:3", 1, NULL },
	{ "count", 0, NULL },
	{ "count", 1, NULL },
	{ "first:2", 0, NULL },
	{ "first:2", 1, NULL },
	{ "last", 0, NULL },
	{ "last:2", 1, NULL },
	{ "sum:3", 0, NULL },
	{ "sum:3", 1, NULL },

	{ "sum", 0, "f8" },
	{ "mean", 0, "f8:3" },
	{ "max:2", 0, "i4:2" },
	{ "hist:-5:5:7:2", 0, "f4:2" },
	{ "var", 0, "u2:4" },
	{ "count", 0, "f8:4096" },

	{ "hist:-9:9:1000:2", 0, NULL },
	{ "hist:-1e6:1e6:3:3", 1, NULL },
};

#define SETTINGS ((int)(sizeof(settings) / sizeof(settings[0])))

static void
make(struct reducer *reducer, int i)
{
	struct reducer_setting setting = { .by = settings[i].by,
					   .line_end = '\n',
					   .seed = 7 };

	ck_assert_int_eq(op_parse(settings[i].op, &setting.op), 0);
	if (settings[i].item)
		ck_assert_int_eq(typed_parse(settings[i].item, &setting.item),
				 0);
	reducer_init(reducer, &setting);
}

/* of some items */
static size_t
items_bytes(int i)
{
	struct typed_item item;

	ck_assert_int_eq(typed_parse(settings[i].item, &item), 0);
	if (typed_size(&item) > VALUES_SIZE)
		return typed_size(&item);
	return VALUES_SIZE / typed_size(&item) * typed_size(&item);
}

/* lines "KEY VALUE VALUE", or bytes that are numbers */
static size_t
make_values(char *text, int i, unsigned *seed)
{
	static const char *const numbers[] = { "2",  "-0.5", "0.25", "4",
					       "-8", "1",    "-0.0", "1e300" };
	size_t n = 0;

	if (!settings[i].item)
		return (size_t)sprintf(
			text, "k%d %d.%d %s\n", rand_r(seed) % 100,
			rand_r(seed) % 19 - 9, rand_r(seed) % 1000,
			numbers[rand_r(seed) %
				(settings[i].op[0] == 'p' ? 3 : 8)]);
	for (; n < items_bytes(i); n++)
		text[n] = (char)rand_r(seed);
	return n;
}

static void
take(struct reducer *reducer, uint64_t job, const char *text, size_t nbytes)
{
	ck_assert_int_eq(reducer_take(reducer, &job, false, text, nbytes), 0);
}

/* what a part has goes to the reducer of all, in pieces of any size */
static void
hand_over(struct reducer *part, struct reducer *all, unsigned *seed)
{
	struct bytes out = { 0 };

	ck_assert_int_eq(partial_write(part, &out), 0);
	for (size_t at = 0, n; at < out.used; at += n) {
		n = 1 + (size_t)rand_r(seed) % (rand_r(seed) % 2 ? 5 : 5000);
		if (n > out.used - at)
			n = out.used - at;
		ck_assert_int_eq(partial_take(all, out.data + at, n), 0);
	}
	ck_assert_int_eq(reducer_end_job(all, 1, false), 0);
	bytes_release(&out);
}

static void
check_same(struct reducer *one, struct reducer *other)
{
	struct bytes out[2] = { { 0 }, { 0 } };

	ck_assert_int_eq(reducer_write(one, &out[0]), 0);
	ck_assert_int_eq(reducer_write(other, &out[1]), 0);
	ck_assert_int_eq(bytes_add(&out[0], "", 1), 0);
	ck_assert_int_eq(bytes_add(&out[1], "", 1), 0);
	ck_assert_str_eq(out[0].data, out[1].data);
	ck_assert_uint_gt(out[0].used, 1);
	bytes_release(&out[0]);
	bytes_release(&out[1]);
}

/* the first parts are handed over again and again, and folded anew */
START_TEST(folding_in_parts_is_folding)
{
	static char text[ITEM_MAX + 64];
	struct reducer once, all, part;
	unsigned seed = 11 + (unsigned)_i;
	int nlines = settings[_i].item ? 8 : LINES;

	make(&once, _i);
	make(&all, _i);
	make(&part, _i);
	for (int line = 0; line < nlines; line++) {
		size_t n = make_values(text, _i, &seed);
		uint64_t job = 1 + (uint64_t)line;

		take(&once, job, text, n);
		if (line % 20 == 0) {
			hand_over(&part, &all, &seed);
			take(&all, job, text, n);
		} else {
			take(&part, job, text, n);
		}
		if (rand_r(&seed) % 50 == 0)
			hand_over(&part, &all, &seed);
	}
	hand_over(&part, &all, &seed);
	hand_over(&part, &all, &seed);
	check_same(&once, &all);
	reducer_release(&once);
	reducer_release(&all);
	reducer_release(&part);
}
END_TEST

/* each slave its own; the order in which they come is another */
START_TEST(parts_may_be_added_in_any_order)
{
	static char text[ITEM_MAX + 64];
	struct reducer once, all, parts[PARTS];
	unsigned seed = 5 + (unsigned)_i;

	if (strncmp(settings[_i].op, "first", 5) == 0 ||
	    strncmp(settings[_i].op, "last", 4) == 0)
		return;
	make(&once, _i);
	make(&all, _i);
	for (int i = 0; i < PARTS; i++)
		make(&parts[i], _i);
	for (int line = 0; line < 20; line++) {
		size_t n = make_values(text, _i, &seed);

		take(&once, 1 + (uint64_t)line, text, n);
		take(&parts[rand_r(&seed) % PARTS], 1 + (uint64_t)line, text,
		     n);
	}
	for (int i = PARTS - 1; i >= 0; i--) {
		hand_over(&parts[i], &all, &seed);
		reducer_release(&parts[i]);
	}
	check_same(&once, &all);
	reducer_release(&once);
	reducer_release(&all);
}
END_TEST

START_TEST(sums_are_not_rounded_in_parts)
{
	static const char *const lines[] = {
		"1e308\n", "-1e-320\n", "1e308\n",  "3\n",   "-1e308\n",
		"0.1\n",   "-1e308\n",	"1e-320\n", "7e-1\n"
	};
	struct bytes out = { 0 };
	struct reducer all, part;
	unsigned seed = 1;

	make(&all, 0);
	make(&part, 0);
	all.setting.op.column = part.setting.op.column = 0;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		take(&part, 1, lines[i], strlen(lines[i]));
		hand_over(&part, &all, &seed);
	}
	ck_assert_int_eq(reducer_write(&all, &out), 0);
	ck_assert_mem_eq(out.data, "3.8\n", 4);
	bytes_release(&out);
	reducer_release(&all);
	reducer_release(&part);
}
END_TEST

/* also where they are larger than any result */
START_TEST(wide_integers_are_whole_in_parts)
{
	static const struct {
		const char *op, *result;
	} wide[] = {
		{ "sum", "340282366920938463463374607431768211452\n" },
		{ "min", "-340282366920938463463374607431768211455\n" },
		{ "max", "340282366920938463463374607431768211455\n" },
	};
	static const char *const lines[] = {
		"340282366920938463463374607431768211455\n",
		"340282366920938463463374607431768211455\n",
		"5\n",
		"-170141183460469231731687303715884105728\n",
		"-7\n",
		"340282366920938463463374607431768211455\n",
		"-340282366920938463463374607431768211455\n",
		"-340282366920938463463374607431768211455\n",
		"-170141183460469231731687303715884105728\n",
		"340282366920938463463374607431768211455\n",
	};

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		struct reducer_setting setting = { .is_wide = true,
						   .line_end = '\n' };
		struct bytes out = { 0 };
		struct reducer all, part;
		unsigned seed = 1;

		op_parse(wide[i].op, &setting.op);
		reducer_init(&all, &setting);
		reducer_init(&part, &setting);
		for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++) {
			take(&part, 1, lines[k], strlen(lines[k]));
			if (k % 4 < 3)
				hand_over(&part, &all, &seed);
		}
		hand_over(&part, &all, &seed);
		ck_assert_int_eq(reducer_write(&all, &out), 0);
		ck_assert_uint_eq(out.used, strlen(wide[i].result));
		ck_assert_mem_eq(out.data, wide[i].result, out.used);
		bytes_release(&out);
		reducer_release(&all);
		reducer_release(&part);
	}
}
END_TEST

static int
take_and_end(int i, const char *bytes, size_t nbytes)
{
	struct bytes out = { 0 };
	struct reducer all;
	int error, end;

	make(&all, i);
	error = partial_take(&all, bytes, nbytes);
	end = reducer_end_job(&all, 1, false);
	reducer_write(&all, &out);
	bytes_release(&out);
	reducer_release(&all);
	ck_assert(error == 0 || error == -EBADMSG || error == -ENOMEM);
	return error ? error : end;
}

START_TEST(what_is_no_partial_is_refused)
{
	static char text[ITEM_MAX + 64];
	struct bytes out = { 0 };
	struct reducer part;
	unsigned seed = 3 + (unsigned)_i;
	size_t whole, step;
	char *copy;

	make(&part, _i);
	for (int line = 0; line < 9; line++)
		take(&part, 1, text, make_values(text, _i, &seed));
	ck_assert_int_eq(partial_write(&part, &out), 0);
	ck_assert_int_eq(take_and_end(_i, out.data, out.used), 0);
	/* no longer than that, so that reading beyond its end is seen */
	copy = malloc(out.used);
	ck_assert_ptr_nonnull(copy);
	step = 1 + out.used / (UNIT_IS_SANITIZED ? 100 : 500);
	for (whole = 0; whole < out.used; whole += step)
		if (!settings[_i].by || whole + 1 == out.used)
			ck_assert_int_eq(take_and_end(_i, out.data, whole),
					 whole == 0 ? 0 : -EBADMSG);
	for (int i = 0; i < 2000 / (int)step + 50; i++) {
		memcpy(copy, out.data, out.used);
		for (int k = 0; k < 1 + i % 3; k++)
			copy[(size_t)rand_r(&seed) % out.used] =
				(char)rand_r(&seed);
		take_and_end(_i, copy, out.used);
	}
	ck_assert_int_eq(take_and_end(_i, "\xff\xff\xff\xff", 4), -EBADMSG);
	free(copy);
	bytes_release(&out);
	reducer_release(&part);
}
END_TEST

START_TEST(of_a_failed_job_half_an_entry_is_dropped)
{
	struct bytes out = { 0 };
	struct reducer all, part;

	make(&all, 0);
	make(&part, 0);
	take(&part, 1, "a 5\n", 4);
	ck_assert_int_eq(partial_write(&part, &out), 0);
	ck_assert_int_eq(partial_take(&all, out.data, out.used - 1), 0);
	ck_assert_int_eq(reducer_end_job(&all, 1, true), 0);
	ck_assert_int_eq(partial_take(&all, out.data, out.used), 0);
	ck_assert_int_eq(reducer_end_job(&all, 2, false), 0);
	out.used = 0;
	ck_assert_int_eq(reducer_write(&all, &out), 0);
	ck_assert_mem_eq(out.data, "5\n", 2);
	bytes_release(&out);
	reducer_release(&all);
	reducer_release(&part);
}
END_TEST

START_TEST(what_is_whole_is_taken_and_told)
{
	const char *text = "a 1\nb 2\nc 3\nc x\ne 5\nhalf 6";
	struct bytes out = { 0 };
	struct reducer part;
	uint64_t job = 1;
	size_t taken;

	make(&part, 1);
	reducer_limit(&part, 2, 100);
	ck_assert_int_eq(reducer_take_whole(&part, &job, false, text,
					    strlen(text), &taken),
			 -ENOSPC);
	ck_assert_uint_eq(taken, 8);
	ck_assert_int_eq(partial_write(&part, &out), 0);
	text += taken;
	ck_assert_int_eq(reducer_take_whole(&part, &job, true, text,
					    strlen(text), &taken),
			 -EINVAL);
	ck_assert_uint_eq(taken, 4);
	ck_assert_uint_eq(job, 2);
	text += taken + 4;
	ck_assert_int_eq(reducer_take_whole(&part, &job, true, text,
					    strlen(text), &taken),
			 0);
	ck_assert_uint_eq(taken, 4);
	ck_assert_uint_eq(part.groups.count, 2);
	ck_assert_uint_eq(part.line.used, 0);
	bytes_release(&out);
	reducer_release(&part);
}
END_TEST

START_TEST(keys_have_bounded_room)
{
	static char line[300];
	struct bytes out = { 0 };
	struct reducer part;
	uint64_t job = 1;
	size_t taken;
	int n = 0;

	memset(line, 'k', sizeof(line));
	memcpy(line + 290, " 1\n", 3);
	make(&part, 1);
	reducer_limit(&part, 1000, 1000);
	/* a key that is longer than that has room, too, but alone */
	ck_assert_int_eq(
		reducer_take_whole(&part, &job, false, line, 293, &taken), 0);
	for (line[0] = 'a'; line[0] < 'k'; line[0]++)
		n += reducer_take_whole(&part, &job, false, line, 293,
					&taken) == -ENOSPC;
	ck_assert_int_eq(n, 8);
	ck_assert_int_eq(partial_write(&part, &out), 0);
	ck_assert_uint_eq(part.groups.key_bytes, 0);
	reducer_limit(&part, 1000, 100);
	ck_assert_int_eq(
		reducer_take_whole(&part, &job, false, line, 293, &taken), 0);
	bytes_release(&out);
	reducer_release(&part);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *parts = unit_case(suite, "parts");
	TCase *bytes = unit_case(suite, "bytes");
	TCase *whole = unit_case(suite, "whole");

	tcase_add_loop_test(parts, folding_in_parts_is_folding, 0, SETTINGS);
	tcase_add_loop_test(parts, parts_may_be_added_in_any_order, 0,
			    SETTINGS);
	tcase_add_test(parts, sums_are_not_rounded_in_parts);
	tcase_add_test(parts, wide_integers_are_whole_in_parts);
	tcase_add_loop_test(bytes, what_is_no_partial_is_refused, 0, SETTINGS);
	tcase_add_test(bytes, of_a_failed_job_half_an_entry_is_dropped);
	tcase_add_test(whole, what_is_whole_is_taken_and_told);
	tcase_add_test(whole, keys_have_bounded_room);
}
