#include <config.h>

#include "engine/share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/declared.h"
#include "engine/share_parts.h"
#include "segment/fill.h"

/* The segment of a run; see share.h. */

/* Workers inherit descriptors with numbers from here on, where scripts do not
 * open their own. */
#define WORKER_FD_MIN 64

#define SCOPES (SEGMENT_PRIVATE | SEGMENT_REDUCTION)

/* for share_forget(), which may use system calls only */
static char named_path[SEGMENT_PATH_SIZE];

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
	error = declared_check(&share->segment, plan);
	if (error)
		return error;
	/* it may be what is wanted, to go on from there */
	if (segment_is_stale(&share->segment))
		diag("--segment: '%s' is used as it is, but the run that made "
		     "it was killed before its end (shm rm --stale)",
		     plan->segment_name);
	return 1;
}

/* whether state and copies of the run are not in the segment that it makes */
static bool
is_apart(const struct plan *plan)
{
	return plan->keep || plan->next;
}

static int
create(struct share *share)
{
	const struct plan *plan = share->plan;
	struct segment_array *arrays;
	struct segment_plan wanted = {
		.name = share_name(plan),
		.count = plan->arrays.count,
		.np = is_apart(plan) ? 0 : plan->nslaves,
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
	for (size_t i = 0; i < wanted.count; i++) {
		arrays[i] = plan->arrays.specs[i].array;
		if (is_apart(plan))
			arrays[i].flags &= ~SCOPES;
	}
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
				     share_threads(plan), why);
	share->is_new = !error;
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

	if (header->lock_kind != LOCK_KIND ||
	    header->lock_nbytes != sizeof(struct lock) ||
	    i >= header->lock_count)
		return NULL;
	return (struct lock *)(void *)(share->segment.base +
				       header->lock_offset) +
	       i;
}

/* what is to be saved must be there, and its file must be possible: that is
 * better known before the run than behind it */
static int
check_saves(const struct share *share)
{
	const struct plan *plan = share->plan;
	char why[SEGMENT_WHY_SIZE];
	int error;

	for (size_t i = 0; i < plan->nsaves; i++) {
		const struct plan_save *wanted = &plan->saves[i];
		const char *always = wanted->always ? "-always" : "";

		if (segment_find(&share->segment, wanted->array) < 0) {
			diag("--save%s: no array '%s'", always, wanted->array);
			return -ENOENT;
		}
		error = fill_check_save(wanted->file, why);
		if (error) {
			diag("--save%s: %s: %s", always, wanted->array, why);
			return error;
		}
	}
	return 0;
}

static void
note_deaths(struct share *share)
{
	struct lock *lock;

	for (size_t i = 0; (lock = lock_at(share, i)); i++)
		/* relaxed: a number to compare with */
		share->deaths[i] = atomic_load_explicit(&lock->deaths,
							memory_order_relaxed);
}

/* where workers find what is of the run, and sections */
static void
show_state(struct share *share)
{
	const struct segment *state =
		share->state.fd >= 0 ? &share->state : &share->segment;

	share->sections.state =
		(void *)(state->base + state->header.run_offset);
	share->sections.np = state->header.np;
	if (share->state.fd >= 0)
		share->run_fd = worker_fd(share->state.fd);
}

int
share_init(struct share *share, const struct plan *plan)
{
	int error;

	*share = (struct share){ .plan = plan,
				 .step = plan,
				 .segment = { .fd = -1 },
				 .state = { .fd = -1 },
				 .fd = -1,
				 .run_fd = -1 };
	error = open_existing(share);
	if (error == 0)
		error = create(share);
	if (error >= 0)
		error = check_saves(share);
	if (error == 0 && share->segment.header.np == 0)
		error = share_make_state(share, plan, NULL);
	if (error < 0) {
		share_release(share);
		return error;
	}
	show_state(share);
	share->fd = worker_fd(share->segment.fd);
	note_deaths(share);
	return 0;
}

static void
close_segment(struct share *share)
{
	if (share->fd >= 0 && share->fd != share->segment.fd)
		close(share->fd);
	share->fd = -1;
	segment_close(&share->segment);
}

static void
close_state(struct share *share, struct segment *state)
{
	if (share->run_fd >= 0 && share->run_fd != state->fd)
		close(share->run_fd);
	share->run_fd = -1;
	segment_close(state);
}

/*
 * Another state in place of the one that there is: for the next step, into
 * which private copies go on; or for the same one, which has begun to use its
 * sections, while private copies begin as what another segment has.
 */
static int
renew_state(struct share *share, const struct plan *step)
{
	const bool is_same = step == share->step;
	struct segment before = share->state;
	int error;

	share->state = (struct segment){ .fd = -1 };
	error = share_make_state(share, step, is_same ? NULL : &before);
	if (error) {
		segment_close(&share->state);
		share->state = before;
		return error;
	}
	if (is_same)
		memcpy(share->state.base + share->state.header.run_offset,
		       (const void *)share->sections.state,
		       sections_size(share->sections.np));
	close_state(share, &before);
	show_state(share);
	share->step = step;
	return 0;
}

