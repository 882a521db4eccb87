/*
 * Shell lines, where a shell evaluates a value as an expression: a number
 * passes, and anything else is refused before a shell sees it there.
 */
#include <config.h>

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shells.h"

static const struct {
	const char *line;   /* prints 42 for the value 7 */
	const char *lacked; /* by these shells */
} evaluations[] = {
	{ "echo $(({} * 6))", "" },
	{ "echo \"$(( {} * 6 ))\"", "" },
	{ "echo $(( (1 + {}) * 6 - 6 ))", "" },
	{ "cat <<E\n$(( {} * 6 ))\nE", "" },
	{ "echo $(echo $(({}*6)))", "" },
	{ "echo `echo $(({}*6))`", "" },
	{ "unset v; echo $(( ${v:-{}} * 6 ))", "" },
	{ "[ {} -eq 7 ] && echo 42", "" },
	{ "test 7 -eq \"{}\" && echo 42", "" },
	{ "if [ 1 = 1 ] && [ '{}' -lt 8 ]; then echo 42; fi", "" },
	{ "(exit {}); [ $? = 7 ] && echo 42", "" },
	{ "f() { return {}; }; f; [ $? = 7 ] && echo 42", "" },
	{ "exec 7>&1; echo 42 >&{}", "" },
	{ "exec 7>&1; echo 42 1>& {}", "" },
	{ "exec 7>&1; echo 42 >&'{}'", "" },
	{ "for i in 1; do break {}; done; echo 42", "" },
	{ "((v = {} * 6)); echo $v", " dash " },
	{ "for ((i = {}; i < 8; i++)); do echo 42; done", " dash mksh " },
	{ "let 'v = {} * 6'; echo $v", " dash " },
	{ "let v={}\\*6; echo $v", " dash " },
	{ "v[{}]=42; echo ${v[7]}", " dash " },
	{ "v[7]=42; echo ${v[{}]}", " dash " },
	{ "v[7]=42; echo \"${v[{}]}\"", " dash " },
	{ "v=123456742; echo ${v:{}}", " dash " },
	{ "v=123456742; echo \"${v:{}:2}\"", " dash " },
	{ "[[ {} -eq 7 ]] && echo 42", " dash " },
	{ "[[ ( a != b || x < y )\n && {} -gt 6 ]] && echo 42", " dash " },
	{ "v=(1 2 [{}]=42); echo ${v[7]}", " dash zsh ksh mksh " },
	{ "[[ a != b && 6 -lt \"{}\" ]] && echo 42", " dash " },
};

static bool
is_lacked(size_t evaluation, const struct shell *shell)
{
	char name[20];

	snprintf(name, sizeof(name), " %s ", shell->name);
	return strstr(evaluations[evaluation].lacked, name) != NULL;
}

static const char *const bad_numbers[] = {
	"a[$(touch pwned)]",
	"a[$(touch pwned)0]=1",
	"a[`touch pwned`]",
	"$(touch pwned)",
	"`touch pwned`",
	"7+a[$(touch pwned)]",
	"x",
	"",
	" 7",
	"7 ",
	"-",
	"+",
	"--7",
	"7-7",
	"x7",
	"7\n",
	"7;touch pwned",
	"7)) ; touch pwned; ((",
	"PATH",
	"7]",
	"07*7",
};

static const char *const good_numbers[] = {
	"0", "7", "-7", "+7", "007", "1.5", "0x1F", "0XfF", "1e3", "42",
};

START_TEST(a_number_is_evaluated)
{
	const char *path = shells_find(shells[_i].name);
	struct text got = { NULL, 0 };

	shells_make_folder();
	for (size_t i = 0; path && i < NELEMENTS(evaluations); i++) {
		if (is_lacked(i, &shells[_i]))
			continue;
		got.used = 0;
		shells_run_line(path, evaluations[i].line, "7", &got);
		ck_assert_msg(got.used == 3 &&
				      memcmp(got.bytes, "42\n", 3) == 0,
			      "%s: %s: got <%.*s>", path, evaluations[i].line,
			      (int)got.used, got.bytes ? got.bytes : "");
	}
	free(got.bytes);
	shells_remove_folder();
}
END_TEST

static void
check_refused(const char *path, const char *line, const char *value)
{
	struct text got = { NULL, 0 };
	int status = shells_run_line(path, line, value, &got);

	ck_assert_msg(status == 126 && got.used == 0, "%s: %s: %s: status %d",
		      path, line, value, status);
	ck_assert_msg(access("pwned", F_OK), "%s: %s: %s", path, line, value);
	free(got.bytes);
}

START_TEST(what_is_no_number_is_not_evaluated)
{
	const char *path = shells_find(shells[_i].name);
	int kept = dup(STDERR_FILENO);

	shells_make_folder();
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	for (size_t i = 0; path && i < NELEMENTS(evaluations); i++)
		if (!is_lacked(i, &shells[_i]))
			check_refused(path, evaluations[i].line,
				      bad_numbers[0]);
	for (size_t i = 0; path && i < NELEMENTS(bad_numbers); i++) {
		check_refused(path, "echo $(({}))", bad_numbers[i]);
		check_refused(path, "f() { exit '{}'; }; f", bad_numbers[i]);
		check_refused(path, "exit ", bad_numbers[i]);
	}
	dup2(kept, STDERR_FILENO);
	close(kept);
	shells_remove_folder();
}
END_TEST

START_TEST(numbers_of_all_forms_pass)
{
	const char *path = shells_find(shells[_i].name);
	struct text got = { NULL, 0 };
	char wanted[20];

	for (size_t i = 0; path && i < NELEMENTS(good_numbers); i++) {
		got.used = 0;
		shells_run_line(path, "false && exit {}; echo {}",
				good_numbers[i], &got);
		snprintf(wanted, sizeof(wanted), "%s\n", good_numbers[i]);
		ck_assert_str_eq(got.bytes, wanted);
	}
	free(got.bytes);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *tcase = unit_case(suite, "numbers");

	tcase_add_loop_test(tcase, a_number_is_evaluated, 0, NSHELLS);
	tcase_add_loop_test(tcase, what_is_no_number_is_not_evaluated, 0,
			    NSHELLS);
	tcase_add_loop_test(tcase, numbers_of_all_forms_pass, 0, NSHELLS);
}
