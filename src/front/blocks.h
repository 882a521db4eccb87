#ifndef SHMMAP_FRONT_BLOCKS_H
#define SHMMAP_FRONT_BLOCKS_H

#include "engine/plan.h"

/*
 * The options about blocks: --pipe, --block, --recend. Each returns 0, or -1
 * after a diagnostic.
 */

/* --block SIZE: a number of bytes, or -N: N parts of the file for each slave */
int blocks_set_size(struct plan *plan, const char *argument);

/* --recend STRING */
int blocks_set_recend(struct plan *plan, const char *argument);

/* Once all options are known: check them, and make the plan whole. */
int blocks_settle(struct plan *plan);

#endif
