#include <config.h>

#include "segment/lock.h"

#include <errno.h>
#include <string.h>

/* The protocol stands in lock.h. */

static int
init_mutex(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attributes;
	int error = pthread_mutexattr_init(&attributes);

	if (error)
		return -error;
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	error = pthread_mutex_init(mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return -error;
}

static int
make(struct lock *lock, const char *name)
{
	int error = init_mutex(&lock->mutex);

	if (error)
		return error;
	strcpy(lock->name, name);
	/* R1 (release, pairs A1 in is_lock): name and mutex are whole before
	 * anyone can see them */
	atomic_store_explicit(&lock->state, LOCK_READY, memory_order_release);
	return 0;
}

int
lock_init(struct lock *locks)
{
	int error = make(&locks[0], "");

	return error ? error : make(&locks[1], "");
}

/* The locks are made one after the other: the first that is not ready ends the
 * list. NULL when there is none of that name; *end is then the first free one,
 * or NULL. */
static struct lock *
look_up(struct lock *locks, const char *name, struct lock **end)
{
	for (size_t i = 1; i < LOCK_COUNT; i++) {
		if (!lock_is_ready(&locks[i])) {
			*end = &locks[i];
			return NULL;
		}
		if (strncmp(locks[i].name, name, LOCK_NAME_SIZE) == 0)
			return &locks[i];
	}
	*end = NULL;
	return NULL;
}

int
lock_find(struct lock *locks, const char *name, struct lock **lock)
{
	struct lock *end;
	int error;

	if (!name)
		name = "";
	if (strnlen(name, LOCK_NAME_SIZE) == LOCK_NAME_SIZE)
		return -ENAMETOOLONG;
	*lock = look_up(locks, name, &end);
	if (*lock)
		return 0;
	error = lock_begin(&locks[0], 0);
	if (error < 0)
		return error;
	*lock = look_up(locks, name, &end);
	error = *lock ? 0 : end ? make(end, name) : -ENOSPC;
	if (!*lock)
		*lock = end;
	lock_end(&locks[0]);
	return error;
}

/* it is ours, but who held it before is dead */
static void
count_death(struct lock *lock)
{
	/* relaxed: the mutex orders them */
	uint64_t job = atomic_load_explicit(&lock->job, memory_order_relaxed);

	pthread_mutex_consistent(&lock->mutex);
	atomic_store_explicit(&lock->dead_job, job, memory_order_relaxed);
	/* release: who counts deaths finds dead_job (sections are reported by
	 * a process that does not hold the lock) */
	atomic_fetch_add_explicit(&lock->deaths, 1, memory_order_release);
}

struct lock *
lock_look_up(struct lock *locks, const char *name)
{
	struct lock *end;

	return look_up(locks, name, &end);
}

int
lock_begin_other(struct lock *lock, int error)
{
	if (error != EOWNERDEAD)
		return -error;
	count_death(lock);
	return 1;
}

void
lock_notice_death(struct lock *lock)
{
	int error;

	if (!lock_is_ready(lock))
		return;
	error = pthread_mutex_trylock(&lock->mutex);
	if (error == EOWNERDEAD)
		count_death(lock);
	if (error == 0 || error == EOWNERDEAD)
		pthread_mutex_unlock(&lock->mutex);
}
