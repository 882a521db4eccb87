/* Diagnostics: one whole line per message, and text that is safe to show. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"

struct lines {
	char bytes[3 * PIPE_BUF];
	size_t used;
	unsigned calls;
};

static void
keep(void *context, const char *line, size_t nbytes)
{
	struct lines *lines = context;

	ck_assert_uint_lt(lines->used + nbytes, sizeof(lines->bytes));
	memcpy(lines->bytes + lines->used, line, nbytes);
	lines->used += nbytes;
	lines->bytes[lines->used] = '\0';
	lines->calls++;
	errno = EBADF;
}

START_TEST(a_message_is_one_line_with_the_programs_name)
{
	struct lines lines = { .used = 0 };

	diag_redirect(keep, &lines);
	diag("job %d: %s", 17, "exited with status 3");
	diag_redirect(NULL, NULL);
	ck_assert_str_eq(lines.bytes, "shmmap: job 17: exited with status 3\n");
	ck_assert_uint_eq(lines.calls, 1);
}
END_TEST

START_TEST(an_error_number_comes_last_as_words)
{
	struct lines lines = { .used = 0 };
	char wanted[200];

	diag_redirect(keep, &lines);
	diag_errno(ENOENT, "--wd: %s", "'x'");
	diag_redirect(NULL, NULL);
	snprintf(wanted, sizeof(wanted), "shmmap: --wd: 'x': %s\n",
		 strerror(ENOENT));
	ck_assert_str_eq(lines.bytes, wanted);
}
END_TEST

START_TEST(errno_is_kept)
{
	struct lines lines = { .used = 0 };

	diag_redirect(keep, &lines);
	errno = EXDEV;
	diag("x");
	ck_assert_int_eq(errno, EXDEV);
	diag_errno(ENOENT, "x");
	ck_assert_int_eq(errno, EXDEV);
	diag_redirect(NULL, NULL);
}
END_TEST

START_TEST(control_characters_start_no_second_line)
{
	struct lines lines = { .used = 0 };

	diag_redirect(keep, &lines);
	diag("a%sb", "\n\x1b[2J\x7f");
	diag_redirect(NULL, NULL);
	ck_assert_str_eq(lines.bytes, "shmmap: a??[2J?b\n");
}
END_TEST

START_TEST(a_message_that_is_too_long_is_cut_between_characters)
{
	struct lines lines = { .used = 0 };
	char text[2 * PIPE_BUF + 2];

	for (size_t shift = 0; shift < 2; shift++) {
		memset(text, 'x', sizeof(text));
		for (size_t i = shift; i + 2 < sizeof(text); i += 2)
			memcpy(text + i, "\xc3\xa9", 2);
		text[sizeof(text) - 1] = '\0';
		lines.used = 0;
		diag_redirect(keep, &lines);
		diag("%s", text);
		diag_redirect(NULL, NULL);
		ck_assert_uint_le(lines.used, PIPE_BUF);
		ck_assert_uint_gt(lines.used, PIPE_BUF - 10);
		ck_assert_str_eq(lines.bytes + lines.used - 6, "\xc3\xa9…\n");
	}
}
END_TEST

START_TEST(a_message_goes_to_standard_error_in_one_write)
{
	char got[200] = "";
	int ends[2], kept = dup(STDERR_FILENO);

	/* a pipe in packet mode gives one write to each read */
	ck_assert_int_eq(pipe2(ends, O_DIRECT), 0);
	dup2(ends[1], STDERR_FILENO);
	diag("%s: %d", "x", 1);
	diag_errno(ENOENT, "y");
	dup2(kept, STDERR_FILENO);
	ck_assert_int_gt(read(ends[0], got, sizeof(got) - 1), 0);
	ck_assert_str_eq(got, "shmmap: x: 1\n");
	close(ends[0]);
	close(ends[1]);
	close(kept);
}
END_TEST

/* wait until a child sleeps in a system call, or has ended */
static void
await_sleep(pid_t child)
{
	char path[50], state = 'R';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
	while (state != 'S' && state != 'Z') {
		file = fopen(path, "r");
		ck_assert_ptr_nonnull(file);
		ck_assert_int_eq(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
		fclose(file);
	}
}

START_TEST(a_full_pipe_that_does_not_block_is_waited_for)
{
	char block[PIPE_BUF];
	int ends[2], kept = dup(STDERR_FILENO), status;
	size_t filled = 0;
	ssize_t n;
	pid_t child;

	memset(block, '.', sizeof(block));
	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	while ((n = write(ends[1], block, sizeof(block))) > 0)
		filled += (size_t)n;
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		diag("late");
		_exit(0);
	}
	close(ends[1]);
	await_sleep(child);
	fcntl(ends[0], F_SETFL, 0);
	for (; filled > 0; filled -= (size_t)n) {
		n = read(ends[0], block,
			 filled < sizeof(block) ? filled : sizeof(block));
		ck_assert_int_gt(n, 0);
	}
	n = read(ends[0], block, sizeof(block));
	ck_assert_int_eq(n, (int)strlen("shmmap: late\n"));
	ck_assert_mem_eq(block, "shmmap: late\n", (size_t)n);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	close(ends[0]);
	close(kept);
}
END_TEST

