/* A spec becomes the plan that the same options make; variables. */
#include <config.h>

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "front/dump.h"
#include "front/settle.h"
#include "front/specfile.h"
#include "front/variables.h"

#define NELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static char printed[4000];
static struct plan plan;
static struct parse spec;

static void
keep(void *context, const char *line, size_t nbytes)
{
	size_t used = strlen(printed);

	(void)context;
	snprintf(printed + used, sizeof(printed) - used, "%.*s", (int)nbytes,
		 line);
}

static int
parse(const char *text)
{
	int error;

	printed[0] = '\0';
	diag_redirect(keep, NULL);
	parse_init(&spec, &plan);
	error = specfile_parse(&spec, "file", text, strlen(text), NULL, 0);
	diag_redirect(NULL, NULL);
	return error;
}

static void
start(const char *text)
{
	ck_assert_msg(parse(text) == 0, "%s: %s", text, printed);
	ck_assert_str_eq(printed, "");
}

static void
release(void)
{
	parse_release(&spec);
	plan_release(&plan);
}

START_TEST(keys_reach_the_plan)
{
	start("slaves: 5\nordered: true\ntag: false\nwd: /\nseed: 7\n"
	      "grace: 1.5s\nenv: {A: b, C: d=e}\nschedule: guided,3\n"
	      "no-run-if-empty: true\nnull: true\nworker: [cmd, '{}', x]\n");
	ck_assert_uint_eq(plan.nslaves, 5);
	ck_assert(plan.ordered);
	ck_assert(!plan.tag);
	ck_assert_str_eq(plan.folder, "/");
	ck_assert_uint_eq(plan.seed, 7);
	ck_assert_int_eq(plan.grace_ms, 1500);
	ck_assert_uint_eq(plan.nenv, 2);
	ck_assert_str_eq(plan.env[1], "C=d=e");
	ck_assert_int_eq(plan.schedule.kind, SCHEDULE_GUIDED);
	ck_assert(plan.skip_empty);
	ck_assert_uint_eq(plan.delimiter, '\0');
	ck_assert_uint_eq(plan.command.nwords, 3);
	ck_assert_ptr_null(plan.list);
	release();
}
END_TEST

static const struct {
	const char *text;
	enum plan_worker worker;
} workers[] = {
	{ "worker: cmd\n", WORKER_EXEC },
	{ "worker: {exec: cmd}\n", WORKER_EXEC },
	{ "worker: {filter: cmd}\n", WORKER_FILTER },
	{ "worker: {pipe: [cmd, x], block: 1k}\n", WORKER_PIPE },
	{ "worker: {attach: cmd}\n", WORKER_ATTACH },
	{ "worker: {dlopen: lib.so}\n", WORKER_DLOPEN },
	{ "filter: true\nworker: cmd\n", WORKER_FILTER },
	{ "dlopen: lib.so\n", WORKER_DLOPEN },
	{ "dlopen: lib.so\nworker: [x, y]\n", WORKER_DLOPEN },
};

START_TEST(a_worker_is_chosen_in_either_way)
{
	start(workers[_i].text);
	ck_assert_int_eq(plan.worker, workers[_i].worker);
	if (plan.worker == WORKER_DLOPEN)
		ck_assert_str_eq(plan.library, "lib.so");
	else
		ck_assert_str_eq(plan.command.name, "cmd");
	release();
}
END_TEST

START_TEST(a_library_has_arguments)
{
	start("worker: {dlopen: [lib.so:f, a, 'b c']}\n");
	ck_assert_str_eq(plan.library, "lib.so:f");
	ck_assert_uint_eq(plan.nwords, 2);
	ck_assert_str_eq(plan.words[1], "b c");
	release();
}
END_TEST

/* a list of jobs and the records that it becomes, + for NUL */
static const struct {
	const char *text, *records;
} lists[] = {
	{ "jobs: [a, 'b c', 7]", "a\nb c\n7\n" },
	{ "jobs: []", "" },
	{ "jobs: ['']", "\n" },
	{ "jobs: [\"a\\nb\", c]", "a\nb+c+" },
	{ "jobs: {list: [a, b], null: true}", "a+b+" },
	{ "jobs: [a, b]\ndelimiter: ';'", "a;b;" },
};

START_TEST(a_list_of_jobs_becomes_records)
{
	char text[100], records[100] = "";

	snprintf(text, sizeof(text), "worker: x\n%s\n", lists[_i].text);
	start(text);
	ck_assert_ptr_nonnull(plan.list);
	for (size_t i = 0; i < plan.list_size; i++)
		records[i] = plan.list[i] ? plan.list[i] : '+';
	ck_assert_str_eq(records, lists[_i].records);
	release();
}
END_TEST

START_TEST(arrays_in_parts_are_those_of_one_text)
{
	static const char *const wanted[] = { "a=f8:2,3=1", "b={x=f8,id=i4}",
					      "c=i4:3=0", "d=f8" };

	start("arrays:\n  a: {shape: [2, 3], init: 1, dtype: f8}\n"
	      "  b: {dtype: {x: f8, id: i4}}\n  c: i4:3=0\n"
	      "  d: {dtype: f8, scope: reduction(max), shape: []}\n"
	      "worker: x\n");
	ck_assert_uint_eq(plan.arrays.count, NELEMENTS(wanted));
	for (size_t i = 0; i < NELEMENTS(wanted); i++)
		ck_assert_str_eq(plan.arrays.specs[i].text, wanted[i]);
	release();
}
END_TEST

