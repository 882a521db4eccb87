#include <config.h>

#include "reduce/groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Folds by key; see groups.h. */

#define BLOCK_SIZE ((size_t)64 << 10)
#define SLOTS_LEAST 64

void
groups_init(struct groups *groups, const struct op *op, uint64_t seed)
{
	*groups = (struct groups){ .op = op, .seed = seed };
}

void
groups_release(struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		fold_release(&groups->all[i].fold, groups->op);
	while (groups->block) {
		struct key_block *before = groups->block->before;

		free(groups->block);
		groups->block = before;
	}
	free(groups->all);
	free(groups->slots);
	*groups = (struct groups){ .op = groups->op };
}

void
groups_clear(struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		fold_release(&groups->all[i].fold, groups->op);
	while (groups->block && groups->block->before) {
		struct key_block *before = groups->block->before;

		free(groups->block);
		groups->block = before;
	}
	groups->block_used = 0;
	if (groups->count > 0)
		memset(groups->slots, 0,
		       groups->nslots * sizeof(*groups->slots));
	groups->count = groups->key_bytes = 0;
}

/* eight bytes at a time, each multiplied to 128 bits and folded */
static uint64_t
hash_of(const char *key, size_t nbytes, uint64_t seed)
{
	uint64_t hash = seed ^ nbytes, word;
	unsigned __int128 product;

	do {
		size_t n = nbytes < sizeof(word) ? nbytes : sizeof(word);

		word = 0;
		memcpy(&word, key, n);
		product = (unsigned __int128)(hash ^ word ^
					      UINT64_C(0x9e3779b97f4a7c15)) *
			  UINT64_C(0xbf58476d1ce4e5b9);
		hash = (uint64_t)product ^ (uint64_t)(product >> 64);
		key += n;
		nbytes -= n;
	} while (nbytes > 0);
	return hash;
}

/* twice the slots, or the first ones */
static int
grow_slots(struct groups *groups)
{
	size_t n = groups->nslots ? 2 * groups->nslots : SLOTS_LEAST;
	uint32_t *slots = n / 2 < UINT32_MAX ? calloc(n, sizeof(*slots)) : NULL;

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < groups->count; i++) {
		size_t at = groups->all[i].hash & (n - 1);

		while (slots[at])
			at = (at + 1) & (n - 1);
		slots[at] = (uint32_t)i + 1;
	}
	free(groups->slots);
	groups->slots = slots;
	groups->nslots = n;
	return 0;
}

static int
grow_groups(struct groups *groups)
{
	size_t room = 2 * groups->room + SLOTS_LEAST;
	struct group *all = reallocarray(groups->all, room, sizeof(*all));

	if (!all)
		return -ENOMEM;
	groups->all = all;
	groups->room = room;
	return 0;
}

/* a copy of the key that lasts as long as the groups, or NULL */
static char *
keep_key(struct groups *groups, const char *key, size_t nbytes)
{
	struct key_block *block;
	char *kept;

	if (!groups->block || nbytes > BLOCK_SIZE - groups->block_used) {
		block = malloc(sizeof(*block) +
			       (nbytes > BLOCK_SIZE ? nbytes : BLOCK_SIZE));
		if (!block)
			return NULL;
		block->before = groups->block;
		groups->block = block;
		groups->block_used = 0;
	}
	kept = groups->block->bytes + groups->block_used;
	memcpy(kept, key, nbytes);
	/* one that is longer is full */
	groups->block_used += nbytes;
	if (groups->block_used > BLOCK_SIZE)
		groups->block_used = BLOCK_SIZE;
	return kept;
}

static struct fold *
add_group(struct groups *groups, const char *key, size_t nbytes, uint64_t hash)
{
	struct group *group;
	char *kept;
	size_t at;

	if (groups_are_full(groups, nbytes))
		return NULL;
	if (groups->count == groups->room && grow_groups(groups))
		return NULL;
	if (2 * (groups->count + 1) > groups->nslots && grow_slots(groups))
		return NULL;
	kept = keep_key(groups, key, nbytes);
	if (!kept)
		return NULL;
	at = hash & (groups->nslots - 1);
	while (groups->slots[at])
		at = (at + 1) & (groups->nslots - 1);
	group = &groups->all[groups->count++];
	groups->slots[at] = (uint32_t)groups->count;
	group->hash = hash;
	group->key = kept;
	group->nbytes = nbytes;
	groups->key_bytes += nbytes;
	fold_init(&group->fold, groups->op);
	return &group->fold;
}

struct fold *
groups_find(struct groups *groups, const char *key, size_t nbytes)
{
	uint64_t hash = hash_of(key, nbytes, groups->seed);
	size_t mask = groups->nslots - 1;

	for (size_t at = hash & mask; groups->nslots && groups->slots[at];
	     at = (at + 1) & mask) {
		struct group *group = &groups->all[groups->slots[at] - 1];

		if (group->hash == hash && group->nbytes == nbytes &&
		    memcmp(group->key, key, nbytes) == 0)
			return &group->fold;
	}
	return add_group(groups, key, nbytes, hash);
}

static int
compare_keys(const void *one, const void *other)
{
	const struct group *a = one, *b = other;
	size_t n = a->nbytes < b->nbytes ? a->nbytes : b->nbytes;
	int order = memcmp(a->key, b->key, n);

	return order ? order
		     : (a->nbytes > b->nbytes) - (a->nbytes < b->nbytes);
}

int
groups_write(struct groups *groups, struct bytes *out)
{
	struct bytes prefix = { 0 };
	int error = 0;

	if (groups->count > 0)
		qsort(groups->all, groups->count, sizeof(*groups->all),
		      compare_keys);
	/* the slots no longer say where the groups are */
	groups->nslots = 0;
	for (size_t i = 0; i < groups->count && !error; i++) {
		const struct group *group = &groups->all[i];

		groups->nwritten = i;
		prefix.used = 0;
		error = bytes_add(&prefix, group->key, group->nbytes);
		if (!error)
			error = bytes_add(&prefix, "\t", 1);
		if (!error)
			error = fold_write(&group->fold, groups->op,
					   prefix.data, prefix.used, out);
	}
	bytes_release(&prefix);
	return error;
}
