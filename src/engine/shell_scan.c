/*
 * The walk over a shell line. Each function here reads one construct, from
 * scan->at on, copies it to scan->out with replacement strings replaced, and
 * leaves scan->at behind it. At an error, or at the line's end inside of a
 * construct, the walk just comes to its end.
 *
 * A construct that is a command with words, operators and comments is a list;
 * shell_list.c has those.
 */
#include <config.h>

#include "engine/shell_scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "engine/shell_list.h"

/* far more than anybody writes, and no danger to the stack */
#define DEPTH_MAX 100

void
shell_fail(struct shell_scan *scan, int error)
{
	if (!scan->error)
		scan->error = error;
	scan->at = "";
}

void
shell_put(struct shell_scan *scan, const char *bytes, size_t nbytes)
{
	memcpy(scan->out + scan->used, bytes, nbytes);
	scan->used += nbytes;
}

void
shell_copy(struct shell_scan *scan, size_t nbytes)
{
	shell_put(scan, scan->at, nbytes);
	scan->at += nbytes;
}

void
shell_close(struct shell_scan *scan, size_t nbytes)
{
	if (*scan->at)
		shell_copy(scan, nbytes);
	else
		scan->is_open = true;
}

bool
shell_enter(struct shell_scan *scan)
{
	if (++scan->depth <= DEPTH_MAX)
		return true;
	if (!scan->error)
		diag("the shell line is nested too deeply");
	shell_fail(scan, -EINVAL);
	return false;
}

void
shell_leave(struct shell_scan *scan)
{
	scan->depth--;
}

/* '...', or $'...' */
static void
scan_single(struct shell_scan *scan, enum shell_quoting quoting)
{
	shell_copy(scan, quoting == SHELL_ANSI ? 2 : 1);
	while (*scan->at && *scan->at != '\'') {
		if (quoting == SHELL_ANSI && *scan->at == '\\' && scan->at[1])
			shell_copy(scan, 2);
		else if (!shell_replace(scan, quoting))
			shell_copy(scan, 1);
	}
	shell_close(scan, 1);
}

static void
scan_double(struct shell_scan *scan)
{
	if (!shell_enter(scan))
		return;
	shell_copy(scan, 1);
	while (*scan->at && *scan->at != '"')
		shell_scan_quoted(scan);
	shell_close(scan, 1);
	shell_leave(scan);
}

/* a substitution reads its own here-documents only */
static void
scan_substitution_list(struct shell_scan *scan, enum shell_list_end end)
{
	size_t first_document = scan->first_document;

	scan->first_document = scan->ndocuments;
	shell_scan_list(scan, end);
	scan->first_document = first_document;
}

/* $(...) */
static void
scan_substitution(struct shell_scan *scan)
{
	shell_copy(scan, 2);
	scan_substitution_list(scan, SHELL_LIST_PAREN);
	shell_close(scan, 1);
}

/* the closing backquote behind text, or its end */
static const char *
backquote_end(const char *text)
{
	while (*text && *text != '`')
		text += text[0] == '\\' && text[1] ? 2 : 1;
	return text;
}

/* what a shell reads as the command between backquotes: they take away one
 * level of backslashes */
static char *
backquoted_text(const char *text, const char *end, bool is_quoted)
{
	char *copy = malloc((size_t)(end - text) + 1), *out = copy;

	if (!copy)
		return NULL;
	while (text < end) {
		if (text[0] == '\\' &&
		    (text[1] == '$' || text[1] == '`' || text[1] == '\\' ||
		     (is_quoted && text[1] == '"')))
			text++;
		*out++ = *text++;
	}
	*out = '\0';
	return copy;
}

static bool
has_replacement(const char *text, const struct columns *columns)
{
	struct replacement found;

	while ((text = strchr(text, '{'))) {
		if (replacement_match(text, columns, &found))
			return true;
		text++;
	}
	return false;
}

/* the text of `...` as $(...), which needs no backslashes; the newline ends a
 * comment or here-document at its end */
static void
scan_backquoted_text(struct shell_scan *scan, const char *text)
{
	const char *behind = scan->at;
	size_t ndocuments = scan->ndocuments;

	shell_put(scan, "$(", 2);
	if (text[0] == '(')
		shell_put(scan, " ", 1);
	scan->at = text;
	scan_substitution_list(scan, SHELL_LIST_TEXT);
	shell_put(scan, "\n)", 2);
	scan->ndocuments = ndocuments; /* their words go with the text */
	scan->at = scan->error ? "" : behind;
}

static void
scan_backquote(struct shell_scan *scan, bool is_quoted)
{
	const char *text = scan->at + 1;
	const char *end = backquote_end(text);
	char *inner;

	if (!*end) {
		shell_copy(scan, (size_t)(end - scan->at));
		scan->is_open = true;
		return;
	}
	inner = backquoted_text(text, end, is_quoted);
	if (!inner) {
		shell_fail(scan, -ENOMEM);
		return;
	}
	if (has_replacement(inner, scan->columns)) {
		scan->at = end + 1;
		scan_backquoted_text(scan, inner);
	} else {
		shell_copy(scan, (size_t)(end + 1 - scan->at));
	}
	free(inner);
}

bool
shell_is_arithmetic(const char *text)
{
	unsigned depth = 2;

	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		else if (*text == '(')
			depth++;
		else if (*text == ')' && --depth == 1)
			return text[1] == ')';
	}
	return false;
}

