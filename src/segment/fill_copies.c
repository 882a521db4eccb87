#include <config.h>

#include "segment/fill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "segment/part.h"
#include "segment/reserve.h"
#include "segment/segment_parts.h"

/* What the copies of a run begin with; see fill.h. */

/* operations are for scalars of at most 16 bytes */
#define IDENTITY_SIZE 16

/* the bytes that a private copy goes on with, or begins as */
static const unsigned char *
source_of(const struct segment_entry *entry, int rank,
	  const struct segment *from, const struct segment *before)
{
	int index = before ? segment_find(before, entry->name) : -1;

	if (index >= 0 && before->entries[index].flags & SEGMENT_PRIVATE &&
	    before->entries[index].copy_count > (uint32_t)rank &&
	    before->entries[index].nbytes == entry->nbytes)
		return segment_data(before, (size_t)index, rank);
	index = segment_find(from, entry->name);
	return index < 0 ? NULL : segment_data(from, (size_t)index, -1);
}

static int
plan_copies(struct part_list *parts, const struct segment *copies, size_t index,
	    const struct segment *from, const struct segment *before,
	    unsigned char *identity)
{
	const struct segment_entry *entry = &copies->entries[index];
	struct part part = { .name = entry->name,
			     .nbytes = entry->nbytes,
			     .dtype = &copies->dtypes[index],
			     .kind = PART_VALUE,
			     .from = identity };
	int error = 0;

	if (entry->flags & SEGMENT_REDUCTION)
		element_identity(part.dtype, (enum element_op)entry->op,
				 identity);
	else
		part.kind = PART_COPY;
	for (int rank = 0; rank < (int)entry->copy_count && !error; rank++) {
		part.data = segment_data(copies, index, rank);
		if (part.kind == PART_COPY)
			part.from = source_of(entry, rank, from, before);
		error = part.from ? part_add(parts, &part) : -ENOENT;
	}
	reserve_huge(copies->base, entry->copies_offset,
		     entry->copy_count * entry->copy_stride);
	return error;
}

int
fill_copies(struct segment *copies, const struct segment *from,
	    const struct segment *before, unsigned nthreads, char *why)
{
	struct part_list parts = { .segment = copies, .is_fresh = true };
	size_t n = copies->header.array_count;
	unsigned char(*identities)[IDENTITY_SIZE] =
		calloc(n + 1, sizeof(*identities));
	int error = identities ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !error; i++)
		error = plan_copies(&parts, copies, i, from, before,
				    identities[i]);
	if (error)
		segment_complain(why, error, "%s", strerror(-error));
	else
		error = part_fill_all(&parts, nthreads ? nthreads : 1, why);
	part_release(&parts);
	free(identities);
	return error;
}
