#include <config.h>

#include "engine/generate.h"

/* Making jobs; see generate.h. */

/* write the text of the batch's next job behind its used bytes: its bytes, or
 * SIZE_MAX when there is no room for it */
static size_t
put_job(const struct source *source, const struct batch *batch, size_t used)
{
	size_t room = source_room(source) - used;
	char *out = (char *)source_arena_at(source, source->record) + used;
	size_t nbytes = product_text(&source->plan->product,
				     shuffle_at(&source->plan->shuffle,
						batch->job - 1 + batch->count),
				     out, room);

	if (nbytes > PLAN_RECORD_MAX)
		return room > SOURCE_KEPT_SIZE && used == 0 ? nbytes : SIZE_MAX;
	if (nbytes + 1 > room)
		return SIZE_MAX;
	out[nbytes] = (char)source->plan->delimiter;
	return nbytes;
}

/* Make a batch of at most so many jobs and publish it. False if there is no
 * room, or no slot. */
static bool
publish(struct source *source, uint64_t most)
{
	struct batch batch = { .job = source->jobs + 1,
			       .place = source->record };
	size_t used = 0;

	while (batch.count < most && used < SOURCE_BATCH_BYTES) {
		size_t nbytes = put_job(source, &batch, used);

		if (nbytes == SIZE_MAX)
			break;
		batch.count++;
		if (nbytes > PLAN_RECORD_MAX) {
			batch.flags = CLAIM_TOO_LONG;
			nbytes = SOURCE_KEPT_SIZE;
		}
		used += nbytes + 1;
		if (batch.flags)
			break;
	}
	if (batch.count == 0)
		return false;
	batch.nbytes = (uint32_t)used - 1;
	if (!source_publish(source, source->record + used, &batch))
		return false;
	source->record += used;
	source->filled = source->scanned = source->record;
	return true;
}

void
generate(struct source *source)
{
	uint64_t count = source->plan->product.count;

	while (source->jobs < count && !source_is_deep(source)) {
		uint64_t left = count - source->jobs;
		uint64_t size = plan_has_batches(source->plan)
					? batch_sizes_next(&source->sizes, left)
					: 1;

		if (!publish(source, size < left ? size : left))
			return;
	}
	if (source->jobs == count)
		claim_close(&source->board->header->claims);
}
