#ifndef SHMMAP_SURROUNDINGS_H
#define SHMMAP_SURROUNDINGS_H

#include "engine/plan.h"

/*
 * What the master was started with, and a worker that runs in the master
 * (--debug) finds changed around it, as in a slave: standard descriptors,
 * working folder, environment. The master keeps its own.
 */
struct surroundings {
	int standard[3]; /* for input, output, errors of the run */
	int folder_fd;	 /* or -1 */
	char **environment;
};

/* Before the first step. Where no worker of the plan, or of one that follows,
 * runs in the master, it is what it is. Returns 0, or -1 after a diagnostic. */
int surroundings_keep(struct surroundings *surroundings,
		      const struct plan *plan);

/* After a step: folder and environment are the master's again. */
void surroundings_return(const struct surroundings *surroundings);

#endif
