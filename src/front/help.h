#ifndef SHMMAP_HELP_H
#define SHMMAP_HELP_H

#include <stddef.h>

/*
 * What --help and --version write to standard output. Nothing is certain to be
 * out before help_end or help_version returned 0; they return -1 after a
 * diagnostic when it could not be written.
 */

/* how one option is shown */
struct help_entry {
	const char *heading;  /* that the option begins, or NULL */
	const char *name;     /* long, without dashes */
	const char *letters;  /* its short names, perhaps none */
	const char *argument; /* what its argument is called, or NULL */
	const char *text;     /* lines of at most 51 characters */
};

void help_begin(void);
void help_option(const struct help_entry *entry);
int help_end(void);
int help_version(void);

/* edits (a byte inserted, left out, replaced, or two swapped) that make a name
 * from the length bytes of text; SIZE_MAX when one of them is very long */
size_t help_distance(const char *name, const char *text, size_t length);

#endif
