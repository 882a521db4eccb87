/* What values come to: each operation, in every order of its values. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reduce/fold.h"

#define VALUES_MAX 6

static const struct {
	const char *op;
	const char *values; /* blanks between */
	const char *result;
} folds[] = {
	{ "sum", "", "0\n" },
	{ "sum", "1 2 -4", "-1\n" },
	{ "sum", "18446744073709551615 18446744073709551615 1",
	  "36893488147419103231\n" },
	{ "sum", "340282366920938463463374607431768211455 1 -1 -3",
	  "340282366920938463463374607431768211452\n" },
	{ "sum", "-340282366920938463463374607431768211455 -1 2",
	  "-340282366920938463463374607431768211454\n" },
	{ "sum", "340282366920938463463374607431768211455 1", NULL },
	{ "sum", "-340282366920938463463374607431768211455 -1", NULL },
	{ "sum",
	  "-340282366920938463463374607431768211455 "
	  "-340282366920938463463374607431768211455 0.0",
	  "-6.80564733841877e+38\n" },
	{ "sum", "0.1 0.2 0.3", "0.6\n" },
	{ "sum", "1e308 1 -1e308", "1.0\n" },
	{ "sum", "9007199254740993 0.0", "9007199254740992.0\n" },
	{ "sum", "9007199254740993 0.5 0.5", "9007199254740994.0\n" },
	{ "sum", "inf 1", "inf\n" },
	{ "sum", "inf -inf 3", "nan\n" },
	{ "mean", "", "" },
	{ "mean", "1 2", "1.5\n" },
	{ "mean", "18446744073709551615 18446744073709551615",
	  "1.8446744073709552e+19\n" },
	{ "mean",
	  "340282366920938463463374607431768211455 "
	  "340282366920938463463374607431768211455",
	  "3.402823669209385e+38\n" },
	{ "mean",
	  "340282366920938463463374607431768211455 -1 1 "
	  "-340282366920938463463374607431768211455",
	  "0.0\n" },
	{ "mean", "0.1 0.1 0.1", "0.1\n" },
	{ "var", "", "" },
	{ "var", "3", "nan\n" },
	{ "var", "1 2 3 4", "1.6666666666666667\n" },
	{ "var", "9223372036854775807 9223372036854775806", "0.5\n" },
	{ "var",
	  "1267650600228229401496703205379 1267650600228229401496703205383",
	  "8.0\n" },
	{ "var", "1 2.0", "0.5\n" },
	{ "prod", "", "1\n" },
	{ "prod", "2 -3 7", "-42\n" },
	{ "prod", "18446744073709551615 18446744073709551615",
	  "340282366920938463426481119284349108225\n" },
	{ "prod", "18446744073709551615 18446744073709551615 2", NULL },
	{ "prod", "18446744073709551615 18446744073709551615 2 0", "0\n" },
	{ "prod", "18446744073709551616 -18446744073709551615",
	  "-340282366920938463444927863358058659840\n" },
	{ "prod", "18446744073709551616 18446744073709551616", NULL },
	{ "prod", "2 0.5", "1.0\n" },
	{ "min", "", "" },
	{ "min", "3 1 2", "1\n" },
	{ "min", "1 1.0 2", "1\n" },
	{ "min", "18446744073709551616 -18446744073709551616 3",
	  "-18446744073709551616\n" },
	{ "min",
	  "-340282366920938463463374607431768211455 "
	  "-340282366920938463463374607431768211454 -1e38",
	  "-340282366920938463463374607431768211455\n" },
	{ "max", "1180591620717411303424 1180591620717411303425 3",
	  "1180591620717411303425\n" },
	{ "max", "18446744073709551617 18446744073709551616.0 1e19",
	  "18446744073709551617\n" },
	{ "max", "340282366920938463463374607431768211455 1e39", "1e+39\n" },
	{ "min", "-340282366920938463463374607431768211455 -1e39", "-1e+39\n" },
	{ "max", "1 1.0 0", "1.0\n" },
	{ "max", "9007199254740993 9007199254740992.0", "9007199254740993\n" },
	{ "min", "0.0 -0.0 0", "-0.0\n" },
	{ "min", "1 nan -inf", "nan\n" },
	{ "max", "1 inf 2", "inf\n" },
	{ "count", "", "0\n" },
	{ "count", "a b 1", "3\n" },
};

/* the words of text; they are its */
static size_t
split(char *text, const char *values[VALUES_MAX])
{
	size_t n = 0;

	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		values[n++] = word;
	return n;
}

