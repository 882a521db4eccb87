#include <config.h>

#include "worker/guard.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"

/* Exits and forks of libraries; see guard.h. */

_Thread_local bool guard_has_forked;

/* of this thread */
static _Thread_local bool is_armed;
static _Thread_local struct given *armed_given;

/* the function that the master calls */
static const char *called_name, *called_function;
static pid_t called_pid;

/* in the child, in the thread that forked, its only one */
static void
on_fork(void)
{
	if (!is_armed)
		return;
	guard_has_forked = true;
	if (armed_given)
		given_pause(armed_given);
}

/* exit() would end shmmap as if all jobs had run */
static void
on_exit_called(void)
{
	if (!called_name || getpid() != called_pid)
		return;
	fflush(NULL);
	diag_redirect(NULL, NULL);
	diag("--dlopen: %s: %s called exit()", diag_named(called_name),
	     called_function);
	_exit(DIAG_EXIT_FAILURE);
}

int
guard_init(void)
{
	static bool is_ready;

	if (is_ready)
		return 0;
	if (pthread_atfork(NULL, NULL, on_fork) || atexit(on_exit_called))
		return -ENOMEM;
	is_ready = true;
	return 0;
}

void
guard_arm(struct given *given)
{
	is_armed = true;
	armed_given = given;
}

void
guard_disarm(void)
{
	is_armed = false;
	armed_given = NULL;
}

void
guard_call(const char *name, const char *function)
{
	guard_arm(NULL);
	called_pid = getpid();
	called_function = function;
	called_name = name;
}

void
guard_called(void)
{
	if (guard_is_copy())
		guard_end_copy(called_name, called_function, 0);
	called_name = NULL;
	guard_disarm();
}

void
guard_end_copy(const char *name, const char *function, uint64_t job)
{
	char number[40] = "";

	/* the master's way of printing, if it was the master, is not ours */
	diag_redirect(NULL, NULL);
	if (job)
		snprintf(number, sizeof(number),
			 "job %llu: ", (unsigned long long)job);
	diag("%s%s: a child that it has forked has returned from %s", number,
	     diag_named(name), function);
	_exit(DIAG_EXIT_FAILURE);
}
