#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_limit.h"
#include "segment/lock.h"
#include "segment/sections.h"
#include "segment/segment.h"
#include "segment/segment_parts.h"

/* Making segments; see segment.h. */

#define HUGE_FOLDER "/sys/kernel/mm/hugepages/hugepages-2048kB"

/* a place for nbytes at the end of what is laid out so far; false when it would
 * be too big */
static bool
lay_out(uint64_t *end, uint64_t nbytes, uint64_t *offset)
{
	uint64_t unit = nbytes >= SEGMENT_HUGE ? SEGMENT_HUGE : SEGMENT_PAGE;
	uint64_t at = segment_round_up(*end, unit);

	if (nbytes > INT64_MAX / 2 || at > INT64_MAX / 2 - nbytes)
		return false;
	*offset = at;
	*end = at + segment_round_up(nbytes, SEGMENT_PAGE);
	return true;
}

static bool
lay_out_copies(uint64_t *end, struct segment_entry *entry, unsigned n)
{
	uint64_t stride = segment_round_up(entry->nbytes, SEGMENT_PAGE);

	if (!(entry->flags & (SEGMENT_PRIVATE | SEGMENT_REDUCTION)))
		return true;
	if (stride == 0)
		stride = SEGMENT_PAGE;
	if (n > 0 && stride > INT64_MAX / 2 / n)
		return false;
	entry->copy_count = n;
	entry->copy_stride = stride;
	return lay_out(end, n * stride, &entry->copies_offset);
}

static void
set_text(char *out, const char *text)
{
	memcpy(out, text, strlen(text) + 1);
}

static int
describe(struct segment_entry *entry, const struct segment_array *array)
{
	uint64_t count;
	int error = shape_count(&array->shape, array->dtype.itemsize, &count,
				&entry->nbytes);

	if (error)
		return error;
	set_text(entry->name, array->name);
	set_text(entry->dtype, array->dtype.text);
	set_text(entry->path, array->path);
	entry->ndim = array->shape.ndim;
	for (unsigned i = 0; i < entry->ndim; i++)
		entry->shape[i] = (uint64_t)array->shape.dims[i];
	entry->flags = array->flags & ~SEGMENT_FORTRAN;
	if (array->shape.is_fortran)
		entry->flags |= SEGMENT_FORTRAN;
	entry->itemsize = array->dtype.itemsize;
	entry->op = (uint32_t)array->op;
	entry->file_dev = array->file_dev;
	entry->file_ino = array->file_ino;
	return 0;
}

/* Header and table of a plan; the table is *entries, the caller's to free. */
static int
lay_out_all(const struct segment_plan *plan, struct segment_header *header,
	    struct segment_entry **entries)
{
	uint64_t end = sizeof(*header);
	size_t n = plan->count;
	int error = 0;

	*header = (struct segment_header){
		.abi = SEGMENT_ABI,
		.array_count = (uint32_t)n,
		.entry_nbytes = sizeof(struct segment_entry),
		.lock_count = LOCK_COUNT,
		.lock_nbytes = sizeof(struct lock),
		.lock_kind = LOCK_KIND,
		.np = plan->np,
		.run_nbytes = plan->np ? sections_size(plan->np) : 0,
	};
	memcpy(header->magic, SEGMENT_MAGIC, sizeof(header->magic));
	set_text(header->name, plan->name);
	*entries = calloc(n ? n : 1, sizeof(**entries));
	if (!*entries)
		return -ENOMEM;
	lay_out(&end, n * sizeof(**entries), &header->table_offset);
	lay_out(&end, LOCK_COUNT * sizeof(struct lock), &header->lock_offset);
	if (plan->np)
		lay_out(&end, header->run_nbytes, &header->run_offset);
	for (size_t i = 0; i < n && !error; i++) {
		struct segment_entry *entry = &(*entries)[i];

		error = describe(entry, &plan->arrays[i]);
		if (entry->flags & SEGMENT_MAPPED)
			entry->offset = plan->arrays[i].file_offset;
		else if (!error &&
			 (!lay_out(&end, entry->nbytes, &entry->offset) ||
			  !lay_out_copies(&end, entry, plan->ncopies)))
			error = -EOVERFLOW;
	}
	header->size = segment_round_up(end, plan->is_huge ? SEGMENT_HUGE
							   : SEGMENT_PAGE);
	return error;
}

int
segment_plan_size(const struct segment_plan *plan, uint64_t *nbytes)
{
	struct segment_header header;
	struct segment_entry *entries;
	int error = lay_out_all(plan, &header, &entries);

	free(entries);
	*nbytes = header.size;
	return error;
}