/* a value as its text says it */
static void
add(struct fold *fold, const struct op *op, const char *text, uint64_t job)
{
	struct value value;

	if (op_takes_texts(op->kind)) {
		ck_assert_int_eq(fold_add_text(fold, op, text, strlen(text)),
				 0);
		return;
	}
	ck_assert_int_eq(value_read_wide(text, strlen(text), &value), 0);
	ck_assert_int_eq(fold_add(fold, op, &value, job), 0);
}

static void
check_fold(const char *text, const char *const values[], const uint64_t jobs[],
	   size_t n, const char *wanted)
{
	struct bytes out = { 0 };
	struct fold fold;
	struct op op;

	ck_assert_int_eq(op_parse(text, &op), 0);
	fold_init(&fold, &op);
	for (size_t i = 0; i < n; i++)
		add(&fold, &op, values[i], jobs[i]);
	ck_assert_int_eq(fold_write(&fold, &op, "", 0, &out),
			 wanted ? 0 : -ERANGE);
	ck_assert_int_eq(bytes_add(&out, "", 1), 0);
	ck_assert_str_eq(out.data, wanted ? wanted : "");
	bytes_release(&out);
	fold_release(&fold, &op);
}

/* all orders of the first n; Heap's algorithm */
static void
check_orders(const char *text, const char *values[], uint64_t jobs[], size_t k,
	     size_t n, const char *wanted)
{
	if (k <= 1) {
		check_fold(text, values, jobs, n, wanted);
		return;
	}
	for (size_t i = 0; i < k; i++) {
		size_t other = k % 2 ? 0 : i;
		const char *value;
		uint64_t job;

		check_orders(text, values, jobs, k - 1, n, wanted);
		value = values[other];
		values[other] = values[k - 1];
		values[k - 1] = value;
		job = jobs[other];
		jobs[other] = jobs[k - 1];
		jobs[k - 1] = job;
	}
}

START_TEST(the_order_of_values_does_not_matter)
{
	const char *values[VALUES_MAX];
	uint64_t jobs[VALUES_MAX] = { 1, 2, 3, 4, 5, 6 };
	char *text = strdup(folds[_i].values);
	size_t n = split(text, values);

	check_orders(folds[_i].op, values, jobs, n, n, folds[_i].result);
	free(text);
}
END_TEST

static const struct {
	const char *op, *values, *result;
} args[] = {
	{ "argmin", "3 1 1.0 1 7", "2\n" },
	{ "argmax", "3 8 8.0 1 7", "2\n" },
	{ "argmax", "3 8 nan nan 7", "3\n" },
	{ "argmin", "", "" },
};

START_TEST(the_job_of_the_best_value_is_the_first_one)
{
	const char *values[VALUES_MAX];
	uint64_t jobs[VALUES_MAX] = { 1, 2, 3, 4, 5, 6 };
	char *text = strdup(args[_i].values);
	size_t n = split(text, values);

	check_orders(args[_i].op, values, jobs, n, n, args[_i].result);
	free(text);
}
END_TEST

START_TEST(texts_are_taken_as_they_come)
{
	static const char *const values[] = { "b", "x y", "a" };
	static const uint64_t jobs[] = { 1, 2, 3 };

	check_fold("first", values, jobs, 3, "b\n");
	check_fold("last", values, jobs, 3, "a\n");
	check_fold("concat", values, jobs, 3, "b x y a\n");
	check_fold("concat", values, jobs, 0, "");
}
END_TEST

