#include <config.h>

#include "segment/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "segment/layout.h"
#include "segment/segment_parts.h"

/* Memory for shared mappings; see reserve.h. */

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

/* make sure that there is memory, for kernels that can not fill page tables */
static int
allocate(int fd, uint64_t offset, uint64_t nbytes)
{
	int error;

	do
		error = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset,
				  (off_t)nbytes)
				? -errno
				: RESERVE_UNTOUCHED;
	while (error == -EINTR);
	return error;
}

int
reserve_pages(int fd, unsigned char *base, uint64_t offset, uint64_t nbytes)
{
	uint64_t start = offset - offset % SEGMENT_PAGE;
	uint64_t stop = segment_round_up(offset + nbytes, SEGMENT_PAGE);

	while (madvise(base + start, stop - start, MADV_POPULATE_WRITE))
		switch (errno) {
		case EINTR:
		case EAGAIN:
			break;
		case EINVAL:
			return allocate(fd, start, stop - start);
		case EFAULT: /* it would have been a SIGBUS */
			return -ENOSPC;
		default:
			return -errno;
		}
	return 0;
}

void
reserve_huge(unsigned char *base, uint64_t offset, uint64_t nbytes)
{
	uint64_t start = offset - offset % SEGMENT_PAGE;

	if (nbytes >= SEGMENT_HUGE)
		(void)madvise(base + start,
			      segment_round_up(nbytes, SEGMENT_PAGE),
			      MADV_HUGEPAGE);
}

char *
reserve_size(char *out, uint64_t nbytes)
{
	static const char units[][4] = { "KiB", "MiB", "GiB",
					 "TiB", "PiB", "EiB" };
	double value = (double)nbytes / 1024;
	size_t i = 0;

	if (nbytes < 1024) {
		snprintf(out, RESERVE_SIZE, "%u bytes", (unsigned)nbytes);
		return out;
	}
	for (; value >= 1024; value /= 1024)
		i++;
	snprintf(out, RESERVE_SIZE, "%.1f %s", value, units[i]);
	return out;
}
