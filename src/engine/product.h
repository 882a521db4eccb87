#ifndef SHMMAP_PRODUCT_H
#define SHMMAP_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/columns.h"

/*
 * Jobs that are made of lists: each job has one item of every list, in the
 * lists' order. All combinations are jobs, the last list going round fastest;
 * lists that are linked go on together. A job is a function of its index alone,
 * so none is stored: item index / stride % period of each list.
 *
 * The product belongs to the plan. Items point to memory that lives as long as
 * the process (argv) or into the list's own bytes.
 */

/* how a list goes on with the one before it */
enum product_link {
	LINK_NONE,     /* it does not */
	LINK_SHORTEST, /* item by item; the shortest of them ends all */
};

struct product_list {
	struct span *items; /* their columns have the product's separator
			     * between them */
	uint64_t count;
	size_t room;
	char *bytes;	/* where items stand that are not of the command line */
	bool is_sliced; /* no items, but count slices ... */
	uint64_t length; /* ... of so many things: columns START and STOP */
	enum product_link link;
	uint64_t stride, period;
};

struct product {
	struct product_list *lists;
	size_t nlists; /* 0: the jobs are others */
	uint64_t count;
	bool is_linked; /* all lists, and the shorter ones begin again */
	char separator; /* between the columns of a text */
};

/* Append an empty list; NULL without memory. */
struct product_list *product_add(struct product *product);

/* Append an item, which must live as long as the product. 0 or -ENOMEM. */
int product_add_item(struct product_list *list, struct span item);

/* All lists are there: count the jobs. 0, or -ERANGE: 2^63 or more. */
int product_settle(struct product *product);

/* Write the text of the index-th job (from 0) to out, as much as has room.
 * Returns all of its bytes. */
size_t product_text(const struct product *product, uint64_t index, char *out,
		    size_t room);

void product_release(struct product *product);

#endif
