#include <config.h>

#include "base/store.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A chain of blocks, each used up from its beginning; see store.h. */

#define BLOCK_SIZE ((size_t)64 << 10)

struct store_block {
	struct store_block *next;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

void *
store_alloc(struct store *store, size_t nbytes)
{
	size_t align = alignof(max_align_t), size;
	struct store_block *block = store->blocks;

	if (nbytes > SIZE_MAX / 2)
		return NULL;
	nbytes = (nbytes + align - 1) / align * align;
	if (!block || nbytes > store->left) {
		size = nbytes > BLOCK_SIZE ? nbytes : BLOCK_SIZE;
		block = malloc(sizeof(*block) + size);
		if (!block)
			return NULL;
		block->next = store->blocks;
		block->size = size;
		store->blocks = block;
		store->left = size;
	}
	store->left -= nbytes;
	return block->bytes + (block->size - store->left - nbytes);
}

char *
store_text(struct store *store, const char *bytes, size_t nbytes)
{
	char *text = store_alloc(store, nbytes + 1);

	if (!text)
		return NULL;
	if (nbytes > 0)
		memcpy(text, bytes, nbytes);
	text[nbytes] = '\0';
	return text;
}

void
store_release(struct store *store)
{
	struct store_block *block = store->blocks;

	while (block) {
		struct store_block *next = block->next;

		free(block);
		block = next;
	}
	*store = (struct store){ 0 };
}
