#ifndef SHMMAP_LOCK_H
#define SHMMAP_LOCK_H

#include <assert.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Critical sections: locks with names in a segment, robust and process-shared
 * mutexes of the C library.
 *
 *   field     written by                           guarded by
 *   name      who makes the lock                   lock 0's mutex, until state
 *   mutex     the same, then whoever locks it      state, then itself
 *   state     who makes the lock                   lock 0's mutex; readers: A1
 *   job       who holds the lock                   mutex
 *   deaths    who finds that its holder has died   mutex; read by anyone
 *   dead_job  the same                             the same
 *
 * Lock 0 has no name of its own: it guards the making of the others. Lock 1 is
 * the one of the empty name.
 *
 * I1  A lock whose state is LOCK_READY has a name and a mutex that never change
 *     again.
 * If the maker dies before it stores state (R1), the slot is still free, and
 * whoever comes next is told by lock 0 (EOWNERDEAD), ignores that, and makes it
 * anew: a mutex that nobody can see can be initialised twice.
 * If a holder dies, the kernel marks the mutex, and who locks it next gets
 * EOWNERDEAD, makes it consistent and counts the death. exec counts as death:
 * a lock that is to be held for a program needs a process that stays.
 */

#define LOCK_COUNT 65 /* with lock 0 */
#define LOCK_NAME_SIZE 48

enum { LOCK_FREE, LOCK_READY };

struct lock {
	alignas(64) _Atomic uint32_t state;
	_Atomic uint32_t deaths;
	char name[LOCK_NAME_SIZE];
	/* What a holder writes is in the line of the mutex, which it has; those
	 * that wait read the one above. */
	alignas(64) pthread_mutex_t mutex;
	_Atomic uint64_t job;	   /* of the holder, 0 outside of a run */
	_Atomic uint64_t dead_job; /* of the last one that died inside */
};

static_assert(sizeof(struct lock) == 128, "public layout");

/* What a mutex looks like differs between C libraries: who has another kind
 * must keep off. The library in the upper half, its mutex' size in the lower.
 */
#ifdef __GLIBC__
#define LOCK_KIND (UINT32_C(1) << 16 | sizeof(pthread_mutex_t))
#else
#define LOCK_KIND (UINT32_C(2) << 16 | sizeof(pthread_mutex_t))
#endif

/* Maker of the segment: LOCK_COUNT locks, zeroed memory. 0 or -errno. */
int lock_init(struct lock *locks);

/*
 * Find the lock of that name (NULL is ""), and make it if there is none.
 * Returns 0; -ENAMETOOLONG, -ENOSPC when all are taken.
 */
int lock_find(struct lock *locks, const char *name, struct lock **lock);

static inline bool
lock_is_ready(const struct lock *lock)
{
	/* A1 (acquire, pairs R1 in make()) */
	return atomic_load_explicit(&lock->state, memory_order_acquire) ==
	       LOCK_READY;
}

/* the one of the empty name; NULL in a segment that was tampered with */
static inline struct lock *
lock_unnamed(struct lock *locks)
{
	return lock_is_ready(&locks[1]) ? &locks[1] : NULL;
}

/* the lock of that name if there is one, else NULL */
struct lock *lock_look_up(struct lock *locks, const char *name);

/* lock_begin() when locking the mutex returned this error */
int lock_begin_other(struct lock *lock, int error);

/*
 * Wait for it. 0; 1 when the holder before died inside; -EDEADLK when this
 * thread holds it. job is noted for those who come after. Inline, since a
 * section is to cost what its mutex does.
 */
static inline int
lock_begin(struct lock *lock, uint64_t job)
{
	int error = pthread_mutex_lock(&lock->mutex);

	if (error)
		error = lock_begin_other(lock, error);
	/* relaxed: the mutex orders it */
	if (error >= 0)
		atomic_store_explicit(&lock->job, job, memory_order_relaxed);
	return error;
}

/* 0, or -EPERM when this thread does not hold it. */
static inline int
lock_end(struct lock *lock)
{
	return -pthread_mutex_unlock(&lock->mutex);
}

/* Whether its holder is dead and nobody has noticed yet; counts it if so. Does
 * not wait. */
void lock_notice_death(struct lock *lock);

#endif
