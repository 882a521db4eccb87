#ifndef SHMMAP_SLAVE_H
#define SHMMAP_SLAVE_H

#include <sys/types.h>

#include "engine/board.h"
#include "engine/plan.h"
#include "engine/share.h"
#include "worker/library.h"

/* What a slave is given by the pool; all of it is inherited by fork. */
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

/* exit statuses of a slave; any other end is a death */
enum {
	SLAVE_FINISHED =
		0,	   /* nothing is left to claim, or the run is stopped */
	SLAVE_NOT_STARTED, /* no memory, descriptors, ...; area->starved says
			    * which error */
	SLAVE_RETIRED,	   /* it was asked to; its job has not begun */
	SLAVE_WORKER_DIED, /* its worker, which took jobs itself, has ended
			    * badly: area->worker_end */
};

/* The kernel refuses a process: say so, and wait a moment. Returns -1 to try
 * again, or the exit status for a slave that is to end. */
int slave_starve(const struct slave_setting *setting, int error);

/* The life of a slave, in the child of fork: claim, work, commit, until there
 * is nothing left. */
_Noreturn void slave_run(const struct slave_setting *setting);

#endif
