/*
 * Shell lines: which shell runs them, which commands need one, and how the
 * walk's result becomes the line that is run. What goes before the line:
 *
 *   shmmap_1=${1} ...;       values, if the line changes the parameters
 *   case ${1} in ... esac;   refusal of what is no number, where one must be
 */
#include <config.h>

#include "engine/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/shell_scan.h"

#define DEFAULT_SHELL "/bin/sh"

/* room before the line for each value, and for one more */
#define PROLOGUE_MAX 256

#define NAME_BYTES                                                             \
	"abcdefghijklmnopqrstuvwxyz"                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                           \
	"0123456789_"

/* shells that read the Bourne shell's language */
static const char *const bourne_family[] = {
	"sh",	"ash",	 "bash", "dash",  "ksh",  "ksh93", "lksh", "mksh",
	"oksh", "pdksh", "posh", "rbash", "rksh", "yash",  "zsh",
};

#define BOURNE_FAMILY_SIZE (sizeof(bourne_family) / sizeof(bourne_family[0]))

const char *
shell_path(void)
{
	const char *path = getenv("SHELL");
	const char *slash = path ? strrchr(path, '/') : NULL;

	/* a relative name would depend on the folder of each job */
	if (!slash || path[0] != '/' || access(path, X_OK))
		return DEFAULT_SHELL;
	for (size_t i = 0; i < BOURNE_FAMILY_SIZE; i++)
		if (strcmp(slash + 1, bourne_family[i]) == 0)
			return path;
	return DEFAULT_SHELL;
}

/*
 * Not in the list: what means something only beside white space (! and the
 * reserved words), closing brackets, which mean nothing alone, and = ~ # %
 * inside of a word. A ~ or # that begins the word is looked for apart.
 */
bool
shell_is_needed(const char *word, const struct columns *columns)
{
	struct replacement found;
	size_t length;

	if (word[0] == '~' || word[0] == '#')
		return true;
	while (*word) {
		length = replacement_match(word, columns, &found);
		if (length == 0 && strchr(" \t\n|&;<>()$`\\\"'*?[{", *word))
			return true;
		word += length ? length : 1;
	}
	return false;
}

/* whether name stands in text as a word of its own */
static bool
has_name(const char *text, const char *name)
{
	const char *at = text;
	size_t length = strlen(name);

	for (; (at = strstr(at, name)); at += length)
		if ((at == text || !strchr(NAME_BYTES, at[-1])) &&
		    (!at[length] || !strchr(NAME_BYTES, at[length])))
			return true;
	return false;
}

/* whether the line may have positional parameters of its own somewhere */
static bool
may_set_parameters(const char *text)
{
	const char *at = text;

	for (; (at = strchr(at, '(')); at++)
		if (at[1 + strspn(at + 1, " \t")] == ')')
			return true; /* a function */
	return has_name(text, "function") || has_name(text, "set") ||
	       has_name(text, "shift") || has_name(text, "eval");
}

/* the text becomes the last word */
static int
append_text(struct shell_scan *scan, const char *text)
{
	size_t end = scan->used, n;
	char *appended;

	if (!scan->can_append) {
		diag("%s: write {} where the text of the job belongs, it can "
		     "not be appended here",
		     diag_quoted(text));
		return -EINVAL;
	}
	n = shell_scan_append(scan);
	appended = malloc(n);
	if (!appended)
		return -ENOMEM;
	memcpy(appended, scan->out + end, n);
	memmove(scan->out + scan->append_at + n, scan->out + scan->append_at,
		end - scan->append_at);
	memcpy(scan->out + scan->append_at, appended, n);
	free(appended);
	return 0;
}

static size_t
put_number_test(char *out, size_t parameter)
{
	return (size_t)sprintf(
		out,
		"case ${%zu} in ''|*[!0-9A-Fa-fxX.+-]*|[!0-9+-]*|?*[+-]*|[+-]|"
		"[+-][!0-9]*) printf \"shmmap: job %%s: '%%s' is not a "
		"number\\n"
		"\" \"$SHMMAP_JOB\" \"${%zu}\" >&2; exit 126;; esac; ",
		parameter, parameter);
}

