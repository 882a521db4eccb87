#ifndef SHMMAP_ESCAPE_H
#define SHMMAP_ESCAPE_H

/*
 * The byte that *text begins with, which is not empty: itself, or what an
 * escape stands for, as xargs has them (\a \b \f \n \r \t \v \\, \ooo octal,
 * \xhh hexadecimal). *text moves behind it. Returns -1 if it is no escape.
 */
int escape_next(const char **text);

#endif
