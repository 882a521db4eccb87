#ifndef SHMMAP_CALL_REDUCE_H
#define SHMMAP_CALL_REDUCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/plan.h"
#include "reduce/bytes.h"
#include "shmmap.h"

/*
 * Calling the reduce function of a worker, in the master: with one result after
 * the other, whole, and once when all are through. What it emits is collected
 * for whoever gives it to the sink.
 */
struct call_reduce {
	struct shmmap_job job; /* first: the function's pointer is ours */
	const struct plan *plan;
	int (*function)(struct shmmap_job *, const void *, size_t);
	struct bytes result; /* of the job that is being taken */
	struct bytes *out;
	bool has_failed; /* it said so */
	bool is_short;	 /* there was no memory for what it emitted */
	char why[256];
};

/* out, which stays the caller's, gets what is emitted. */
void call_reduce_init(struct call_reduce *call, const struct plan *plan,
		      const struct shmmap_worker *worker, struct bytes *out);
void call_reduce_release(struct call_reduce *call);

/* Call it with the result of count jobs from number on, which is then empty
 * again; number 0: all are through. Returns 0, or -1 after a diagnostic. */
int call_reduce(struct call_reduce *call, uint64_t number, uint64_t count);

#endif
