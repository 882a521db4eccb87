#ifndef SHMMAP_REDUCE_H
#define SHMMAP_REDUCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/plan.h"
#include "engine/stream.h"
#include "reduce/bytes.h"
#include "reduce/reducer.h"
#include "shmmap.h"
#include "worker/call_reduce.h"

/*
 * The stage between results and sink: takes the standard output of jobs in the
 * order of its release, and gives the sink what it comes to when the run ends.
 * With --combine there is a stage before this one, whose lines are taken in
 * place of results. It holds them back until the end, or until it has very many
 * keys; then --reduce, also as a command, gets them all.
 *
 * What a failed job has printed counts like any other's, as it is printed where
 * nothing is reduced; but for a last line that has no end. A function of the
 * library gets results of jobs that have succeeded only, each of them whole.
 *
 * Only the master uses this. It never waits: what the sink does not take stays
 * here, and as long as something does nothing more is taken.
 */
struct reduce {
	const struct plan *plan;
	bool is_on;
	bool is_called; /* by the function of a library, not by an operation */
	struct call_reduce call;
	struct reducer reducer;
	struct reducer combined; /* with --combine: takes the results, and gives
				  * what they come to to the reducer */
	uint64_t job;		 /* RECORD_LINES: of the next line */
	struct bytes out;	 /* for the sink, from ... */
	size_t sent;		 /* ... here on */
	bool is_written;	 /* the result is in out */
	bool is_gathered; /* what the commands of --combine have printed is
			   * taken, or there are none */
	bool has_more;	  /* it is, but for a part that can be taken now */
	bool has_failed;  /* after a diagnostic */
};

/* By what the plan says, else by the reduce function of the worker, which is
 * all NULL where there is no library. */
void reduce_init(struct reduce *reduce, const struct plan *plan,
		 const struct shmmap_worker *worker);
void reduce_release(struct reduce *reduce);

/* Take nbytes bytes of the record's payload, behind those that are consumed.
 * Returns how many were: none when the sink is full. After a failure all are,
 * and lost. */
size_t reduce_take(struct reduce *reduce, const struct record *record,
		   uint32_t consumed, const unsigned char *bytes,
		   size_t nbytes);

/* The job of the RECORD_DONE has ended. False when the sink is full, and it is
 * to be told again. */
bool reduce_end_job(struct reduce *reduce, const struct record *record);

/* All results were taken: give the sink what they come to. True when it has all
 * of it. */
bool reduce_finish(struct reduce *reduce);

/* whether reduce_finish() would go on at once */
static inline bool
reduce_has_more(const struct reduce *reduce)
{
	return reduce->has_more;
}

#endif
