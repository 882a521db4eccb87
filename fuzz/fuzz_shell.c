/*
 * engine/shell, shell_scan, shell_list: the bytes are a shell line. The line
 * that comes of it is the same but for the replacement strings: each stands as
 * it was, where it is none to the shell, or is a parameter in one of the four
 * ways to quote it. Nothing else is put in.
 */
#include <config.h>

#include "fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/shell.h"

/* how a parameter may be written, for each quoting */
static const char *const forms[][2] = {
	{ "\"", "\"" },
	{ "", "" },
	{ "'\"", "\"'" },
	{ "'\"", "\"$'" },
};

/* the length of a parameter of that kind that out begins with; 0 for none */
static size_t
parameter_length(const char *out, const struct shell_line *shell,
		 enum piece_kind kind, bool is_variable)
{
	char text[64];
	size_t best = 0, i = 0, length;

	while (i < shell->nvalues && shell->values[i].kind != kind)
		i++;
	if (i == shell->nvalues)
		return 0;
	for (size_t k = 0; k < 4; k++) {
		length = (size_t)snprintf(
			text, sizeof(text), "%s${%s%zu}%s", forms[k][0],
			is_variable ? "shmmap_" : "", i + 1, forms[k][1]);
		if (strncmp(out, text, length) == 0 && length > best)
			best = length;
	}
	return best;
}

/* what comes before the line, where the input has nothing like it */
static const char *
behind_prologue(const char *out, bool *is_variable)
{
	size_t number;
	int length;

	for (;;) {
		length = 0;
		if (sscanf(out, "shmmap_%zu=${%zu};%n", &number, &number,
			   &length) == 2 &&
		    length > 0) {
			*is_variable = true;
			length++; /* a space, but none of the line's */
		} else if (strncmp(out, "case ${", 7) == 0) {
			length = (int)(strstr(out, "esac; ") - out) + 6;
		}
		if (length == 0)
			return out;
		out += length;
	}
}

/* whether out is in with nothing but parameters in place of strings */
static bool
is_replaced(const char *in, const char *out, const struct shell_line *shell,
	    bool is_variable)
{
	const char *start = in;
	struct replacement found;
	size_t length, given;

	while (*in || *out) {
		given = replacement_match(in, NULL, &found);
		if (given && *out == '\\' && in > start && in[-1] == '\\')
			out++; /* "\{}" holds a backslash and a value */
		length = given ? parameter_length(out, shell, found.kind,
						  is_variable)
			       : 0;
		if (length == 0 && *in != *out)
			return false;
		in += length ? given : 1;
		out += length ? length : 1;
	}
	return true;
}

/* whether out is in with the text as one more argument */
static bool
is_appended(const char *in, const char *out, const struct shell_line *shell,
	    bool is_variable)
{
	size_t length;

	for (;; in++, out++) {
		length = *out == ' ' ? parameter_length(out + 1, shell,
							PIECE_TEXT, is_variable)
				     : 0;
		if (length > 0 && strcmp(in, out + 1 + length) == 0)
			return shell->nvalues == 1;
		if (!*in || *in != *out)
			return false;
	}
}

static void
check(const char *in, const struct shell_line *shell)
{
	bool is_variable = false;
	const char *out = behind_prologue(shell->line, &is_variable);

	out += *out == ' ' && (*in == '-' || *in == '+');
	REQUIRE(is_replaced(in, out, shell, is_variable) ||
		is_appended(in, out, shell, is_variable));
}

/* jobs of several columns: there is a line with parameters, or one message */
static void
check_columns(const char *text, size_t count)
{
	char *names[] = { (char[]){ "a" }, (char[]){ "b.c" } };
	struct columns columns = { ",", 1, count, names, 2 };
	struct shell_line shell;
	int error;

	fuzz_listen();
	error = shell_line_init(&shell, text, &columns);
	REQUIRE(fuzz_messages() == (error ? 1 : 0));
	REQUIRE(!error == (shell.line != NULL));
	REQUIRE(error || shell.nvalues > 0 || shell.rest);
	if (!error && shell.rest)
		REQUIRE(count == 0 && strstr(shell.line, "\"${@}\""));
	shell_line_release(&shell);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shell_line shell;
	char *text;
	int error;

	fuzz_words(data, size, &text, 1);
	fuzz_listen();
	shell_is_needed(text, NULL);
	error = shell_line_init(&shell, text, NULL);
	REQUIRE(fuzz_messages() == (error ? 1 : 0));
	REQUIRE(!error == (shell.line != NULL));
	if (!error) {
		REQUIRE(shell.nvalues >= 1 && shell.nvalues < PIECE_KINDS);
		/* between backquotes the command is written anew */
		if (!strchr(text, '`') && strncmp(text, "case ${", 7) != 0 &&
		    strncmp(text, "shmmap_", 7) != 0)
			check(text, &shell);
	}
	shell_line_release(&shell);
	check_columns(text, 3);
	check_columns(text, 0);
	free(text);
	return 0;
}
