#include <config.h>

#include "engine/threads.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "worker/call.h"

/* Slaves that are threads; see threads.h. */

static void
leave(const struct slave_setting *setting, int status)
{
	slave_leave(setting, status);
	board_ring_loudly(setting->board);
}

static void
leave_early(void *setting)
{
	leave(setting, SLAVE_CUT_SHORT);
	free(setting);
}

/* in the master: the slave that this thread is */
static _Thread_local struct slave_setting *in_master;
static atomic_bool is_exiting;
static pthread_t last_thread; /* if ... */
static bool is_there;

static void
on_exit_called(void)
{
	/* a child that the worker has forked ends as it likes */
	if (!in_master || getpid() != in_master->master)
		return;
	atomic_store(&is_exiting, true);
	/* for the next job that does it, in another thread */
	atexit(on_exit_called);
	leave(in_master, SLAVE_CUT_SHORT);
	/* the master ends the process when it has done its work */
	for (;;)
		pause();
}

bool
threads_called_exit(void)
{
	return atomic_load(&is_exiting);
}

static void *
live(void *argument)
{
	struct slave_setting *setting = argument;
	int status;

	if (getpid() == setting->master) {
		in_master = setting;
		/* Its own descriptors, so that a worker that closes them does
		 * not close ours. Where that is refused, it must behave. */
		unshare(CLONE_FILES);
	}
	pthread_cleanup_push(leave_early, setting);
	status = slave_live(setting);
	pthread_cleanup_pop(0);
	leave(setting, status);
	free(setting);
	return NULL;
}

static int
begin(pthread_t *thread, const struct slave_setting *setting)
{
	struct slave_setting *own = malloc(sizeof(*own));
	int error;

	if (!own)
		return -ENOMEM;
	*own = *setting;
	error = pthread_create(thread, NULL, live, own);
	if (error)
		free(own);
	return -error;
}

int
threads_start(const struct slave_setting *setting)
{
	/* what a thread does to itself */
	static const int its[] = { SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
				   SIGABRT, SIGTRAP, SIGSYS };
	static const struct plan *settled;
	sigset_t others, before;
	int error = 0;

	threads_end();
	if (!settled && atexit(on_exit_called))
		return -ENOMEM;
	if (settled != setting->plan)
		error = call_settle(setting);
	if (error)
		return error;
	settled = setting->plan;
	sigfillset(&others);
	for (size_t i = 0; i < sizeof(its) / sizeof(its[0]); i++)
		sigdelset(&others, its[i]);
	pthread_sigmask(SIG_BLOCK, &others, &before);
	error = begin(&last_thread, setting);
	is_there = error == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

void
threads_end(void)
{
	/* one that has called exit() stays */
	if (is_there && !threads_called_exit())
		pthread_join(last_thread, NULL);
	is_there = false;
}

static void
not_started(const struct slave_setting *setting, int error)
{
	atomic_store_explicit(
		&board_area(setting->board, setting->rank)->starved,
		(uint32_t)-error, memory_order_relaxed);
	leave(setting, SLAVE_NOT_STARTED);
}

void
threads_host(struct slave_setting *setting, const unsigned *ranks, unsigned n)
{
	pthread_t *threads = calloc(n, sizeof(*threads));
	int error = threads ? slave_settle(setting) : -ENOMEM;
	unsigned begun = 0;

	for (unsigned i = 0; i < n; i++) {
		setting->rank = ranks[i];
		if (!error)
			error = begin(&threads[begun], setting);
		if (error)
			not_started(setting, error);
		else
			begun++;
	}
	for (unsigned i = 0; i < begun; i++)
		pthread_join(threads[i], NULL);
	_exit(SLAVE_FINISHED);
}
