#ifndef SHMMAP_FILTER_PROCESS_H
#define SHMMAP_FILTER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "worker/exec.h"

/*
 * The process of a filter, with a pipe to its standard input and one from its
 * standard output. Our ends do not block; both are closed again when it could
 * not be started. Only the slave uses this.
 */
struct filter_process {
	struct exec_worker *exec;
	int null_fd; /* what the slave's standard input is meanwhile */
	pid_t pid;   /* 0: there is none */
	int to_fd;   /* -1: its input has ended */
	int from_fd;
};

/* Start it. Returns 0, or -1 with why in *end, as exec_start() says it. */
int filter_process_start(struct filter_process *process, struct exec_end *end);

/* End its input, if that has not ended yet. */
void filter_process_end_input(struct filter_process *process);

/* whether it has read all that was written */
bool filter_process_has_read(const struct filter_process *process);

/* Its output has ended: wait for it. */
void filter_process_finish(struct filter_process *process,
			   struct exec_end *end);

/* how it ended, as a clause for a message */
void filter_process_describe(const struct exec_end *end, char *why,
			     size_t size);

#endif
