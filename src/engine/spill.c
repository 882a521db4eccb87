#include <config.h>

#include "engine/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Files without a name; see spill.h. */

const char *
spill_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder ? folder : "/tmp";
}

int
spill_create(void)
{
	const char *folder = spill_folder();
	char path[4096];
	int fd;

	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* not every file system has O_TMPFILE: a name, for a moment */
	if (snprintf(path, sizeof(path), "%s/shmmap-XXXXXX", folder) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

int
spill_open(pid_t master, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)master, fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int
spill_write(int fd, const void *bytes, size_t nbytes, uint64_t offset)
{
	const char *from = bytes;

	while (nbytes > 0) {
		ssize_t n = pwrite(fd, from, nbytes, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		from += n;
		nbytes -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

int
spill_read(int fd, void *bytes, size_t nbytes, uint64_t offset)
{
	char *to = bytes;

	while (nbytes > 0) {
		ssize_t n = pread(fd, to, nbytes, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		to += n;
		nbytes -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

void
spill_punch(int fd, uint64_t nbytes)
{
	/* where it is not supported the space comes back when the file does */
	(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			(off_t)nbytes);
}
