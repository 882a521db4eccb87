#include <config.h>

#include "engine/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/cut.h"

/*
 * Blocks and parts; see blocks.h. A block ends behind the last record end
 * within block_size bytes, which is looked for from behind. Only where there is
 * none, because a record is longer, its end is looked for from there on.
 */

/* what is kept for slaves that are slower than others, at most */
#define ARENA_MAX ((uint64_t)1 << 30)

/* blocks that are read before they are wanted, besides one for each slave */
#define BLOCKS_AHEAD 4

/* how much of a file is read at once to find a record end */
#define SEARCH_SIZE ((size_t)64 << 10)
#define SEARCH_FIRST ((size_t)4 << 10)

/* Smaller files are read: those of /proc and /sys are not as large as they say.
 */
#define IN_PLACE_MIN ((off_t)64 << 10)

size_t
blocks_arena_size(const struct plan *plan)
{
	uint64_t least = plan_block_longest(plan) + plan->block_size;
	uint64_t size = (plan->nslaves + 2) * plan->block_size;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (plan->block_parts)
		return BOARD_ARENA_SIZE;
	if (size > ARENA_MAX)
		size = ARENA_MAX;
	if (size < least)
		size = least;
	return (size + page - 1) / page * page;
}

/* ---- blocks ---- */

/* The arena has room for the longest record there may be, but all that is
 * needed is a few blocks for each slave. What lies beyond those is passed over,
 * so that the same memory is filled again while caches have it: the positions
 * go on as if it were taken. The part of a block that was read moves along. */
static void
stay_near(struct source *source)
{
	const struct plan *plan = source->plan;
	uint64_t size = source->board->arena_size;
	uint64_t at = source->record % size;
	uint64_t rest = source->filled - source->record;

	if (source->is_skipping || rest > plan->block_size ||
	    at < (plan->nslaves + BLOCKS_AHEAD) * plan->block_size ||
	    size - at > source_room(source))
		return;
	memcpy(source_arena_at(source, 0),
	       source_arena_at(source, source->record), (size_t)rest);
	source->record += size - at;
	source->searched += size - at;
	source->scanned += size - at;
	source->filled += size - at;
}

/* Where the block at hand ends; false when that was not read yet. */
static bool
find_end(struct source *source, uint64_t *end)
{
	const struct plan *plan = source->plan;
	uint64_t from = source->record, back = plan->recend_size - 1;
	size_t n;

	if (source->filled - from < plan->block_size)
		return false;
	if (source->searched < from + plan->block_size) {
		n = cut_last(source_arena_at(source, from), plan->block_size,
			     plan->recend, plan->recend_size);
		source->searched = from + plan->block_size;
		*end = from + n;
		if (n > 0)
			return true;
	}
	/* a record end may begin in what was searched */
	if (source->searched - from > back)
		from = source->searched - back;
	n = cut_first(source_arena_at(source, from),
		      (size_t)(source->filled - from), plan->recend,
		      plan->recend_size);
	source->searched = source->filled;
	*end = from + n;
	return n > 0;
}

/* The block that ends at position end, or one that is too long and goes on
 * there. False if no slot is free. */
static bool
publish(struct source *source, uint64_t end)
{
	struct batch batch = { .job = source->jobs + 1,
			       .count = 1,
			       .place = source->record,
			       .flags = CLAIM_BLOCK };

	if (end - source->record > plan_block_longest(source->plan))
		batch.flags |= CLAIM_TOO_LONG;
	else
		batch.nbytes = (uint32_t)(end - source->record);
	if (!source_publish(source, end, &batch))
		return false;
	source->record = source->searched = end;
	return true;
}

/* Pass over the rest of a record that is too long. */
static void
skip(struct source *source)
{
	const struct plan *plan = source->plan;
	uint64_t nbytes = source->filled - source->record;
	size_t n = cut_first(source_arena_at(source, source->record),
			     (size_t)nbytes, plan->recend, plan->recend_size);

	if (n > 0)
		source->is_skipping = false;
	else if (nbytes > plan->recend_size - 1)
		n = (size_t)nbytes - (plan->recend_size - 1);
	source->record = source->searched = source->record + n;
}

void
blocks_scan(struct source *source)
{
	uint64_t end;

	stay_near(source);
	for (;;) {
		if (source->is_skipping)
			skip(source);
		if (source->is_skipping)
			break;
		if (!find_end(source, &end)) {
			end = source->filled;
			if (end - source->record <=
			    plan_block_longest(source->plan))
				break;
			/* what may begin a record end stays */
			end -= source->plan->recend_size - 1;
			source->is_skipping = true;
		}
		if (!publish(source, end)) {
			source->is_skipping = false;
			source->scanned = source->searched = source->record;
			return;
		}
	}
	source->scanned = source->filled;
}

bool
blocks_publish_rest(struct source *source)
{
	return source->is_skipping || publish(source, source->filled);
}

/* ---- parts of a file ---- */

/* The last byte is there, and one more is not if there is none: files of /proc
 * and /sys may have other sizes than they say. What is appended meanwhile
 * matters only to a file that is empty. */
static bool
has_true_size(int fd, off_t size)
{
	unsigned char byte;
	ssize_t n = pread(fd, &byte, 1, size > 0 ? size - 1 : 0);

	/* an error is told by who reads */
	return n < 0 || n == (size > 0);
}

