#ifndef SHMMAP_ESCAPE_H
#define SHMMAP_ESCAPE_H

#include <stddef.h>

/*
 * The byte that *text begins with, which is not empty: itself, or what an
 * escape stands for, as xargs has them (\a \b \f \n \r \t \v \\, \ooo octal,
 * \xhh hexadecimal). *text moves behind it. Returns -1 if it is no escape.
 */
int escape_next(const char **text);

/* The bytes that a whole text names: *nbytes of them, and out has as many as
 * there is room for. -1 where a backslash begins no escape. */
int escape_all(const char *text, char *out, size_t room, size_t *nbytes);

#endif
