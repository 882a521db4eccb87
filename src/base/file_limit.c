#include <config.h>

#include "base/file_limit.h"

#include <stddef.h>
#include <time.h>

static void
only_that(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGXFSZ);
}

void
file_limit_hold(struct file_limit *limit)
{
	sigset_t set;

	only_that(&set);
	pthread_sigmask(SIG_BLOCK, &set, &limit->before);
}

void
file_limit_release(const struct file_limit *limit)
{
	static const struct timespec at_once = { .tv_sec = 0 };
	sigset_t set;

	only_that(&set);
	/* a call that was refused has sent it to this thread */
	if (!sigismember(&limit->before, SIGXFSZ))
		while (sigtimedwait(&set, NULL, &at_once) == SIGXFSZ)
			;
	pthread_sigmask(SIG_SETMASK, &limit->before, NULL);
}
