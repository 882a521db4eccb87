#include <config.h>

#include "front/document_keys.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

/* Keys that are merged, or there twice; see document_keys.h. */

/* a key on its way; those of the mapping itself come first */
struct entry {
	struct node *key, *value;
	size_t index;
	bool is_dropped; /* it was there before */
};

struct keys {
	const struct node *mapping;
	struct faults *faults;
	struct entry *entries, **sorted;
	size_t count, nown;
	size_t size; /* of the mapping, with what is merged */
};

static int
fail(struct keys *keys, struct place place, const char *what)
{
	faults_add(keys->faults, place, "%s", what);
	return -1;
}

static bool
is_merge(const struct node *key)
{
	return key->is_plain && strcmp(key->text, "<<") == 0;
}

static void
add(struct keys *keys, struct node *key, struct node *value)
{
	keys->entries[keys->count] = (struct entry){ .key = key,
						     .value = value,
						     .index = keys->count };
	keys->count++;
}

/* ---- what is merged ---- */

typedef int each_base(struct keys *keys, const struct node *base);

static int
count_base(struct keys *keys, const struct node *base)
{
	if (base->kind != NODE_MAPPING)
		return fail(
			keys, base->place,
			"<< wants an alias or a list of aliases of mappings");
	keys->count += base->count / 2;
	keys->size += base->size;
	if (keys->size > DOCUMENT_EXPANDED_MAX)
		return fail(keys, base->place,
			    "aliases make this document too large");
	return 0;
}

static int
add_base(struct keys *keys, const struct node *base)
{
	for (size_t i = 0; i < base->count; i += 2)
		add(keys, base->items[i], base->items[i + 1]);
	return 0;
}

/* for all bases: one behind each <<, or a list of them */
static int
for_bases(struct keys *keys, each_base *call)
{
	const struct node *mapping = keys->mapping;
	int error = 0;

	for (size_t i = 0; i < mapping->count && !error; i += 2) {
		const struct node *base = mapping->items[i + 1];

		if (!is_merge(mapping->items[i]))
			continue;
		if (base->kind != NODE_LIST)
			error = call(keys, base);
		else
			for (size_t k = 0; k < base->count && !error; k++)
				error = call(keys, base->items[k]);
	}
	return error;
}

static int
collect(struct keys *keys)
{
	const struct node *mapping = keys->mapping;

	keys->count = mapping->count / 2;
	if (for_bases(keys, count_base))
		return -1;
	keys->entries = calloc(keys->count + 1, sizeof(struct entry));
	keys->sorted = calloc(keys->count + 1, sizeof(struct entry *));
	if (!keys->entries || !keys->sorted)
		return fail(keys, mapping->place, "not enough memory");
	keys->count = 0;
	for (size_t i = 0; i < mapping->count; i += 2)
		if (!is_merge(mapping->items[i]))
			add(keys, mapping->items[i], mapping->items[i + 1]);
	keys->nown = keys->count;
	return for_bases(keys, add_base);
}

/* ---- what is there twice ---- */

static int
by_text(const void *left, const void *right)
{
	const struct entry *const *a = left, *const *b = right;
	int order = strcmp((*a)->key->text, (*b)->key->text);

	return order ? order
		     : ((*a)->index > (*b)->index) -
			       ((*a)->index < (*b)->index);
}

static void
find_twice(struct keys *keys)
{
	struct entry **sorted = keys->sorted;

	for (size_t i = 0; i < keys->count; i++)
		sorted[i] = &keys->entries[i];
	qsort(sorted, keys->count, sizeof(struct entry *), by_text);
	for (size_t i = 1; i < keys->count; i++) {
		const struct node *first = sorted[i - 1]->key;
		const struct node *key = sorted[i]->key;

		if (strcmp(first->text, key->text) != 0)
			continue;
		sorted[i]->is_dropped = true;
		if (sorted[i]->index < keys->nown)
			faults_add(keys->faults, key->place,
				   "key %s is there twice (first in line %u)",
				   diag_quoted(key->text), first->place.line);
	}
}

/* what is left, in the same order */
static int
put_back(const struct keys *keys, struct node *mapping, struct store *store)
{
	struct node **items =
		store_alloc(store, (2 * keys->count + 1) * sizeof(*items));

	if (!items) {
		faults_add(keys->faults, mapping->place, "not enough memory");
		return -1;
	}
	mapping->items = items;
	mapping->size = keys->size;
	mapping->count = 0;
	for (size_t i = 0; i < keys->count; i++) {
		if (keys->entries[i].is_dropped)
			continue;
		items[mapping->count++] = keys->entries[i].key;
		items[mapping->count++] = keys->entries[i].value;
	}
	return 0;
}

int
document_settle_keys(struct node *mapping, struct store *store,
		     struct faults *faults)
{
	struct keys keys = { .mapping = mapping,
			     .faults = faults,
			     .size = mapping->size };
	int error = collect(&keys);

	if (!error) {
		find_twice(&keys);
		error = put_back(&keys, mapping, store);
	}
	free(keys.entries);
	free(keys.sorted);
	return error;
}
