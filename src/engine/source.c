#include <config.h>

#include "engine/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/pipe.h"
#include "engine/blocks.h"
#include "engine/cut.h"
#include "engine/generate.h"
#include "engine/window.h"

/* Reading records; see source.h. */

#define READ_SIZE ((size_t)64 << 10)
#define BATCH_READ_SIZE ((size_t)256 << 10)

/* The most that a user may give a pipe: there is one of them, and the master
 * may be late when it has results to take. */
#define PIPE_SIZE (1 << 20)

/* A descriptor that reads as the list does: what is in memory goes the way of
 * everything else. Returns it, or -errno after a diagnostic. */
static int
open_list(const struct plan *plan)
{
	int fd = memfd_create("shmmap-jobs", MFD_CLOEXEC);
	int error = fd < 0 ? errno : 0;
	size_t done = 0;

	while (!error && done < plan->list_size) {
		ssize_t n = pwrite(fd, plan->list + done,
				   plan->list_size - done, (off_t)done);

		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			error = errno;
	}
	if (!error)
		return fd;
	diag_errno(error, "memory for the list of jobs");
	if (fd >= 0)
		close(fd);
	return -error;
}

/* The plan's; static without a chunk cuts a range, which can be counted, into
 * one part for each slave. */
static struct schedule
schedule_of(const struct plan *plan)
{
	struct schedule schedule = plan->schedule;

	if (plan->is_range && schedule.kind == SCHEDULE_STATIC &&
	    !schedule.chunk)
		schedule.chunk = plan->range_count / plan->nslaves +
				 (plan->range_count % plan->nslaves != 0);
	return schedule;
}

/* Sets fd, to standard_fd or one of its own. Returns 0, or -errno after a
 * diagnostic. */
static int
open_input(struct source *source, int standard_fd)
{
	const struct plan *plan = source->plan;
	int error;

	source->fd = standard_fd;
	if (plan->list) {
		source->fd = open_list(plan);
		source->is_own_fd = source->fd >= 0;
		return source->fd < 0 ? source->fd : 0;
	}
	if (!plan->arg_file || strcmp(plan->arg_file, "-") == 0)
		return 0;
	source->fd = plan->input_fd
			     ? plan->input_fd
			     : open(plan->arg_file, O_RDONLY | O_CLOEXEC);
	source->is_own_fd = source->fd >= 0;
	if (source->is_own_fd)
		return 0;
	error = errno;
	diag_errno(error, "%s", diag_named(plan->arg_file));
	return -error;
}

int
source_init(struct source *source, const struct plan *plan,
	    const struct board *board, int standard_fd)
{
	struct schedule schedule = schedule_of(plan);
	int error;

	*source = (struct source){
		.plan = plan, .board = board, .fd = -1, .file_fd = -1
	};
	batch_sizes_init(&source->sizes, &schedule, plan->nslaves,
			 plan->worker == WORKER_FILTER ? SCHEDULE_FILTER_NS
						       : SCHEDULE_AUTO_NS);
	if (plan->is_range || plan_is_made(plan)) {
		source->is_ended = true;
		return 0;
	}
	error = open_input(source, standard_fd);
	if (error || plan->worker == WORKER_EXEC)
		return error;
	pipe_widen(source->fd, PIPE_SIZE);
	return plan->worker == WORKER_PIPE ? blocks_open(source) : 0;
}

void
source_release(struct source *source)
{
	if (source->file_fd >= 0)
		close(source->file_fd);
	if (source->is_own_fd)
		close(source->fd);
}

const char *
source_name(const struct source *source)
{
	if (source->plan->list)
		return "list of jobs";
	return source->is_own_fd ? diag_named(source->plan->arg_file)
				 : "standard input";
}

unsigned char *
source_arena_at(const struct source *source, uint64_t position)
{
	return source->board->arena + position % source->board->arena_size;
}

/* take back the bytes of batches that slaves have taken away */
static void
reclaim(struct source *source)
{
	const struct claim_ring *claims = &source->board->header->claims;

	while (source->reclaimed < source->published &&
	       claim_is_free(claims, source->reclaimed)) {
		source->freed = source->ends[source->reclaimed % CLAIM_SLOTS];
		source->reclaimed++;
	}
	if (source->reclaimed == source->published)
		source->freed = source->record;
}

size_t
source_room(const struct source *source)
{
	return source->board->arena_size -
	       (size_t)(source->filled - source->freed);
}

bool
source_publish(struct source *source, uint64_t end, const struct batch *batch)
{
	if (!claim_publish(&source->board->header->claims, batch))
		return false;
	source->ends[source->published % CLAIM_SLOTS] = end;
	source->published++;
	source->jobs += batch->count;
	return true;
}

