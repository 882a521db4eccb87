#ifndef SHMMAP_SPAN_COMBINER_H
#define SHMMAP_SPAN_COMBINER_H

#include "engine/plan.h"
#include "engine/take.h"

/*
 * The slave's part of --reduce where it has many jobs at once: the results of a
 * span (engine/stream.h, I6) are folded when it is closed, and what they come
 * to is passed on with them (I8), so that the master need not look at them.
 *
 * That changes nothing of what comes out: results are committed as ever, a span
 * has its place among the others, and partials are as exact as what they were
 * made of. What is not left to the master:
 *
 *   concat, whose partial is no smaller
 *   prod, since a product of doubles depends on which two are multiplied first
 *   sums of doubles as they lie in memory: to fold them takes no longer than to
 *   empty the bins (reduce/exact_bins.h) of each span
 *
 * and of the others each span that
 *
 *   has a result that is no value: the master counts it, or names its job
 *   is hardly larger than what it comes to, as where all keys differ; then some
 *   are passed on as they are, more each time
 *   is small, or as small as one that was not much larger than that
 */

/* Slave, once. NULL when results of this plan are not to be folded, or there is
 * no memory; then the master does it. */
struct take_combiner *span_combiner_new(const struct plan *plan);

void span_combiner_free(struct take_combiner *combiner);

#endif
