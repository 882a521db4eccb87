#include <config.h>

#include "engine/share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "segment/fill.h"

/* The segment of a run; see share.h. */

/* Workers inherit descriptors with numbers from here on, where scripts do not
 * open their own. */
#define WORKER_FD_MIN 64

/* threads that fill the segment: more only get into each other's way */
#define FILL_THREADS_MAX 64

/* for share_forget(), which may use system calls only */
static char named_path[SEGMENT_PATH_SIZE];

static unsigned
fill_threads(const struct plan *plan)
{
	return plan->nslaves < FILL_THREADS_MAX ? plan->nslaves
						: FILL_THREADS_MAX;
}

static const char *
name_of(const struct plan *plan)
{
	return plan->segment_name ? plan->segment_name : "shmmap";
}

/* whether entry is what the declaration asks for */
static bool
is_as_declared(const struct segment *segment, size_t index,
	       const struct segment_array *array, unsigned np)
{
	const struct segment_entry *entry = &segment->entries[index];
	const uint32_t scopes = SEGMENT_PRIVATE | SEGMENT_REDUCTION;
	struct shape shape;

	segment_shape(segment, index, &shape);
	if (!dtype_is_same(&segment->dtypes[index], &array->dtype) ||
	    shape.ndim != array->shape.ndim ||
	    (entry->flags & scopes) != (array->flags & scopes) ||
	    (array->flags & scopes && entry->copy_count < np) ||
	    (array->flags & SEGMENT_REDUCTION && entry->op != array->op))
		return false;
	for (unsigned i = 0; i < shape.ndim; i++)
		if (shape.dims[i] != array->shape.dims[i])
			return false;
	return true;
}

/* a named segment that exists must have every array that is declared */
static int
check_arrays(const struct segment *segment, const struct plan *plan)
{
	char dtype[DTYPE_TEXT_SIZE], dims[192];

	for (size_t i = 0; i < plan->arrays.count; i++) {
		const struct segment_array *array =
			&plan->arrays.specs[i].array;
		int index = segment_find(segment, array->name);

		if (index >= 0 && is_as_declared(segment, (size_t)index, array,
						 plan->nslaves))
			continue;
		diag("--segment: '%s' exists, but with%s an array %s=%s%s%s%s",
		     plan->segment_name, index < 0 ? "out" : " another than",
		     array->name,
		     dtype_name(dtype, sizeof(dtype), &array->dtype),
		     array->shape.ndim ? ":" : "",
		     shape_name(dims, sizeof(dims), &array->shape),
		     index < 0 ? ""
			       : " (dtype, shape, scope or number of slaves)");
		return -EEXIST;
	}
	return 0;
}

/* the segment of that name, if there is one: 1; 0 if not */
static int
open_existing(struct share *share)
{
	const struct plan *plan = share->plan;
	char why[SEGMENT_WHY_SIZE];
	int error;

	if (!plan->segment_name)
		return 0;
	error = segment_open_name(&share->segment, plan->segment_name, why);
	if (error == -ENOENT)
		return 0;
	if (error) {
		diag("--segment: '%s': %s", plan->segment_name, why);
		return error;
	}
	error = check_arrays(&share->segment, plan);
	return error ? error : 1;
}

static int
create(struct share *share)
{
	const struct plan *plan = share->plan;
	struct segment_array *arrays;
	struct segment_plan wanted = {
		.name = name_of(plan),
		.count = plan->arrays.count,
		.np = plan->keep ? 0 : plan->nslaves,
		.ncopies = plan->nslaves,
		.is_named = plan->keep,
		.is_huge = plan->huge_pages,
	};
	char why[SEGMENT_WHY_SIZE];
	uint64_t nbytes;
	int error;

	arrays = calloc(wanted.count ? wanted.count : 1, sizeof(*arrays));
	if (!arrays) {
		diag_errno(ENOMEM, "--array");
		return -ENOMEM;
	}
	for (size_t i = 0; i < wanted.count; i++)
		arrays[i] = plan->arrays.specs[i].array;
	wanted.arrays = arrays;
	error = segment_plan_size(&wanted, &nbytes);
	if (error)
		snprintf(why, sizeof(why), "the arrays are too big");
	/* not for the few pages that every run has, nor for huge ones, which
	 * are no available memory any more */
	if (!error && wanted.count > 0 && !plan->huge_pages)
		error = fill_check_fit(nbytes, plan->keep, "/proc",
				       "/sys/fs/cgroup", why);
	if (!error)
		error = segment_create(&share->segment, &wanted, why);
	free(arrays);
	if (!error && wanted.count > 0)
		error = fill_segment(&share->segment, &plan->arrays,
				     fill_threads(plan), why);
	share->is_new = !error;
	if (error)
		diag("segment '%s': %s", wanted.name, why);
	return error;
}

int
share_publish(struct share *share)
{
	char why[SEGMENT_WHY_SIZE];
	int error;

	if (!share->plan->keep || !share->is_new)
		return 0;
	segment_path(named_path, name_of(share->plan));
	error = segment_link(&share->segment, true, why);
	if (error)
		diag("segment '%s': %s", name_of(share->plan), why);
	else
		share->is_ours = true;
	return error;
}