/* the record that ends before position end; false if no slot is free */
static bool
publish(struct source *source, uint64_t end, uint32_t flags)
{
	struct batch batch = { .job = source->jobs + 1,
			       .count = 1,
			       .place = source->record,
			       .nbytes = (uint32_t)(end - source->record),
			       .flags = flags };

	if (batch.nbytes == 0 && source->plan->skip_empty)
		return true;
	return source_publish(source, end, &batch);
}

static bool
is_too_long(uint64_t nbytes)
{
	return nbytes > PLAN_RECORD_MAX;
}

/* The record at hand is too long, its end not in sight: publish its beginning,
 * and skip what follows until the end. */
static bool
publish_beginning(struct source *source)
{
	if (!publish(source, source->record + SOURCE_KEPT_SIZE, CLAIM_TOO_LONG))
		return false;
	source->is_skipping = true;
	source->record += SOURCE_KEPT_SIZE;
	source->filled = source->scanned = source->record;
	return true;
}

/* Publish the record that ends at position end. False if no slot is free. */
static bool
publish_record(struct source *source, uint64_t end)
{
	bool is_published = true;

	if (source->is_skipping)
		source->is_skipping = false;
	else if (is_too_long(end - source->record))
		is_published =
			publish(source, source->record + SOURCE_KEPT_SIZE,
				CLAIM_TOO_LONG);
	else
		is_published = publish(source, end, 0);
	return is_published;
}

bool
source_is_deep(struct source *source)
{
	source->is_deep = claim_untaken(&source->board->header->claims) >=
			  batch_sizes_depth(&source->sizes);
	return source->is_deep;
}

/* how many records there may be in what is read, or left of the range */
static uint64_t
jobs_left(const struct source *source)
{
	uint64_t nbytes = source->filled - source->record;

	if (source->plan->is_range)
		return source->plan->range_count - source->jobs;
	/* records are some ten bytes until it is known better */
	return source->record ? nbytes * source->jobs / source->record + 1
			      : nbytes / 10 + 1;
}

/* Publish batches of whole records that were read and not looked at, as far as
 * that is wanted now. */
static void
scan_batches(struct source *source)
{
	while (source->scanned == source->record &&
	       source->scanned < source->filled && !source->is_skipping &&
	       !source_is_deep(source)) {
		struct batch batch = { .job = source->jobs + 1,
				       .place = source->record };
		size_t nbytes = (size_t)(source->filled - source->record);
		size_t taken = cut_records(
			source_arena_at(source, source->record),
			nbytes < SOURCE_BATCH_BYTES ? nbytes
						    : SOURCE_BATCH_BYTES,
			source->plan->delimiter, source->plan->skip_empty,
			batch_sizes_next(&source->sizes, jobs_left(source)),
			&batch.count);

		if (taken == 0)
			return; /* not one whole record, or a long one */
		batch.nbytes = (uint32_t)taken - 1;
		if (batch.count > 0 &&
		    !source_publish(source, source->record + taken - 1, &batch))
			return;
		source->record += taken;
		source->scanned = source->record;
	}
}

static void
scan_range(struct source *source)
{
	while (source->jobs < source->plan->range_count &&
	       !source_is_deep(source)) {
		uint64_t left = jobs_left(source);
		uint64_t size = plan_has_batches(source->plan)
					? batch_sizes_next(&source->sizes, left)
					: 1;
		struct batch batch = { .job = source->jobs + 1 };

		if (source->plan->worker == WORKER_FILTER &&
		    size > WINDOW_RANGE_MAX)
			size = WINDOW_RANGE_MAX;
		batch.count = size < left ? size : left;

		if (!source_publish(source, 0, &batch))
			return;
	}
	if (source->jobs == source->plan->range_count)
		claim_close(&source->board->header->claims);
}

/* publish every whole record that was read, as far as there are slots */
static void
scan(struct source *source)
{
	if (source->plan->is_range) {
		scan_range(source);
		return;
	}
	if (plan_is_made(source->plan)) {
		generate(source);
		return;
	}
	if (source->plan->worker == WORKER_PIPE) {
		blocks_scan(source);
		return;
	}
	if (plan_has_batches(source->plan)) {
		scan_batches(source);
		if (source->is_deep)
			return;
	}
	while (source->scanned < source->filled) {
		const unsigned char *from =
			source_arena_at(source, source->scanned);
		size_t nbytes = (size_t)(source->filled - source->scanned);
		const unsigned char *end =
			memchr(from, source->plan->delimiter, nbytes);
		uint64_t position;

		if (!end) {
			source->scanned = source->filled;
			break;
		}
		position = source->scanned + (uint64_t)(end - from);
		if (!publish_record(source, position)) {
			/* the delimiter is looked at again, but nothing else */
			source->scanned = position;
			return;
		}
		source->scanned = source->record = position + 1;
		if (plan_has_batches(source->plan) && !source->is_skipping) {
			scan(source);
			return;
		}
	}
	if (source->is_skipping)
		source->record = source->scanned;
	else if (is_too_long(source->filled - source->record))
		publish_beginning(source);
}

