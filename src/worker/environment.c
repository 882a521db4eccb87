#include <config.h>

#include "worker/environment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/take.h"

/* The environment of workers; see environment.h. */

/* SHMMAP_RANK, _NP, _JOB, _SEED, _FD, _SEGMENT, _RUN_FD, _RUN, _BOARD_FD,
 * _BOARD, OMP_NUM_THREADS, and the last NULL */
#define OWN_ENTRIES 12

static size_t
name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static size_t
find(const struct environment *env, const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < env->count; i++)
		if (strncmp(env->entries[i], name, length) == 0 &&
		    env->entries[i][length] == '=')
			break;
	return i;
}

static void
set(struct environment *env, char *entry)
{
	size_t i = find(env, entry, name_length(entry));

	env->entries[i] = entry;
	if (i == env->count)
		env->count++;
}

static void
unset(struct environment *env, const char *name)
{
	size_t i = find(env, name, strlen(name));

	if (i < env->count)
		env->entries[i] = env->entries[--env->count];
	env->entries[env->count] = NULL;
}

static void
set_share(struct environment *env, const struct share *share, pid_t master)
{
	snprintf(env->fd, sizeof(env->fd), "SHMMAP_FD=%d", share->fd);
	/* where descriptors were closed on the way: the master's */
	snprintf(env->segment, sizeof(env->segment),
		 "SHMMAP_SEGMENT=/proc/%ld/fd/%d", (long)master, share->fd);
	snprintf(env->run_fd, sizeof(env->run_fd), "SHMMAP_RUN_FD=%d",
		 share->run_fd);
	snprintf(env->run, sizeof(env->run), "SHMMAP_RUN=/proc/%ld/fd/%d",
		 (long)master, share->run_fd);
	set(env, env->fd);
	set(env, env->segment);
	if (share->run_fd >= 0) {
		set(env, env->run_fd);
		set(env, env->run);
	} else {
		/* of a run that we are a job of */
		unset(env, "SHMMAP_RUN_FD");
		unset(env, "SHMMAP_RUN");
	}
}

int
environment_init(struct environment *env, const struct plan *plan,
		 const struct share *share, pid_t master, unsigned rank)
{
	size_t inherited = 0;

	*env = (struct environment){ .count = 0 };
	while (environ[inherited])
		inherited++;
	env->entries = calloc(inherited + plan->nenv + OWN_ENTRIES,
			      sizeof(*env->entries));
	if (!env->entries)
		return -ENOMEM;
	memcpy(env->entries, environ, inherited * sizeof(*environ));
	env->count = inherited;
	snprintf(env->rank, sizeof(env->rank), "SHMMAP_RANK=%u", rank);
	snprintf(env->np, sizeof(env->np), "SHMMAP_NP=%u", plan->nslaves);
	if (asprintf(&env->threads, "OMP_NUM_THREADS=%s",
		     plan->worker_omp_threads) < 0) {
		env->threads = NULL;
		environment_release(env);
		return -ENOMEM;
	}
	env->run_seed = plan->seed;
	environment_set_job(env, 0);
	set_share(env, share, master);
	/* its jobs are not ours to take */
	unset(env, "SHMMAP_BOARD_FD");
	unset(env, "SHMMAP_BOARD");
	if (plan->backend == BACKEND_THREAD)
		unset(env, "SHMMAP_RANK");
	else
		set(env, env->rank);
	set(env, env->np);
	set(env, env->job);
	set(env, env->seed);
	set(env, env->threads);
	/* of a run that we are a job of: its jobs are not ours to take */
	unset(env, "SHMMAP_BOARD_FD");
	for (size_t i = 0; i < plan->nenv; i++)
		set(env, plan->env[i]);
	return 0;
}

void
environment_set_board(struct environment *env, int fd, pid_t master)
{
	snprintf(env->board_fd, sizeof(env->board_fd), "SHMMAP_BOARD_FD=%d",
		 fd);
	snprintf(env->board, sizeof(env->board), "SHMMAP_BOARD=/proc/%ld/fd/%d",
		 (long)master, fd);
	set(env, env->board_fd);
	set(env, env->board);
}

void
environment_release(struct environment *env)
{
	free(env->entries);
	free(env->threads);
	*env = (struct environment){ .count = 0 };
}

/* PREFIX and value in decimal; not snprintf, which would be a tenth of what a
 * job costs us */
static void
set_number(char *entry, const char *prefix, uint64_t value)
{
	size_t length = strlen(prefix);
	char digits[24];
	char *digit = digits + sizeof(digits) - 1;

	*digit = '\0';
	do
		*--digit = (char)('0' + value % 10);
	while (value /= 10);
	memcpy(entry, prefix, length);
	memcpy(entry + length, digit, strlen(digit) + 1);
}

void
environment_set_job(struct environment *env, uint64_t job)
{
	set_number(env->job, "SHMMAP_JOB=", job);
	set_number(env->seed, "SHMMAP_SEED=", take_seed(env->run_seed, job));
}

const char *
environment_get(const struct environment *env, const char *name)
{
	size_t length = strlen(name);
	size_t i = find(env, name, length);

	return i < env->count ? env->entries[i] + length + 1 : NULL;
}
