#ifndef SHMMAP_SHM_OPTIONS_H
#define SHMMAP_SHM_OPTIONS_H

#include <stddef.h>

#include "shm/command.h"

/*
 * Options of shm and of its subcommands, from one table. They stand before the
 * operands, and end at the first word that is none, or behind "--": so a value
 * such as -1.5 and the options of a CMD need no care.
 */

/*
 * Read the options at the begin of words, which NULL ends. allowed has the bits
 * of those that there may be, who is named in messages (NULL for shm itself).
 * Adds to *options. Returns the number of words that they took, or -1 after a
 * diagnostic.
 */
int options_read(struct options *options, char *const words[], unsigned allowed,
		 const char *who);

/* help on each of the options in bits */
void options_help(unsigned bits);

/* the long name of the lowest option in bits, without dashes */
const char *options_name(unsigned bits);

#endif
