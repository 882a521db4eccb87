/* Commands: replacement strings, their values, and argument vectors. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "engine/command.h"

static char printed[1000];

static void
keep(void *context, const char *line, size_t nbytes)
{
	(void)context;
	snprintf(printed, sizeof(printed), "%.*s", (int)nbytes, line);
}

/* the arguments for a text as job 12 of slave 3, with | between */
static const char *
expanded(char *const words[], size_t nwords, const char *text)
{
	static char joined[1000];
	struct command_job job = { text, strlen(text), 12, 3 };
	struct expansion expansion = { 0 };
	struct command command;
	size_t used = 0;

	ck_assert_int_eq(
		command_init(&command, words, nwords, COMMAND_PER_JOB, NULL),
		0);
	ck_assert_int_eq(command_expand(&command, &job, &expansion), 0);
	ck_assert_ptr_null(expansion.argv[expansion.argc]);
	expansion.argv[-1] = expansion.argv[0]; /* is ours to write */
	joined[0] = '\0';
	for (size_t i = 0; i < expansion.argc; i++)
		used += (size_t)snprintf(joined + used, sizeof(joined) - used,
					 "%s%s", i ? "|" : "",
					 expansion.argv[i]);
	expansion_release(&expansion);
	command_release(&command);
	return joined;
}

static char *
writable(const char *text)
{
	return (char *)(uintptr_t)text;
}

static const char *
value_of(const char *string, const char *text)
{
	char *words[] = { writable("x"), writable(string) };

	return expanded(words, 2, text) + strlen("x|");
}

/* what GNU parallel 20221122 makes of these paths: run
 * parallel -q -k printf '%s|%s|%s|%s|%s\n' {} {.} {/} {//} {/.} */
static const struct {
	const char *text;
	const char *no_extension;
	const char *base;
	const char *folder;
	const char *base_no_extension;
} paths[] = {
	{ "a/b.c", "a/b", "b.c", "a", "b" },
	{ ".bashrc", "", ".bashrc", ".", "" },
	{ "foo.", "foo", "foo.", ".", "foo" },
	{ "/", "/", "", "/", "" },
	{ "//", "//", "", "/", "" },
	{ "///", "///", "", "/", "" },
	{ "a//b", "a//b", "b", "a", "b" },
	{ "a/b/", "a/b/", "", "a", "" },
	{ "a/b//", "a/b//", "", "a", "" },
	{ "dir.d/foo", "dir.d/foo", "foo", "dir.d", "foo" },
	{ "dir.d/", "dir.d/", "", ".", "" },
	{ "", "", "", ".", "" },
	{ "x.tar.gz", "x.tar", "x.tar.gz", ".", "x.tar" },
	{ "a", "a", "a", ".", "a" },
	{ "a.b", "a", "a.b", ".", "a" },
	{ "/a", "/a", "a", "/", "a" },
	{ "/a.b", "/a", "a.b", "/", "a" },
	{ "//a", "//a", "a", "/", "a" },
	{ "//a//", "//a//", "", "/", "" },
	{ "//a/b", "//a/b", "b", "//a", "b" },
	{ "a/", "a/", "", ".", "" },
	{ "a//", "a//", "", ".", "" },
	{ "./a", "./a", "a", ".", "a" },
	{ "../a.b", "../a", "a.b", "..", "a" },
	{ "..", ".", "..", ".", "." },
	{ ".", "", ".", ".", "" },
	{ "a/..", "a/.", "..", "a", "." },
	{ "a/.", "a/", ".", "a", "" },
	{ "a/.b", "a/", ".b", "a", "" },
	{ ".a.b", ".a", ".a.b", ".", ".a" },
	{ "a..b", "a.", "a..b", ".", "a." },
	{ "a.b/c.d/e.f", "a.b/c.d/e", "e.f", "a.b/c.d", "e" },
	{ "/.", "/", ".", "/", "" },
	{ "/..", "/.", "..", "/", "." },
	{ "a/b/c/d", "a/b/c/d", "d", "a/b/c", "d" },
	{ " a b / c . d ", " a b / c ", " c . d ", " a b ", " c " },
	{ "...", "..", "...", ".", ".." },
	{ "a/...", "a/..", "...", "a", ".." },
	{ "a.b.", "a.b", "a.b.", ".", "a.b" },
	{ "é.ü/ö.ß", "é.ü/ö", "ö.ß", "é.ü", "ö" },
};

