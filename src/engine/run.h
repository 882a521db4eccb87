#ifndef SHMMAP_RUN_H
#define SHMMAP_RUN_H

#include "engine/plan.h"

/*
 * Carry out a plan, and those that follow it: the master's life from the
 * segment to the last result.
 * Returns the exit status of shmmap, or does not return when a signal is to end
 * it. One run in a process.
 */
int run(const struct plan *plan);

#endif
