#ifndef SHMMAP_ANSWERS_H
#define SHMMAP_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/plan.h"
#include "engine/take.h"
#include "engine/window.h"

/*
 * Who gets which answer of a filter: the jobs in the window, whose first one's
 * turn it is (taker->number), and how many of them the process at hand has. A
 * line is a job's result; an entry whose jobs are all answered leaves the
 * window, with its span. Only the slave uses this.
 */
struct answers {
	struct taker *taker;
	struct window *window;
	const struct plan *plan;
	unsigned char delimiter;
	uint64_t given;	   /* jobs that the process has, whole or in part */
	uint64_t answered; /* of them */
	uint64_t open;	   /* jobs in the window that are not answered */
};

void answers_init(struct answers *answers, struct taker *taker,
		  const struct plan *plan);

/* A predecessor, which is dead, has left jobs in the window; returns how many.
 */
uint64_t answers_inherit(struct answers *answers);

/* the entry of the first job that is not answered; there must be one */
struct window_entry *answers_first(const struct answers *answers);

/* Bytes of the filter, as they come. False when they are more than it has jobs
 * for. */
bool answers_take(struct answers *answers, const unsigned char *bytes,
		  size_t nbytes);

/* The last answer was a line without its end, which a result has. */
void answers_end_line(struct answers *answers);

/* The job whose turn it is has failed, with that exit status of its filter; of
 * one that ended well, with 1. */
void answers_fail(struct answers *answers, unsigned status, const char *why);

/* What was taken of an answer that is not whole is nobody's. */
void answers_drop_part(struct answers *answers);

#endif