/* whether a value may be other than a number */
static bool
needs_number_test(const struct shell_value *value)
{
	return value->is_number && value->replacement.kind != PIECE_JOB &&
	       value->replacement.kind != PIECE_SLAVE;
}

/* what comes before the line; returns its length */
static size_t
put_prologue(char *out, const struct shell_scan *scan)
{
	size_t used = 0;

	for (size_t i = 0; i < scan->nvalues; i++) {
		if (needs_number_test(&scan->values[i]))
			used += put_number_test(out + used, i + 1);
		if (scan->uses_variables)
			used += (size_t)sprintf(out + used,
						"shmmap_%zu=${%zu}; ", i + 1,
						i + 1);
	}
	if (scan->rest && scan->nvalues)
		used += (size_t)sprintf(out + used, "shift %zu; ",
					scan->nvalues);
	/* a shell would take it for an option */
	if (used == 0 && (scan->out[0] == '-' || scan->out[0] == '+'))
		out[used++] = ' ';
	return used;
}

/* how many values there are at most: as many as columns for each brace, and
 * for what is appended */
static size_t
values_max(const char *text, const struct columns *columns)
{
	size_t fixed = columns_fixed(columns), n = 1;

	while ((text = strchr(text, '{'))) {
		n++;
		text++;
	}
	return fixed ? n * fixed : n;
}

/* the line, which was scanned into bytes behind room for a prologue */
static void
keep_line(struct shell_line *shell, const struct shell_scan *scan, char *bytes)
{
	size_t length = put_prologue(bytes, scan);

	memmove(bytes + length, scan->out, scan->used);
	bytes[length + scan->used] = '\0';
	shell->line = bytes;
	shell->nvalues = scan->nvalues;
	shell->rest = scan->rest;
	for (size_t i = 0; i < scan->nvalues; i++)
		shell->values[i] = scan->values[i].replacement;
}

/* the walk, and the text behind the line where it has no place in it */
static int
scan_line(struct shell_scan *scan, const char *text)
{
	int error;

	scan->at = text;
	error = shell_scan(scan);
	if (!error && scan->nvalues == 0 && !scan->rest)
		error = append_text(scan, text);
	return error;
}

/* Words that are "${@}" want it for themselves: once more, with variables for
 * all other values. */
static int
scan_again(struct shell_scan *scan, const char *text)
{
	if (scan->uses_variables) {
		diag("%s: write {1} {2} ... for the columns, since the line "
		     "may have parameters of its own",
		     diag_quoted(text));
		return -EINVAL;
	}
	memset(scan->values, 0, scan->nvalues * sizeof(*scan->values));
	*scan = (struct shell_scan){ .out = scan->out,
				     .uses_variables = true,
				     .columns = scan->columns,
				     .values = scan->values };
	return scan_line(scan, text);
}

int
shell_line_init(struct shell_line *shell, const char *text,
		const struct columns *columns)
{
	size_t nmost = values_max(text, columns);
	size_t before = PROLOGUE_MAX * (nmost + 1);
	char *bytes = malloc(before + SHELL_SCAN_GROWTH * strlen(text) +
			     SHELL_SCAN_VALUE_MAX * nmost + 1);
	struct shell_scan scan = {
		.out = bytes + before,
		.uses_variables = may_set_parameters(text),
		.columns = columns,
		.values = calloc(nmost, sizeof(*scan.values)),
	};
	int error = -ENOMEM;

	*shell = (struct shell_line){ .values = calloc(
					      nmost, sizeof(*shell->values)) };
	if (bytes && scan.values && shell->values)
		error = scan_line(&scan, text);
	if (!error && scan.rest)
		error = scan_again(&scan, text);
	if (!error) {
		keep_line(shell, &scan, bytes);
	} else {
		free(bytes);
		shell_line_release(shell);
	}
	free(scan.values);
	return error;
}

void
shell_line_release(struct shell_line *shell)
{
	free(shell->line);
	free(shell->values);
	*shell = (struct shell_line){ 0 };
}
