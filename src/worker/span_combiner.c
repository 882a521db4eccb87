#include <config.h>

#include "worker/span_combiner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reduce/partial.h"
#include "reduce/reducer.h"

/* Folding the results of spans; see span_combiner.h. */

/* room of a span that is kept for what it comes to, one in so many bytes; and
 * how much less than the span that has to be */
#define SHARE 8
#define GAIN 4

/* For fewer bytes it is not worth the while. That it did not help with more
 * says something about what follows. */
#define SMALL 512
#define ENOUGH ((size_t)16 << 10)

/* spans that are passed on where folding did not help: the first time, and at
 * most */
#define PAUSE_FIRST 16u
#define PAUSE_MAX 4096u

/* of a histogram: they are looked at for each span */
#define BINS_MAX 256

/* keys, and their bytes, of which a partial is no longer than its share */
#define KEY_BYTES_MAX (STREAM_PAYLOAD_MAX / SHARE)
#define KEYS_MAX (KEY_BYTES_MAX / 4)

struct span_combiner {
	struct take_combiner base;
	struct reducer reducer;
	struct bytes packed;
	size_t least;	     /* bytes of a span, else it is passed on */
	unsigned to_pass;    /* spans that are passed on as they come */
	unsigned next_pause; /* the next time that folding does not help */
};

static bool
is_for(const struct plan *plan)
{
	const struct plan_reduce *folded = plan_folded(plan);

	if (!folded->is_on || typed_has_bins(&folded->item, &folded->op))
		return false;
	switch (folded->op.kind) {
	case OP_CONCAT:
	case OP_PROD:
		return false;
	case OP_HIST:
		return folded->by == 0 && folded->op.bins <= BINS_MAX;
	default:
		return true;
	}
}

/* so many spans are passed on */
static void
pass_some(struct span_combiner *combiner)
{
	combiner->base.share = 0;
	combiner->to_pass = combiner->next_pause;
	if (combiner->next_pause < PAUSE_MAX)
		combiner->next_pause *= 2;
}

/* whether to leave this span as it is */
static bool
passes_on(struct span_combiner *combiner, size_t nbytes)
{
	if (combiner->to_pass == 0)
		return nbytes < combiner->least;
	if (--combiner->to_pass == 0)
		combiner->base.share = SHARE;
	return true;
}

/* What these results come to is packed. False when one of them is no value, or
 * there is no memory; when there are too many keys nothing is. */
static bool
fold(struct span_combiner *combiner, uint64_t first, const unsigned char *bytes,
     size_t nbytes)
{
	struct reducer *reducer = &combiner->reducer;
	size_t taken;
	int error = reducer_take_whole(reducer, &first, true,
				       (const char *)bytes, nbytes, &taken);

	combiner->packed.used = 0;
	if (!error && taken == nbytes)
		return partial_write(reducer, &combiner->packed) == 0;
	reducer_clear(reducer);
	return error == -ENOSPC;
}

static size_t
combine(struct take_combiner *base, uint64_t first, const unsigned char *bytes,
	size_t nbytes, unsigned char *to, size_t room)
{
	struct span_combiner *combiner = (void *)base;
	const struct bytes *packed = &combiner->packed;

	if (passes_on(combiner, nbytes))
		return 0;
	if (!fold(combiner, first, bytes, nbytes)) {
		pass_some(combiner);
		return 0;
	}
	if (packed->used == 0 || packed->used > room ||
	    packed->used > nbytes / GAIN) {
		/* of a larger one it may be less */
		if (nbytes < ENOUGH)
			combiner->least =
				nbytes < ENOUGH / 2 ? 2 * nbytes : ENOUGH;
		else
			pass_some(combiner);
		return 0;
	}
	combiner->next_pause = PAUSE_FIRST;
	memcpy(to, packed->data, packed->used);
	return packed->used;
}

struct take_combiner *
span_combiner_new(const struct plan *plan)
{
	struct reducer_setting setting =
		plan_reducer_setting(plan, plan_folded(plan));
	struct span_combiner *combiner;

	if (!is_for(plan))
		return NULL;
	combiner = calloc(1, sizeof(*combiner));
	if (!combiner)
		return NULL;
	combiner->base = (struct take_combiner){ combine, SHARE };
	combiner->least = SMALL;
	combiner->next_pause = PAUSE_FIRST;
	reducer_init(&combiner->reducer, &setting);
	reducer_limit(&combiner->reducer, KEYS_MAX, KEY_BYTES_MAX);
	return &combiner->base;
}

void
span_combiner_free(struct take_combiner *base)
{
	struct span_combiner *combiner = (void *)base;

	if (!combiner)
		return;
	reducer_release(&combiner->reducer);
	bytes_release(&combiner->packed);
	free(combiner);
}