/* the state of the run, when the segment is a named one */
static int
create_state(struct share *share)
{
	struct segment_plan wanted = { .name = name_of(share->plan),
				       .np = share->plan->nslaves };
	char why[SEGMENT_WHY_SIZE];
	int error = segment_create(&share->state, &wanted, why);

	if (error)
		diag("segment '%s': %s", wanted.name, why);
	return error;
}

/* a duplicate that workers are to inherit; the number itself if there is no
 * higher one */
static int
worker_fd(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, WORKER_FD_MIN);

	return high < 0 ? fd : high;
}

static struct lock *
lock_at(const struct share *share, size_t i)
{
	const struct segment_header *header = &share->segment.header;

	if (header->lock_kind != LOCK_KIND || i >= header->lock_count)
		return NULL;
	return (struct lock *)(void *)(share->segment.base +
				       header->lock_offset) +
	       i;
}

/* what is to be saved must be there */
static int
check_saves(const struct share *share)
{
	const struct plan *plan = share->plan;

	for (size_t i = 0; i < plan->nsaves; i++) {
		if (segment_find(&share->segment, plan->saves[i].array) >= 0)
			continue;
		diag("--save%s: no array '%s'",
		     plan->saves[i].always ? "-always" : "",
		     plan->saves[i].array);
		return -ENOENT;
	}
	return 0;
}

int
share_init(struct share *share, const struct plan *plan)
{
	const struct segment *state = &share->segment;
	struct lock *lock;
	int error;

	*share = (struct share){ .plan = plan,
				 .segment = { .fd = -1 },
				 .state = { .fd = -1 },
				 .fd = -1,
				 .run_fd = -1 };
	error = open_existing(share);
	if (error == 0)
		error = create(share);
	if (error >= 0)
		error = check_saves(share);
	if (error == 0 && share->segment.header.np == 0) {
		error = create_state(share);
		state = &share->state;
	}
	if (error < 0) {
		share_release(share);
		return error;
	}
	share->sections.state =
		(void *)(state->base + state->header.run_offset);
	share->sections.np = plan->nslaves;
	share->fd = worker_fd(share->segment.fd);
	if (share->state.fd >= 0)
		share->run_fd = worker_fd(share->state.fd);
	for (size_t i = 0; (lock = lock_at(share, i)); i++)
		/* relaxed: a number to compare with */
		share->deaths[i] = atomic_load_explicit(&lock->deaths,
							memory_order_relaxed);
	return 0;
}

void
share_advance(struct share *share)
{
	uint32_t np = share->sections.np;

	memset((void *)share->sections.state, 0, sections_size(np));
	sections_init(share->sections.state, np);
}

static void
report_deaths(const struct share *share)
{
	char name[LOCK_NAME_SIZE], shown[128];
	struct lock *lock;

	for (size_t i = 1; (lock = lock_at(share, i)); i++) {
		lock_notice_death(lock);
		/* acquire, pairs the release in lock.c */
		if (atomic_load_explicit(&lock->deaths, memory_order_acquire) ==
		    share->deaths[i])
			continue;
		/* anybody may have written to it */
		memcpy(name, lock->name, sizeof(name));
		name[sizeof(name) - 1] = '\0';
		diag("job %llu: its worker died inside critical section %s",
		     (unsigned long long)atomic_load_explicit(
			     &lock->dead_job, memory_order_relaxed),
		     name[0] ? diag_name(shown, sizeof(shown), name) : "''");
	}
}

static int
save(const struct share *share, const struct plan_save *wanted)
{
	char why[SEGMENT_WHY_SIZE];
	int index = segment_find(&share->segment, wanted->array);
	int error = fill_save(&share->segment, (size_t)index, -1, wanted->file,
			      why);

	if (error)
		diag("--save%s: %s: %s", wanted->always ? "-always" : "",
		     wanted->array, why);
	return error;
}

int
share_finish(struct share *share, bool has_failed)
{
	const struct plan *plan = share->plan;
	int error, result = 0;

	report_deaths(share);
	result = fill_combine(&share->segment, fill_threads(plan));
	if (result)
		diag_errno(-result, "reduction of arrays");
	for (size_t i = 0; i < plan->nsaves; i++) {
		if (has_failed && !plan->saves[i].always)
			continue;
		error = save(share, &plan->saves[i]);
		result = result ? result : error;
	}
	if (share->is_ours)
		segment_disown(&share->segment);
	share->is_ours = false;
	return result;
}

void
share_forget(const struct share *share)
{
	struct stat own, named;

	if (share->is_ours && fstat(share->segment.fd, &own) == 0 &&
	    lstat(named_path, &named) == 0 && own.st_ino == named.st_ino &&
	    own.st_dev == named.st_dev)
		unlink(named_path);
}

void
share_release(struct share *share)
{
	share_forget(share);
	if (share->fd >= 0 && share->fd != share->segment.fd)
		close(share->fd);
	if (share->run_fd >= 0 && share->run_fd != share->state.fd)
		close(share->run_fd);
	segment_close(&share->state);
	segment_close(&share->segment);
	share->fd = share->run_fd = -1;
}
