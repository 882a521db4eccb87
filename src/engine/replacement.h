#ifndef SHMMAP_REPLACEMENT_H
#define SHMMAP_REPLACEMENT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Replacement strings: what they look like and what they stand for.
 *
 *   {}    the job's text          {#}  the job's number, from 1
 *   {.}   without its extension   {%}  the slave's number, from 1 (rank + 1)
 *   {/}   its base name           {1} {1.} {1/} {1//} {1/.}
 *   {//}  its folder                   the same of column 1, which is the text
 *   {/.}  base name, no extension
 *
 * They mean what they mean in GNU parallel 20221122 (Perl's s:\.[^/.]*$::,
 * s:.*\/:: and File::Basename's dirname), but for one thing: a newline is a
 * character like any other here. Braces that hold anything else are ordinary
 * text.
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

/* what a replacement string can refer to */
struct command_job {
	const char *text; /* terminated by NUL, and without one inside */
	size_t nbytes;	  /* without the NUL */
	uint64_t number;  /* 1... */
	unsigned rank;	  /* 0... */
};

/* a value has at most so many bytes more than the text: the digits of a number,
 * or the "." that is the folder of "" */
#define REPLACEMENT_NUMBER_MAX 20

/*
 * The replacement string that text (terminated by NUL) begins with: its length
 * and its kind, or 0 when it begins with none. A column that does not exist,
 * such as {2}, is one of kind PIECE_KINDS.
 */
size_t replacement_match(const char *text, enum piece_kind *kind);

/* write the value of a kind that is not PIECE_LITERAL to out, which has room
 * for it; returns the byte behind it */
char *replacement_value(char *out, enum piece_kind kind,
			const struct command_job *job);

#endif
