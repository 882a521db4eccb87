#ifndef SHMMAP_SHELL_H
#define SHMMAP_SHELL_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/replacement.h"

/*
 * Shell lines. A line with replacement strings becomes a constant line, which
 * the shell reads, and a list of values, which it gets as positional
 * parameters and never reads as shell syntax:
 *
 *   outside of quotes                      {}  ->  "${1}"
 *   in "...", ${...}, here-documents       {}  ->  ${1}
 *   in '...'                               {}  ->  '"${1}"'
 *   in $'...'                              {}  ->  '"${1}"$'
 *   in $((...)), ((...)), $[...], let ...,
 *     NAME[...], ${NAME:...}, [ ... -eq ...,
 *     exit ..., >&...                    {}  ->  as above, but a number
 *
 * The last ones are places where one shell or another evaluates a value as an
 * expression, and runs what commands it holds (a[$(...)]): there the line
 * begins with a test that refuses the job, with status 126, unless the value is
 * a number.
 *
 * Left alone: comments, \{}, and shell parameters such as ${1} and ${#}. The
 * line may define functions or set positional parameters of its own; then
 * ${shmmap_1}, set at its beginning, stands for ${1}.
 *
 * A line without a replacement string gets "${1}", the text, behind its last
 * word. Of several columns, each is a word where the replacement string is one,
 * else they are one with blanks between. Where jobs differ in how many they
 * have the words are "${@}": before the line come variables for all other
 * values, and a shift.
 *
 * There is no guard where a command of the line itself reads its arguments as
 * code or as names of variables: eval, trap, sh -c, awk; read, export, declare,
 * test -v; and zsh's printf %d.
 */

struct shell_line {
	char *line;		    /* for SHELL -c */
	struct replacement *values; /* of ${1}, ${2}, ... */
	size_t nvalues;
	enum piece_kind rest; /* of each column one more, behind them;
			       * PIECE_LITERAL: none */
};

/*
 * Read a line. Returns 0; -EINVAL after a diagnostic (a column that does not
 * exist, a replacement string where no shell would look at a parameter, such
 * as a quoted here-document, or nowhere to append the text); -ENOMEM without
 * one. Zeroed on failure. columns, or NULL, are those of the jobs.
 */
int shell_line_init(struct shell_line *shell, const char *text,
		    const struct columns *columns);
void shell_line_release(struct shell_line *shell);

/* whether a command that is this one word must go through a shell: it holds
 * white space or shell syntax, replacement strings apart */
bool shell_is_needed(const char *word, const struct columns *columns);

/* the shell that runs lines: $SHELL if it reads the Bourne shell's language,
 * else /bin/sh; as long-lived as the environment */
const char *shell_path(void);

#endif
