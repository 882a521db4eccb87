#include <config.h>

#include "segment/fill.h"

#include "segment/part.h"
#include "segment/pieces.h"

/* Reductions of arrays; see fill.h. */

/* bytes that are combined at a time: they stay in a processor's cache while the
 * copies pass by */
#define PIECE_NBYTES ((uint64_t)256 << 10)

struct combining {
	const struct segment *segment;
	size_t index;
};

/* Each element is one thread's, and its copies are added in the order of the
 * ranks: the result does not depend on the threads. */
static int
combine_piece(void *context, uint64_t piece, char *why)
{
	const struct combining *combining = context;
	const struct segment *segment = combining->segment;
	const size_t index = combining->index;
	const struct segment_entry *entry = &segment->entries[index];
	const struct dtype *dtype = &segment->dtypes[index];
	const enum element_op op = (enum element_op)entry->op;
	uint64_t start = piece * PIECE_NBYTES, nbytes = entry->nbytes - start;
	unsigned char identity[16], *shared, *copy;

	(void)why;
	if (nbytes > PIECE_NBYTES)
		nbytes = PIECE_NBYTES;
	shared = segment_data(segment, index, -1) + start;
	element_identity(dtype, op, identity);
	for (int rank = 0; rank < (int)entry->copy_count; rank++) {
		copy = segment_data(segment, index, rank) + start;
		element_combine(dtype, op, shared, copy,
				nbytes / entry->itemsize);
		part_fill_value(copy, nbytes, identity, dtype->itemsize);
	}
	return 0;
}

int
fill_combine(struct segment *segment, unsigned nthreads)
{
	struct combining combining = { .segment = segment };
	char why[SEGMENT_WHY_SIZE];
	int error = 0;

	for (size_t i = 0; i < segment->header.array_count && !error; i++) {
		const struct segment_entry *entry = &segment->entries[i];

		if (!(entry->flags & SEGMENT_REDUCTION) || entry->nbytes == 0)
			continue;
		error = element_op_check(&segment->dtypes[i],
					 (enum element_op)entry->op);
		combining.index = i;
		if (!error)
			error = pieces_run(
				(entry->nbytes - 1) / PIECE_NBYTES + 1,
				nthreads, combine_piece, &combining, why);
	}
	return error;
}
