#include <config.h>

#include "segment/fill.h"

#include <errno.h>
#include <string.h>

#include "segment/part.h"
#include "segment/pieces.h"

/* Reductions of arrays; see fill.h. */

/* bytes that are combined at a time: they stay in a processor's cache while the
 * copies pass by */
#define PIECE_NBYTES ((uint64_t)256 << 10)

struct combining {
	const struct segment *into, *copies;
	size_t index; /* of the array, in copies */
	unsigned char *shared;
	bool is_in_use;
};

/* from is combined into what others may write to. */
static void
combine_in_use(const struct dtype *dtype, enum element_op op,
	       unsigned char *into, const unsigned char *from,
	       const unsigned char *identity, uint64_t count)
{
	const uint32_t itemsize = dtype->itemsize;

	for (; count > 0; count--, into += itemsize, from += itemsize) {
		if (memcmp(from, identity, itemsize) == 0)
			continue;
		if (element_atomic(dtype, op, into, from, NULL))
			element_combine(dtype, op, into, from, 1);
	}
}

/* Each element is one thread's, and its copies are added in the order of the
 * ranks: the result does not depend on the threads. What others may write to
 * is changed once, by what all copies come to. */
static int
combine_piece(void *context, uint64_t piece, char *why)
{
	const struct combining *combining = context;
	const struct segment *copies = combining->copies;
	const size_t index = combining->index;
	const struct segment_entry *entry = &copies->entries[index];
	const struct dtype *dtype = &copies->dtypes[index];
	const enum element_op op = (enum element_op)entry->op;
	uint64_t start = piece * PIECE_NBYTES, nbytes = entry->nbytes - start;
	unsigned char identity[16], *shared = combining->shared + start;
	unsigned char *into = shared, *copy;

	(void)why;
	if (nbytes > PIECE_NBYTES)
		nbytes = PIECE_NBYTES;
	element_identity(dtype, op, identity);
	if (combining->is_in_use)
		into = segment_data(copies, index, 0) + start;
	for (int rank = combining->is_in_use; rank < (int)entry->copy_count;
	     rank++) {
		copy = segment_data(copies, index, rank) + start;
		element_combine(dtype, op, into, copy,
				nbytes / entry->itemsize);
		part_fill_value(copy, nbytes, identity, dtype->itemsize);
	}
	if (combining->is_in_use) {
		combine_in_use(dtype, op, shared, into, identity,
			       nbytes / entry->itemsize);
		part_fill_value(into, nbytes, identity, dtype->itemsize);
	}
	return 0;
}

/* The array that the copies are of; false when it is another one by now. */
static bool
find_shared(struct combining *combining)
{
	const struct segment_entry *entry =
		&combining->copies->entries[combining->index];
	int index = segment_find(combining->into, entry->name);

	if (index < 0 || combining->into->entries[index].flags & SEGMENT_MAPPED)
		return false;
	combining->shared = segment_data(combining->into, (size_t)index, -1);
	return combining->into->entries[index].nbytes == entry->nbytes;
}

int
fill_combine(struct segment *into, struct segment *copies, bool is_in_use,
	     unsigned nthreads)
{
	struct combining combining = { .into = into,
				       .copies = copies,
				       .is_in_use = is_in_use };
	char why[SEGMENT_WHY_SIZE];
	int error = 0;

	for (size_t i = 0; i < copies->header.array_count && !error; i++) {
		const struct segment_entry *entry = &copies->entries[i];

		if (!(entry->flags & SEGMENT_REDUCTION) || entry->nbytes == 0 ||
		    entry->copy_count == 0)
			continue;
		error = element_op_check(&copies->dtypes[i],
					 (enum element_op)entry->op);
		combining.index = i;
		if (!error && !find_shared(&combining))
			error = -ENOENT;
		if (!error)
			error = pieces_run(
				(entry->nbytes - 1) / PIECE_NBYTES + 1,
				nthreads, combine_piece, &combining, why);
	}
	return error;
}
