#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/number.h"
#include "client/client.h"
#include "segment/shape.h"

/* Attaching and who am I; see shmmap.h. */

static _Thread_local char error_text[SEGMENT_WHY_SIZE + 128];

const char *
shmmap_error(void)
{
	return error_text;
}

int
client_fail(int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error_text, sizeof(error_text), format, arguments);
	va_end(arguments);
	return error;
}

/* a number from the environment; otherwise if there is none */
static uint64_t
number_from(const char *name, uint64_t max, uint64_t otherwise)
{
	const char *text = getenv(name);
	uint64_t value;

	return text && number_parse(text, 0, max, &value) == 0 ? value
							       : otherwise;
}

const struct segment *
client_copies(const struct shmmap *segment, size_t index, size_t *own)
{
	const struct segment_entry *entry = &segment->segment.entries[index];
	const struct segment_entry *copy;
	int found = -1;

	*own = index;
	if (segment->state.fd >= 0)
		found = segment_find(&segment->state, entry->name);
	if (found < 0)
		return &segment->segment;
	copy = &segment->state.entries[found];
	if (entry->flags & SEGMENT_MAPPED || copy->copy_count == 0 ||
	    copy->nbytes != entry->nbytes || copy->itemsize != entry->itemsize)
		return &segment->segment;
	*own = (size_t)found;
	return &segment->state;
}

/* NULL when it is a file that is not mapped yet */
static unsigned char *
data_of(const struct shmmap *segment, size_t index)
{
	size_t own;
	const struct segment *copies = client_copies(segment, index, &own);

	/* who is in no run, or of another kind, has the shared one */
	if (copies == &segment->state &&
	    (segment->rank < 0 ||
	     (uint32_t)segment->rank >= copies->entries[own].copy_count))
		return segment_data(&segment->segment, index, -1);
	return segment_data(copies, own, segment->rank);
}

static void
describe_array(struct shmmap *segment, size_t index)
{
	struct shmmap_array *array = &segment->arrays[index];
	int64_t strides[SHAPE_NDIM_MAX];
	uint64_t count, nbytes;
	struct shape shape;

	segment_shape(&segment->segment, index, &shape);
	shape_count(&shape, segment->segment.dtypes[index].itemsize, &count,
		    &nbytes);
	shape_strides(&shape, segment->segment.dtypes[index].itemsize, strides);
	array->owner = segment;
	array->index = index;
	array->size = count;
	for (unsigned i = 0; i < shape.ndim; i++) {
		array->shape[i] = (size_t)shape.dims[i];
		array->strides[i] = (ptrdiff_t)strides[i];
	}
	array->data = data_of(segment, index);
}

static void
release(struct shmmap *segment)
{
	for (size_t i = 0;
	     segment->arrays && i < segment->segment.header.array_count; i++)
		if (segment->arrays[i].mapping)
			munmap(segment->arrays[i].mapping,
			       segment->arrays[i].mapping_nbytes);
	free(segment->arrays);
	segment_close(&segment->state);
	segment_close(&segment->segment);
	pthread_mutex_destroy(&segment->map_mutex);
	free(segment);
}

/* the state of a run, where it is a segment of its own: 0 or -errno */
static int
open_state(struct segment *state)
{
	uint64_t fd = number_from("SHMMAP_RUN_FD", INT32_MAX, UINT64_MAX);
	const char *path = getenv("SHMMAP_RUN");
	char why[SEGMENT_WHY_SIZE];
	int own, error = -ENOENT;

	if (state->fd >= 0)
		return 0;
	if (fd <= INT32_MAX)
		error = segment_open(state, (int)fd, why);
	/* closed, or another file by now */
	own = error && path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (own < 0)
		return error;
	error = segment_open(state, own, why);
	close(own);
	return error;
}

/* The run that this process belongs to: its state is in the segment itself, or,
 * where that is a named one, in one of its own. */
static void
find_run(struct shmmap *segment, uint64_t rank)
{
	const struct segment *state = &segment->segment;
	uint64_t np;

	if (state->header.np == 0) {
		if (open_state(&segment->state))
			return;
		state = &segment->state;
	}
	np = state->header.np;
	if (rank >= np)
		return;
	segment->rank = (int)rank;
	segment->sections.state =
		(void *)(state->base + state->header.run_offset);
	segment->sections.np = (uint32_t)np;
}

