#include <config.h>

#include <errno.h>
#include <string.h>

#include "client/client.h"

/* Sections; see shmmap.h. */

static int
fail_outside(void)
{
	return client_fail(-EINVAL, "not in a run");
}

/* a lock that need not be searched: that without a name, or the one that was
 * used last; NULL if it is neither */
static struct lock *
known_lock(struct shmmap *segment, const char *name)
{
	struct lock *lock;

	if (!*name)
		return segment->locks ? lock_unnamed(segment->locks) : NULL;
	/* relaxed: it was found by acquire, and never changes */
	lock = atomic_load_explicit(&segment->last_lock, memory_order_relaxed);
	if (lock && strncmp(lock->name, name, LOCK_NAME_SIZE) == 0)
		return lock;
	return NULL;
}

static int
find_lock(struct shmmap *segment, const char *name, struct lock **lock)
{
	int error;

	if (!segment->locks)
		return client_fail(-ENOTSUP, "the segment's locks are of "
					     "another C library");
	*lock = known_lock(segment, name);
	if (*lock)
		return 0;
	error = lock_find(segment->locks, name, lock);
	if (error == -ENAMETOOLONG)
		return client_fail(error,
				   "critical '%.64s': a name has at most "
				   "%d bytes",
				   name, LOCK_NAME_SIZE - 1);
	if (error)
		return client_fail(error, "critical '%.64s': %s", name,
				   error == -ENOSPC ? "more than 64 names"
						    : strerror(-error));
	atomic_store_explicit(&segment->last_lock, *lock, memory_order_relaxed);
	return 0;
}

int
shmmap_critical_begin(struct shmmap *segment, const char *name)
{
	const char *text = name ? name : "";
	struct lock *lock;
	int error = find_lock(segment, text, &lock);

	if (error)
		return error;
	error = lock_begin(lock, client_job(segment));
	if (error < 0)
		client_fail(error, "critical '%.64s': %s", text,
			    strerror(-error));
	return error;
}

int
shmmap_critical_end(struct shmmap *segment, const char *name)
{
	const char *text = name ? name : "";
	struct lock *lock = known_lock(segment, text);

	if (!lock && segment->locks)
		lock = lock_look_up(segment->locks, text);
	if (!lock || lock_end(lock))
		return client_fail(-EPERM, "critical '%.64s': not inside",
				   text);
	return 0;
}

int
shmmap_ordered_begin(struct shmmap *segment)
{
	uint32_t rank = (uint32_t)segment->rank;
	uint64_t job = client_job(segment);
	int error;

	if (segment->rank < 0)
		return fail_outside();
	if (segment->turn.is_ordered)
		return client_loop_begin(segment);
	if (job == 0)
		return client_fail(-EPERM, "no job is at hand");
	/* a slave that calls us has only said where its batch begins */
	if (segment->followed && segment->ordered_last != job)
		sections_claimed(&segment->sections, rank, job);
	error = sections_ordered_begin(&segment->sections, rank, job);
	if (error == -EALREADY)
		client_fail(error, "the ordered section of job %llu is over",
			    (unsigned long long)job);
	else if (error)
		client_fail(error, "the run is being ended");
	else
		segment->ordered_last = segment->ordered_job = job;
	return error;
}

int
shmmap_ordered_end(struct shmmap *segment)
{
	uint64_t job = segment->ordered_job;
	int error;

	if (segment->rank < 0)
		return fail_outside();
	if (segment->turn.is_ordered)
		return client_loop_end(segment);
	if (!job)
		return client_fail(-EPERM, "not in the ordered section");
	/* the next job of the batch may have a section, too */
	error = sections_ordered_end(
		&segment->sections, (uint32_t)segment->rank, job,
		segment->followed ? job + 1 : SECTIONS_NEVER);
	segment->ordered_job = 0;
	return error ? client_fail(error, "not in the ordered section") : 0;
}

int
shmmap_barrier(struct shmmap *segment)
{
	int error;

	if (segment->rank < 0)
		return fail_outside();
	error = sections_barrier(&segment->sections, (uint32_t)segment->rank);
	if (error == -EPIPE)
		client_fail(error, "the barrier is broken: a slave or its "
				   "worker has gone");
	else if (error)
		client_fail(error, "the run is being ended");
	return error;
}

int
shmmap_single(struct shmmap *segment)
{
	if (segment->rank < 0)
		return fail_outside();
	return sections_single(&segment->sections, (uint32_t)segment->rank);
}
