/*
 * Values in a shell line: which positional parameter a replacement string
 * becomes, and how it is written where it stands. Of several columns a string
 * that is a word becomes several: one parameter for each, or "${@}" where jobs
 * differ in how many they have.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "engine/shell_list.h"

/* how a parameter is written in each place */
static const struct {
	const char *before;
	const char *behind;
} quotings[] = {
	[SHELL_BARE] = { "\"", "\"" },
	[SHELL_DOUBLE] = { "", "" },
	[SHELL_SINGLE] = { "'\"", "\"'" },
	[SHELL_ANSI] = { "'\"", "\"$'" },
};

/* the index of a value, which is added if it is new */
static size_t
value_index(struct shell_scan *scan, struct replacement replacement)
{
	size_t i = 0;

	while (i < scan->nvalues &&
	       (scan->values[i].replacement.kind != replacement.kind ||
		scan->values[i].replacement.column != replacement.column))
		i++;
	if (i == scan->nvalues)
		scan->values[scan->nvalues++] =
			(struct shell_value){ .replacement = replacement };
	return i;
}

static void
put_value(struct shell_scan *scan, struct replacement replacement,
	  enum shell_quoting quoting)
{
	size_t i = value_index(scan, replacement);

	scan->values[i].is_number |= scan->is_number_place;
	scan->used += (size_t)sprintf(scan->out + scan->used, "%s${%s%zu}%s",
				      quotings[quoting].before,
				      scan->uses_variables ? "shmmap_" : "",
				      i + 1, quotings[quoting].behind);
}

/* as many words as the job has columns, which is not known */
static void
put_rest(struct shell_scan *scan, enum piece_kind kind)
{
	static const char parameters[] = "\"${@}\"";

	if (scan->rest != PIECE_LITERAL && scan->rest != kind) {
		diag("a shell line can have one of {} {.} {/} {//} {/.} as "
		     "words for all columns");
		shell_fail(scan, -EINVAL);
		return;
	}
	scan->rest = kind;
	shell_put(scan, parameters, strlen(parameters));
}

/* a value of all columns as words, one for each */
static void
put_words(struct shell_scan *scan, struct replacement replacement)
{
	size_t count = columns_fixed(scan->columns);

	if (count == 0)
		put_rest(scan, replacement.kind);
	for (size_t i = 1; i <= count; i++) {
		if (i > 1)
			shell_put(scan, " ", 1);
		replacement.column = count > 1 ? (int)i : 0;
		put_value(scan, replacement, SHELL_BARE);
	}
}

/* whether what comes next, up to behind, is a word of its own that may become
 * several: an argument, and not where a redirection goes or what is evaluated
 */
static bool
is_own_word(const struct shell_scan *scan, const char *behind)
{
	size_t at = scan->used;

	if (scan->is_number_place ||
	    (*behind && !strchr(" \t\n;&|)<>", *behind)))
		return false;
	if (at > 0 && !strchr(" \t\n;&|(", scan->out[at - 1]))
		return false;
	while (at > 0 && strchr(" \t", scan->out[at - 1]))
		at--;
	if (at > 1 && scan->out[at - 1] == '|')
		at--; /* >| */
	return at == 0 || !strchr("\\<>", scan->out[at - 1]);
}

bool
shell_replace(struct shell_scan *scan, enum shell_quoting quoting)
{
	struct replacement found;
	size_t length = replacement_match(scan->at, scan->columns, &found);

	if (length == 0)
		return false;
	if (found.kind == PIECE_KINDS) {
		replacement_refuse(scan->at, length, scan->columns);
		shell_fail(scan, -EINVAL);
		return true;
	}
	if (quoting == SHELL_BARE && replacement_is_of_all(&found) &&
	    columns_fixed(scan->columns) != 1 &&
	    is_own_word(scan, scan->at + length))
		put_words(scan, found);
	else
		put_value(scan, found, quoting);
	if (!scan->error)
		scan->at += length;
	return true;
}

size_t
shell_scan_append(struct shell_scan *scan)
{
	struct replacement text = { PIECE_TEXT, 0 };
	size_t from = scan->used;

	scan->is_number_place = scan->append_is_number;
	shell_put(scan, " ", 1);
	if (scan->append_is_number)
		put_value(scan, text, SHELL_BARE);
	else
		put_words(scan, text);
	return scan->used - from;
}
