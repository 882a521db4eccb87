#include <config.h>

#include "segment/fill.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>

#include "base/cgroup.h"
#include "segment/reserve.h"
#include "segment/segment_parts.h"

/* How much memory there is; see fill.h. What can not be found out is no
 * limit. */

#define NAMED_FOLDER "/dev/shm"

/* free bytes of the file system that named segments are in */
static uint64_t
free_shm(void)
{
	struct statfs status;

	if (statfs(NAMED_FOLDER, &status))
		return UINT64_MAX;
	/* a tmpfs without a limit says that it has no blocks at all */
	if (status.f_blocks == 0)
		return UINT64_MAX;
	return (uint64_t)status.f_bavail * (uint64_t)status.f_bsize;
}

/* bytes that could be had without ending anything else */
static uint64_t
available(const char *proc)
{
	char path[PATH_MAX], line[256];
	uint64_t kib, sum = 0;
	bool is_known = false;
	FILE *file;

	if (snprintf(path, sizeof(path), "%s/meminfo", proc) >=
	    (int)sizeof(path))
		return UINT64_MAX;
	file = fopen(path, "re");
	if (!file)
		return UINT64_MAX;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
			is_known = true;
		else if (sscanf(line, "SwapFree: %" SCNu64, &kib) != 1)
			continue;
		sum += kib * 1024;
	}
	fclose(file);
	return is_known ? sum : UINT64_MAX;
}

/* what is wanted, and how much of it there is where */
static int
refuse(char *why, int error, uint64_t nbytes, uint64_t limit, const char *where)
{
	char wanted[RESERVE_SIZE], there[RESERVE_SIZE];

	return segment_complain(why, error,
				"%s (%" PRIu64 " bytes) are wanted, but %s %s",
				reserve_size(wanted, nbytes), nbytes, where,
				reserve_size(there, limit));
}

int
fill_check_fit(uint64_t nbytes, bool is_named, const char *proc,
	       const char *cgroup, char *why)
{
	char where[128], most[RESERVE_SIZE];
	uint64_t limit, in_all;

	if (is_named) {
		limit = free_shm();
		if (nbytes > limit)
			return refuse(why, -ENOSPC, nbytes, limit,
				      "the free space of " NAMED_FOLDER " is");
	}
	limit = cgroup_memory(proc, cgroup, &in_all);
	if (nbytes > limit) {
		snprintf(where, sizeof(where),
			 "what is left of the memory limit of this control "
			 "group, %s, is",
			 reserve_size(most, in_all));
		return refuse(why, -ENOMEM, nbytes, limit, where);
	}
	limit = available(proc);
	if (nbytes > limit)
		return refuse(why, -ENOMEM, nbytes, limit,
			      "the available memory and swap are");
	return 0;
}
