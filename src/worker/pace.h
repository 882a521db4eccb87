#ifndef SHMMAP_PACE_H
#define SHMMAP_PACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How a filter answers, and how much it may have for that (see filter.h): as
 * much as is some milliseconds of work by how long its answers have taken, or
 * more when it has stalled. Only the slave uses this.
 */
struct pace {
	uint64_t job_ns; /* by its last answers; 0: unknown */
	uint64_t more;	 /* jobs that it may have because it has stalled */
	int64_t mark_ns; /* of its last answer, or first job */
	unsigned stalls; /* silences in a row */
};

/* It has got a job, and had none. */
void pace_begin(struct pace *pace);

/* It has answered jobs, which are more than 0. Returns how long that took. */
uint64_t pace_answered(struct pace *pace, uint64_t jobs);

/* It has answered all, and its input goes on: no need of so much. */
void pace_relax(struct pace *pace);

/* It has answered nothing for pace_patience_ns(). */
void pace_silence(struct pace *pace);

/* It has read all of its jobs, so many as are open, and may wait for more. */
void pace_stall(struct pace *pace, uint64_t open);

/* how long a silence is */
long pace_patience_ns(const struct pace *pace);

/* how many jobs it may have unanswered */
uint64_t pace_most(const struct pace *pace);

/* Let answers gather, if of the open jobs so many are to be answered meanwhile
 * that it is worth it. */
void pace_gather(const struct pace *pace, uint64_t open);

#endif
