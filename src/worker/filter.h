#ifndef SHMMAP_FILTER_H
#define SHMMAP_FILTER_H

#include "engine/slave.h"
#include "engine/take.h"
#include "worker/exec.h"

/*
 * The worker that is a process per slave (--filter): jobs go in as lines, each
 * line that comes out is the result of the job whose turn it is.
 *
 * A filter may answer each line at once, or collect its output in a buffer, or
 * answer nothing before the end of its input. Which it is shows only in its
 * behaviour, so the slave begins with one batch and gives more
 *
 *   as long as what is unanswered is not more than FLIGHT_NS of work by how
 *   long answers have taken, or
 *   when the filter has read all and answers nothing for STALL_NS: twice as
 *   much each time,
 *
 * and, when the window (engine/window.h) is full of what is unanswered and that
 * does not help, ends its input, takes all answers, and starts it anew. So
 * nothing waits for ever, memory is bounded, and a slow filter that answers
 * each line has hardly more than one at a time.
 *
 * When a filter ends before it has answered, the jobs in the window are given
 * to new ones in parts, each with an end of input and as a whole: a part whose
 * answers are not complete is halved, down to one job, which has failed. So the
 * job that kills the filter is found, and no other is blamed.
 */

/* Slave: serve jobs until there are none. has_jobs: a predecessor has left
 * some. Returns the exit status of the slave. */
int filter_serve(const struct slave_setting *setting, struct taker *taker,
		 struct exec_worker *exec, bool has_jobs);

#endif