START_TEST(paths_are_taken_apart_as_gnu_parallel_does)
{
	const char *text = paths[_i].text;

	ck_assert_str_eq(value_of("{}", text), text);
	ck_assert_str_eq(value_of("{.}", text), paths[_i].no_extension);
	ck_assert_str_eq(value_of("{/}", text), paths[_i].base);
	ck_assert_str_eq(value_of("{//}", text), paths[_i].folder);
	ck_assert_str_eq(value_of("{/.}", text), paths[_i].base_no_extension);
	ck_assert_str_eq(value_of("{1}", text), text);
	ck_assert_str_eq(value_of("{1.}", text), paths[_i].no_extension);
	ck_assert_str_eq(value_of("{1/}", text), paths[_i].base);
	ck_assert_str_eq(value_of("{1//}", text), paths[_i].folder);
	ck_assert_str_eq(value_of("{1/.}", text), paths[_i].base_no_extension);
}
END_TEST

START_TEST(numbers_of_job_and_slave_count_from_one)
{
	struct replacement number = { PIECE_JOB, 0 };
	struct replacement slave = { PIECE_SLAVE, 0 };
	struct command_job job = { "", 0, UINT64_MAX, UINT32_MAX - 1 };
	char out[2 * REPLACEMENT_NUMBER_MAX + 1];

	ck_assert_str_eq(value_of("{#}", ""), "12");
	ck_assert_str_eq(value_of("{%}", ""), "4");
	*replacement_value(out, &number, &job, NULL, 0) = '\0';
	ck_assert_str_eq(out, "18446744073709551615");
	*replacement_value(out, &slave, &job, NULL, 0) = '\0';
	ck_assert_str_eq(out, "4294967295");
}
END_TEST

START_TEST(strings_stand_anywhere_and_often)
{
	ck_assert_str_eq(value_of("a{}b{/}c{#}", "d/e"), "ad/ebec12");
	ck_assert_str_eq(value_of("{}{}{}", "ab"), "ababab");
	ck_assert_str_eq(value_of("{{}}", "ab"), "{ab}");
	ck_assert_str_eq(value_of("{{{}", "ab"), "{{ab");
}
END_TEST

START_TEST(other_braces_are_text)
{
	static const char *const texts[] = {
		"{",	"}",	"{a}",	  "{ }",   "{0}",	 "{01}",
		"{1",	"{1#}", "{1%}",	  "{+/}",  "{..}",	 "{///}",
		"{-0}", "{./}", "{/../}", "{1,2}", "{print $1}", "{1x}",
		"{\n}", "{#",	"{##}",
	};
	char *words[] = { writable("x"), NULL, writable("{}") };
	char wanted[100];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		words[1] = writable(texts[i]);
		snprintf(wanted, sizeof(wanted), "x|%s|v", texts[i]);
		ck_assert_str_eq(expanded(words, 3, "v"), wanted);
	}
}
END_TEST

START_TEST(the_text_comes_last_when_it_has_no_place)
{
	char *words[] = { writable("a"), writable("b c"), writable("") };

	ck_assert_str_eq(expanded(words, 1, "x y"), "a|x y");
	ck_assert_str_eq(expanded(words, 2, "x y"), "a|b c|x y");
	ck_assert_str_eq(expanded(words, 3, "x y"), "a|b c||x y");
	words[1] = writable("{#}");
	ck_assert_str_eq(expanded(words, 2, "x y"), "a|12");
}
END_TEST

START_TEST(a_column_that_does_not_exist_is_an_error)
{
	static const char *const texts[] = { "{2}", "a{10}b", "{2/.}", "{11}" };
	char *words[] = { writable("x"), NULL };
	struct command command;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		words[1] = writable(texts[i]);
		diag_redirect(keep, NULL);
		ck_assert_int_eq(
			command_init(&command, words, 2, COMMAND_PER_JOB, NULL),
			-EINVAL);
		diag_redirect(NULL, NULL);
		ck_assert_ptr_nonnull(
			strstr(printed, "}: jobs have one column\n"));
		command_release(&command);
	}
}
END_TEST

/* the arguments for columns a/x.y, "" and c d, which a NUL or a comma separates
 */
static const char *
expanded_columns(const char *word, bool is_comma)
{
	static char joined[1000];
	static const char texts[2][14] = { "a/x.y\0\0c d", "a/x.y,,c d" };
	struct columns columns = { is_comma ? "," : "\0", 1, is_comma ? 0 : 3,
				   NULL, 0 };
	struct command_job job = { texts[is_comma], 10, 12, 3 };
	struct expansion expansion = { 0 };
	struct command command;
	char *words[] = { writable("x"), writable(word) };
	size_t used = 0;

	ck_assert_int_eq(
		command_init(&command, words, 2, COMMAND_PER_JOB, &columns), 0);
	ck_assert_int_eq(command_expand(&command, &job, &expansion), 0);
	ck_assert_ptr_null(expansion.argv[expansion.argc]);
	joined[0] = '\0';
	for (size_t i = 1; i < expansion.argc; i++)
		used += (size_t)snprintf(joined + used, sizeof(joined) - used,
					 "%s%s", i > 1 ? "|" : "",
					 expansion.argv[i]);
	expansion_release(&expansion);
	command_release(&command);
	return joined;
}