int
blocks_open(struct source *source)
{
	bool must = source->plan->block_parts > 0;
	off_t from = lseek(source->fd, 0, SEEK_CUR);
	struct stat status;
	int error = 0;

	if (fstat(source->fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		if (!must)
			return 0;
		diag("%s: is no regular file, which --block -%llu needs",
		     source_name(source),
		     (unsigned long long)source->plan->block_parts);
		return -EINVAL;
	}
	if (!must && (from < 0 || status.st_size - from < IN_PLACE_MIN))
		return 0;
	if (must && !has_true_size(source->fd, status.st_size)) {
		diag("%s: is not as large as it says, which --block -%llu "
		     "needs",
		     source_name(source),
		     (unsigned long long)source->plan->block_parts);
		return -EINVAL;
	}
	/* standard input will be another file in the slaves */
	source->file_fd = fcntl(source->fd, F_DUPFD_CLOEXEC, 3);
	if (source->file_fd < 0 && must) {
		error = errno;
		diag_errno(error, "%s", source_name(source));
	}
	if (source->file_fd < 0)
		return -error;
	source->part_from = (uint64_t)from;
	source->file_size = (uint64_t)status.st_size;
	source->is_in_place = source->is_ended = true;
	return 0;
}

/* pread(2) with its errors told; returns bytes or -errno */
static ssize_t
look(const struct source *source, unsigned char *bytes, size_t nbytes,
     uint64_t at)
{
	ssize_t n;
	int error;

	do
		n = pread(source->fd, bytes, nbytes, (off_t)at);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	error = errno;
	diag_errno(error, "%s", source_name(source));
	return -error;
}

/* The last record end before target, or the beginning of the part at hand if it
 * has none. */
static int
search_back(const struct source *source, uint64_t target, uint64_t *cut)
{
	static unsigned char buffer[SEARCH_SIZE];
	const struct plan *plan = source->plan;
	uint64_t from = source->part_from, at;
	/* mostly it is near */
	size_t size = SEARCH_FIRST, n;
	ssize_t nbytes;

	*cut = from;
	for (;; size = sizeof(buffer)) {
		at = target - from > size ? target - size : from;
		nbytes = look(source, buffer, (size_t)(target - at), at);
		if (nbytes < 0)
			return (int)nbytes;
		n = cut_last(buffer, (size_t)nbytes, plan->recend,
			     plan->recend_size);
		if (n > 0)
			*cut = at + n;
		if (n > 0 || at == from)
			return 0;
		target = at + plan->recend_size - 1;
	}
}

/* The first record end at target or behind it, or the end of the file. */
static int
search(const struct source *source, uint64_t target, uint64_t *cut)
{
	static unsigned char buffer[SEARCH_SIZE];
	const struct plan *plan = source->plan;
	uint64_t at = source->part_from;

	/* from here on, none ends before target */
	if (target - at > plan->recend_size)
		at = target - plan->recend_size;
	for (;;) {
		ssize_t nbytes = look(source, buffer, sizeof(buffer), at);
		size_t n;

		if (nbytes < 0)
			return (int)nbytes;
		n = cut_first(buffer, (size_t)nbytes, plan->recend,
			      plan->recend_size);
		if (n > 0 || (size_t)nbytes < plan->recend_size) {
			*cut = n > 0 ? at + n : source->file_size;
			return 0;
		}
		at += (uint64_t)nbytes - (plan->recend_size - 1);
	}
}

/* where the next block ends */
static int
find_block(const struct source *source, uint64_t *end)
{
	uint64_t target = source->part_from + source->plan->block_size;
	int error;

	*end = source->file_size;
	if (target >= source->file_size)
		return 0;
	error = search_back(source, target, end);
	if (error || *end > source->part_from)
		return error;
	return search(source, target, end);
}

/* Where the next part ends; *part is its index. */
static int
find_part(const struct source *source, uint64_t *part, uint64_t *end)
{
	uint64_t size = source->file_size;
	uint64_t n = source->plan->block_parts * source->plan->nslaves;
	uint64_t target;

	if (n == 0)
		return find_block(source, end);
	do {
		++*part;
		target = size / n * *part + size % n * *part / n;
	} while (target <= source->part_from);
	*end = target;
	return target < size ? search(source, target, end) : 0;
}

/* whether the file goes on, which may have grown meanwhile */
static bool
has_more(struct source *source)
{
	struct stat status;

	if (source->part_from < source->file_size)
		return true;
	if (source->plan->block_parts || fstat(source->fd, &status) < 0)
		return false;
	source->file_size = (uint64_t)status.st_size;
	return source->part_from < source->file_size;
}

int
blocks_publish_parts(struct source *source)
{
	while (has_more(source)) {
		uint64_t part = source->part, end;
		struct block_part *place =
			(struct block_part *)(void *)source_arena_at(
				source, source->filled);
		struct batch batch = { .job = source->jobs + 1,
				       .count = 1,
				       .place = source->filled,
				       .nbytes = sizeof(*place),
				       .flags = CLAIM_BLOCK | CLAIM_PART };
		int error;

		if (source_room(source) < sizeof(*place))
			return 0;
		error = find_part(source, &part, &end);
		if (error)
			return error;
		*place = (struct block_part){ source->part_from,
					      end - source->part_from };
		if (!source_publish(source, source->filled + sizeof(*place),
				    &batch))
			return 0;
		source->filled += sizeof(*place);
		source->record = source->scanned = source->filled;
		source->part = part;
		source->part_from = end;
	}
	/* as if it had been read */
	if (!source->is_own_fd)
		lseek(source->fd, (off_t)source->part_from, SEEK_SET);
	source_close(source);
	return 0;
}
