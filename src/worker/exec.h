#ifndef SHMMAP_EXEC_H
#define SHMMAP_EXEC_H

#include <stdbool.h>

#include "engine/board.h"
#include "engine/plan.h"
#include "engine/share.h"
#include "engine/stream.h"
#include "worker/feed.h"

/*
 * The worker that is a process per job: expand the command, vfork and exec it,
 * feed it its block if it has one, and collect what it prints until it ends. Or
 * a process that takes jobs itself
 * (--attach): what that prints goes to standard error, so that it is never
 * inside a result, and with --ungroup to standard output.
 */

/* how a job ended */
struct exec_end {
	unsigned status; /* exit status for the run: 0...255 */
	int signal;	 /* that killed it, or 0 */
	int error;	 /* errno of a failed vfork or exec, or 0 */
	bool is_refused; /* for want of memory, processes or descriptors: it has
			  * not begun and can be tried again */
	bool is_cancelled; /* it has not begun, because the run is stopped */
	bool is_missing;   /* the command itself can not be run, for no job */
	bool has_output;
	int input_error; /* why its input was not passed on, or 0 */
};

/* What the worker takes from the master; descriptors stay the master's. */
struct exec_setting {
	const struct plan *plan;
	const struct board *board;
	const struct share *share;
	unsigned rank;
	int null_fd;
	int folder_fd; /* working folder, or -1 */
};

struct exec_worker; /* a slave's state of this worker */

/*
 * Slave, once: make the pipes (they become descriptors 1 and 2 unless the plan
 * is ungrouped; 0 becomes null_fd) and the environment, change the folder.
 * Returns 0 or -errno. Lives as long as the slave.
 */
int exec_enter(struct exec_worker **worker, const struct exec_setting *setting);

/* Slave: run one job to its end, its output going to the stream; input is what
 * it reads (WORKER_PIPE), else NULL. The area's group names it while it runs.
 */
void exec_work(struct exec_worker *worker, const struct command_job *job,
	       const struct feed_input *input, struct stream_writer *stream,
	       struct exec_end *end);

/* Slave: make a pipe. One end becomes target, which jobs inherit and which
 * blocks, as they expect; the other, 0 to read or 1 to write, is the slave's
 * own and does not. Returns that one or -errno. */
int exec_make_pipe(int target, int ours);

/* Slave: run the command once, to its end, for a worker that takes its jobs
 * itself; it owns the area meanwhile, but for group. */
void exec_for_many(struct exec_worker *worker, struct exec_end *end);

/* Slave: the two halves of that. exec_start() returns the process, or -1 after
 * filling end; it has the slave's descriptors 0, 1 and 2. */
pid_t exec_start(struct exec_worker *worker, struct exec_end *end);
void exec_finish(struct exec_worker *worker, pid_t pid, struct exec_end *end);

#endif
