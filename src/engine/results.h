#ifndef SHMMAP_RESULTS_H
#define SHMMAP_RESULTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/board.h"
#include "engine/plan.h"
#include "engine/reduce.h"
#include "engine/stream.h"

/*
 * Releasing results: from the slaves' streams to the sink, in job order or as
 * the jobs finish, the result of one job never inside another's.
 *
 * The turn. In order, the job whose turn it is streams while it still runs;
 * every other job waits in its slave's ring until that is full, then in a file.
 * Not in order, only finished jobs are released, and nobody has the turn, but
 * for a job whose ring is full when nothing else could be released (the last
 * one), or when there can be no file: then it streams, and others wait.
 *
 * In order, slaves are told whose turn it is only while output waits for it:
 * jobs that print nothing, and hold up nobody, do not wake the master.
 *
 * When no more jobs are begun, some have no result and never will. In order
 * such a job would keep the turn: it is passed over as soon as each slave has
 * ended or has something in its stream that comes later.
 *
 * A slave that is out of room sleeps while the sink's reader is what all wait
 * for; it gets a file only when the order is.
 *
 * Only the master uses this.
 */
struct results {
	const struct plan *plan;
	const struct board *board;
	struct reduce *reduce; /* takes the standard output if it is on */
	struct stream_reader *readers; /* by rank */
	uint64_t *heads;     /* by rank: job of the next record, 0 if unknown */
	const pid_t *slaves; /* by rank: 0 if none lives; the pool's */
	uint64_t turn;	     /* the job that streams; 0: none */
	int current;	 /* rank whose job has been released in part, or -1 */
	bool has_errors; /* its standard error was */
	unsigned next_rank; /* unordered: where to look first */
	uint64_t finished;  /* jobs whose result is released */
	unsigned status;    /* of the failed job with the lowest number */
	bool is_warned;	    /* that there can be no file */
	int error;	    /* 0, or -errno: a file of results is unreadable */
};

/* Before the first fork; reduce stays the caller's. Returns 0 or -ENOMEM. */
int results_init(struct results *results, const struct plan *plan,
		 const struct board *board, struct reduce *reduce);
void results_release(struct results *results);

/* Release what can be released, and answer slaves that are out of room. True
 * when anything was released. is_last: no slave but those with a job will ever
 * have one. */
bool results_step(struct results *results, bool is_last);

/* The run is stopped: wake every slave that sleeps for room. */
void results_wake_all(struct results *results);

/* whether every stream is consumed, as far as its jobs are finished */
bool results_are_drained(struct results *results);

/* whether the end of this job of the slave of rank is released */
static inline bool
results_has_released(const struct results *results, unsigned rank, uint64_t job)
{
	return results->readers[rank].last_done >= job;
}

/* exit status of the run as far as it is known: that of the first failure */
unsigned results_status(const struct results *results);

/* The slave of rank is dead, and what it ran is killed. If it had begun a job
 * and not committed its result, the job has failed with status: its number is
 * returned, else 0. */
uint64_t results_recover(struct results *results, unsigned rank,
			 unsigned status);

#endif