/* the end of the input: what is left is the last record, without delimiter */
static void
scan_end(struct source *source)
{
	if (source->plan->is_range || source->is_in_place ||
	    plan_is_made(source->plan))
		return;
	if (source->scanned < source->filled)
		return; /* no slots, or enough batches for now */
	if (source->record < source->filled) {
		if (source->plan->worker == WORKER_PIPE
			    ? !blocks_publish_rest(source)
			    : !publish_record(source, source->filled))
			return;
		source->record = source->filled;
	}
	claim_close(&source->board->header->claims);
}

static int
read_once(struct source *source)
{
	size_t room = source_room(source);
	size_t size = source->plan->worker == WORKER_EXEC ? READ_SIZE
							  : BATCH_READ_SIZE;
	ssize_t n;

	if (size > room)
		size = room;
	n = read(source->fd, source_arena_at(source, source->filled), size);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0) {
		int error = errno;

		diag_errno(error, "%s", source_name(source));
		source->is_ended = true;
		return -error;
	}
	if (n == 0)
		source->is_ended = true;
	source->filled += (uint64_t)n;
	source->sizes.is_flowing = n > 0 && (size_t)n == size;
	return 0;
}

/* A read got all that it asked for: more is to come at once, unless whoever
 * writes has stopped since. The last batches are spread then. */
static void
look_ahead(struct source *source)
{
	int nbytes;

	if (source->sizes.is_flowing && source->scanned < source->filled &&
	    plan_has_batches(source->plan) &&
	    ioctl(source->fd, FIONREAD, &nbytes) == 0)
		source->sizes.is_flowing = nbytes > 0;
}

int
source_step(struct source *source, bool is_readable)
{
	uint64_t before = source->published;
	int error = 0;

	if (source_is_closed(source))
		return 0;
	reclaim(source);
	if (source->is_in_place) {
		error = blocks_publish_parts(source);
		goto wake;
	}
	batch_sizes_learn(&source->sizes, source->board);
	source->is_deep = false;
	look_ahead(source);
	scan(source);
	if (is_readable && source_wants_input(source)) {
		error = read_once(source);
		if (error)
			return error;
		look_ahead(source);
		scan(source);
	}
wake:
	if (source->published > before)
		claim_wake(&source->board->header->claims,
			   (unsigned)(source->published - before));
	if (source->is_ended)
		scan_end(source);
	return error;
}

bool
source_is_closed(const struct source *source)
{
	return atomic_load_explicit(&source->board->header->claims.closed,
				    memory_order_relaxed);
}

uint64_t
source_total(const struct source *source)
{
	const struct plan *plan = source->plan;

	if (plan->is_range)
		return plan->range_count;
	/* items that are no jobs, or records of a block, are not counted yet */
	if (plan_is_made(plan) && !plan->skip_empty &&
	    plan->worker != WORKER_PIPE)
		return plan->product.count;
	return source_is_closed(source) ? source->jobs : UINT64_MAX;
}

bool
source_wants_input(const struct source *source)
{
	return !source->is_ended && source->scanned == source->filled &&
	       source_room(source) > 0;
}

void
source_ask_for_bell(const struct source *source)
{
	struct claim_ring *claims = &source->board->header->claims;
	uint64_t half = (source->published + source->reclaimed) / 2;

	if (source_is_closed(source) || source_wants_input(source)) {
		claim_set_low_water(claims, UINT64_MAX);
		return;
	}
	/* Half of what is published should be taken away first. But room comes
	 * back in order: if that batch is free and an earlier one is not, it is
	 * the earlier one whose end must ring. */
	claim_set_low_water(claims, half);
	/* F9 (pairs F9 in claim_free): it rings, or we see that it is free */
	atomic_thread_fence(memory_order_seq_cst);
	if (claim_is_free(claims, half))
		claim_set_low_water(claims, source->reclaimed);
}

void
source_close(struct source *source)
{
	if (!source_is_closed(source))
		claim_close(&source->board->header->claims);
}