START_TEST(a_histogram_counts_all_values)
{
	static const char *const values[] = { "0",   "0.1", "0.3", "0.7",
					      "0.9", "1",   "-1",  "7" };
	static const char *const with_nan[] = { "nan", "0.30000000000000004" };
	static const uint64_t jobs[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	check_fold("hist:0:1:10", values, jobs, 8,
		   "-inf\t1\n0.0\t1\n0.1\t1\n0.2\t0\n0.3\t1\n0.4\t0\n0.5\t0\n"
		   "0.6\t0\n0.7\t1\n0.8\t0\n0.9\t1\n1.0\t2\n");
	check_fold("hist:0:0.9:3", with_nan, jobs, 2,
		   "-inf\t0\n0.0\t0\n0.3\t1\n0.6\t0\n0.9\t0\nnan\t1\n");
	/* (0.7 - 0) / 0.9 * 9 is less than 7 */
	check_fold("hist:0:0.9:9", values + 3, jobs, 1,
		   "-inf\t0\n0.0\t0\n0.1\t0\n0.2\t0\n"
		   "0.30000000000000004\t0\n0.4\t0\n0.5\t0\n"
		   "0.6000000000000001\t0\n0.7\t1\n0.8\t0\n0.9\t0\n");
	check_fold("hist:0:1:1", values, jobs, 0, "-inf\t0\n0.0\t0\n1.0\t0\n");
}
END_TEST

START_TEST(what_it_comes_to_stands_behind_a_prefix)
{
	struct bytes out = { 0 };
	struct fold fold;
	struct op op;

	op_parse("mean", &op);
	fold_init(&fold, &op);
	add(&fold, &op, "1", 1);
	ck_assert_int_eq(fold_write(&fold, &op, "k\t", 2, &out), 0);
	ck_assert_uint_eq(out.used, 6);
	ck_assert_mem_eq(out.data, "k\t1.0\n", 6);
	bytes_release(&out);
	fold_release(&fold, &op);
}
END_TEST

START_TEST(numbers_are_texts_where_texts_are_taken)
{
	static const struct {
		const char *op, *result;
	} texts[] = { { "count", "2\n" },
		      { "first", "-7\n" },
		      { "last", "0.5\n" },
		      { "concat", "-7 0.5\n" } };
	const struct value values[] = {
		{ .is_negative = true, .low = 7 },
		{ .is_double = true, .number = 0.5 },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct bytes out = { 0 };
		struct fold fold;
		struct op op;

		op_parse(texts[i].op, &op);
		fold_init(&fold, &op);
		for (size_t k = 0; k < 2; k++)
			ck_assert_int_eq(
				fold_add(&fold, &op, &values[k], k + 1), 0);
		ck_assert_int_eq(fold_write(&fold, &op, "", 0, &out), 0);
		ck_assert_uint_eq(out.used, strlen(texts[i].result));
		ck_assert_mem_eq(out.data, texts[i].result, out.used);
		bytes_release(&out);
		fold_release(&fold, &op);
	}
}
END_TEST

static const struct {
	const char *text;
	int result;
	unsigned column;
} ops[] = {
	{ "sum", 0, 0 },
	{ "sum:1", 0, 1 },
	{ "argmax:12", 0, 12 },
	{ "hist:0:1:10", 0, 0 },
	{ "hist:-1e3:0x10:10:2", 0, 2 },
	{ "", -ENOENT, 0 },
	{ "summ", -ENOENT, 0 },
	{ "su", -ENOENT, 0 },
	{ "sum ", -ENOENT, 0 },
	{ ":1", -ENOENT, 0 },
	{ "sum:", -EINVAL, 0 },
	{ "sum:0", -EINVAL, 0 },
	{ "sum:x", -EINVAL, 0 },
	{ "sum:-1", -EINVAL, 0 },
	{ "sum:1.0", -EINVAL, 0 },
	{ "sum:1:2", -EINVAL, 0 },
	{ "sum:1:", -EINVAL, 0 },
	{ "sum:99999999", -EINVAL, 0 },
	{ "hist", -EINVAL, 0 },
	{ "hist:0:1", -EINVAL, 0 },
	{ "hist:0:1:0", -EINVAL, 0 },
	{ "hist:1:1:2", -EINVAL, 0 },
	{ "hist:nan:1:2", -EINVAL, 0 },
	{ "hist:0:inf:2", -EINVAL, 0 },
	{ "hist:-1e308:1e308:2", -EINVAL, 0 },
	{ "hist:0:1:2:3:4", -EINVAL, 0 },
};

START_TEST(an_operation_has_a_name_and_a_column)
{
	struct op op;

	ck_assert_int_eq(op_parse(ops[_i].text, &op), ops[_i].result);
	if (ops[_i].result == 0)
		ck_assert_uint_eq(op.column, ops[_i].column);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *fold = unit_case(suite, "fold");
	TCase *op = unit_case(suite, "op");

	tcase_add_loop_test(fold, the_order_of_values_does_not_matter, 0,
			    sizeof(folds) / sizeof(folds[0]));
	tcase_add_loop_test(fold, the_job_of_the_best_value_is_the_first_one, 0,
			    sizeof(args) / sizeof(args[0]));
	tcase_add_test(fold, texts_are_taken_as_they_come);
	tcase_add_test(fold, a_histogram_counts_all_values);
	tcase_add_test(fold, what_it_comes_to_stands_behind_a_prefix);
	tcase_add_test(fold, numbers_are_texts_where_texts_are_taken);
	tcase_add_loop_test(op, an_operation_has_a_name_and_a_column, 0,
			    sizeof(ops) / sizeof(ops[0]));
}
