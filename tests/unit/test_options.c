/* The command line: what it becomes, and what is said of a wrong one. */
#include <config.h>

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "front/command_line.h"

#define NELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define WORDS_MAX 20

static char printed[1000];
static unsigned nprinted;

static void
keep(void *context, const char *line, size_t nbytes)
{
	(void)context;
	nprinted++;
	snprintf(printed, sizeof(printed), "%.*s", (int)nbytes, line);
}

/* a command line; \1 stands between its words */
struct line {
	char *bytes;
	char *argv[WORDS_MAX + 2];
	int argc;
	struct plan plan;
};

static enum options_outcome
parse(struct line *line, const char *text)
{
	char *rest;
	enum options_outcome outcome;

	line->bytes = rest = strdup(text);
	line->argc = 0;
	line->argv[line->argc++] = (char *)(uintptr_t) "shmmap";
	while (rest) {
		ck_assert_int_lt(line->argc, WORDS_MAX);
		line->argv[line->argc++] = strsep(&rest, "\1");
	}
	if (!*text)
		line->argc = 1;
	line->argv[line->argc] = NULL;
	nprinted = 0;
	printed[0] = '\0';
	diag_redirect(keep, NULL);
	outcome = command_line_parse(line->argc, line->argv, &line->plan);
	diag_redirect(NULL, NULL);
	return outcome;
}

/* a command line with spaces between its words */
static enum options_outcome
parse_words(struct line *line, const char *text)
{
	char *copy = strdup(text);
	enum options_outcome outcome;

	for (char *c = copy; *c; c++)
		if (*c == ' ')
			*c = '\1';
	outcome = parse(line, copy);
	free(copy);
	return outcome;
}

static void
release(struct line *line)
{
	plan_release(&line->plan);
	free(line->bytes);
}

static void
start(struct line *line, const char *text)
{
	ck_assert_msg(parse_words(line, text) == OPTIONS_RUN, "%s: %s", text,
		      printed);
	ck_assert_uint_eq(nprinted, 0);
}

START_TEST(without_options_there_are_defaults)
{
	struct line line;

	setenv("OMP_NUM_THREADS", "3,2", 1);
	start(&line, "cmd");
	ck_assert_ptr_null(line.plan.arg_file);
	ck_assert_uint_eq(line.plan.delimiter, '\n');
	ck_assert(!line.plan.skip_empty);
	ck_assert_uint_eq(line.plan.nslaves, 3);
	ck_assert_str_eq(line.plan.worker_omp_threads, "2");
	ck_assert_ptr_null(line.plan.folder);
	ck_assert_uint_eq(line.plan.nenv, 0);
	ck_assert(!line.plan.ordered);
	ck_assert(!line.plan.ungroup);
	ck_assert(!line.plan.tag);
	ck_assert_int_eq(line.plan.grace_ms, 10000);
	ck_assert_uint_eq(line.plan.command.nwords, 2);
	release(&line);
}
END_TEST

START_TEST(long_options_reach_the_plan)
{
	struct line line;

	start(&line, "--arg-file f --null --no-run-if-empty --slaves 5 "
		     "--ordered --tag --wd / --env A=b --env=C=d=e "
		     "--grace=1.5s cmd");
	ck_assert_str_eq(line.plan.arg_file, "f");
	ck_assert_uint_eq(line.plan.delimiter, '\0');
	ck_assert(line.plan.skip_empty);
	ck_assert_uint_eq(line.plan.nslaves, 5);
	ck_assert(line.plan.ordered);
	ck_assert(line.plan.tag);
	ck_assert_str_eq(line.plan.folder, "/");
	ck_assert_uint_eq(line.plan.nenv, 2);
	ck_assert_str_eq(line.plan.env[0], "A=b");
	ck_assert_str_eq(line.plan.env[1], "C=d=e");
	ck_assert_int_eq(line.plan.grace_ms, 1500);
	release(&line);
	start(&line, "--ungroup --delimiter ; cmd");
	ck_assert(line.plan.ungroup);
	ck_assert_uint_eq(line.plan.delimiter, ';');
	release(&line);
}
END_TEST

