#ifndef SHMMAP_REDUCE_PACKED_H
#define SHMMAP_REDUCE_PACKED_H

#include <stddef.h>
#include <stdint.h>

#include "reduce/bytes.h"
#include "reduce/fold.h"
#include "reduce/op.h"

/*
 * Folds as bytes, to be added to folds of another process: small ones are a few
 * bytes, and nothing is rounded. For all operations but concat, whose fold is
 * no smaller than its values.
 *
 * The bytes may come from a process that has gone astray: what is read is
 * checked as far as it could do harm. A wrong number may come out of it.
 *
 * Never prints and never exits.
 */

/* what is left to be read */
struct packed {
	const unsigned char *at, *end;
};

/* Append a number, which takes a byte for each 7 bits. Returns 0 or -ENOMEM. */
int packed_put(struct bytes *out, unsigned __int128 number);

/* Read one, at most max. Returns 0, or -EBADMSG. */
int packed_get(struct packed *packed, uint64_t max, uint64_t *number);

/* Append the fold. Returns 0 or -ENOMEM. */
int packed_put_fold(struct bytes *out, const struct fold *fold,
		    const struct op *op);

/* Read a fold of the same op, and add it to this one as if its values had come
 * behind those that were seen. Returns 0, -EBADMSG or -ENOMEM, then some of it
 * may have been added. */
int packed_add_fold(struct packed *packed, struct fold *fold,
		    const struct op *op);

#endif
