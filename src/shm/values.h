#ifndef SHMMAP_SHM_VALUES_H
#define SHMMAP_SHM_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "shm/target.h"

/*
 * Values for elements of an array, read as a whole before one of them is
 * stored: one that is wrong changes nothing.
 */

struct values {
	const struct target *target;
	unsigned char *bytes; /* count elements */
	uint64_t count;
	uint64_t room; /* elements that bytes has room for */
};

/* All return 0, or -1 after a diagnostic. A zeroed struct holds nothing. */

/* one, from nbytes of text; where is "" or what a message says before it */
int values_add(struct values *values, const char *where, const char *text,
	       size_t nbytes);

/*
 * All of standard input, but not more than limit. Between numbers stands white
 * space; between texts, records and bytes without a type, which may hold
 * blanks, exactly one newline or tab, as shm get prints them.
 */
int values_read(struct values *values, uint64_t limit);

void values_release(struct values *values);

#endif
