/*
 * Work in pieces; see pieces.h.
 *
 *	word	written by		guarded by
 *	next	whoever takes a piece	itself: an addition hands out each
 *					number once
 *	error	the first that fails	lock
 *	why	the same		lock
 *
 * Nothing that one piece writes is read by another. What the threads wrote is
 * seen by the caller because it joins them.
 */
#include <config.h>

#include "segment/pieces.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "segment/segment.h"

struct crew {
	pieces_work *work;
	void *context;
	uint64_t count;
	_Atomic uint64_t next;
	pthread_mutex_t lock;
	int error;
	char *why;
};

static void
fail(struct crew *crew, int error, const char *why)
{
	pthread_mutex_lock(&crew->lock);
	if (!crew->error) {
		crew->error = error;
		memcpy(crew->why, why, SEGMENT_WHY_SIZE);
	}
	pthread_mutex_unlock(&crew->lock);
	/* relaxed: the others have only to see it some time */
	atomic_store_explicit(&crew->next, crew->count, memory_order_relaxed);
}

static void *
work_on(void *context)
{
	struct crew *crew = context;
	char why[SEGMENT_WHY_SIZE] = "";
	uint64_t index;
	int error;

	for (;;) {
		/* relaxed: a number, and nothing that it would announce */
		index = atomic_fetch_add_explicit(&crew->next, 1,
						  memory_order_relaxed);
		if (index >= crew->count)
			return NULL;
		error = crew->work(crew->context, index, why);
		if (error)
			fail(crew, error, why);
	}
}

/* Start up to n threads without signals; how many there are. */
static unsigned
start(struct crew *crew, pthread_t *threads, unsigned n)
{
	sigset_t all, before;
	unsigned started = 0;

	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before))
		return 0;
	while (started < n &&
	       pthread_create(&threads[started], NULL, work_on, crew) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

int
pieces_run(uint64_t count, unsigned nthreads, pieces_work *work, void *context,
	   char *why)
{
	struct crew crew = {
		.work = work, .context = context, .count = count, .why = why
	};
	unsigned others = 0;
	pthread_t *threads = NULL;

	if (nthreads > count)
		nthreads = (unsigned)count;
	if (nthreads > 1)
		threads = calloc(nthreads - 1, sizeof(*threads));
	pthread_mutex_init(&crew.lock, NULL);
	if (threads)
		others = start(&crew, threads, nthreads - 1);
	work_on(&crew);
	while (others > 0)
		pthread_join(threads[--others], NULL);
	pthread_mutex_destroy(&crew.lock);
	free(threads);
	return crew.error;
}
