#ifndef SHMMAP_SHM_TARGET_H
#define SHMMAP_SHM_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "client/client.h"
#include "shm/command.h"

/*
 * What a subcommand works on: the segment that options name, or that of the run
 * which this process is a worker of, and an array of it.
 *
 * Functions that return int return 0, or -1 after a diagnostic.
 */

struct target {
	struct shmmap *handle;
	const struct segment *segment; /* of handle */
	const struct dtype *dtype;
	const char *name;
	size_t index;
	struct shape shape;
	unsigned char *data; /* the first element: of this worker's copy when
			      * there are copies */
	void *mapping;	     /* of a file, or NULL */
	size_t mapping_nbytes;
};

/* Attach to the segment; who is the subcommand. shmmap_detach() ends it. */
int target_attach(struct shmmap **handle, const struct options *options,
		  const char *who);

/* Attach and find an array. One that a write would be lost in is refused unless
 * is_read_only, and a file is then mapped so that it can be written. */
int target_open(struct target *target, const struct options *options,
		const char *who, const char *name, bool is_read_only);

/* also after a target_open() that failed */
void target_close(struct target *target);

#endif
