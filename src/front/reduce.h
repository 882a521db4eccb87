#ifndef SHMMAP_FRONT_REDUCE_H
#define SHMMAP_FRONT_REDUCE_H

#include "engine/plan.h"

/*
 * Options about what results come to. Each returns 0, or -1 after a diagnostic.
 */

/* --reduce OP[:COL], or --reduce COMMAND, which stays the caller's */
int reduce_set(struct plan *plan, const char *argument);

/* --combine OP[:COL], or --combine COMMAND, which stays the caller's */
int reduce_set_combine(struct plan *plan, const char *argument);

/* --result DTYPE[:N], which stays the caller's */
int reduce_set_type(struct plan *plan, const char *argument);

/* --by COL */
int reduce_set_by(struct plan *plan, const char *argument);

/* All options are known: check what those say together. What goes for the
 * results of jobs becomes that of --combine where that is an operation. */
int reduce_settle(struct plan *plan);

#endif
