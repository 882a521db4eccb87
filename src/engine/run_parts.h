#ifndef SHMMAP_RUN_PARTS_H
#define SHMMAP_RUN_PARTS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "engine/board.h"
#include "engine/plan.h"
#include "engine/pool.h"
#include "engine/reduce.h"
#include "engine/results.h"
#include "engine/share.h"
#include "engine/sink.h"
#include "engine/source.h"
#include "engine/surroundings.h"
#include "worker/library.h"

/*
 * A run as its parts see it: run.c begins and ends its steps, run_loop.c is the
 * event loop of a step, run_end.c what ends it before its time.
 */

enum {
	POLL_BELL,
	POLL_INPUT,
	POLL_COMBINE,
	POLL_SINK,
	POLLS = POLL_SINK + SINK_POLLS
};

struct run {
	const struct plan *plan;
	struct board board;
	struct share share;
	struct source source;
	struct results results;
	struct reduce reduce;
	struct pool pool;
	struct library library;
	struct surroundings around;
	int reduce_fd; /* what the reduce command reads; -1: it has it all */
	struct pollfd polls[POLLS];
	bool is_started;     /* there is a step: board, results, pool, source */
	bool is_readable;    /* the input */
	bool is_progress;    /* results were released since the last wait */
	int64_t progress_us; /* when they last were */
	int64_t asked_us;    /* when slaves were last asked for results */
	int64_t pause_us;    /* the last one of the burst, or 0 */
	uint64_t finished;   /* results before it */

	/* the end before its time */
	bool is_ending;
	bool is_killed;	     /* SIGKILL was sent to all */
	bool is_swept;	     /* what jobs left behind has got the signal */
	bool is_swept_last;  /* and what the commands beside them left */
	bool is_cut;	     /* because the reduce command reads no more */
	bool is_halted;	     /* --halt: what is finished is still released */
	bool has_halted;     /* and nothing runs any more */
	bool has_total;	     /* of jobs */
	int end_signal;	     /* sent to jobs */
	int own_signal;	     /* ends shmmap in the end, or 0 */
	int64_t signal_us;   /* when it came */
	int64_t deadline_us; /* then SIGKILL */
	int64_t reduce_deadline_us; /* the same for the commands of --reduce and
				     * --combine; 0: they may go on */
	bool is_reduce_killed;
	int status; /* 125 if shmmap failed; in the end, the run's */
};

static inline int64_t
run_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The event loop, until the step is over. */
void run_loop(struct run *run);

/* shmmap itself has failed, after a diagnostic: end it, with 125. */
void run_fail(struct run *run);

/* Do what signals that came ask for. */
void run_take_signals(struct run *run);

/* See whether it is known by now how many jobs there are, which --halt may be
 * about. */
void run_know_total(struct run *run);

/* See whether something has failed: an output, a file of results, slaves. */
void run_check_failures(struct run *run);

/* No result comes any more: whether the commands of --combine and --reduce have
 * ended, too. They are told by the end of their input. */
bool run_has_reduced(struct run *run);

/* Whether an ending run has ended. */
bool run_has_ended(struct run *run);

/* Whether nothing runs any more in one that is halted. */
bool run_has_halted(struct run *run);

#endif