START_TEST(short_options_reach_the_plan)
{
	struct line line;

	start(&line, "-af -0rkj5 cmd");
	ck_assert_str_eq(line.plan.arg_file, "f");
	ck_assert_uint_eq(line.plan.delimiter, '\0');
	ck_assert(line.plan.skip_empty);
	ck_assert(line.plan.ordered);
	ck_assert_uint_eq(line.plan.nslaves, 5);
	release(&line);
	start(&line, "-u -P 6 -d , cmd");
	ck_assert(line.plan.ungroup);
	ck_assert_uint_eq(line.plan.nslaves, 6);
	ck_assert_uint_eq(line.plan.delimiter, ',');
	release(&line);
}
END_TEST

START_TEST(long_options_may_be_abbreviated)
{
	struct line line;

	start(&line, "--ord --gr 2 --del=x cmd");
	ck_assert(line.plan.ordered);
	ck_assert_int_eq(line.plan.grace_ms, 2000);
	ck_assert_uint_eq(line.plan.delimiter, 'x');
	release(&line);
}
END_TEST

START_TEST(the_last_of_contrary_options_counts)
{
	struct line line;

	start(&line, "-0 -d x -j 2 -j 3 cmd");
	ck_assert_uint_eq(line.plan.delimiter, 'x');
	ck_assert_uint_eq(line.plan.nslaves, 3);
	release(&line);
	start(&line, "-d x -0 cmd");
	ck_assert_uint_eq(line.plan.delimiter, '\0');
	release(&line);
}
END_TEST

START_TEST(options_end_at_the_first_word)
{
	struct line line;

	start(&line, "-k cmd -u --tag -j x");
	ck_assert(line.plan.ordered);
	ck_assert(!line.plan.ungroup);
	ck_assert_uint_eq(line.plan.command.nwords, 6);
	release(&line);
	start(&line, "-k -- -u");
	ck_assert_str_eq(line.plan.command.name, "-u");
	release(&line);
	start(&line, "- -k");
	ck_assert_str_eq(line.plan.command.name, "-");
	release(&line);
}
END_TEST

START_TEST(slaves_are_a_share_of_the_processors)
{
	struct line line;

	start(&line, "-j100% cmd");
	ck_assert_uint_ge(line.plan.nslaves, 1);
	release(&line);
	start(&line, "-j -100000 cmd");
	ck_assert_uint_eq(line.plan.nslaves, 1);
	release(&line);
	start(&line, "-j+10 cmd");
	ck_assert_uint_gt(line.plan.nslaves, 10);
	release(&line);
}
END_TEST

static const struct {
	const char *text;
	int byte; /* -1: an error */
} delimiters[] = {
	{ ",", ',' },	    { " ", ' ' },    { "\\", '\\' },   { "\\\\", '\\' },
	{ "\\n", '\n' },    { "\\t", '\t' }, { "\\0", 0 },     { "\\a", '\a' },
	{ "\\b", '\b' },    { "\\f", '\f' }, { "\\r", '\r' },  { "\\v", '\v' },
	{ "\\x1e", 30 },    { "\\xA", 10 },  { "\\xfF", 255 }, { "\\036", 30 },
	{ "\\377", 255 },   { "\\7", 7 },    { "\\00", 0 },    { "\xff", 255 },
	{ "n", 'n' },	    { "", -1 },	     { "ab", -1 },     { "\\q", -1 },
	{ "\\nn", -1 },	    { "\\x", -1 },   { "\\x100", -1 }, { "\\xg", -1 },
	{ "\\400", -1 },    { "\\8", -1 },   { "\\0000", -1 }, { "\\x-1", -1 },
	{ "\xc3\xa9", -1 }, { "\\-1", -1 },  { "\\x 1", -1 },  { "\\0x1", -1 },
};

START_TEST(a_delimiter_is_one_byte_or_an_escape)
{
	char text[100];
	struct line line;

	snprintf(text, sizeof(text), "-d\1%s\1cmd", delimiters[_i].text);
	if (delimiters[_i].byte < 0) {
		ck_assert_int_eq(parse(&line, text), OPTIONS_BAD);
		ck_assert_ptr_nonnull(strstr(printed, " is not one byte\n"));
	} else {
		ck_assert_int_eq(parse(&line, text), OPTIONS_RUN);
		ck_assert_int_eq(line.plan.delimiter, delimiters[_i].byte);
	}
	release(&line);
}
END_TEST

