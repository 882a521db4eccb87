#include <config.h>

#include "engine/product.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment/shape.h"

/* Jobs made of lists; see product.h. */

/* of a decimal number, and what stands behind it */
#define NUMBER_SIZE 21

struct product_list *
product_add(struct product *product)
{
	struct product_list *lists = reallocarray(
		product->lists, product->nlists + 1, sizeof(*product->lists));

	if (!lists)
		return NULL;
	product->lists = lists;
	lists += product->nlists++;
	*lists = (struct product_list){ .count = 0 };
	return lists;
}

int
product_add_item(struct product_list *list, struct span item)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct span *items =
			reallocarray(list->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->room = room;
	}
	list->items[list->count++] = item;
	return 0;
}

/* all lists go on together, as long as the longest */
static int
settle_linked(struct product *product)
{
	bool is_empty = false;

	product->count = 0;
	for (size_t i = 0; i < product->nlists; i++) {
		struct product_list *list = &product->lists[i];

		list->stride = 1;
		list->period = list->count;
		is_empty |= list->count == 0;
		if (list->count > product->count)
			product->count = list->count;
	}
	if (is_empty)
		product->count = 0;
	return 0;
}

/* the lists up to behind one that is linked to none, which it returns, are a
 * digit of the index; *length is how many values it has */
static size_t
find_group(const struct product *product, size_t end, uint64_t *length)
{
	*length = UINT64_MAX;
	for (;;) {
		const struct product_list *list = &product->lists[--end];

		if (list->count < *length)
			*length = list->count;
		if (list->link == LINK_NONE)
			return end;
	}
}

int
product_settle(struct product *product)
{
	size_t end = product->nlists;
	uint64_t count = 1, length;
	bool is_empty = false, is_large = false;

	if (product->is_linked)
		return settle_linked(product);
	while (end > 0) {
		size_t first = find_group(product, end, &length);

		for (size_t i = first; i < end; i++) {
			product->lists[i].stride = count;
			product->lists[i].period = length;
		}
		end = first;
		is_empty |= length == 0;
		if (length > 0 && count > INT64_MAX / length)
			is_large = true;
		else
			count *= length ? length : 1;
	}
	product->count = is_empty ? 0 : count;
	return is_large && !is_empty ? -ERANGE : 0;
}

/* what is written of bytes behind used */
static size_t
put(char *out, size_t room, size_t used, struct span bytes)
{
	size_t left = used < room ? room - used : 0;

	memcpy(out + (used < room ? used : 0), bytes.start,
	       bytes.nbytes < left ? bytes.nbytes : left);
	return used + bytes.nbytes;
}

/* nearly equal parts; the longer ones come first */
static size_t
put_slice(char *out, size_t room, size_t used, const struct product *product,
	  const struct product_list *list, uint64_t at)
{
	uint64_t start, stop;
	char text[2 * NUMBER_SIZE];
	int n;

	shape_split(list->length, list->count, at, &start, &stop);
	n = snprintf(text, sizeof(text), "%" PRIu64 "%c%" PRIu64, start,
		     product->separator, stop);
	return put(out, room, used, (struct span){ text, (size_t)n });
}

size_t
product_text(const struct product *product, uint64_t index, char *out,
	     size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < product->nlists; i++) {
		const struct product_list *list = &product->lists[i];
		uint64_t at = index / list->stride % list->period;

		if (i > 0)
			used = put(out, room, used,
				   (struct span){ &product->separator, 1 });
		used = list->is_sliced
			       ? put_slice(out, room, used, product, list, at)
			       : put(out, room, used, list->items[at]);
	}
	return used;
}

void
product_release(struct product *product)
{
	for (size_t i = 0; i < product->nlists; i++) {
		free(product->lists[i].items);
		free(product->lists[i].bytes);
	}
	free(product->lists);
	*product = (struct product){ .lists = NULL };
}
