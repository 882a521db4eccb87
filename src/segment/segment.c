#include <config.h>

#include "segment/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segment/crc32.h"
#include "segment/lock.h"
#include "segment/sections.h"
#include "segment/segment_parts.h"

/* Checking and mapping segments; see segment.h. */

/* bytes of the header that crc32 covers */
#define CHECKED_BYTES offsetof(struct segment_header, owner_pid)

int
segment_complain(char *why, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, SEGMENT_WHY_SIZE, format, arguments);
	va_end(arguments);
	return error;
}

bool
segment_is_name(const char *name)
{
	return dtype_is_name(name, strlen(name));
}

uint32_t
segment_checksum(const struct segment_header *header,
		 const struct segment_entry *entries)
{
	struct segment_header copy = *header;
	uint32_t crc;

	copy.crc32 = 0;
	crc = crc32_update(0, &copy, CHECKED_BYTES);
	return crc32_update(crc, entries,
			    header->array_count * sizeof(*entries));
}

/* ---- mapping ---- */

/* Map nbytes of fd so that big arrays, whose offsets are multiples of a huge
 * page, have such addresses too. NULL with errno set. */
unsigned char *
segment_map(int fd, uint64_t nbytes)
{
	uint64_t room = nbytes < SEGMENT_HUGE ? 0 : SEGMENT_HUGE;
	unsigned char *at, *aligned;

	at = mmap(NULL, nbytes + room, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	aligned = room ? (unsigned char *)segment_round_up((uintptr_t)at, room)
		       : at;
	if (mmap(aligned, nbytes, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
		int error = errno;

		munmap(at, nbytes + room);
		errno = error;
		return NULL;
	}
	if (aligned > at)
		munmap(at, (size_t)(aligned - at));
	if (aligned < at + room)
		munmap(aligned + segment_round_up(nbytes, SEGMENT_PAGE),
		       (size_t)(at + room - aligned));
	return aligned;
}

void
segment_close(struct segment *segment)
{
	if (segment->base)
		munmap(segment->base, segment->size);
	if (segment->fd > 0)
		close(segment->fd);
	free(segment->entries);
	free(segment->dtypes);
	*segment = (struct segment){ .fd = -1 };
}

int
segment_parse_dtypes(struct segment *segment)
{
	size_t n = segment->header.array_count;

	segment->dtypes = calloc(n ? n : 1, sizeof(*segment->dtypes));
	if (!segment->dtypes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct segment_entry *entry = &segment->entries[i];

		if (dtype_parse_descr(&segment->dtypes[i], entry->dtype,
				      strlen(entry->dtype)) ||
		    segment->dtypes[i].is_swapped ||
		    segment->dtypes[i].itemsize != entry->itemsize)
			return -EINVAL;
	}
	return 0;
}

/* ---- checking ---- */

static bool
is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

/* whether count things of nbytes each lie in the file, from a page on */
static bool
is_inside(const struct segment_header *header, uint64_t offset, uint64_t count,
	  uint64_t nbytes)
{
	return offset % SEGMENT_PAGE == 0 && offset <= header->size &&
	       (nbytes == 0 || count <= (header->size - offset) / nbytes);
}

static bool
is_header(const struct segment_header *header, uint64_t size)
{
	return header->size == size &&
	       header->entry_nbytes == sizeof(struct segment_entry) &&
	       header->array_count <= SEGMENT_ARRAYS_MAX &&
	       is_inside(header, header->table_offset, header->array_count,
			 header->entry_nbytes) &&
	       header->lock_count > 0 && header->lock_count <= LOCK_COUNT &&
	       header->lock_nbytes > 0 &&
	       is_inside(header, header->lock_offset, header->lock_count,
			 header->lock_nbytes) &&
	       is_text(header->name, sizeof(header->name)) &&
	       (header->run_offset == 0) == (header->np == 0) &&
	       header->run_nbytes ==
		       (header->np ? sections_size(header->np) : 0) &&
	       is_inside(header, header->run_offset, 1, header->run_nbytes);
}

static bool
is_entry(const struct segment_header *header, const struct segment_entry *entry)
{
	struct shape shape = { .ndim = entry->ndim };
	uint64_t count, nbytes;

	if (!is_text(entry->name, sizeof(entry->name)) ||
	    !is_text(entry->dtype, sizeof(entry->dtype)) ||
	    !is_text(entry->path, sizeof(entry->path)) ||
	    !segment_is_name(entry->name) || entry->ndim > SEGMENT_NDIM_MAX ||
	    entry->itemsize == 0 || entry->itemsize > INT32_MAX)
		return false;
	for (unsigned i = 0; i < entry->ndim; i++) {
		if (entry->shape[i] > INT64_MAX)
			return false;
		shape.dims[i] = (int64_t)entry->shape[i];
	}
	if (shape_count(&shape, (uint32_t)entry->itemsize, &count, &nbytes) ||
	    nbytes != entry->nbytes)
		return false;
	if (entry->flags & SEGMENT_MAPPED)
		return entry->path[0] == '/' && entry->copy_count == 0 &&
		       entry->offset <= INT64_MAX / 2;
	return is_inside(header, entry->offset, 1, nbytes) &&
	       entry->copy_stride >= (entry->copy_count ? nbytes : 0) &&
	       entry->copy_stride % SEGMENT_PAGE == 0 &&
	       is_inside(header, entry->copies_offset, entry->copy_count,
			 entry->copy_stride);
}

static bool
has_double_names(const struct segment *segment)
{
	for (size_t i = 0; i < segment->header.array_count; i++)
		if (segment_find(segment, segment->entries[i].name) != (int)i)
			return true;
	return false;
}

static bool
read_all(int fd, void *buffer, size_t nbytes, uint64_t offset)
{
	return pread(fd, buffer, nbytes, (off_t)offset) == (ssize_t)nbytes;
}

static int
read_head(struct segment *segment, char *why)
{
	struct segment_header *header = &segment->header;
	size_t n;

	if (!read_all(segment->fd, header, sizeof(*header), 0) ||
	    memcmp(header->magic, SEGMENT_MAGIC, sizeof(header->magic)) != 0)
		return segment_complain(why, -EINVAL,
					"not a segment of shmmap");
	if (header->abi != SEGMENT_ABI)
		return segment_complain(
			why, -EINVAL,
			"a segment of layout %u, but this program "
			"knows layout %u",
			header->abi, SEGMENT_ABI);
	if (!is_header(header, segment->size))
		return segment_complain(why, -EINVAL, "its header is damaged");
	n = header->array_count;
	segment->entries = calloc(n ? n : 1, sizeof(*segment->entries));
	if (!segment->entries)
		return segment_complain(why, -ENOMEM, "%s", strerror(ENOMEM));
	if (!read_all(segment->fd, segment->entries,
		      n * sizeof(*segment->entries), header->table_offset) ||
	    segment_checksum(header, segment->entries) != header->crc32)
		return segment_complain(
			why, -EINVAL,
			"its header or table is damaged (checksum)");
	for (size_t i = 0; i < n; i++)
		if (!is_entry(header, &segment->entries[i]))
			return segment_complain(
				why, -EINVAL,
				"entry %zu of its table is damaged", i);
	if (segment_parse_dtypes(segment) || has_double_names(segment))
		return segment_complain(why, -EINVAL, "its table is damaged");
	return 0;
}

/* fd becomes the segment's, also on failure */
static int
open_segment(struct segment *segment, int fd, char *why)
{
	struct stat status;
	int error;

	*segment = (struct segment){ .fd = fd };
	if (fstat(fd, &status) || !S_ISREG(status.st_mode)) {
		error = segment_complain(why, -EINVAL,
					 "not a segment of shmmap");
		goto fail;
	}
	segment->size = (uint64_t)status.st_size;
	error = read_head(segment, why);
	if (error)
		goto fail;
	segment->base = segment_map(fd, segment->size);
	if (segment->base)
		return 0;
	error = segment_complain(why, -errno, "%s", strerror(errno));
fail:
	segment_close(segment);
	return error;
}

int
segment_open(struct segment *segment, int fd, char *why)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (own < 0) {
		*segment = (struct segment){ .fd = -1 };
		return segment_complain(why, -errno, "%s", strerror(errno));
	}
	return open_segment(segment, own, why);
}

/* A descriptor that is none of the standard ones: in a program that has closed
 * its standard output, what it prints would be written over the header. */
static int
keep_off_standard(int fd)
{
	int own;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	own = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return own;
}

static int
open_named(const char *name, char *why)
{
	char path[SEGMENT_PATH_SIZE];
	struct stat status;
	int fd;

	if (!segment_is_name(name))
		return segment_complain(
			why, -EINVAL,
			"no name for a segment: letters, digits and _, "
			"63 at most");
	fd = keep_off_standard(open(segment_path(path, name),
				    O_RDWR | O_CLOEXEC | O_NOFOLLOW));
	if (fd < 0 && errno == ENOENT)
		return segment_complain(why, -ENOENT,
					"no segment of this name");
	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return segment_complain(why, -EPERM, "belongs to another user");
	if (fd < 0)
		return segment_complain(why, -errno, "%s", strerror(errno));
	if (fstat(fd, &status) || status.st_uid != geteuid()) {
		close(fd);
		return segment_complain(why, -EPERM, "belongs to another user");
	}
	return fd;
}

int
segment_open_name(struct segment *segment, const char *name, char *why)
{
	int fd = open_named(name, why);

	if (fd < 0) {
		*segment = (struct segment){ .fd = -1 };
		return fd;
	}
	return open_segment(segment, fd, why);
}

/* ---- arrays ---- */

int
segment_find(const struct segment *segment, const char *name)
{
	for (size_t i = 0; i < segment->header.array_count; i++)
		if (strcmp(segment->entries[i].name, name) == 0)
			return (int)i;
	return -1;
}

unsigned char *
segment_data(const struct segment *segment, size_t index, int rank)
{
	const struct segment_entry *entry = &segment->entries[index];

	if (entry->flags & SEGMENT_MAPPED)
		return NULL;
	if (rank < 0 || (uint32_t)rank >= entry->copy_count)
		return segment->base + entry->offset;
	return segment->base + entry->copies_offset +
	       (uint64_t)rank * entry->copy_stride;
}

void
segment_shape(const struct segment *segment, size_t index, struct shape *shape)
{
	const struct segment_entry *entry = &segment->entries[index];

	*shape = (struct shape){ .ndim = entry->ndim,
				 .is_fortran = entry->flags & SEGMENT_FORTRAN };
	for (unsigned i = 0; i < entry->ndim; i++)
		shape->dims[i] = (int64_t)entry->shape[i];
}

/* whether it is the file that the table means */
static bool
is_mapped_one(const struct segment_entry *entry, const struct stat *status)
{
	return S_ISREG(status->st_mode) && status->st_dev == entry->file_dev &&
	       status->st_ino == entry->file_ino;
}

static int
refuse_mapped(const struct segment_entry *entry, char *why)
{
	return segment_complain(why, -ESTALE,
				"%s: no longer the file that it was",
				entry->path);
}

/* That file, open; or -errno. It is looked at before: to open what is none may
 * wait for somebody (a fifo), or do something (a device). */
static int
open_mapped(const struct segment_entry *entry, bool is_read_only, char *why)
{
	const int mode = is_read_only ? O_RDONLY : O_RDWR;
	struct stat status;
	int fd;

	if (stat(entry->path, &status) == 0 && !is_mapped_one(entry, &status))
		return refuse_mapped(entry, why);
	/* not even for one that has just come in its place */
	fd = open(entry->path, mode | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return segment_complain(why, -errno, "%s: %s", entry->path,
					strerror(errno));
	if (fstat(fd, &status) || !is_mapped_one(entry, &status)) {
		close(fd);
		return refuse_mapped(entry, why);
	}
	if ((uint64_t)status.st_size < entry->offset + entry->nbytes) {
		close(fd);
		return segment_complain(
			why, -ENODATA, "%s: has become too short", entry->path);
	}
	return fd;
}

int
segment_map_file(const struct segment *segment, size_t index, bool is_read_only,
		 unsigned char **data, void **address, size_t *nbytes,
		 char *why)
{
	const struct segment_entry *entry = &segment->entries[index];
	bool is_copy = entry->flags & SEGMENT_MAP_COPY;
	uint64_t before = entry->offset % SEGMENT_PAGE;
	int fd = open_mapped(entry, is_read_only || is_copy, why);

	if (fd < 0)
		return fd;
	/* a mapping of nothing is an error: at least one byte */
	*nbytes = (size_t)(entry->nbytes + before);
	*address = mmap(NULL, *nbytes ? *nbytes : 1,
			is_read_only ? PROT_READ : PROT_READ | PROT_WRITE,
			is_copy ? MAP_PRIVATE | MAP_NORESERVE : MAP_SHARED, fd,
			(off_t)(entry->offset - before));
	close(fd);
	if (*address == MAP_FAILED)
		return segment_complain(why, -errno, "%s: %s", entry->path,
					strerror(errno));
	if (*nbytes == 0)
		*nbytes = 1;
	*data = (unsigned char *)*address + before;
	return 0;
}