static const struct {
	const char *text;
	const char *shown;
} quotes[] = {
	{ "", "''" },
	{ "a b", "'a b'" },
	{ "a\nb\tc", "'a\\nb\\tc'" },
	{ "\x01\x1b\x7f", "'\\x01\\x1b\\x7f'" },
	{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
	  "'caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80'" },
	{ "it's", "'it\\'s'" },
	{ "a\\nb", "'a\\\\nb'" },
	/* not UTF-8: alone, cut short, too long, surrogate, too large */
	{ "\xff", "'\\xff'" },
	{ "\x80", "'\\x80'" },
	{ "\xc3", "'\\xc3'" },
	{ "\xc3(", "'\\xc3('" },
	{ "\xe2\x82", "'\\xe2\\x82'" },
	{ "\xc0\xaf", "'\\xc0\\xaf'" },
	{ "\xe0\x80\xaf", "'\\xe0\\x80\\xaf'" },
	{ "\xf0\x80\x80\xaf", "'\\xf0\\x80\\x80\\xaf'" },
	{ "\xe0\x9f\xbf", "'\\xe0\\x9f\\xbf'" },
	{ "\xf0\x8f\xbf\xbf", "'\\xf0\\x8f\\xbf\\xbf'" },
	{ "\xed\xa0\x80", "'\\xed\\xa0\\x80'" },
	{ "\xf4\x90\x80\x80", "'\\xf4\\x90\\x80\\x80'" },
	/* UTF-8 that moves what a terminal shows */
	{ "\xc2\x9b", "'\\xc2\\x9b'" },
	{ "\xe2\x80\xae", "'\\xe2\\x80\\xae'" },
};

START_TEST(quoted_text_is_safe_to_show)
{
	char out[200];

	ck_assert_ptr_eq(diag_quote(out, sizeof(out), quotes[_i].text,
				    strlen(quotes[_i].text), SIZE_MAX),
			 out);
	ck_assert_str_eq(out, quotes[_i].shown);
}
END_TEST

START_TEST(a_nul_byte_is_shown_as_any_other)
{
	char out[200];

	diag_quote(out, sizeof(out), "a\0b", 3, 10);
	ck_assert_str_eq(out, "'a\\x00b'");
}
END_TEST

START_TEST(quoted_text_is_cut_between_characters)
{
	char out[200];

	ck_assert_str_eq(diag_quote(out, sizeof(out), "abc", 3, 3), "'abc'");
	ck_assert_str_eq(diag_quote(out, sizeof(out), "abcd", 4, 3), "'abc'…");
	ck_assert_str_eq(diag_quote(out, sizeof(out), "ab\xc3\xa9", 4, 3),
			 "'ab'…");
	ck_assert_str_eq(diag_quote(out, sizeof(out), "x", 1, 0), "''…");
}
END_TEST

static const struct {
	const char *name, *wanted;
} names[] = {
	{ "plan.yaml", "plan.yaml" },
	{ "it's \\ a file", "it's \\ a file" },
	{ "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "", "''" },
	{ "a\nb", "'a\\nb'" },
	{ "a\xff", "'a\\xff'" },
	{ "a\xc2\x9b", "'a\\xc2\\x9b'" },
	{ "a\xe2\x80\xaex", "'a\\xe2\\x80\\xaex'" },
};

START_TEST(a_name_is_quoted_if_it_does_not_read_well)
{
	char out[100];

	ck_assert_str_eq(diag_name(out, sizeof(out), names[_i].name),
			 names[_i].wanted);
	ck_assert_str_eq(diag_named(names[_i].name), names[_i].wanted);
}
END_TEST

START_TEST(quoted_text_never_leaves_its_buffer)
{
	char text[40], *out;
	size_t used;

	for (unsigned fill = 1; fill < 256; fill++) {
		memset(text, (int)fill, sizeof(text));
		for (size_t size = 16; size < 200; size++) {
			out = malloc(size); /* watched by sanitizers */
			memset(out, '#', size);
			diag_quote(out, size, text, sizeof(text), SIZE_MAX);
			used = strnlen(out, size);
			ck_assert_uint_lt(used, size);
			ck_assert(out[0] == '\'');
			free(out);
		}
	}
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *message = unit_case(suite, "message");
	TCase *quote = unit_case(suite, "quote");

	tcase_add_test(message, a_message_is_one_line_with_the_programs_name);
	tcase_add_test(message, an_error_number_comes_last_as_words);
	tcase_add_test(message, errno_is_kept);
	tcase_add_test(message, control_characters_start_no_second_line);
	tcase_add_test(message,
		       a_message_that_is_too_long_is_cut_between_characters);
	tcase_add_test(message, a_message_goes_to_standard_error_in_one_write);
	tcase_add_test(message, a_full_pipe_that_does_not_block_is_waited_for);
	tcase_add_loop_test(quote, quoted_text_is_safe_to_show, 0,
			    sizeof(quotes) / sizeof(quotes[0]));
	tcase_add_test(quote, a_nul_byte_is_shown_as_any_other);
	tcase_add_test(quote, quoted_text_is_cut_between_characters);
	tcase_add_loop_test(quote, a_name_is_quoted_if_it_does_not_read_well, 0,
			    sizeof(names) / sizeof(names[0]));
	tcase_add_test(quote, quoted_text_never_leaves_its_buffer);
}
