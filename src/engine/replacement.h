#ifndef SHMMAP_REPLACEMENT_H
#define SHMMAP_REPLACEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "engine/columns.h"

/*
 * Replacement strings: what they look like and what they stand for.
 *
 *   {}    the job's text          {#}  the job's number, from 1
 *   {.}   without its extension   {%}  the slave's number, from 1 (rank + 1)
 *   {/}   its base name           {1} {1.} {1/} {1//} {1/.}
 *   {//}  its folder                   the same of column 1
 *   {/.}  base name, no extension {-1} of the last one
 *                                 {NAME} {NAME.} ... of the one of that name
 *
 * They mean what they mean in GNU parallel 20221122 (Perl's s:\.[^/.]*$::,
 * s:.*\/:: and File::Basename's dirname), but for one thing: a newline is a
 * character like any other here. Of several columns those without a number
 * stand for all: each column's value, a blank between two. Braces that hold
 * anything else are ordinary text, but for a word where columns have names:
 * that is one that is misspelt.
 */

enum piece_kind {
	PIECE_LITERAL,
	PIECE_TEXT,
	PIECE_NO_EXTENSION,
	PIECE_BASE,
	PIECE_FOLDER,
	PIECE_BASE_NO_EXTENSION,
	PIECE_JOB,
	PIECE_SLAVE,
	PIECE_KINDS
};

struct replacement {
	enum piece_kind kind;
	int column; /* 1...; -1... from the last; 0: all of them */
};

/* what a replacement string can refer to */
struct command_job {
	const char *text; /* terminated by NUL, and without one inside but
			   * between columns */
	size_t nbytes;	  /* without the NUL */
	uint64_t number;  /* 1... */
	unsigned rank;	  /* 0... */
};

/* a value has at most so many bytes more than the text: the digits of a number,
 * or the "." that is the folder of ""; with several columns, each may be one
 * byte longer, and has a blank behind it */
#define REPLACEMENT_NUMBER_MAX 20

/* the highest column */
#define REPLACEMENT_COLUMN_MAX 1000000

/*
 * The replacement string that text (terminated by NUL) begins with: its length,
 * or 0 when it begins with none. A column that does not exist, such as {2} of
 * one, or a name that none has, is one of kind PIECE_KINDS. columns may be
 * NULL: jobs have one.
 */
size_t replacement_match(const char *text, const struct columns *columns,
			 struct replacement *found);

/* the diagnostic for a match of kind PIECE_KINDS */
void replacement_refuse(const char *text, size_t length,
			const struct columns *columns);

/* Whether it stands for as many values as there are columns. */
bool replacement_is_of_all(const struct replacement *replacement);

/* How many columns a job must have to have this one. */
size_t replacement_needs(const struct replacement *replacement);

/* Write the value of what is not PIECE_LITERAL to out, which has room for it;
 * returns the byte behind it. spans are the job's columns, among which there is
 * the one that is asked for. */
char *replacement_value(char *out, const struct replacement *replacement,
			const struct command_job *job,
			const struct span spans[], size_t nspans);

/* the column that a replacement is of, which is not of all */
const struct span *replacement_column(const struct replacement *replacement,
				      const struct span spans[], size_t nspans);

#endif
