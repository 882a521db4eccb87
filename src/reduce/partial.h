#ifndef SHMMAP_REDUCE_PARTIAL_H
#define SHMMAP_REDUCE_PARTIAL_H

#include <stddef.h>

#include "reduce/bytes.h"
#include "reduce/reducer.h"

/*
 * What a reducer has so far, as bytes that another one of the same setting
 * takes in place of the values: the pre-combined results of a slave. They are
 * entries, one for each key, or a single one:
 *
 *   bytes of the rest | bytes of the key, key | fold
 *   bytes of the rest | fold, or one for each element of an item
 *
 * The bytes may come from a process that has gone astray; see packed.h.
 *
 * Never prints and never exits.
 */

/* the longest entry; that of a histogram with all bins comes near to it */
#define PARTIAL_ENTRY_MAX ((size_t)16 << 20)

/* Append what the reducer has to out, and begin it anew. Returns 0, or -ENOMEM;
 * then it is lost. */
int partial_write(struct reducer *reducer, struct bytes *out);

/* Take a piece of what partial_write() has written; an entry that is not whole
 * is kept. Returns 0, -EBADMSG (it is something else) or -ENOMEM. */
int partial_take(struct reducer *reducer, const char *bytes, size_t nbytes);

#endif
