#ifndef SHMMAP_ENVIRONMENT_H
#define SHMMAP_ENVIRONMENT_H

#include <stdint.h>

#include "engine/plan.h"

/*
 * The environment of a slave's workers: shmmap's own, then SHMMAP_RANK,
 * SHMMAP_NP, SHMMAP_JOB and OMP_NUM_THREADS, then what --env says.
 */
struct environment {
	char **entries; /* NAME=VALUE, ended by NULL: for execve */
	size_t count;
	char job[40];  /* SHMMAP_JOB=... */
	char rank[40]; /* SHMMAP_RANK=... */
	char np[40];   /* SHMMAP_NP=... */
	char *threads; /* OMP_NUM_THREADS=... */
};

/* Build it for one slave. It may not be moved afterwards. Returns 0 or
 * -ENOMEM. */
int environment_init(struct environment *env, const struct plan *plan,
		     unsigned rank);
void environment_release(struct environment *env);

/* the job that SHMMAP_JOB names */
void environment_set_job(struct environment *env, uint64_t job);

/* the value of a name, or NULL */
const char *environment_get(const struct environment *env, const char *name);

#endif
