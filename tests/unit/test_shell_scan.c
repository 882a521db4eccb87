/* Shell lines: what the walk over them makes of them, and what it refuses. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "engine/shell.h"
#include "shells.h"

static const struct {
	const char *text;
	const char *line;
} lines[] = {
	{ "a {}", "a \"${1}\"" },
	{ "a {} {} {1}", "a \"${1}\" \"${1}\" \"${1}\"" },
	{ "a {#} {} {/.}", "a \"${1}\" \"${2}\" \"${3}\"" },
	{ "a \"{}\"", "a \"${1}\"" },
	{ "a '{}'", "a ''\"${1}\"''" },
	{ "a $'{}'", "a $''\"${1}\"$''" },
	{ "a $(( {#} ))", "a $(( ${1} ))" },
	{ "a # {}\n{}", "a # {}\n\"${1}\"" },
	{ "a ${1} ${#} {}", "a ${1} ${#} \"${1}\"" },
	{ "a b ", "a b \"${1}\" " },
	{ "a b\n", "a b \"${1}\"\n" },
	{ "a\n\n # c\n", "a \"${1}\"\n\n # c\n" },
	{ "cat <<E\nx\nE\n", "cat <<E \"${1}\"\nx\nE\n" },
	{ "a <", "a < \"${1}\"" },
	{ "-a {}", " -a \"${1}\"" },
	{ "+a {}", " +a \"${1}\"" },
	{ "f() { a {}; }; f", "shmmap_1=${1}; "
			      "f() { a \"${shmmap_1}\"; }; f" },
	{ "set -- x; a {} {#}", "shmmap_1=${1}; shmmap_2=${2}; "
				"set -- x; a \"${shmmap_1}\" \"${shmmap_2}\"" },
	{ "a dataset {}", "a dataset \"${1}\"" },
	{ "a `b {} \\`c\\`` `d`", "a $(b \"${1}\" `c`\n) `d`" },
	{ "echo \"$(a \"b\" {}", "echo \"$(a \"b\" \"${1}\"" },
};

START_TEST(values_become_parameters)
{
	struct shell_line shell;

	ck_assert_int_eq(shell_line_init(&shell, lines[_i].text, NULL), 0);
	ck_assert_str_eq(shell.line, lines[_i].line);
	shell_line_release(&shell);
}
END_TEST

static char printed[1000];

static void
keep(void *context, const char *line, size_t nbytes)
{
	(void)context;
	snprintf(printed, sizeof(printed), "%.*s", (int)nbytes, line);
}

/* what becomes of a line where each job has three columns, or any number */
static const struct {
	const char *text;
	const char *three;
	const char *any;
} column_lines[] = {
	{ "a {}", "a \"${1}\" \"${2}\" \"${3}\"", "a \"${@}\"" },
	{ "a", "a \"${1}\" \"${2}\" \"${3}\"", "a \"${@}\"" },
	{ "a|b >c # d", "a|b >c \"${1}\" \"${2}\" \"${3}\" # d",
	  "a|b >c \"${@}\" # d" },
	{ "a {2} {.};b {}",
	  "a \"${1}\" \"${2}\" \"${3}\" \"${4}\";b "
	  "\"${5}\" \"${1}\" \"${6}\"",
	  NULL },
	{ "a {2} {} {#}", "a \"${1}\" \"${2}\" \"${1}\" \"${3}\" \"${4}\"",
	  "shmmap_1=${1}; shmmap_2=${2}; shift 2; a \"${shmmap_1}\" \"${@}\" "
	  "\"${shmmap_2}\"" },
	{ "a {}x \"{}\" '{}'", "a \"${1}\"x \"${1}\" ''\"${1}\"''",
	  "a \"${1}\"x \"${1}\" ''\"${1}\"''" },
	{ "x={} a", "x=\"${1}\" a", "x=\"${1}\" a" },
	{ "a >{} 2> {} >| {}", "a >\"${1}\" 2> \"${1}\" >| \"${1}\"",
	  "a >\"${1}\" 2> \"${1}\" >| \"${1}\"" },
	{ "a \\ {}", "a \\ \"${1}\"", "a \\ \"${1}\"" },
	{ "$(a {});`b {3}`", "$(a \"${1}\" \"${2}\" \"${3}\");$(b \"${3}\"\n)",
	  "shmmap_1=${1}; shift 1; $(a \"${@}\");$(b \"${shmmap_1}\"\n)" },
	{ "set {}",
	  "shmmap_1=${1}; shmmap_2=${2}; shmmap_3=${3}; set "
	  "\"${shmmap_1}\" \"${shmmap_2}\" \"${shmmap_3}\"",
	  NULL },
};

static void
check_columns(const char *text, size_t count, const char *wanted)
{
	struct columns columns = { ",", 1, count, NULL, 0 };
	struct shell_line shell;

	diag_redirect(keep, NULL);
	ck_assert_int_eq(shell_line_init(&shell, text, &columns),
			 wanted ? 0 : -EINVAL);
	diag_redirect(NULL, NULL);
	if (wanted)
		ck_assert_str_eq(shell.line, wanted);
	shell_line_release(&shell);
}

START_TEST(columns_are_words)
{
	check_columns(column_lines[_i].text, 3, column_lines[_i].three);
	check_columns(column_lines[_i].text, 0, column_lines[_i].any);
}
END_TEST