static const struct {
	const char *text;
	const char *message;
} errors[] = {
	{ "", "no command (try --help)" },
	{ "-k", "no command (try --help)" },
	{ "--", "no command (try --help)" },
	{ "--foo x", "unknown option '--foo' (try --help)" },
	{ "--foo=bar x", "unknown option '--foo' (try --help)" },
	{ "--gracee 3 x",
	  "unknown option '--gracee' (did you mean '--grace'?)" },
	{ "--garce=3 x", "unknown option '--garce' (did you mean '--grace'?)" },
	{ "--dw / x", "unknown option '--dw' (did you mean '--wd'?)" },
	{ "--jobs 3 x", "unknown option '--jobs' (try --help)" },
	{ "--argfile 3 x",
	  "unknown option '--argfile' (did you mean '--arg-file'?)" },
	{ "--ungrouped x",
	  "unknown option '--ungrouped' (did you mean '--ungroup'?)" },
	{ "-q x", "unknown option '-q' (try --help)" },
	{ "-kq x", "unknown option '-q' (try --help)" },
	{ "-? x", "unknown option '-?' (try --help)" },
	{ "-: x", "unknown option '-:' (try --help)" },
	{ "-\n x", "unknown option '-\\n' (try --help)" },
	{ "--a\nb x", "unknown option '--a\\nb' (try --help)" },
	{ "--n x", "option '--n' is ambiguous (try --help)" },
	{ "--=3 x", "option '--' is ambiguous (try --help)" },
	{ "--null=3 x", "option '--null' takes no argument" },
	{ "--ord=3 x", "option '--ordered' takes no argument" },
	{ "--grace", "option '--grace' needs an argument" },
	{ "--gra", "option '--grace' needs an argument" },
	{ "-j", "option '-j' needs an argument" },
	{ "-kP", "option '-P' needs an argument" },
	{ "-u -k x", "--ungroup and --ordered exclude each other" },
	{ "-k -u x", "--ungroup and --ordered exclude each other" },
	{ "-u --tag x", "--ungroup and --tag exclude each other" },
	{ "-j00 x",
	  "--slaves: '00' is not a number from 1 to 16384, nor of the "
	  "form 50%, +2 or -1" },
	{ "-jx x", "--slaves: 'x' is not a number from 1 to 16384, nor of the "
		   "form 50%, +2 or -1" },
	{ "--wd /nowhere x", "--wd: '/nowhere': No such file or directory" },
	{ "--wd /dev/null x", "--wd: '/dev/null': Not a directory" },
	{ "--env FOO x", "--env: 'FOO' is not NAME=VALUE" },
	{ "--env =FOO x", "--env: '=FOO' is not NAME=VALUE" },
	{ "--grace x x",
	  "--grace: 'x' is not a duration such as 10, 0.5s or 2m" },
	{ "--grace 25d x", "--grace: '25d' is too long (24d at most)" },
	{ "{2}", "{2}: jobs have one column" },
};

START_TEST(a_wrong_command_line_gets_one_line)
{
	struct line line;
	char wanted[300];

	ck_assert_int_eq(parse_words(&line, errors[_i].text), OPTIONS_BAD);
	snprintf(wanted, sizeof(wanted), "shmmap: %s\n", errors[_i].message);
	ck_assert_str_eq(printed, wanted);
	ck_assert_uint_eq(nprinted, 1);
	release(&line);
}
END_TEST

/* ---- help ---- */

/* standard output of one option in a process of its own, and the outcome */
static char *
output_of(const char *option, int *outcome)
{
	static char bytes[10000];
	size_t used = 0;
	struct line line;
	int ends[2], status;
	ssize_t n;
	pid_t child;

	fflush(stdout);
	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		status = (int)parse_words(&line, option);
		release(&line);
		_exit(status);
	}
	close(ends[1]);
	while ((n = read(ends[0], bytes + used, sizeof(bytes) - 1 - used)) > 0)
		used += (size_t)n;
	close(ends[0]);
	bytes[used] = '\0';
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	*outcome = WEXITSTATUS(status);
	return bytes;
}

