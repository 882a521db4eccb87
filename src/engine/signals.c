#include <config.h>

#include "engine/signals.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* The master's signals; see signals.h. */

static const int handled[] = { SIGINT,	SIGTERM, SIGHUP, SIGCHLD,
			       SIGTSTP, SIGPIPE, SIGXFSZ };

#define HANDLED_COUNT (sizeof(handled) / sizeof(handled[0]))

static bool was_ignored[HANDLED_COUNT]; /* when shmmap started */
/* what slaves get: as it was then, or as a library's setup() has left it */
static struct sigaction found[HANDLED_COUNT];
static sigset_t found_mask;
static _Atomic uint32_t noted; /* bit i: handled[i] */
static _Atomic int bell;

static void
note(int signal)
{
	uint64_t one = 1;
	int saved = errno;

	for (size_t i = 0; i < HANDLED_COUNT; i++)
		if (handled[i] == signal)
			/* relaxed: read by the thread that was interrupted */
			atomic_fetch_or_explicit(&noted, 1u << i,
						 memory_order_relaxed);
	/* a full counter wakes just as well; relaxed: as above */
	if (write(atomic_load_explicit(&bell, memory_order_relaxed), &one,
		  sizeof(one)) < 0)
		errno = saved;
	errno = saved;
}

static void
install(size_t i)
{
	/* no SA_RESTART: a read that blocks after all must not outlast INT */
	struct sigaction action = { .sa_handler = note };

	sigfillset(&action.sa_mask);
	if (handled[i] == SIGCHLD)
		action.sa_flags |= SA_NOCLDSTOP;
	sigaction(handled[i], &action, NULL);
}

void
signals_look(void)
{
	struct sigaction now;

	for (size_t i = 0; i < HANDLED_COUNT; i++) {
		sigaction(handled[i], NULL, &now);
		was_ignored[i] = now.sa_handler == SIG_IGN;
	}
}

void
signals_init(int bell_fd)
{
	sigset_t unblock;

	atomic_store_explicit(&bell, bell_fd, memory_order_relaxed);
	sigemptyset(&unblock);
	for (size_t i = 0; i < HANDLED_COUNT; i++) {
		sigaction(handled[i], NULL, &found[i]);
		/* an ignored SIGCHLD would take the exit statuses away */
		if (was_ignored[i] && handled[i] != SIGCHLD)
			continue;
		install(i);
		sigaddset(&unblock, handled[i]);
	}
	sigprocmask(SIG_UNBLOCK, &unblock, &found_mask);
}

void
signals_set_bell(int bell_fd)
{
	uint64_t one = 1;

	/* relaxed, with the fence of the compiler: only the handler reads it */
	atomic_store_explicit(&bell, bell_fd, memory_order_relaxed);
	/* the handler sees the new one from here on: what it noted before, or
	 * notes from now on, rings it */
	atomic_signal_fence(memory_order_seq_cst);
	if (bell_fd >= 0 &&
	    atomic_load_explicit(&noted, memory_order_relaxed) &&
	    write(bell_fd, &one, sizeof(one)) < 0)
		return; /* full, which rings, too */
}

int
signals_take(void)
{
	uint32_t bits = atomic_load_explicit(&noted, memory_order_relaxed);

	for (size_t i = 0; i < HANDLED_COUNT; i++) {
		if (!(bits & 1u << i))
			continue;
		atomic_fetch_and_explicit(&noted, ~(1u << i),
					  memory_order_relaxed);
		/* the write says EPIPE, or EFBIG */
		if (handled[i] != SIGPIPE && handled[i] != SIGXFSZ)
			return handled[i];
	}
	return 0;
}

bool
signals_pipe_kills(void)
{
	for (size_t i = 0; i < HANDLED_COUNT; i++)
		if (handled[i] == SIGPIPE)
			return !was_ignored[i];
	return true;
}

static void
restore_found(void)
{
	for (size_t i = 0; i < HANDLED_COUNT; i++) {
		struct sigaction action = found[i];

		/* a worker that waits for its children needs their statuses */
		if (handled[i] == SIGCHLD)
			action.sa_handler = SIG_DFL;
		sigaction(handled[i], &action, NULL);
	}
}

pid_t
signals_fork(void)
{
	sigset_t all, before;
	pid_t pid;
	int saved;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	saved = errno;
	if (pid == 0) {
		restore_found();
		sigprocmask(SIG_SETMASK, &found_mask, NULL);
		return 0;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return pid;
}

void
signals_suspend(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	sigemptyset(&action.sa_mask);
	sigaction(SIGTSTP, &action, NULL);
	raise(SIGTSTP);
	for (size_t i = 0; i < HANDLED_COUNT; i++)
		if (handled[i] == SIGTSTP)
			install(i);
}

void
signals_end_by(int signal)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t only;

	sigemptyset(&action.sa_mask);
	sigaction(signal, &action, NULL);
	sigemptyset(&only);
	sigaddset(&only, signal);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	raise(signal);
	/* only if the kernel refused: what a shell would show */
	_exit(128 + signal);
}