static int
make_file(const struct segment_plan *plan)
{
	char name[SEGMENT_NAME_SIZE + 8];
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd;

	if (plan->is_named) {
		fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	} else {
		snprintf(name, sizeof(name), "%s", plan->name);
		if (plan->is_huge) /* the default may be other ones */
			flags |= MFD_HUGETLB | MFD_HUGE_2MB;
		fd = memfd_create(name, flags);
	}
	if (fd < 0)
		return -errno;
	/* not what a umask or a memfd's 0777 makes of it */
	if (fchmod(fd, 0600)) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

/* sizes of locks and run are not looked at again: they are ours */
static int
write_head(struct segment *segment)
{
	struct segment_header *header = &segment->header;
	unsigned char *base = segment->base;

	header->crc32 = segment_checksum(header, segment->entries);
	memcpy(base, header, sizeof(*header));
	memcpy(base + header->table_offset, segment->entries,
	       header->array_count * sizeof(*segment->entries));
	if (header->np)
		sections_init((void *)(base + header->run_offset), header->np);
	return lock_init((void *)(base + header->lock_offset));
}

/* bytes before the first array */
static uint64_t
head_size(const struct segment_header *header)
{
	return header->run_offset
		       ? header->run_offset + header->run_nbytes
		       : header->lock_offset + (uint64_t)header->lock_count *
						       header->lock_nbytes;
}

/* Give the file its size, and its head memory. */
static int
set_size(const struct segment *segment, bool is_huge)
{
	uint64_t head = head_size(&segment->header);
	struct file_limit limit;
	int error = 0;

	file_limit_hold(&limit);
	if (ftruncate(segment->fd, (off_t)segment->size) ||
	    (!is_huge && fallocate(segment->fd, 0, 0, (off_t)head) &&
	     errno != ENOTSUP))
		error = -errno;
	file_limit_release(&limit);
	return error;
}

static int
set_up(struct segment *segment, const struct segment_plan *plan, char *why)
{
	int error = set_size(segment, plan->is_huge);

	if (error)
		return segment_complain(
			why, error, "%s for a segment of %llu bytes%s",
			strerror(-error), (unsigned long long)segment->size,
			error == -EFBIG ? ": the limit of files (ulimit -f) "
					  "holds for it, too"
					: "");
	if (!plan->is_named)
		/* an old kernel that can not seal huge pages does without */
		fcntl(segment->fd, F_ADD_SEALS,
		      F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	segment->base = segment_map(segment->fd, segment->size);
	if (!segment->base && plan->is_huge)
		return segment_complain(
			why, -errno,
			"%s: it takes %llu x 2 MiB of huge pages (" HUGE_FOLDER
			"/free_hugepages says how many are free)",
			strerror(errno),
			(unsigned long long)(segment->size / SEGMENT_HUGE));
	if (!segment->base)
		return segment_complain(
			why, -errno, "%s: a mapping of %llu bytes",
			strerror(errno), (unsigned long long)segment->size);
	error = write_head(segment);
	return error ? segment_complain(why, error, "%s", strerror(-error)) : 0;
}

int
segment_create(struct segment *segment, const struct segment_plan *plan,
	       char *why)
{
	int error;

	*segment = (struct segment){ .fd = -1 };
	if (plan->count > SEGMENT_ARRAYS_MAX)
		return segment_complain(why, -E2BIG, "more than %d arrays",
					SEGMENT_ARRAYS_MAX);
	error = lay_out_all(plan, &segment->header, &segment->entries);
	if (error == -EOVERFLOW)
		segment_complain(why, error,
				 "the arrays are too big for any memory");
	else if (error)
		segment_complain(why, error, "%s", strerror(-error));
	if (error)
		goto fail;
	segment->size = segment->header.size;
	error = segment_parse_dtypes(segment);
	if (error) {
		segment_complain(why, error, "%s", strerror(-error));
		goto fail;
	}
	segment->fd = make_file(plan);
	if (segment->fd < 0) {
		error = segment->fd;
		segment_complain(why, error, "%s: %s",
				 plan->is_named	 ? "/dev/shm"
				 : plan->is_huge ? "no huge pages of 2 MiB"
						 : "memfd",
				 strerror(-error));
		goto fail;
	}
	error = set_up(segment, plan, why);
	if (!error)
		return 0;
fail:
	segment_close(segment);
	return error;
}