START_TEST(values_are_numbered_as_they_come)
{
	struct shell_line shell;

	ck_assert_int_eq(shell_line_init(&shell,
					 "{%} {#} {/} {//} {} {.} "
					 "{/.} {1/.} {1} {%}",
					 NULL),
			 0);
	ck_assert_str_eq(shell.line,
			 "\"${1}\" \"${2}\" \"${3}\" \"${4}\" \"${5}\" "
			 "\"${6}\" \"${7}\" \"${7}\" \"${5}\" \"${1}\"");
	ck_assert_uint_eq(shell.nvalues, 7);
	ck_assert_int_eq(shell.values[0].kind, PIECE_SLAVE);
	ck_assert_int_eq(shell.values[1].kind, PIECE_JOB);
	ck_assert_int_eq(shell.values[2].kind, PIECE_BASE);
	ck_assert_int_eq(shell.values[3].kind, PIECE_FOLDER);
	ck_assert_int_eq(shell.values[4].kind, PIECE_TEXT);
	ck_assert_int_eq(shell.values[5].kind, PIECE_NO_EXTENSION);
	ck_assert_int_eq(shell.values[6].kind, PIECE_BASE_NO_EXTENSION);
	shell_line_release(&shell);
}
END_TEST

static const struct {
	const char *text;
	const char *message; /* a part of it */
} errors[] = {
	{ "cat <<'E'\n{}\nE", "whose end is quoted" },
	{ "cat <<\\E\n{}\nE", "whose end is quoted" },
	{ "cat <<\"E\" {}\n {/} \nE", "whose end is quoted" },
	{ "cat <<E{}\nE{}", "ends a here-document" },
	{ "cat <<'E{}'\nE{}", "ends a here-document" },
	{ "a {2}", "{2}: jobs have one column" },
	{ "a \"$(b '{12/}')\"", "{12/}: jobs have one column" },
	{ "a ${}", "${}: neither" },
	{ "a \"${/}\"", "${/: neither" },
	{ "a;", "write {} where" },
	{ "a |", "write {} where" },
	{ "a &", "write {} where" },
	{ "a &&", "write {} where" },
	{ "(a)", "write {} where" },
	{ "if a; then", "write {} where" },
	{ "if a; then b; fi", "write {} where" },
	{ "while a; do b; done", "write {} where" },
	{ "case a in b) c;; esac", "write {} where" },
	{ "{ a; }", "write {} where" },
	{ "A=b\n", "write {} where" },
	{ "a 'b", "write {} where" },
	{ "a \"b", "write {} where" },
	{ "a `b", "write {} where" },
	{ "a $(b", "write {} where" },
	{ "a \\", "write {} where" },
	{ "a >&", "write {} where" },
	{ "cat <<E\nx", "write {} where" },
	{ " ", "write {} where" },
	{ "# {}", "write {} where" },
};

static void
check_error(const char *text, const char *message)
{
	struct shell_line shell;

	printed[0] = '\0';
	diag_redirect(keep, NULL);
	ck_assert_int_eq(shell_line_init(&shell, text, NULL), -EINVAL);
	diag_redirect(NULL, NULL);
	ck_assert_ptr_null(shell.line);
	ck_assert_msg(strstr(printed, message), "%s: %s", text, printed);
}

START_TEST(a_place_without_parameters_is_an_error)
{
	check_error(errors[_i].text, errors[_i].message);
}
END_TEST

/* nothing recurses without a bound */
START_TEST(deep_nesting_is_an_error)
{
	static const char *const openings[] = { "$(",	   "(",
						"\"${x:-", "`",
						"${x[",	   "$((1+(",
						"\"$(",	   "case x in x) " };
	struct text line = { NULL, 0 };
	struct shell_line shell;

	for (size_t i = 0; i < NELEMENTS(openings); i++) {
		line.used = 0;
		for (int n = 0; n < 20000; n++)
			text_add_string(&line, openings[i]);
		text_add_string(&line, "{}");
		diag_redirect(keep, NULL);
		shell_line_init(&shell, line.bytes,
				NULL); /* returns, that is all */
		diag_redirect(NULL, NULL);
		shell_line_release(&shell);
	}
	free(line.bytes);
}
END_TEST

/* lines of random syntax, for sanitizers to watch the walk */
START_TEST(no_line_leads_the_walk_astray)
{
	static const char *const parts[] = {
		"{}", "{/.}", "{2}",   "'",   "\"",	   "`",	     "\\", "$(",
		")",  "((",   "))",    "$((", "${x",	   "${",     "}",  "[",
		"]",  "<<E",  "<<'E'", "<<-", "\nE\n",	   "\n",     " ",  "#",
		";",  ";;",   "&",     "|",   "case x in", " esac ", "x",  "$'",
		"$",  "a[",   "let ",  ">&",  "{",	   ":",	     "(",
	};
	struct text line = { NULL, 0 };
	struct shell_line shell;

	srand(1);
	diag_redirect(keep, NULL);
	for (int n = 0; n < 30000; n++) {
		line.used = 0;
		text_add_string(&line, "x ");
		for (int length = rand() % 30; length >= 0; length--)
			text_add_string(
				&line,
				parts[(size_t)rand() % NELEMENTS(parts)]);
		if (shell_line_init(&shell, line.bytes, NULL) == 0) {
			ck_assert_uint_gt(shell.nvalues, 0);
			shell_line_release(&shell);
		} else {
			ck_assert_ptr_null(shell.line);
		}
	}
	diag_redirect(NULL, NULL);
	free(line.bytes);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *right = unit_case(suite, "right");
	TCase *wrong = unit_case(suite, "wrong");

	tcase_add_loop_test(right, values_become_parameters, 0,
			    NELEMENTS(lines));
	tcase_add_loop_test(right, columns_are_words, 0,
			    sizeof(column_lines) / sizeof(column_lines[0]));
	tcase_add_test(right, values_are_numbered_as_they_come);
	tcase_add_loop_test(wrong, a_place_without_parameters_is_an_error, 0,
			    NELEMENTS(errors));
	tcase_add_test(wrong, deep_nesting_is_an_error);
	tcase_add_test(wrong, no_line_leads_the_walk_astray);
}