void
shell_scan_arithmetic(struct shell_scan *scan, size_t opening,
		      const char *closing)
{
	bool was_number_place = scan->is_number_place;
	size_t length = strlen(closing);
	unsigned depth = 0;

	if (!shell_enter(scan))
		return;
	scan->is_number_place = true;
	shell_copy(scan, opening);
	while (*scan->at) {
		if (depth == 0 && strncmp(scan->at, closing, length) == 0)
			break;
		if (*scan->at == '(' || *scan->at == '[')
			depth++;
		else if ((*scan->at == ')' || *scan->at == ']') && depth > 0)
			depth--;
		shell_scan_quoted(scan);
	}
	shell_close(scan, length);
	scan->is_number_place = was_number_place;
	shell_leave(scan);
}

static bool
is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* whether c is a parameter of one character, such as $# */
static bool
is_special_parameter(char c)
{
	return c != '\0' && strchr("@*#?-$!", c);
}

/* the parameter in ${...}, and what stands before it: # ! or zsh's (flags) */
static void
scan_parameter_name(struct shell_scan *scan)
{
	if (*scan->at == '(')
		shell_copy(scan, strcspn(scan->at, ")}"));
	if (*scan->at && strchr(")#!^=~", *scan->at) &&
	    (is_name_byte(scan->at[1]) || is_special_parameter(scan->at[1])))
		shell_copy(scan, 1);
	if (is_name_byte(*scan->at)) {
		while (is_name_byte(*scan->at))
			shell_copy(scan, 1);
	} else if (is_special_parameter(*scan->at)) {
		shell_copy(scan, 1);
	}
	if (*scan->at == '[')
		shell_scan_arithmetic(scan, 1, "]");
}

/* what follows the parameter, up to the closing brace */
static void
scan_parameter_word(struct shell_scan *scan, bool is_quoted)
{
	bool was_number_place = scan->is_number_place;
	char sign = *scan->at;

	if (sign && strchr("#%/^,", sign)) {
		is_quoted = false; /* a pattern has its own quotes */
	} else if (sign == ':' && scan->at[1] && !strchr("-=?+", scan->at[1])) {
		is_quoted = true; /* offset and length are expressions */
		scan->is_number_place = true;
	}
	while (*scan->at && *scan->at != '}') {
		if (!is_quoted || *scan->at == '"')
			shell_scan_unquoted(scan);
		else
			shell_scan_quoted(scan);
	}
	scan->is_number_place = was_number_place;
}

/* ${} and its like are no shell syntax, and no replacement string either: its
 * value would be the name of a parameter */
static bool
is_nonsense(const char *text)
{
	struct replacement found;

	return replacement_match(text + 1, NULL, &found) &&
	       strchr("}./%", text[2]);
}

/* ${...} */
static void
scan_parameter(struct shell_scan *scan, bool is_quoted)
{
	if (is_nonsense(scan->at)) {
		diag("${%.1s: neither a shell parameter nor a replacement "
		     "string; write \\$ for a dollar sign before one",
		     scan->at + 2);
		shell_fail(scan, -EINVAL);
		return;
	}
	if (!shell_enter(scan))
		return;
	shell_copy(scan, 2);
	if (*scan->at && strchr(" \t\n|", *scan->at)) {
		scan_substitution_list(scan, SHELL_LIST_BRACE);
	} else {
		scan_parameter_name(scan);
		scan_parameter_word(scan, is_quoted);
	}
	shell_close(scan, 1);
	shell_leave(scan);
}

/* whatever begins with $ */
static void
scan_dollar(struct shell_scan *scan, bool is_quoted)
{
	const char *at = scan->at;

	if (at[1] == '(' && at[2] == '(' && shell_is_arithmetic(at + 3))
		shell_scan_arithmetic(scan, 3, "))");
	else if (at[1] == '(')
		scan_substitution(scan);
	else if (at[1] == '{')
		scan_parameter(scan, is_quoted);
	else if (at[1] == '[')
		shell_scan_arithmetic(scan, 2, "]");
	else if (at[1] == '\'' && !is_quoted)
		scan_single(scan, SHELL_ANSI);
	else
		shell_copy(scan, 1);
}

/* in double quotes a backslash protects some bytes; a brace it does not, and
 * must not protect the $ that comes to stand there */
static void
scan_quoted_backslash(struct shell_scan *scan)
{
	struct replacement found;

	if (replacement_match(scan->at + 1, scan->columns, &found))
		shell_put(scan, "\\", 1);
	else if (scan->at[1])
		shell_copy(scan, 1);
	shell_copy(scan, 1);
}

void
shell_scan_quoted(struct shell_scan *scan)
{
	if (*scan->at == '\\')
		scan_quoted_backslash(scan);
	else if (*scan->at == '$')
		scan_dollar(scan, true);
	else if (*scan->at == '`')
		scan_backquote(scan, true);
	else if (!shell_replace(scan, SHELL_DOUBLE))
		shell_copy(scan, 1);
}

static void
scan_backslash(struct shell_scan *scan)
{
	shell_copy(scan, 1);
	shell_close(scan, 1);
}

void
shell_scan_unquoted(struct shell_scan *scan)
{
	if (*scan->at == '\\')
		scan_backslash(scan);
	else if (*scan->at == '\'')
		scan_single(scan, SHELL_SINGLE);
	else if (*scan->at == '"')
		scan_double(scan);
	else if (*scan->at == '$')
		scan_dollar(scan, false);
	else if (*scan->at == '`')
		scan_backquote(scan, false);
	else if (!shell_replace(scan, SHELL_BARE))
		shell_copy(scan, 1);
}

int
shell_scan(struct shell_scan *scan)
{
	shell_scan_list(scan, SHELL_LIST_LINE);
	if (scan->is_open)
		scan->can_append = false;
	return scan->error;
}