/* Around a segment that was opened, which becomes the handle's. */
static int
make_handle(struct shmmap **out, struct segment *opened, bool is_run)
{
	struct shmmap *segment = calloc(1, sizeof(*segment));
	size_t n = opened->header.array_count;

	if (!segment) {
		segment_close(opened);
		return client_fail(-ENOMEM, "%s", strerror(ENOMEM));
	}
	segment->segment = *opened;
	segment->state = (struct segment){ .fd = -1 };
	segment->rank = -1;
	pthread_mutex_init(&segment->map_mutex, NULL);
	if (opened->header.lock_kind == LOCK_KIND &&
	    opened->header.lock_nbytes == sizeof(struct lock) &&
	    opened->header.lock_count == LOCK_COUNT)
		segment->locks =
			(struct lock *)(void *)(opened->base +
						opened->header.lock_offset);
	if (is_run) {
		find_run(segment,
			 number_from("SHMMAP_RANK", UINT32_MAX, UINT64_MAX));
	}
	if (segment->rank >= 0) {
		segment->job = number_from("SHMMAP_JOB", UINT64_MAX, 0);
		/* a process for many jobs has that of no job */
		if (segment->job)
			segment->seed =
				number_from("SHMMAP_SEED", UINT64_MAX, 0);
	}
	segment->arrays = calloc(n ? n : 1, sizeof(*segment->arrays));
	if (!segment->arrays) {
		release(segment);
		return client_fail(-ENOMEM, "%s", strerror(ENOMEM));
	}
	for (size_t i = 0; i < n; i++)
		describe_array(segment, i);
	*out = segment;
	return 0;
}

int
shmmap_attach_fd(struct shmmap **segment, int fd)
{
	char why[SEGMENT_WHY_SIZE];
	struct segment opened;
	int error = segment_open(&opened, fd, why);

	*segment = NULL;
	if (error)
		return client_fail(error, "descriptor %d: %s", fd, why);
	return make_handle(segment, &opened, true);
}

int
shmmap_attach_name(struct shmmap **segment, const char *name)
{
	char why[SEGMENT_WHY_SIZE];
	struct segment opened;
	int error = segment_open_name(&opened, name, why);

	*segment = NULL;
	if (error)
		return client_fail(error, "segment '%.64s': %s", name, why);
	return make_handle(segment, &opened, false);
}

/* by SHMMAP_SEGMENT, a path through /proc */
static int
attach_path(struct shmmap **segment, const char *path)
{
	char why[SEGMENT_WHY_SIZE];
	struct segment opened;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int error;

	if (fd < 0)
		return client_fail(-errno, "SHMMAP_SEGMENT: %.256s: %s", path,
				   strerror(errno));
	error = segment_open(&opened, fd, why);
	close(fd);
	if (error)
		return client_fail(error, "SHMMAP_SEGMENT: %.256s: %s", path,
				   why);
	return make_handle(segment, &opened, true);
}

int
shmmap_attach(struct shmmap **segment)
{
	uint64_t fd = number_from("SHMMAP_FD", INT32_MAX, UINT64_MAX);
	const char *path = getenv("SHMMAP_SEGMENT");
	int error = -ENOENT;

	*segment = NULL;
	if (fd <= INT32_MAX)
		error = shmmap_attach_fd(segment, (int)fd);
	/* closed, or another file by now */
	if (error && path)
		error = attach_path(segment, path);
	if (error == -ENOENT && !path)
		client_fail(error, "not in a run: SHMMAP_FD and SHMMAP_SEGMENT "
				   "are not set");
	return error;
}

void
shmmap_detach(struct shmmap *segment)
{
	if (!segment)
		return;
	client_close_jobs(segment);
	release(segment);
}

int
shmmap_rank(const struct shmmap *segment)
{
	return segment->rank;
}

int
shmmap_np(const struct shmmap *segment)
{
	return (int)segment->sections.np;
}

uint64_t
shmmap_job(const struct shmmap *segment)
{
	return client_job(segment);
}

uint64_t
shmmap_seed(const struct shmmap *segment)
{
	if (segment->is_idle)
		return 0;
	return segment->followed ? shmmap_job_seed(segment->followed)
				 : segment->seed;
}

void
shmmap_follow(struct shmmap *segment, const struct shmmap_job *job)
{
	segment->followed = job;
	if (segment->rank >= 0)
		return;
	/* a thread has its rank from its jobs only, and its copies of arrays
	 * with it */
	find_run(segment, (uint64_t)job->rank);
	for (size_t i = 0; i < segment->segment.header.array_count; i++)
		describe_array(segment, i);
}

int
shmmap_is_master(const struct shmmap *segment)
{
	return segment->rank == 0;
}

void **
shmmap_local(struct shmmap *segment)
{
	return &segment->local;
}
