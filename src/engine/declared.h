#ifndef SHMMAP_DECLARED_H
#define SHMMAP_DECLARED_H

#include "engine/plan.h"
#include "segment/segment.h"

/* A named segment that exists, beside what a run declares: every array of the
 * plan must be in it, with that dtype and shape. 0, or -EEXIST after a
 * diagnostic that says what there is and what was asked for. */
int declared_check(const struct segment *segment, const struct plan *plan);

#endif
