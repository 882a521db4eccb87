#ifndef SHMMAP_COMMAND_H
#define SHMMAP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/replacement.h"

/*
 * A command as the user gave it, with replacement strings, and its expansion
 * into an argument vector for one job.
 *
 * What replacement strings there are says engine/replacement.h. A command
 * without one gets the text as its last argument. Where jobs have several
 * columns, a word that is a replacement string for all of them becomes several
 * arguments, the text behind the last word as well.
 *
 * One word that holds white space or shell syntax is a shell command line: it
 * runs as SHELL -c LINE SHELL-NAME VALUE..., where every replacement string in
 * LINE became a quoted positional parameter (engine/shell.h). No shell ever
 * parses a value, so no input can break out of its place.
 *
 * The command is built once by the front and only read afterwards; an
 * expansion belongs to one slave and is reused from job to job.
 */

struct piece {
	struct replacement replacement;
	const char *literal; /* PIECE_LITERAL only; not terminated */
	size_t nbytes;	     /* of the literal */
};

struct word {
	struct piece *pieces;
	size_t npieces; /* 0 is an empty word */
	bool is_wide;	/* an argument for each column */
};

struct command {
	struct word *words; /* what is exec'd, SHELL -c ... included */
	size_t nwords;
	const char *name;   /* for messages: the first word as it was given,
			     * which is the whole of a shell line */
	bool name_is_fixed; /* words[0] is the same for every job */
	bool is_shell;

	/* what only command.c uses */
	const struct columns *columns; /* of the jobs, or NULL */
	size_t wanted;		       /* columns that a job must have */
	struct piece *pieces;	       /* of all words */
	char *shell_line;	       /* LINE, or NULL */
	size_t fixed_bytes; /* an upper bound for the bytes of an expansion */
	size_t text_pieces; /* ... and how many texts come on top */
	size_t wide_words;  /* of all columns, each an argument */
};

/* an argument vector for one job; zeroed it is empty and valid */
struct expansion {
	/* argv[0] to argv[argc], the last NULL; argv[-1] exists and is free
	 * for the user of the vector (exec of a script through /bin/sh) */
	char **argv;
	size_t argc;
	char *bytes; /* where the arguments stand */
	size_t bytes_size;
	struct span *spans; /* the job's columns */
	size_t nspans, spans_size;
};

/* what a command runs for */
enum command_use {
	COMMAND_PER_JOB,
	COMMAND_FOR_MANY, /* jobs, which it gets in other ways: its words are
			   * what they are, with nothing to be replaced */
};

/*
 * Build a command from nwords >= 1 words of a command line, which must stay in
 * memory as long as it does (pieces point into them), as columns must, which
 * are those of the jobs, or NULL.
 * Returns 0; -EINVAL after a diagnostic (a column that does not exist, a
 * replacement string where a shell would not replace it, such as a quoted
 * here-document); -ENOMEM without one.
 */
int command_init(struct command *command, char *const words[], size_t nwords,
		 enum command_use use, const struct columns *columns);
void command_release(struct command *command);

/*
 * Fill expansion for one job. An argument that is exactly the text, or a column
 * that is terminated in it, points to the job's own text, all others into
 * expansion->bytes; both stay valid until the next expansion. Returns 0, or
 * -ENOMEM. The job must have the columns that the command wants.
 */
int command_expand(const struct command *command, const struct command_job *job,
		   struct expansion *expansion);
/* How many columns a job has fewer than the command wants; *has is how many it
 * has. */
size_t command_lacks(const struct command *command, struct span text,
		     size_t *has);

void expansion_release(struct expansion *expansion);

#endif
