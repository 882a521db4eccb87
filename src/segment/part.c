#include <config.h>

#include "segment/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "segment/init.h"
#include "segment/pieces.h"
#include "segment/reserve.h"
#include "segment/segment_parts.h"

/* Filling parts of a segment; see part.h. */

/* sizes of pieces: many enough that threads end together, big enough that
 * taking one costs nothing */
#define PIECE_MAX ((uint64_t)32 << 20)
#define PIECE_MIN SEGMENT_HUGE
#define PIECES_PER_THREAD 8

/* what is reserved and then filled at once: it stays in the cache */
#define STEP ((uint64_t)1 << 20)

int
part_add(struct part_list *list, const struct part *part)
{
	size_t room = list->room ? 2 * list->room : 16;
	struct part *grown;

	if (part->nbytes == 0)
		return 0;
	if (list->count == list->room) {
		grown = reallocarray(list->parts, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		list->parts = grown;
		list->room = room;
	}
	grown = &list->parts[list->count++];
	*grown = *part;
	list->nbytes += part->nbytes;
	if (part->kind == PART_VALUE && list->is_fresh) {
		uint32_t n = 0;

		while (n < part->dtype->itemsize && part->from[n] == 0)
			n++;
		if (n == part->dtype->itemsize)
			grown->kind = PART_ZEROS;
	}
	return 0;
}

void
part_release(struct part_list *list)
{
	free(list->parts);
	list->parts = NULL;
	list->count = list->room = 0;
}

void
part_fill_value(unsigned char *data, uint64_t nbytes,
		const unsigned char *value, uint32_t itemsize)
{
	uint64_t done = itemsize, n;

	if (nbytes == 0)
		return;
	memcpy(data, value, itemsize);
	/* doubling, as long as what is copied stays in the nearest cache */
	for (; done < nbytes; done += n) {
		n = done < (16 << 10) ? done : (16 << 10) / itemsize * itemsize;
		if (n == 0)
			n = itemsize;
		if (n > nbytes - done)
			n = nbytes - done;
		memcpy(data + done, data, n);
	}
}

/* bytes start to stop of a part, which are whole elements, from its file */
static int
read_file(const struct part *part, uint64_t start, uint64_t stop, char *why)
{
	struct stat status;
	int fd = init_open(part->file, true, &status, why), error = 0;
	char shown[INIT_SHOWN_SIZE];
	uint64_t at = start;
	ssize_t n;

	if (fd < 0)
		return fd;
	while (at < stop) {
		n = pread(fd, part->data + at, stop - at,
			  (off_t)(part->file_offset + at));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			error = n < 0 ? -errno : -ENODATA;
			break;
		}
		at += (uint64_t)n;
	}
	close(fd);
	if (error)
		return segment_complain(
			why, error, "%s: %s: %s", part->name,
			diag_name(shown, sizeof(shown), part->file),
			error == -ENODATA ? "has become too short"
					  : strerror(-error));
	dtype_swap(part->dtype, part->data + start,
		   (stop - start) / part->dtype->itemsize);
	return 0;
}

static int
fill(const struct part *part, uint64_t start, uint64_t stop, char *why)
{
	switch (part->kind) {
	case PART_ZEROS:
		memset(part->data + start, 0, stop - start);
		return 0;
	case PART_VALUE:
		part_fill_value(part->data + start, stop - start, part->from,
				part->dtype->itemsize);
		return 0;
	case PART_FILE:
		return read_file(part, start, stop, why);
	case PART_COPY:
		memcpy(part->data + start, part->from + start, stop - start);
		return 0;
	}
	return -EINVAL;
}

/* n bytes from start on (some more on the same pages) are there afterwards */
static int
reserve(const struct part_list *list, const struct part *part, uint64_t start,
	uint64_t nbytes, char *why)
{
	const struct segment *segment = list->segment;
	uint64_t offset = (uint64_t)(part->data - segment->base) + start;
	char got[RESERVE_SIZE], wanted[RESERVE_SIZE];
	int error = reserve_pages(segment->fd, segment->base, offset, nbytes);
	struct stat status = { .st_blocks = 0 };

	if (error >= 0)
		return error;
	fstat(segment->fd, &status);
	return segment_complain(
		why, error,
		"%s: no memory was left when %s of the segment's %s had been "
		"reserved",
		part->name, reserve_size(got, (uint64_t)status.st_blocks * 512),
		reserve_size(wanted, segment->size));
}

/* bytes start to stop of a part */
static int
fill_piece(const struct part_list *list, const struct part *part,
	   uint64_t start, uint64_t stop, char *why)
{
	const uint32_t itemsize = part->dtype->itemsize;
	bool is_zeros = part->kind == PART_ZEROS;
	uint64_t step = STEP / itemsize * itemsize, n;
	int error;

	if (!list->is_fresh)
		return fill(part, start, stop, why);
	if (is_zeros || part->kind == PART_FILE || step == 0)
		step = stop - start;
	for (; start < stop; start += n) {
		n = stop - start < step ? stop - start : step;
		error = reserve(list, part, start, n, why);
		if (error < 0)
			return error;
		/* what is fresh is 0, and in the page tables unless error is
		 * RESERVE_UNTOUCHED */
		if (!is_zeros || error == RESERVE_UNTOUCHED)
			error = fill(part, start, start + n, why);
		if (error < 0)
			return error;
	}
	return 0;
}

/* the part that piece index belongs to: the last that begins before it */
static const struct part *
find_part(const struct part_list *list, uint64_t index)
{
	size_t low = 0, high = list->count, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (list->parts[middle].first <= index)
			low = middle;
		else
			high = middle;
	}
	return &list->parts[low];
}

static int
work(void *context, uint64_t index, char *why)
{
	const struct part_list *list = context;
	const struct part *part = find_part(list, index);
	const uint32_t itemsize = part->dtype->itemsize;
	uint64_t start = (index - part->first) * list->piece_nbytes;
	uint64_t stop = start + list->piece_nbytes;

	start -= start % itemsize;
	stop -= stop % itemsize;
	if (stop > part->nbytes)
		stop = part->nbytes;
	return fill_piece(list, part, start, stop, why);
}

int
part_fill_all(struct part_list *list, unsigned nthreads, char *why)
{
	uint64_t unit = list->nbytes / nthreads / PIECES_PER_THREAD;

	unit = segment_round_up(unit, PIECE_MIN);
	unit = unit < PIECE_MIN ? PIECE_MIN : unit;
	list->piece_nbytes = unit > PIECE_MAX ? PIECE_MAX : unit;
	list->npieces = 0;
	for (size_t i = 0; i < list->count; i++) {
		list->parts[i].first = list->npieces;
		list->npieces +=
			(list->parts[i].nbytes - 1) / list->piece_nbytes + 1;
	}
	return pieces_run(list->npieces, nthreads, work, list, why);
}
