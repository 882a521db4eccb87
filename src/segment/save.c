/*
 * Arrays to files. What is written gets its name when it is whole and on the
 * disk. Until then it has none (O_TMPFILE), so that whoever is killed while it
 * writes leaves nothing, or, on file systems without such files, one beside it,
 * .NAME.XXXXXX. There is no linkat(2) that replaces a file, so that name is
 * also the one for the moment before rename(2). The kernel makes its mode
 * (umask, default ACL), which it would not for mkostemp().
 */
#include <config.h>

#include "segment/fill.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file_limit.h"
#include "segment/init.h"
#include "segment/npy.h"
#include "segment/segment_parts.h"

/* names that are tried until one is free */
#define TRIES 100

/* npy.h: enough for all */
#define HEADER_SIZE 4096

/* a file that is being written */
struct save {
	char *path;	  /* of the file, links followed */
	const char *name; /* its last part */
	int folder_fd;
	int fd;
	char temporary[NAME_MAX + 1]; /* in the folder; empty: no name */
};

static int
write_all(int fd, const void *bytes, uint64_t nbytes)
{
	const unsigned char *from = bytes;
	ssize_t n;

	while (nbytes > 0) {
		n = write(fd, from, nbytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		from += n;
		nbytes -= (uint64_t)n;
	}
	return 0;
}

/* the file's path, as it is or is going to be; -EINVAL when there is something
 * that a rename would destroy, such as /dev/null */
static int
find_path(struct save *save, const char *file)
{
	struct stat status;

	if (stat(file, &status) == 0) {
		if (!S_ISREG(status.st_mode))
			return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
		save->path = realpath(file, NULL);
		return save->path ? 0 : -errno;
	}
	if (errno != ENOENT)
		return -errno;
	save->path = strdup(file);
	return save->path ? 0 : -ENOMEM;
}

/* Open the folder of the path, and cut the path behind it. */
static int
open_folder(struct save *save)
{
	char *slash = strrchr(save->path, '/');

	save->name = slash ? slash + 1 : save->path;
	if (!*save->name)
		return -EISDIR;
	if (slash == save->path)
		save->folder_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	else if (slash)
		*slash = '\0';
	if (slash != save->path)
		save->folder_fd = open(slash ? save->path : ".",
				       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return save->folder_fd < 0 ? -errno : 0;
}

/* six characters that nobody else has */
static void
make_suffix(char suffix[7], unsigned try)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
		number = (uint64_t)getpid() * TRIES + try;
	for (int i = 0; i < 6; i++, number /= sizeof(digits) - 1)
		suffix[i] = digits[number % (sizeof(digits) - 1)];
	suffix[6] = '\0';
}

/* Give the file a temporary name, which take() does unless it is taken. */
static int
take_name(struct save *save, int (*take)(struct save *save))
{
	char suffix[7];
	/* a name that is too long with what comes around it is cut */
	int shown = NAME_MAX - 8;

	for (unsigned try = 0; try < TRIES; try++) {
		make_suffix(suffix, try);
		snprintf(save->temporary, sizeof(save->temporary), ".%.*s.%s",
			 shown, save->name, suffix);
		if (take(save) >= 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	save->temporary[0] = '\0';
	return -errno;
}

static int
create(struct save *save)
{
	save->fd = openat(save->folder_fd, save->temporary,
			  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			  0666);
	return save->fd;
}

static int
link_unnamed(struct save *save)
{
	char file[64];

	snprintf(file, sizeof(file), "/proc/self/fd/%d", save->fd);
	return linkat(AT_FDCWD, file, save->folder_fd, save->temporary,
		      AT_SYMLINK_FOLLOW);
}

static int
open_temporary(struct save *save)
{
	/* it is through there that it would get a name */
	if (access("/proc/self/fd", X_OK) == 0)
		save->fd = openat(save->folder_fd, ".",
				  O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	return save->fd >= 0 ? 0 : take_name(save, create);
}

static int
begin(struct save *save, const char *file)
{
	int error = find_path(save, file);

	if (!error)
		error = open_folder(save);
	if (!error)
		error = open_temporary(save);
	return error;
}

/* Give it its name, for good. */
static int
finish(struct save *save)
{
	int error;

	if (fsync(save->fd))
		return -errno;
	error = save->temporary[0] ? 0 : take_name(save, link_unnamed);
	if (error)
		return error;
	if (renameat(save->folder_fd, save->temporary, save->folder_fd,
		     save->name))
		return -errno;
	save->temporary[0] = '\0';
	/* some file systems can not do it for folders */
	if (fsync(save->folder_fd) && errno != EINVAL && errno != EROFS)
		return -errno;
	return 0;
}

static void
release(struct save *save)
{
	if (save->temporary[0])
		unlinkat(save->folder_fd, save->temporary, 0);
	if (save->fd >= 0)
		close(save->fd);
	if (save->folder_fd >= 0)
		close(save->folder_fd);
	free(save->path);
}

static int
write_array(int fd, const struct segment *segment, size_t index,
	    const unsigned char *data, bool is_npy)
{
	unsigned char header[HEADER_SIZE];
	struct shape shape;
	int64_t nbytes;
	int error;

	if (is_npy) {
		segment_shape(segment, index, &shape);
		nbytes = npy_format_header(header, sizeof(header),
					   &segment->dtypes[index], &shape);
		if (nbytes < 0)
			return (int)nbytes;
		error = write_all(fd, header, (uint64_t)nbytes);
		if (error)
			return error;
	}
	return write_all(fd, data, segment->entries[index].nbytes);
}

static int
complain(char *why, const char *file, int error)
{
	char shown[INIT_SHOWN_SIZE];

	diag_name(shown, sizeof(shown), file);
	return segment_complain(why, error, "%s: %s", shown,
				error == -EINVAL ? "not a regular file"
						 : strerror(-error));
}

int
fill_check_save(const char *file, char *why)
{
	struct save save = { .folder_fd = -1, .fd = -1 };
	int error = find_path(&save, file);

	if (!error)
		error = open_folder(&save);
	if (!error && faccessat(save.folder_fd, ".", W_OK | X_OK, AT_EACCESS))
		error = -errno;
	release(&save);
	return error ? complain(why, file, error) : 0;
}

static int
save_data(const struct segment *segment, size_t index,
	  const unsigned char *data, const char *file, char *why)
{
	struct save save = { .folder_fd = -1, .fd = -1 };
	size_t length = strlen(file);
	bool is_npy = length >= 4 && strcmp(file + length - 4, ".npy") == 0;
	struct file_limit limit;
	int error;

	file_limit_hold(&limit);
	error = begin(&save, file);
	if (!error)
		error = write_array(save.fd, segment, index, data, is_npy);
	if (!error)
		error = finish(&save);
	release(&save);
	file_limit_release(&limit);
	return error ? complain(why, file, error) : 0;
}

int
fill_save(const struct segment *segment, size_t index, int rank,
	  const char *file, char *why)
{
	unsigned char *data = segment_data(segment, index, rank);
	void *address = NULL;
	size_t nbytes = 0;
	int error = 0;

	if (!data)
		error = segment_map_file(segment, index, true, &data, &address,
					 &nbytes, why);
	if (error)
		return error;
	error = save_data(segment, index, data, file, why);
	if (address)
		munmap(address, nbytes);
	return error;
}
