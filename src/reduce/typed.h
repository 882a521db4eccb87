#ifndef SHMMAP_REDUCE_TYPED_H
#define SHMMAP_REDUCE_TYPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reduce/bytes.h"
#include "reduce/exact_bins.h"
#include "reduce/fold.h"
#include "reduce/op.h"
#include "segment/dtype.h"

/*
 * Results that are numbers as they lie in memory: items of one or more elements
 * of a type, which stand for columns. A result is one item, several or none.
 *
 * Never prints and never exits.
 */

/* elements of an item */
#define TYPED_ELEMENTS_MAX 4096

/* of no elements: results are text */
struct typed_item {
	enum dtype_kind kind; /* bool, int, uint, float */
	uint32_t nbytes;      /* of an element */
	uint32_t count;
};

struct typed {
	struct typed_item item;
	struct op op;
	struct fold *folds; /* of each element, or of op.column; NULL at first
			     */
	struct exact_bins
		*bins;	    /* of doubles whose sum is asked for; or NULL */
	struct bytes begun; /* of an item */
};

/* Read DTYPE[:COUNT], such as f8:3. Returns 0 or -EINVAL. */
int typed_parse(const char *text, struct typed_item *item);

static inline size_t
typed_size(const struct typed_item *item)
{
	return (size_t)item->nbytes * item->count;
}

/* whether items are added up in bins (exact_bins.h): each is a double, whose
 * sum is asked for */
bool typed_has_bins(const struct typed_item *item, const struct op *op);

void typed_init(struct typed *typed, const struct typed_item *item,
		const struct op *op);
void typed_release(struct typed *typed);

/* Take a piece of the result of *job. With is_item_each it is of several jobs
 * from *job on, an item of each. Returns 0 or -ENOMEM. */
int typed_take(struct typed *typed, uint64_t *job, bool is_item_each,
	       const char *bytes, size_t nbytes);

/* The result of a job is complete. Returns 0, or -EMSGSIZE when a part of an
 * item is left over, which is dropped. */
int typed_end_job(struct typed *typed);

/* All values are in folds now. Returns how many of these there are: 0 when
 * there was nothing, and no memory for them. */
size_t typed_gather(struct typed *typed);

/* Begin anew, where no item has begun. */
void typed_clear(struct typed *typed);

/* Write a line of all results, tabs between; nothing where no value has no
 * result. Returns as fold_write(). */
int typed_write(struct typed *typed, struct bytes *out);

#endif
