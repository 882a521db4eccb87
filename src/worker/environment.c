#include <config.h>

#include "worker/environment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The environment of workers; see environment.h. */

/* SHMMAP_RANK, SHMMAP_NP, SHMMAP_JOB, OMP_NUM_THREADS, and the last NULL */
#define OWN_ENTRIES 5

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

int
environment_init(struct environment *env, const struct plan *plan,
		 unsigned rank)
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
	environment_set_job(env, 0);
	set(env, env->rank);
	set(env, env->np);
	set(env, env->job);
	set(env, env->threads);
	for (size_t i = 0; i < plan->nenv; i++)
		set(env, plan->env[i]);
	return 0;
}

void
environment_release(struct environment *env)
{
	free(env->entries);
	free(env->threads);
	*env = (struct environment){ .count = 0 };
}

void
environment_set_job(struct environment *env, uint64_t job)
{
	static const char prefix[] = "SHMMAP_JOB=";
	char digits[24];
	char *digit = digits + sizeof(digits) - 1;

	/* not snprintf, which would be a tenth of what a job costs us */
	*digit = '\0';
	do
		*--digit = (char)('0' + job % 10);
	while (job /= 10);
	memcpy(env->job, prefix, sizeof(prefix) - 1);
	memcpy(env->job + sizeof(prefix) - 1, digit, strlen(digit) + 1);
}

const char *
environment_get(const struct environment *env, const char *name)
{
	size_t length = strlen(name);
	size_t i = find(env, name, length);

	return i < env->count ? env->entries[i] + length + 1 : NULL;
}
