#include <config.h>

#include "shm/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/diag.h"
#include "front/help.h"
#include "shm/print.h"

int
target_attach(struct shmmap **handle, const struct options *options,
	      const char *who)
{
	int error;

	if (options->segment) {
		error = shmmap_attach_name(handle, options->segment);
	} else if (!getenv("SHMMAP_FD") && !getenv("SHMMAP_SEGMENT")) {
		*handle = NULL;
		diag("%s: no segment: run it in a worker of shmmap, or name "
		     "one with --segment",
		     who);
		return -1;
	} else {
		error = shmmap_attach(handle);
	}
	if (error)
		diag("%s", shmmap_error());
	return error ? -1 : 0;
}

/* the array whose name is nearest, NULL when none is near */
static const char *
nearest(const struct segment *segment, const char *name)
{
	size_t length = strlen(name), least = 1 + length / 3, distance;
	const char *best = NULL;

	for (size_t i = 0; i < segment->header.array_count; i++) {
		distance =
			help_distance(segment->entries[i].name, name, length);
		/* all of a short name replaced is another name */
		if (distance >= length || distance > least)
			continue;
		least = distance;
		best = segment->entries[i].name;
	}
	return best;
}

static void
refuse_name(const struct segment *segment, const char *name)
{
	const char *meant = nearest(segment, name);
	char list[128] = "it has no arrays";
	size_t used = 0, n = segment->header.array_count;

	if (meant) {
		diag("%s: no such array in segment '%s' (did you mean '%s'?)",
		     print_quoted(name), segment->header.name, meant);
		return;
	}
	for (size_t i = 0; i < n && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used,
					 "%s%s", i ? ", " : "it has ",
					 segment->entries[i].name);
	diag("%s: no such array in segment '%s' (%s%s)", print_quoted(name),
	     segment->header.name, list, used < sizeof(list) ? "" : "...");
}

static int
map_file(struct target *target, bool is_read_only)
{
	const struct segment_entry *entry =
		&target->segment->entries[target->index];
	char why[SEGMENT_WHY_SIZE];

	if (!is_read_only && entry->flags & SEGMENT_MAP_COPY) {
		diag("%s: each process has a copy of the file of its own "
		     "(map-copy), so that a change would be lost",
		     target->name);
		return -1;
	}
	if (segment_map_file(target->segment, target->index, is_read_only,
			     &target->data, &target->mapping,
			     &target->mapping_nbytes, why)) {
		target->mapping = NULL;
		diag("%s: %s", target->name, why);
		return -1;
	}
	return 0;
}

int
target_open(struct target *target, const struct options *options,
	    const char *who, const char *name, bool is_read_only)
{
	int index;

	*target = (struct target){ .handle = NULL };
	if (target_attach(&target->handle, options, who))
		return -1;
	target->segment = &target->handle->segment;
	index = segment_find(target->segment, name);
	if (index < 0) {
		refuse_name(target->segment, name);
		return -1;
	}
	target->index = (size_t)index;
	target->name = target->segment->entries[index].name;
	target->dtype = &target->segment->dtypes[index];
	segment_shape(target->segment, target->index, &target->shape);
	if (target->segment->entries[index].flags & SEGMENT_MAPPED)
		return map_file(target, is_read_only);
	target->data = target->handle->arrays[index].data;
	return 0;
}

void
target_close(struct target *target)
{
	if (target->mapping)
		munmap(target->mapping, target->mapping_nbytes);
	shmmap_detach(target->handle);
	*target = (struct target){ .handle = NULL };
}