START_TEST(columns_are_arguments)
{
	static const struct {
		const char *word;
		const char *arguments;
	} words[] = {
		{ "y", "y|a/x.y||c d" },
		{ "{}", "a/x.y||c d" },
		{ "{.}", "a/x||c d" },
		{ "{//}", "a|.|." },
		{ "<{}>", "<a/x.y  c d>" },
		{ "{}{.}", "a/x.y  c da/x  c d" },
		{ "{2}", "" },
		{ "{3}", "c d" },
		{ "{-1}", "c d" },
		{ "{-3/.}", "x" },
		{ "{1/}{2}{#}", "x.y12" },
		{ "{//}{//}", "a . .a . ." },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		ck_assert_str_eq(expanded_columns(words[i].word, _i),
				 words[i].arguments);
}
END_TEST

START_TEST(columns_have_names)
{
	char *names[] = { writable("a"), writable("a.b"), writable("2"),
			  writable("a b/") };
	struct columns columns = { "\0", 1, 4, names, 4 };
	char *words[] = { writable("x"), writable("{a}{a.}{a.b}{a.b/}{2}"),
			  writable("{a b/}{1}{a c}{ a}{a:}") };
	struct command_job job = { "u.v\0w/x\0y\0z", 11, 1, 0 };
	struct expansion expansion = { 0 };
	struct command command;

	ck_assert_int_eq(
		command_init(&command, words, 3, COMMAND_PER_JOB, &columns), 0);
	ck_assert_int_eq(command_expand(&command, &job, &expansion), 0);
	ck_assert_str_eq(expansion.argv[1], "u.vuw/xxy");
	ck_assert_str_eq(expansion.argv[2], "zu.v{a c}{ a}{a:}");
	expansion_release(&expansion);
	command_release(&command);
	words[1] = writable("{b.}");
	diag_redirect(keep, NULL);
	ck_assert_int_eq(
		command_init(&command, words, 3, COMMAND_PER_JOB, &columns),
		-EINVAL);
	diag_redirect(NULL, NULL);
	ck_assert_str_eq(printed, "shmmap: '{b.}': no column has that name\n");
}
END_TEST

START_TEST(a_command_knows_how_many_columns_it_needs)
{
	struct columns columns = { ", ", 2, 0, NULL, 0 };
	struct span text = { "a, b,c", 6 };
	struct command command;
	char *words[] = { writable("x"), writable("{1}{3}{-4}") };
	size_t has = 0;

	ck_assert_int_eq(
		command_init(&command, words, 2, COMMAND_PER_JOB, &columns), 0);
	ck_assert_uint_eq(command_lacks(&command, text, &has), 2);
	ck_assert_uint_eq(has, 2);
	text = (struct span){ "a, b, c, , d", 12 };
	ck_assert_uint_eq(command_lacks(&command, text, &has), 0);
	command_release(&command);
}
END_TEST

START_TEST(an_empty_command_is_an_error)
{
	char *words[] = { writable("") };
	struct command command;

	diag_redirect(keep, NULL);
	ck_assert_int_eq(
		command_init(&command, words, 1, COMMAND_PER_JOB, NULL),
		-EINVAL);
	diag_redirect(NULL, NULL);
	ck_assert_str_eq(printed, "shmmap: the command is an empty word\n");
}
END_TEST

START_TEST(what_is_constant_is_not_copied)
{
	char *words[] = { writable("cmd"), writable("{}"), writable("{}") };
	struct command_job job = { "text", 4, 1, 0 };
	struct expansion expansion = { 0 };
	struct command command;

	ck_assert_int_eq(
		command_init(&command, words, 3, COMMAND_PER_JOB, NULL), 0);
	ck_assert(command.name_is_fixed);
	ck_assert(!command.is_shell);
	ck_assert_str_eq(command.name, "cmd");
	ck_assert_int_eq(command_expand(&command, &job, &expansion), 0);
	ck_assert_ptr_eq(expansion.argv[0], words[0]);
	ck_assert_ptr_eq(expansion.argv[1], job.text);
	expansion_release(&expansion);
	command_release(&command);
}
END_TEST

START_TEST(a_command_may_come_from_the_job)
{
	char *words[] = { writable("./{}") };
	struct command command;

	ck_assert_int_eq(
		command_init(&command, words, 1, COMMAND_PER_JOB, NULL), 0);
	ck_assert(!command.name_is_fixed);
	ck_assert(!command.is_shell);
	command_release(&command);
	ck_assert_str_eq(expanded(words, 1, "a b"), "./a b");
}
END_TEST

START_TEST(an_expansion_is_used_again_without_growing)
{
	char *words[] = { writable("x"), writable("<{}>") };
	struct expansion expansion = { 0 };
	struct command_job job = { .text = NULL };
	struct command command;
	char *text = malloc(5001), wanted[5004], *bytes;

	ck_assert_int_eq(
		command_init(&command, words, 2, COMMAND_PER_JOB, NULL), 0);
	for (size_t n = 0; n <= 5000; n += 100) {
		memset(text, 'a', n);
		text[n] = '\0';
		job = (struct command_job){ text, n, n + 1, 0 };
		ck_assert_int_eq(command_expand(&command, &job, &expansion), 0);
		snprintf(wanted, sizeof(wanted), "<%s>", text);
		ck_assert_str_eq(expansion.argv[1], wanted);
	}
	bytes = expansion.bytes;
	for (size_t n = 0; n <= 5000; n += 100) {
		job.nbytes = n;
		ck_assert_int_eq(command_expand(&command, &job, &expansion), 0);
		ck_assert_ptr_eq(expansion.bytes, bytes);
		ck_assert_ptr_eq(expansion.argv[1], bytes);
	}
	expansion_release(&expansion);
	command_release(&command);
	free(text);
}
END_TEST

START_TEST(one_expansion_serves_several_commands)
{
	char *few[] = { writable("x") };
	char *many[] = { writable("y"), writable("{#}"), writable("{%}"),
			 writable("{}") };
	struct command_job job = { "t", 1, 2, 0 };
	struct expansion expansion = { 0 };
	struct command first, second;

	ck_assert_int_eq(command_init(&first, few, 1, COMMAND_PER_JOB, NULL),
			 0);
	ck_assert_int_eq(command_init(&second, many, 4, COMMAND_PER_JOB, NULL),
			 0);
	for (int i = 0; i < 3; i++) {
		command_expand(&first, &job, &expansion);
		ck_assert_uint_eq(expansion.argc, 2);
		ck_assert_str_eq(expansion.argv[1], "t");
		ck_assert_ptr_null(expansion.argv[2]);
		command_expand(&second, &job, &expansion);
		ck_assert_uint_eq(expansion.argc, 4);
		ck_assert_str_eq(expansion.argv[1], "2");
		ck_assert_str_eq(expansion.argv[3], "t");
		ck_assert_ptr_null(expansion.argv[4]);
	}
	expansion_release(&expansion);
	command_release(&first);
	command_release(&second);
}
END_TEST

/* all values of one text at once, for sanitizers to watch the buffer */
START_TEST(no_value_outgrows_the_room_that_was_measured)
{
	char *words[] = { writable("{.}{/}{//}{/.}{#}{%}{}"), writable("{//}"),
			  writable("{//}{//}") };
	struct expansion expansion;
	struct command command;
	struct command_job job;
	char text[5001];

	ck_assert_int_eq(
		command_init(&command, words, 3, COMMAND_PER_JOB, NULL), 0);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	job = (struct command_job){ text, strlen(text), 1, 0 };
	expansion = (struct expansion){ 0 };
	ck_assert_int_eq(command_expand(&command, &job, &expansion), 0);
	ck_assert_uint_eq(strlen(expansion.argv[0]), 4 * 5000 + strlen(".11"));
	expansion_release(&expansion);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		job = (struct command_job){ paths[i].text,
					    strlen(paths[i].text), UINT64_MAX,
					    UINT32_MAX - 1 };
		expansion = (struct expansion){ 0 };
		ck_assert_int_eq(command_expand(&command, &job, &expansion), 0);
		ck_assert_str_eq(expansion.argv[1], paths[i].folder);
		expansion_release(&expansion);
	}
	command_release(&command);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *value = unit_case(suite, "value");
	TCase *words = unit_case(suite, "words");
	TCase *expand = unit_case(suite, "expand");

	tcase_add_loop_test(value, paths_are_taken_apart_as_gnu_parallel_does,
			    0, sizeof(paths) / sizeof(paths[0]));
	tcase_add_test(value, numbers_of_job_and_slave_count_from_one);
	tcase_add_test(value, strings_stand_anywhere_and_often);
	tcase_add_test(value, other_braces_are_text);
	tcase_add_test(words, the_text_comes_last_when_it_has_no_place);
	tcase_add_loop_test(words, columns_are_arguments, 0, 2);
	tcase_add_test(words, columns_have_names);
	tcase_add_test(words, a_command_knows_how_many_columns_it_needs);
	tcase_add_test(words, a_column_that_does_not_exist_is_an_error);
	tcase_add_test(words, an_empty_command_is_an_error);
	tcase_add_test(words, a_command_may_come_from_the_job);
	tcase_add_test(expand, what_is_constant_is_not_copied);
	tcase_add_test(expand, an_expansion_is_used_again_without_growing);
	tcase_add_test(expand, one_expansion_serves_several_commands);
	tcase_add_test(expand, no_value_outgrows_the_room_that_was_measured);
}
