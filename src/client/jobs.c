#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "client/client.h"
#include "engine/given.h"

/* Jobs that a worker takes itself; see shmmap.h. */

struct client_jobs {
	struct board board;
	struct taker taker;
	struct given given;
	bool has_batch;
	bool is_second; /* the slave's jobs are taken by another handle */
};

/* by its path, for who was started with descriptors closed */
static int
attach_by_path(struct board *board, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = board_attach(board, fd);
	close(fd);
	return error;
}

static int
open_board(struct shmmap *segment, struct board *board)
{
	const char *text = getenv("SHMMAP_BOARD_FD");
	const char *path = getenv("SHMMAP_BOARD");
	uint64_t fd;
	int error;

	if (segment->rank < 0 || !text || number_parse(text, 0, INT32_MAX, &fd))
		return client_fail(-EINVAL,
				   "not a worker that takes jobs (--attach)");
	error = board_attach(board, (int)fd);
	/* closed, or another file by now */
	if (error && path)
		error = attach_by_path(board, path);
	if (error)
		return client_fail(error, "SHMMAP_BOARD_FD: %s: %s", text,
				   error == -EINVAL ? "no board of this version"
						    : strerror(-error));
	if ((unsigned)segment->rank < board->nslaves)
		return 0;
	board_release(board);
	return client_fail(-EINVAL, "SHMMAP_RANK: no slave of this run");
}

int
client_open_jobs(struct shmmap *segment)
{
	struct client_jobs *jobs;
	int error;

	if (segment->jobs)
		return 0;
	jobs = calloc(1, sizeof(*jobs));
	if (!jobs)
		return client_fail(-ENOMEM, "%s", strerror(ENOMEM));
	error = open_board(segment, &jobs->board);
	if (error) {
		free(jobs);
		return error;
	}
	error = take_init(&jobs->taker, &jobs->board, &segment->sections,
			  (unsigned)segment->rank);
	if (error) {
		board_release(&jobs->board);
		free(jobs);
		return client_fail(error, "%s", strerror(-error));
	}
	given_init(&jobs->given, &jobs->taker, program_invocation_name);
	jobs->given.job.segment = segment;
	/* In this process, or in one that it was before exec: what that has
	 * finished is not in the stream yet, and only the slave, when the
	 * process has ended, can tell what is left. */
	jobs->is_second =
		atomic_load_explicit(&jobs->taker.area->phase,
				     memory_order_relaxed) == PHASE_BEGUN;
	jobs->has_batch = take_inherited(&jobs->taker);
	if (jobs->has_batch)
		take_begin(&jobs->taker);
	segment->jobs = jobs;
	segment->is_idle = true;
	segment->followed = &jobs->given.job;
	return 0;
}

/* give back nothing: a job at hand has failed, which the slave finds out */
void
client_close_jobs(struct shmmap *segment)
{
	struct client_jobs *jobs = segment->jobs;

	if (!jobs)
		return;
	take_release(&jobs->taker);
	board_release(&jobs->board);
	free(jobs);
	segment->jobs = NULL;
	segment->is_idle = false;
	segment->followed = NULL;
}

struct board *
client_board(struct shmmap *segment)
{
	return client_open_jobs(segment) ? NULL : &segment->jobs->board;
}

/* the next job that is not one for the library itself, and its batch */
static bool
next_job(struct client_jobs *jobs)
{
	struct taker *taker = &jobs->taker;

	for (;;) {
		if (jobs->has_batch) {
			if (taker->area->text_flags & CLAIM_TOO_LONG)
				given_refuse_long(&jobs->given);
			else if (take_next(taker))
				return true;
			take_end(taker);
		}
		jobs->has_batch = take_batch(taker);
		if (!jobs->has_batch)
			return false;
		take_begin(taker);
	}
}

/* the job at hand is over, and so is an ordered section that it is in */
static void
end_job(struct shmmap *segment, int status)
{
	if (segment->ordered_job)
		shmmap_ordered_end(segment);
	given_end(&segment->jobs->given, status);
	given_pause(&segment->jobs->given);
	segment->is_idle = true;
}

struct shmmap_job *
shmmap_next(struct shmmap *segment)
{
	struct client_jobs *jobs = segment->jobs;

	if (__builtin_expect(!jobs, 0)) {
		if (client_open_jobs(segment))
			return NULL;
		jobs = segment->jobs;
	}
	if (__builtin_expect(jobs->is_second, 0)) {
		client_fail(-EBUSY, "another handle has taken jobs");
		return NULL;
	}
	if (!segment->is_idle)
		end_job(segment, 0);
	if (!next_job(jobs)) {
		client_fail(0, "%s", "");
		return NULL;
	}
	given_resume(&jobs->given);
	given_take(&jobs->given);
	segment->is_idle = false;
	return &jobs->given.job;
}

int
shmmap_done(struct shmmap_job *job, int status)
{
	struct shmmap *segment = job->segment;

	if (!segment || !segment->jobs || job != &segment->jobs->given.job ||
	    segment->is_idle)
		return client_fail(-EINVAL, "no job is at hand");
	end_job(segment, status);
	return 0;
}
