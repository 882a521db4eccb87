#ifndef SHMMAP_GIVEN_H
#define SHMMAP_GIVEN_H

#include <stdbool.h>

#include "engine/take.h"
#include "shmmap.h"

/*
 * A taker's job as it is given to its worker (struct shmmap_job), and what the
 * worker may do with it: emit, print, fail. The same for a function that a
 * slave calls and for a process that takes jobs itself.
 *
 * Never prints and never exits.
 */

/* a message of fail(), with what is said around it */
#define GIVEN_MESSAGE_SIZE 720

struct given {
	struct shmmap_job job; /* first: the worker's pointer is ours */
	struct taker *taker;
	const char *name; /* of the worker, for messages */
	bool is_at_hand;  /* a job is: what is emitted is its result */
	bool has_failed;  /* the worker said so */
	char message[GIVEN_MESSAGE_SIZE];
};

void given_init(struct given *given, struct taker *taker, const char *name);

/* Jobs are at hand from now on: what the worker emits is a result, until
 * given_pause(). */
static inline void
given_resume(struct given *given)
{
	given->is_at_hand = true;
	given->has_failed = false;
}

static inline void
given_pause(struct given *given)
{
	given->is_at_hand = false;
}

/* the jobs that the taker has at hand become the worker's */
static inline void
given_take(struct given *given)
{
	const struct taker *taker = given->taker;
	const struct board_jobs *jobs = &taker->board->header->jobs;

	given->job.number = taker->number;
	if (jobs->is_range) {
		given->job.value = batch_value(taker->board, taker->number);
		return;
	}
	given->job.text = taker->text;
	given->job.nbytes = (size_t)(taker->end - taker->text);
}

void given_fail(struct given *given, int result);

/* the worker has done them, with this result */
static inline void
given_end(struct given *given, int result)
{
	if (__builtin_expect(result || given->has_failed, 0))
		given_fail(given, result);
	else
		take_done(given->taker);
}

/* The batch of the taker is one record that is too long: its job fails. */
void given_refuse_long(struct given *given);

#endif
