/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * floor [-j N] [-n COUNT] [-m METHOD] [-p] COMMAND [ARG]...
 *
 * The least that a dispatcher of one exec per job has to do: N processes
 * that each start COMMAND and wait for it, over and over, until COUNT jobs
 * are done. The job's number is appended as last argument, as `seq COUNT |
 * xargs -n1` would do it. No input is read, no output is collected, no
 * result is kept; what a real dispatcher takes above this is its own cost.
 *
 * COMMAND is a path, PATH is not searched.
 *
 *	-m vfork	vfork, execve, waitpid: the default
 *	-m clone	clone(CLONE_VM) on a stack of its own: the parent goes
 *			to sleep once per job, in wait, not a second time
 *			until the exec is done
 *	-m spawn	posix_spawn
 *	-m fork		fork
 *	-s		split the jobs before the start instead of claiming
 *			each from a shared counter
 *	-p		pin process i to the i-th permitted processor. Jobs
 *			inherit this, so that exec moves none of them
 *			elsewhere; a real dispatcher must not do it
 *
 * Exit status 0; 1 when a job failed; 2 when one could not be started.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 64 * 1024, NUMBER_BYTES = 24 };

extern char **environ;

static char **command;
static char number_text[NUMBER_BYTES];
static char child_stack[STACK_BYTES] __attribute__((aligned(64)));

/* errno of a failed exec; the child shares our memory until its exec. */
static int exec_error;

/* Claimed by all processes with an atomic add; jobs share nothing else, so
 * relaxed is enough. */
static _Atomic long *next_job;

static void
die(const char *what, int error)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(error));
	_exit(2);
}

/* Runs in the child, possibly in the parent's memory: exec or nothing. */
static int
exec_command(void *unused)
{
	(void)unused;
	execve(command[0], command, environ);
	exec_error = errno;
	_exit(127);
}

static pid_t
start_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		exec_command(NULL);
	return pid;
}

static pid_t
start_clone(void)
{
	return clone(exec_command, child_stack + sizeof(child_stack),
		     CLONE_VM | SIGCHLD, NULL);
}

static pid_t
start_spawn(void)
{
	pid_t pid;
	int error = posix_spawn(&pid, command[0], NULL, NULL, command, environ);

	if (error) {
		errno = error;
		return -1;
	}
	return pid;
}

static pid_t
start_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		exec_command(NULL);
	return pid;
}

static const struct method {
	const char *name;
	pid_t (*start)(void);
} methods[] = {
	{ "vfork", start_vfork },
	{ "clone", start_clone },
	{ "spawn", start_spawn },
	{ "fork", start_fork },
};

static const struct method *
method_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(methods[i].name, name))
			return &methods[i];
	fprintf(stderr, "floor: no method '%s'\n", name);
	exit(2);
}

/* Decimal digits of a positive number, without the cost of printf. */
static char *
number_format(long number)
{
	char *p = number_text + sizeof(number_text) - 1;

	do
		*--p = (char)('0' + number % 10);
	while (number /= 10);
	return p;
}

/* Returns whether the job ended with status 0. */
static bool
run_job(const struct method *method, char **last_arg, long job)
{
	int status;
	pid_t pid;

	*last_arg = number_format(job);
	pid = method->start();
	if (pid < 0)
		die(command[0], errno);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("wait", errno);
	if (exec_error)
		die(command[0], exec_error);
	return status == 0;
}

static bool
run_claimed(const struct method *method, char **last_arg, long count)
{
	bool good = true;
	long job;

	for (;;) {
		job = 1 + atomic_fetch_add_explicit(next_job, 1,
						    memory_order_relaxed);
		if (job > count)
			return good;
		good &= run_job(method, last_arg, job);
	}
}

static bool
run_split(const struct method *method, char **last_arg, long first, long last)
{
	bool good = true;
	long job;

	for (job = first; job < last; job++)
		good &= run_job(method, last_arg, job + 1);
	return good;
}

/* Pins the caller to one of the processors it may use now. */
static void
pin(int rank)
{
	cpu_set_t allowed, one;
	int cpu = -1;
	int skip;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		die("affinity", errno);
	skip = rank % CPU_COUNT(&allowed);
	do
		if (CPU_ISSET(++cpu, &allowed))
			skip--;
	while (skip >= 0);
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die("affinity", errno);
}

static long
parse_count(const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || *end || end == text || value < 1) {
		fprintf(stderr, "floor: '%s' is not a positive number\n", text);
		exit(2);
	}
	return value;
}

/* Waits for all n processes; the worst of their exit statuses. */
static int
join(long n)
{
	int worst = 0;
	int status;

	for (; n > 0; n--) {
		if (wait(&status) < 0)
			die("wait", errno);
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 2;
		if (status > worst)
			worst = status;
	}
	return worst;
}

int
main(int argc, char **argv)
{
	const struct method *method = &methods[0];
	bool pinned = false, split = false, good;
	long n = 2, count = 1, rank;
	char **last_arg;
	pid_t pid;
	int option;

	while ((option = getopt(argc, argv, "+j:n:m:ps")) != -1) {
		switch (option) {
		case 'j':
			n = parse_count(optarg);
			break;
		case 'n':
			count = parse_count(optarg);
			break;
		case 'm':
			method = method_find(optarg);
			break;
		case 'p':
			pinned = true;
			break;
		case 's':
			split = true;
			break;
		default:
			return 2;
		}
	}
	if (optind == argc) {
		fprintf(stderr, "floor: no command\n");
		return 2;
	}

	command = calloc((size_t)(argc - optind + 2), sizeof(*command));
	if (!command)
		die("memory", ENOMEM);
	memcpy(command, argv + optind,
	       (size_t)(argc - optind) * sizeof(*command));
	last_arg = &command[argc - optind];
	next_job = mmap(NULL, sizeof(*next_job), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (next_job == MAP_FAILED)
		die("memory", errno);

	for (rank = 0; rank < n; rank++) {
		pid = fork();
		if (pid < 0)
			die("fork", errno);
		if (pid > 0)
			continue;
		if (pinned)
			pin((int)rank);
		if (split)
			good = run_split(method, last_arg, rank * count / n,
					 (rank + 1) * count / n);
		else
			good = run_claimed(method, last_arg, count);
		_exit(!good);
	}
	return join(n);
}
