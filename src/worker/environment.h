#ifndef SHMMAP_ENVIRONMENT_H
#define SHMMAP_ENVIRONMENT_H

#include <stdint.h>
#include <sys/types.h>

#include "engine/plan.h"
#include "engine/share.h"

/*
 * The environment of a slave's workers: shmmap's own, then SHMMAP_RANK,
 * SHMMAP_NP, SHMMAP_JOB, SHMMAP_SEED, OMP_NUM_THREADS and where the segment is
 * (SHMMAP_FD, SHMMAP_SEGMENT, SHMMAP_RUN_FD, SHMMAP_RUN), then what --env says.
 */
struct environment {
	char **entries; /* NAME=VALUE, ended by NULL: for execve */
	size_t count;
	uint64_t run_seed;
	char job[40];	   /* SHMMAP_JOB=... */
	char seed[40];	   /* SHMMAP_SEED=... */
	char rank[40];	   /* SHMMAP_RANK=... */
	char np[40];	   /* SHMMAP_NP=... */
	char fd[40];	   /* SHMMAP_FD=... */
	char run_fd[40];   /* SHMMAP_RUN_FD=... */
	char board_fd[40]; /* SHMMAP_BOARD_FD=... */
	char board[64];	   /* SHMMAP_BOARD=... */
	char segment[64];  /* SHMMAP_SEGMENT=... */
	char run[64];	   /* SHMMAP_RUN=... */
	char *threads;	   /* OMP_NUM_THREADS=... */
};

/* Build it for one slave. It may not be moved afterwards. Returns 0 or
 * -ENOMEM. */
int environment_init(struct environment *env, const struct plan *plan,
		     const struct share *share, pid_t master, unsigned rank);

/* where a process that takes jobs itself finds the board: a descriptor that it
 * inherits, which is the master's, too */
void environment_set_board(struct environment *env, int fd, pid_t master);

void environment_release(struct environment *env);

/* the job that SHMMAP_JOB names and SHMMAP_SEED is for */
void environment_set_job(struct environment *env, uint64_t job);

/* the value of a name, or NULL */
const char *environment_get(const struct environment *env, const char *name);

#endif
