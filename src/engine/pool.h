#ifndef SHMMAP_POOL_H
#define SHMMAP_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/board.h"
#include "engine/plan.h"
#include "engine/results.h"
#include "engine/share.h"
#include "worker/library.h"

/*
 * The slaves' life: forked when there is work for one more, replaced when they
 * die, sent fewer when the kernel has no more processes to give, and ended.
 * Those that are threads are started all at once, in one process (threads.h).
 * Only the master uses this; one pool in a process.
 */
struct pool {
	const struct plan *plan;
	const struct board *board;
	struct results *results;
	const struct share *share;
	const struct library *library; /* or NULL */
	pid_t *pids;	 /* by rank: the process that the slave lives in; 0: no
			  * slave */
	unsigned *ranks; /* of a host to be started */
	bool *has_finished; /* by rank: the slave found nothing more */
	bool *has_job;	    /* by rank: left with a job that has not begun */
	unsigned alive;
	unsigned nstarted; /* so far */
	unsigned limit;	   /* no more slaves than this, the kernel permitting */
	unsigned fruitless;	/* deaths in a row of slaves that had no job */
	uint64_t finished_then; /* jobs, at the last death */
	int64_t starved_since_ms; /* -1: some job could be begun */
	int64_t pause_until_ms;	  /* before this no slave is started */
	int shortage;	  /* the last errno for want of something, or 0 */
	bool has_orphans; /* of a dead slave, that were killed and not reaped */
	bool is_short_said; /* that fewer slaves have to do */
	bool is_death_said; /* of the process that has just ended */
	bool has_abandoned; /* a thread of this process that does not end */
	int error;	    /* 0, or -errno: no job can be run */
	int null_fd;
	int input_fd; /* WORKER_PIPE: the file that is read in parts */
	int folder_fd;
};

/* Returns 0, or -errno after a diagnostic (a working folder that is not). */
int pool_init(struct pool *pool, const struct plan *plan,
	      const struct board *board, const struct share *share,
	      const struct library *library, struct results *results);
void pool_release(struct pool *pool);

/* Fork slaves while batches are untaken and no slave is idle. */
void pool_start_needed(struct pool *pool);

/* Take note of slaves that ended, and recover what dead ones left. True when
 * any child ended. */
bool pool_reap(struct pool *pool);

/* Of a rank without a slave: what is dealt to it comes no earlier than this.
 * Ordered sections of later jobs wait for it. */
void pool_announce_for(const struct pool *pool, unsigned rank);

/* whether batches are dealt to ranks */
static inline bool
pool_is_dealt(const struct pool *pool)
{
	/* relaxed: ours alone */
	return atomic_load_explicit(&pool->board->header->claims.deal,
				    memory_order_relaxed) != 0;
}

/* A slave could not be started: fewer have to do. */
void pool_lower_limit(struct pool *pool, int error);

/* whether to leave the kernel alone for a moment, after it had no process,
 * memory or descriptor to give */
bool pool_is_paused(const struct pool *pool);

/* See whether slaves are starved of processes, and what to do about it. Returns
 * after how many ms to ask again, -1: not before something happens. When no
 * job can be begun at all, pool->error is set after a diagnostic. */
int pool_check_shortage(struct pool *pool, int64_t now_ms);

/* what the slave of a rank is at; a hint while it lives */
static inline uint32_t
pool_phase(const struct pool *pool, unsigned rank)
{
	return atomic_load_explicit(&board_area(pool->board, rank)->phase,
				    memory_order_relaxed);
}

/* slaves that have claimed a job or may be about to; those that sleep do not
 * count */
unsigned pool_busy(const struct pool *pool);

/* whether a job is running now */
bool pool_has_running_job(const struct pool *pool);

/* the same, but for slaves that are at work and have no job at hand */
bool pool_has_begun_job(const struct pool *pool);

/* whether a slave has claimed jobs, or has left some, that are not begun */
bool pool_has_job_to_begin(const struct pool *pool);

/* Fewer slaves than there should be are alive, and that stays so: those that
 * wait for the others are told, once. */
void pool_stays_short(const struct pool *pool);

/* whether a slave left behind a job that has not begun */
bool pool_has_job_left(const struct pool *pool);

/* send signal to every running job's group */
void pool_signal_jobs(const struct pool *pool, int signal);

/* The same to those that have a job at hand, where between two jobs it would be
 * the slave that gets the signal, or a worker that goes on. */
void pool_end_jobs(const struct pool *pool, int signal);

/* stop (true) or continue every slave and every running job */
void pool_suspend(const struct pool *pool, bool is_stop);

/* SIGKILL to every job and to every slave, which pool_reap() finds then: what
 * they have finished is kept. A job may have left its group, and a slave may be
 * stopped. */
void pool_kill_slaves(const struct pool *pool);

/* SIGKILL to what they left behind when they ended; reaps it. */
void pool_kill_orphans(struct pool *pool);

/* SIGKILL to every job and slave, and to all they left behind; reaps them. A
 * slave in this process runs on: has_abandoned. */
void pool_kill(struct pool *pool);

#endif
