#ifndef SHMMAP_DIAG_H
#define SHMMAP_DIAG_H

#include <stddef.h>

/*
 * Diagnostics: the only code that prints messages. A message is one line,
 * "shmmap: object: what happened", lower case, without a full stop, written
 * with a single write(2) so that lines of several processes do not mix.
 *
 * Only the master and the front print. A slave puts its message into its
 * result stream instead, and the master prints it in the result's turn; but a
 * copy of a slave, which its worker has forked, has no stream.
 */

/* exit status of a program of ours when it failed itself */
#define DIAG_EXIT_FAILURE 125

/* where diag sends a finished line, newline included; standard error at first
 */
typedef void diag_writer(void *context, const char *line, size_t nbytes);

/* The program that messages begin with, at first "shmmap"; name stays the
 * caller's and at most 32 bytes of it are shown. */
void diag_set_program(const char *name);

/* print "shmmap: MESSAGE"; errno is kept */
void diag(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* the same, followed by ": " and the words for error (a positive errno) */
void diag_errno(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* print "FILE:LINE:COLUMN: MESSAGE", of a text that is wrong there: without the
 * program's name, as compilers do and editors read */
void diag_at(const char *file, unsigned line, unsigned column,
	     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* send later lines to writer, or to standard error again when it is NULL;
 * the context stays the caller's */
void diag_redirect(diag_writer *writer, void *context);

/* where lines go now, for who wants to put it back */
void diag_redirected(diag_writer **writer, void **context);

/*
 * Write text so that it is safe and readable on one line of a terminal: in
 * single quotes, control characters (and what else moves the cursor or turns
 * the text around) and bytes that are not valid UTF-8 as \n, \t or \xHH, quotes
 * and backslashes behind a backslash, and cut after max_shown input bytes with
 * "…" outside the quotes. Always terminates out (of size bytes, at least 16)
 * and returns out.
 */
char *diag_quote(char *out, size_t size, const char *text, size_t nbytes,
		 size_t max_shown);

/* The same for a bad value of the user's, as much of it as a message shows, in
 * a buffer that lasts until the next call. For programs, not for the library.
 */
const char *diag_quoted(const char *text);

/*
 * Write the name of a thing as it is if it reads well on one line, else as
 * diag_quote() does. Always terminates out (of size bytes, at least 16) and
 * returns out.
 */
char *diag_name(char *out, size_t size, const char *name);

/* The same in a buffer that lasts until the next call. For programs, not for
 * the library. */
const char *diag_named(const char *name);

/* Make a text of somebody else's one line, as diag() does with its message: no
 * newline at its end, and a '?' for each other control character. */
void diag_make_line(char *text);

#endif