START_TEST(what_is_wrong_together_is_told_of_one_of_them)
{
	ck_assert_int_eq(parse("worker: x\nordered: true\nungroup: true\n"),
			 -1);
	ck_assert_str_eq(printed,
			 "file:3:1: ungroup and ordered exclude each other\n");
	release();
	ck_assert_int_eq(parse("slaves: 99999\nworker: x\n"), -1);
	ck_assert_msg(strncmp(printed, "file:1:9: slaves: '99999' ", 26) == 0,
		      "%s", printed);
	release();
}
END_TEST

START_TEST(what_is_dumped_is_the_same_again)
{
	char *text, *again;

	start("jobs: [a, ' b', \"c\\n\", '$${x']\nslaves: 2\n"
	      "arrays: {x: 'f8:3=1', y: i4}\nworker: [echo, 'a b']\n"
	      "segment: s\n");
	text = dump_text(&spec);
	release();
	start(text);
	again = dump_text(&spec);
	release();
	ck_assert_str_eq(text, again);
	free(text);
	free(again);
}
END_TEST

static char *settings[] = { (char[]){ "A=1" }, (char[]){ "EMPTY=" },
			    (char[]){ "D=${A}" } };

static const struct {
	const char *text, *wanted; /* NULL: refused */
} texts[] = {
	{ "", "" },
	{ "$", "$" },
	{ "$A $$ $", "$A $$ $" },
	{ "${A}", "1" },
	{ "x${A}y${A}", "x1y1" },
	{ "$${A}", "${A}" },
	{ "$$${A}", "$${A}" },
	{ "$${", "${" },
	{ "${D}", "${A}" },
	{ "${EMPTY}", "" },
	{ "${EMPTY:-x}", "x" },
	{ "${B:-}", "" },
	{ "${B:-a b}", "a b" },
	{ "${A:-x}", "1" },
	{ "${env:OUTER}", "o" },
	{ "${env:NONE:-n}", "n" },
	{ "${B:-<${A}>}", "<1>" },
	{ "${B:-${C:-${A}}${A}}.", "11." },
	{ "${B:-${env:OUTER}/${A}}", "o/1" },
	{ "${B:-$${A}$}", "${A}$" },
	{ "${A:-${B}}", "1" },
	{ "${B:-${C}}", NULL },
	{ "${B:-${A}", NULL },
	{ "${B:-${A }}", NULL },
	{ "${B:-${B:-${B:-${B:-${B:-${B:-${B:-${B:-${B:-${B:-${B:-${B:-"
	  "${B:-${B:-${B:-${A}}}}}}}}}}}}}}}}",
	  "1" },
	{ "${B:-${B:-${B:-${B:-${B:-${B:-${B:-${B:-${B:-${B:-${B:-${B:-"
	  "${B:-${B:-${B:-${B:-${A}}}}}}}}}}}}}}}}}",
	  NULL },
	{ "${B}", NULL },
	{ "${AA}", NULL },
	{ "${env:NONE}", NULL },
	{ "${", NULL },
	{ "${}", NULL },
	{ "${A", NULL },
	{ "${A:x}", NULL },
	{ "${A:-x", NULL },
	{ "${1}", NULL },
	{ "${env:}", NULL },
};

START_TEST(variables_stand_for_their_values)
{
	struct store store = { 0 };
	struct variables variables;
	char why[VARIABLES_WHY_SIZE];
	const char *got;

	setenv("OUTER", "o", 1);
	unsetenv("NONE");
	ck_assert_int_eq(variables_init(&variables, settings, 3, &store), 0);
	got = variables_expand(&variables, texts[_i].text, &store, why);
	if (texts[_i].wanted)
		ck_assert_str_eq(got, texts[_i].wanted);
	else
		ck_assert_ptr_null(got);
	store_release(&store);
}
END_TEST

START_TEST(a_store_gives_what_is_asked_for)
{
	struct store store = { 0 };
	static const size_t sizes[] = { 1, 65536, 65537, 1000000, 3, 65535, 0 };
	unsigned char *pieces[NELEMENTS(sizes)];

	for (size_t i = 0; i < NELEMENTS(sizes); i++) {
		pieces[i] = store_alloc(&store, sizes[i]);
		ck_assert_uint_eq((uintptr_t)pieces[i] % 16, 0);
		memset(pieces[i], (int)i, sizes[i]);
	}
	for (size_t i = 0; i < NELEMENTS(sizes); i++)
		for (size_t at = 0; at < sizes[i]; at++)
			ck_assert_uint_eq(pieces[i][at], i);
	ck_assert_ptr_null(store_alloc(&store, SIZE_MAX));
	store_release(&store);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *keys = unit_case(suite, "keys");
	TCase *parts = unit_case(suite, "parts");

	tcase_add_test(keys, keys_reach_the_plan);
	tcase_add_loop_test(keys, a_worker_is_chosen_in_either_way, 0,
			    NELEMENTS(workers));
	tcase_add_test(keys, a_library_has_arguments);
	tcase_add_loop_test(keys, a_list_of_jobs_becomes_records, 0,
			    NELEMENTS(lists));
	tcase_add_test(keys, arrays_in_parts_are_those_of_one_text);
	tcase_add_test(keys, what_is_wrong_together_is_told_of_one_of_them);
	tcase_add_test(keys, what_is_dumped_is_the_same_again);
	tcase_add_loop_test(parts, variables_stand_for_their_values, 0,
			    NELEMENTS(texts));
	tcase_add_test(parts, a_store_gives_what_is_asked_for);
}