/* Another run was quicker to make the segment: use that one. */
static int
use_other(struct share *share)
{
	int error;

	close_segment(share);
	share->is_new = false;
	error = open_existing(share);
	if (error == 0) {
		diag("--segment: '%s' was made by another run, and is gone",
		     share->plan->segment_name);
		error = -ENOENT;
	}
	if (error > 0)
		error = check_saves(share);
	if (!error)
		error = renew_state(share, share->step);
	if (error) {
		close_segment(share);
		return error;
	}
	share->fd = worker_fd(share->segment.fd);
	note_deaths(share);
	return 0;
}

int
share_publish(struct share *share)
{
	char why[SEGMENT_WHY_SIZE];
	int error;

	if (!share->plan->keep)
		return 0;
	segment_path(named_path, share_name(share->plan));
	if (!share->is_new)
		return 0;
	error = segment_link(&share->segment, true, why);
	if (error == -EEXIST)
		return use_other(share);
	if (error)
		diag("segment '%s': %s", share_name(share->plan), why);
	else
		share->is_ours = true;
	return error;
}

/* What slaves have in their copies of reductions becomes the array's. */
static int
combine(struct share *share)
{
	struct segment *copies =
		share->state.fd >= 0 ? &share->state : &share->segment;
	bool is_in_use = share->plan->keep || !share->is_new;
	int error;

	/* other runs may do the same; what is no atomic operation is not to
	 * be lost, either */
	while (is_in_use && flock(share->segment.fd, LOCK_EX) && errno == EINTR)
		;
	error = fill_combine(&share->segment, copies, is_in_use,
			     share_threads(share->plan));
	if (is_in_use)
		flock(share->segment.fd, LOCK_UN);
	if (error)
		diag_errno(-error, "reduction of arrays");
	return error;
}

int
share_advance(struct share *share, const struct plan *step)
{
	uint32_t np = share->sections.np;
	int error = combine(share);

	if (error)
		return error;
	if (!share_has_scopes_of(share, step))
		return renew_state(share, step);
	memset((void *)share->sections.state, 0, sections_size(np));
	sections_init(share->sections.state, np);
	share->step = step;
	return 0;
}

/* died, the last of them in job (0: in no job of any run) */
static void
report_death(const char *name, uint32_t died, uint64_t job)
{
	char others[64] = "";

	if (died > 1)
		snprintf(others, sizeof(others), ", as %u before it have",
			 died - 1);
	if (job)
		diag("job %llu: its worker died inside critical section "
		     "%s%s",
		     (unsigned long long)job, diag_named(name), others);
	else
		diag("critical section %s: a process of no job died "
		     "inside%s",
		     diag_named(name), others);
}

static void
report_deaths(const struct share *share)
{
	char name[LOCK_NAME_SIZE];
	struct lock *lock;
	uint32_t deaths;

	for (size_t i = 1; (lock = lock_at(share, i)); i++) {
		lock_notice_death(lock);
		/* acquire, pairs the release in lock.c */
		deaths = atomic_load_explicit(&lock->deaths,
					      memory_order_acquire);
		if (deaths == share->deaths[i])
			continue;
		/* anybody may have written to it */
		memcpy(name, lock->name, sizeof(name));
		name[sizeof(name) - 1] = '\0';
		report_death(name, deaths - share->deaths[i],
			     atomic_load_explicit(&lock->dead_job,
						  memory_order_relaxed));
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

/* whether the name is still that of the segment. Async-signal-safe. */
static bool
has_name(const struct share *share)
{
	struct stat own, named;

	return fstat(share->segment.fd, &own) == 0 &&
	       lstat(named_path, &named) == 0 && own.st_ino == named.st_ino &&
	       own.st_dev == named.st_dev;
}

/* What is to stay must be found later: the run that made it may have been
 * killed, and its name with it. */
static int
check_name(const struct share *share)
{
	if (!share->plan->keep || has_name(share))
		return 0;
	diag("segment '%s': its name was taken away during the run: nothing of "
	     "it stays",
	     share_name(share->plan));
	return -ENOENT;
}

int
share_finish(struct share *share, bool has_failed)
{
	const struct plan *plan = share->plan;
	int error, result;

	if (share->segment.fd < 0)
		return -ENOENT; /* there is none, which was said */
	report_deaths(share);
	result = combine(share);
	for (size_t i = 0; i < plan->nsaves; i++) {
		if (has_failed && !plan->saves[i].always)
			continue;
		error = save(share, &plan->saves[i]);
		result = result ? result : error;
	}
	if (share->is_ours)
		segment_disown(&share->segment);
	share->is_ours = false;
	if (!has_failed && !result)
		result = check_name(share);
	return result;
}

void
share_forget(const struct share *share)
{
	if (share->is_ours && has_name(share))
		unlink(named_path);
}

void
share_release(struct share *share)
{
	share_forget(share);
	close_state(share, &share->state);
	close_segment(share);
}
