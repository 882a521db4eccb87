#ifndef SHMMAP_REDUCE_GROUPS_H
#define SHMMAP_REDUCE_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reduce/bytes.h"
#include "reduce/fold.h"
#include "reduce/op.h"

/*
 * A fold for each key: a hash table (open addressing, linear probing, at most
 * half full) of numbers of entries. Memory is that of the different keys.
 *
 * Never prints and never exits.
 */
struct group {
	uint64_t hash;
	char *key;
	size_t nbytes;
	struct fold fold;
};

/* where keys are written */
struct key_block {
	struct key_block *before;
	char bytes[];
};

struct groups {
	const struct op *op;
	struct group *all; /* count of them, room for more */
	size_t count, room;
	uint32_t *slots; /* 1 + the number of a group, or 0 */
	size_t nslots;	 /* 0 or a power of two */
	uint64_t seed;
	size_t key_bytes;	 /* of all keys */
	size_t nwritten;	 /* those that groups_write() has written */
	size_t count_max;	 /* no more than these, if it is not 0 ... */
	size_t key_bytes_max;	 /* ... and these */
	struct key_block *block; /* the last one, or NULL */
	size_t block_used;	 /* of BLOCK_SIZE bytes, or all of them */
};

/* seed makes the hash another one */
void groups_init(struct groups *groups, const struct op *op, uint64_t seed);
void groups_release(struct groups *groups);

/* Forget all keys, and keep the memory for others. */
void groups_clear(struct groups *groups);

/* The fold of a key, a new one if need be; valid until the next call. NULL when
 * there is no memory, or no room for another key. */
struct fold *groups_find(struct groups *groups, const char *key, size_t nbytes);

/* whether keys up to this length may find no room */
static inline bool
groups_are_full(const struct groups *groups, size_t nbytes)
{
	return groups->count_max > 0 && groups->count > 0 &&
	       (groups->count >= groups->count_max ||
		nbytes > groups->key_bytes_max ||
		groups->key_bytes > groups->key_bytes_max - nbytes);
}

/* Write all results to out, each line behind its key and a tab, in the order of
 * the keys' bytes. Returns 0, or as fold_write(), about the group nwritten. */
int groups_write(struct groups *groups, struct bytes *out);

#endif
