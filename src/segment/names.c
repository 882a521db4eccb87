#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segment/segment.h"

/*
 * Segments that have names: files shmmap.NAME in /dev/shm, as shm_open(3) would
 * make them, but whole from the moment that they have a name.
 *
 * A named segment belongs to the process that makes it until that process says
 * that it is finished: then nobody (pid 0) owns it, and it stays. One whose
 * owner is gone is a leftover. A pid alone can be somebody else's by now, so
 * the time at which the owner started stands beside it.
 */

#define FOLDER "/dev/shm"
#define PREFIX "shmmap."

char *
segment_path(char *out, const char *name)
{
	snprintf(out, SEGMENT_PATH_SIZE, FOLDER "/" PREFIX "%s", name);
	return out;
}

/* start time of a process in clock ticks after boot; 0 if there is none */
static uint64_t
start_of(uint64_t pid)
{
	char path[64], text[1024];
	unsigned long long start = 0;
	const char *behind;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%llu/stat",
		 (unsigned long long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	/* the name in parentheses may hold anything */
	behind = strrchr(text, ')');
	if (!behind ||
	    sscanf(behind + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d "
		   "%*d %*d %*d %*d %*d %llu",
		   &start) != 1)
		return 0;
	return start;
}

static struct segment_header *
shared_header(const struct segment *segment)
{
	return (struct segment_header *)(void *)segment->base;
}

int
segment_link(struct segment *segment, bool is_owned, char *why)
{
	struct segment_header *header = shared_header(segment);
	char path[SEGMENT_PATH_SIZE], file[64];
	uint64_t pid = is_owned ? (uint64_t)getpid() : 0;

	/* relaxed: nobody else has it yet */
	atomic_store_explicit(&header->owner_start, pid ? start_of(pid) : 0,
			      memory_order_relaxed);
	atomic_store_explicit(&header->owner_pid, pid, memory_order_relaxed);
	snprintf(file, sizeof(file), "/proc/self/fd/%d", segment->fd);
	segment_path(path, segment->header.name);
	if (linkat(AT_FDCWD, file, AT_FDCWD, path, AT_SYMLINK_FOLLOW)) {
		int error = errno;

		snprintf(why, SEGMENT_WHY_SIZE, "%s",
			 error == EEXIST ? "there is one of this name already"
					 : strerror(error));
		return -error;
	}
	segment->is_linked = true;
	return 0;
}

void
segment_disown(struct segment *segment)
{
	/* relaxed: a word of its own */
	atomic_store_explicit(&shared_header(segment)->owner_pid, 0,
			      memory_order_relaxed);
}

bool
segment_is_stale(const struct segment *segment)
{
	struct segment_header *header = shared_header(segment);
	uint64_t pid =
		atomic_load_explicit(&header->owner_pid, memory_order_relaxed);
	uint64_t start = atomic_load_explicit(&header->owner_start,
					      memory_order_relaxed);

	return pid != 0 && start_of(pid) != start;
}

int
segment_remove(const char *name, char *why)
{
	char path[SEGMENT_PATH_SIZE];
	struct segment segment;
	int error = segment_open_name(&segment, name, why);

	segment_close(&segment);
	/* a damaged one may be removed, somebody else's file may not */
	if (error && error != -EINVAL)
		return error;
	if (!segment_is_name(name))
		return error;
	if (unlink(segment_path(path, name))) {
		error = errno;
		snprintf(why, SEGMENT_WHY_SIZE, "%s", strerror(error));
		return -error;
	}
	return 0;
}

static int
is_candidate(const struct dirent *entry)
{
	return strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
	       segment_is_name(entry->d_name + strlen(PREFIX));
}

int
segment_list(char ***names, size_t *count)
{
	char why[SEGMENT_WHY_SIZE];
	struct segment segment;
	struct dirent **found;
	int n = scandir(FOLDER, &found, is_candidate, alphasort);

	*names = NULL;
	*count = 0;
	if (n < 0)
		return -errno;
	*names = calloc((size_t)n + 1, sizeof(**names));
	for (int i = 0; i < n; i++) {
		const char *name = found[i]->d_name + strlen(PREFIX);

		if (*names && segment_open_name(&segment, name, why) == 0) {
			segment_close(&segment);
			(*names)[*count] = strdup(name);
			*count += (*names)[*count] != NULL;
		}
		free(found[i]);
	}
	free(found);
	return *names ? 0 : -ENOMEM;
}
