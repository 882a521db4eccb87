/* Results to values: pieces to lines, lines to columns, columns to keys. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <string.h>

#include "reduce/reducer.h"

static struct reducer reducer;

static void
begin(const char *op, unsigned by, bool skip_bad)
{
	struct reducer_setting setting = { .by = by,
					   .skip_bad = skip_bad,
					   .line_end = '\n' };

	ck_assert_int_eq(op_parse(op, &setting.op), 0);
	reducer_init(&reducer, &setting);
}

static int
take(uint64_t job, const char *text)
{
	return reducer_take(&reducer, &job, false, text, strlen(text));
}

static void
end(const char *wanted)
{
	struct bytes out = { 0 };

	ck_assert_int_eq(reducer_write(&reducer, &out), 0);
	ck_assert_int_eq(bytes_add(&out, "", 1), 0);
	ck_assert_str_eq(out.data, wanted);
	bytes_release(&out);
	reducer_release(&reducer);
}

static const char lines[] =
	"1\n22\n\n  333 \r\n-4\n0.5\n12345678\n1234567890123456\n\t\n7\n8\n9\n"
	"10\n11\n12\n13\n14\n15\n16\n17\n";

/* cut at every two places */
START_TEST(pieces_of_lines_are_lines)
{
	size_t n = strlen(lines);

	for (size_t i = 0; i <= n; i++) {
		for (size_t k = i; k <= n; k++) {
			uint64_t job = 1;

			begin("sum", 0, false);
			reducer_take(&reducer, &job, false, lines, i);
			reducer_take(&reducer, &job, false, lines + i, k - i);
			reducer_take(&reducer, &job, false, lines + k, n - k);
			ck_assert_int_eq(reducer_end_job(&reducer, 1, false),
					 0);
			end("1234567902469618.5\n");
		}
	}
}
END_TEST

START_TEST(lines_of_several_jobs_are_counted)
{
	uint64_t job = 5;
	const char *text = "1\n2\n\n3\n4\n5\n6\n7\n8\n9\n8\n7\n6\n5\n4\n3\n";

	begin("argmax", 0, false);
	ck_assert_int_eq(reducer_take(&reducer, &job, true, text, strlen(text)),
			 0);
	ck_assert_uint_eq(job, 21);
	end("14\n");
	job = 5;
	begin("sum", 0, false);
	ck_assert_int_eq(reducer_take(&reducer, &job, true, text, strlen(text)),
			 0);
	ck_assert_uint_eq(job, 21);
	ck_assert_int_eq(reducer_take(&reducer, &job, true, "1\n2\nx\n", 6),
			 -EINVAL);
	ck_assert_uint_eq(reducer.bad.job, 23);
	reducer_release(&reducer);
}
END_TEST

START_TEST(a_line_without_its_end_counts_unless_the_job_failed)
{
	begin("sum", 0, false);
	take(1, "10\n5");
	ck_assert_int_eq(reducer_end_job(&reducer, 1, false), 0);
	take(2, "100\n5");
	ck_assert_int_eq(reducer_end_job(&reducer, 2, true), 0);
	take(3, "1000");
	ck_assert_int_eq(reducer_end_job(&reducer, 3, false), 0);
	end("1115\n");
}
END_TEST

START_TEST(values_stand_in_columns)
{
	begin("sum:2", 0, false);
	ck_assert_int_eq(take(1, "a 1 x\n b\t 2\t\nc  3\n"), 0);
	ck_assert_int_eq(take(2, "\n   \nd 4"), 0);
	ck_assert_int_eq(reducer_end_job(&reducer, 2, false), 0);
	ck_assert_int_eq(take(7, "e\n"), -ENODATA);
	ck_assert_uint_eq(reducer.bad.job, 7);
	ck_assert_uint_eq(reducer.bad.column, 2);
	ck_assert_uint_eq(reducer.bad.nbytes, 1);
	end("10\n");
}
END_TEST

START_TEST(bad_lines_are_told_or_counted)
{
	begin("sum", 0, false);
	ck_assert_int_eq(take(3, "1\n 1x \n"), -EINVAL);
	ck_assert_uint_eq(reducer.bad.job, 3);
	ck_assert_uint_eq(reducer.bad.nbytes, 2);
	ck_assert_mem_eq(reducer.bad.text, "1x", 2);
	ck_assert_int_eq(take(4, "99999999999999999999\n"), -ERANGE);
	ck_assert_uint_eq(reducer.bad.job, 4);
	reducer_release(&reducer);
	begin("sum:1", 2, true);
	ck_assert_int_eq(take(3, "1 a\nx a\n5\n2 b\n99999999999999999999 a\n"),
			 0);
	ck_assert_uint_eq(reducer.nbad, 3);
	end("a\t1\nb\t2\n");
}
END_TEST

START_TEST(keys_come_in_the_order_of_their_bytes)
{
	begin("sum:2", 1, false);
	ck_assert_int_eq(take(1, "b 1\na 2\nab 3\nB 4\n\xc3\xa4 5\nb 6\na 7\n"),
			 0);
	end("B\t4\na\t9\nab\t3\nb\t7\n\xc3\xa4\t5\n");
	begin("count", 1, false);
	ck_assert_int_eq(take(1, "x\ny\nx\n"), 0);
	end("x\t2\ny\t1\n");
	begin("hist:0:2:1:2", 1, false);
	ck_assert_int_eq(take(1, "x 1\nx 3\n"), 0);
	end("x\t-inf\t0\nx\t0.0\t1\nx\t2.0\t1\n");
	begin("count", 1, false);
	end("");
}
END_TEST

START_TEST(a_line_is_not_longer_than_it_may_be)
{
	static char text[REDUCER_LINE_MAX];
	uint64_t job = 1;

	memset(text, ' ', sizeof(text));
	begin("sum", 0, false);
	ck_assert_int_eq(
		reducer_take(&reducer, &job, false, text, sizeof(text)), 0);
	ck_assert_int_eq(reducer_take(&reducer, &job, false, " ", 1), -E2BIG);
	reducer_release(&reducer);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *lines_case = unit_case(suite, "lines");

	tcase_add_test(lines_case, pieces_of_lines_are_lines);
	tcase_add_test(lines_case, lines_of_several_jobs_are_counted);
	tcase_add_test(lines_case,
		       a_line_without_its_end_counts_unless_the_job_failed);
	tcase_add_test(lines_case, values_stand_in_columns);
	tcase_add_test(lines_case, bad_lines_are_told_or_counted);
	tcase_add_test(lines_case, keys_come_in_the_order_of_their_bytes);
	tcase_add_test(lines_case, a_line_is_not_longer_than_it_may_be);
}
