#ifndef SHMMAP_STORE_H
#define SHMMAP_STORE_H

#include <stddef.h>

/*
 * Memory that is asked for piece by piece and given back at once. Zeroed, a
 * store is empty and valid. Pieces stay where they are; they are aligned for
 * any object.
 */
struct store {
	struct store_block *blocks;
	size_t left; /* of the first block */
};

/* nbytes of it, or NULL without memory */
void *store_alloc(struct store *store, size_t nbytes);

/* a copy of nbytes bytes with a NUL behind them, or NULL */
char *store_text(struct store *store, const char *bytes, size_t nbytes);

void store_release(struct store *store);

#endif