START_TEST(help_fits_the_terminal)
{
	int outcome;
	char *help = output_of("--help", &outcome), *line;

	ck_assert_int_eq(outcome, OPTIONS_DONE);
	ck_assert_ptr_nonnull(strstr(help, "Usage: shmmap "));
	while ((line = strsep(&help, "\n"))) {
		ck_assert_msg(strlen(line) < 80, "%s", line);
		ck_assert_msg(!*line || line[strlen(line) - 1] != ' ',
			      "space at the end of: %s", line);
	}
}
END_TEST

START_TEST(help_lists_every_option_under_a_heading)
{
	static const char *const wanted[] = {
		"\nJobs:\n",
		"\nSlaves:\n",
		"\nWorker:\n",
		"\nResults:\n",
		"\nEnding:\n",
		"  -a, --arg-file FILE  ",
		"  -0, --null  ",
		"  -d, --delimiter CHAR  ",
		"  -r, --no-run-if-empty  ",
		"  -j, -P, --slaves N  ",
		"  -k, --ordered  ",
		"  -u, --ungroup  ",
		"      --tag  ",
		"      --wd DIR  ",
		"      --env NAME=VALUE  ",
		"      --halt WHEN[,WHY=N]  ",
		"      --grace DURATION  ",
		"      --help  ",
		"      --version  ",
		"Example",
		"man shmmap",
	};
	int outcome;
	const char *help = output_of("--help", &outcome);

	for (size_t i = 0; i < NELEMENTS(wanted); i++)
		ck_assert_msg(strstr(help, wanted[i]), "%s", wanted[i]);
}
END_TEST

START_TEST(version_names_version_and_licence)
{
	int outcome;
	const char *version = output_of("--version", &outcome);

	ck_assert_int_eq(outcome, OPTIONS_DONE);
	ck_assert_int_eq(strncmp(version, "shmmap " PACKAGE_VERSION "\n",
				 strlen("shmmap " PACKAGE_VERSION "\n")),
			 0);
	ck_assert_ptr_nonnull(strstr(version, "GPLv3+"));
}
END_TEST

START_TEST(what_comes_after_help_is_not_looked_at)
{
	int outcome;

	output_of("--help --nonsense", &outcome);
	ck_assert_int_eq(outcome, OPTIONS_DONE);
	output_of("--nonsense --help", &outcome);
	ck_assert_int_eq(outcome, OPTIONS_BAD);
}
END_TEST

START_TEST(help_that_can_not_be_written_is_an_error)
{
	static const char *const names[] = { "--help", "--version" };
	struct line line;
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		/* the message must say so, too */
		status = freopen("/dev/full", "w", stdout) == NULL;
		status |= parse_words(&line, names[_i]) != OPTIONS_BAD;
		status |= !strstr(printed, "No space left on device\n");
		release(&line);
		_exit(status);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *right = unit_case(suite, "right");
	TCase *wrong = unit_case(suite, "wrong");
	TCase *help = unit_case(suite, "help");

	tcase_add_test(right, without_options_there_are_defaults);
	tcase_add_test(right, long_options_reach_the_plan);
	tcase_add_test(right, short_options_reach_the_plan);
	tcase_add_test(right, long_options_may_be_abbreviated);
	tcase_add_test(right, the_last_of_contrary_options_counts);
	tcase_add_test(right, options_end_at_the_first_word);
	tcase_add_test(right, slaves_are_a_share_of_the_processors);
	tcase_add_loop_test(right, a_delimiter_is_one_byte_or_an_escape, 0,
			    NELEMENTS(delimiters));
	tcase_add_loop_test(wrong, a_wrong_command_line_gets_one_line, 0,
			    NELEMENTS(errors));
	tcase_add_test(help, help_fits_the_terminal);
	tcase_add_test(help, help_lists_every_option_under_a_heading);
	tcase_add_test(help, version_names_version_and_licence);
	tcase_add_test(help, what_comes_after_help_is_not_looked_at);
	tcase_add_loop_test(help, help_that_can_not_be_written_is_an_error, 0,
			    2);
}
