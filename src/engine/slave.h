#ifndef SHMMAP_SLAVE_H
#define SHMMAP_SLAVE_H

#include <sys/types.h>

#include "engine/board.h"
#include "engine/plan.h"
#include "engine/share.h"
#include "worker/library.h"

/* What a slave is given by the pool. */
struct slave_setting {
	const struct plan *plan;
	const struct board *board;
	const struct share *share;
	unsigned rank;
	const struct library *library; /* WORKER_DLOPEN */
	pid_t master;
	int null_fd;
	int folder_fd; /* working folder of the workers, or -1 */
	int input_fd;  /* WORKER_PIPE: the file that is read in parts */
};

/* exit statuses of a slave, which it stores in area->left, because a worker
 * that is called may end it with any; without that its end is a death */
enum {
	SLAVE_FINISHED =
		0,	   /* nothing is left to claim, or the run is stopped */
	SLAVE_NOT_STARTED, /* no memory, descriptors, ...; area->starved says
			    * which error */
	SLAVE_RETIRED,	   /* it was asked to; its job has not begun */
	SLAVE_WORKER_DIED, /* its worker, which took jobs itself, has ended
			    * badly: area->worker_end */
	SLAVE_CUT_SHORT,   /* its thread was ended in its worker */
	SLAVE_HALTED,	   /* its job was ended, and has no result */
};

/* The kernel refuses a process: say so, and wait a moment, the longer the more
 * often it did. Returns -1 to try again, or the exit status for a slave that is
 * to end. */
int slave_starve(const struct slave_setting *setting, int error,
		 unsigned *times);

/* In a process that slaves live in, beside the master's, once: a group of its
 * own, an end that comes with the master's, what workers that are called find
 * around them. setting is any of its slaves'. Returns 0 or -errno. */
int slave_settle(const struct slave_setting *setting);

/* The life of a slave: claim, work, commit, until there is nothing left.
 * Returns its exit status. */
int slave_live(const struct slave_setting *setting);

/* Say that a slave has ended, and how. */
static inline void
slave_leave(const struct slave_setting *setting, int status)
{
	/* release: what the slave has stored is there before */
	atomic_store_explicit(&board_area(setting->board, setting->rank)->left,
			      (uint32_t)status + 1, memory_order_release);
}

/* The same in a process of its own, the child of fork. */
_Noreturn void slave_run(const struct slave_setting *setting);

#endif
