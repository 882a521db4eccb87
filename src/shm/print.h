#ifndef SHMMAP_SHM_PRINT_H
#define SHMMAP_SHM_PRINT_H

#include <stddef.h>

/*
 * Text that goes to messages and to standard output.
 */

/* A word of the user's as a message shows it, in a buffer that lasts until the
 * call after the next one. */
const char *print_quote(const char *text, size_t nbytes);

/* the same for a whole string */
const char *print_quoted(const char *text);

/* Write out what is left in stdout. 0, or -1 after a diagnostic when something
 * of it could not be written. */
int print_flush(const char *who);

#endif
