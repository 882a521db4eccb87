#ifndef SHMMAP_PART_H
#define SHMMAP_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment/segment.h"

/*
 * Parts of a segment, each the bytes of one array or of one copy of it, and
 * what they are filled with. They are cut into pieces, at the borders of
 * elements, and each piece is reserved and filled by the thread that takes it,
 * while its bytes are in that processor's cache.
 */

enum part_kind {
	PART_ZEROS,
	PART_VALUE, /* from: one element */
	PART_FILE,  /* file, from file_offset on; elements of dtype */
	PART_COPY,  /* from: as many bytes */
};

struct part {
	const char *name; /* of the array */
	unsigned char *data;
	uint64_t nbytes;
	const struct dtype *dtype;
	enum part_kind kind;
	const unsigned char *from;
	const char *file;
	uint64_t file_offset;
	uint64_t first; /* of its pieces: part_list's business */
};

/* parts that do not overlap */
struct part_list {
	const struct segment *segment;
	bool is_fresh; /* nobody touched the memory: it is to be reserved and
			* reads as 0 */
	struct part *parts;
	size_t count, room;
	uint64_t nbytes;       /* in all */
	uint64_t piece_nbytes; /* of one */
	uint64_t npieces;
};

/* Append a copy of part; what it refers to stays the caller's. A value that is
 * 0 becomes PART_ZEROS if the memory is fresh. 0 or -ENOMEM. */
int part_add(struct part_list *list, const struct part *part);

/* Fill all with nthreads threads. 0 or -errno with why: -ENOSPC and -ENOMEM
 * when there is no memory for it, -ENODATA for a file that became shorter. */
int part_fill_all(struct part_list *list, unsigned nthreads, char *why);

/* Make whole elements, all of one value, out of nbytes at data. */
void part_fill_value(unsigned char *data, uint64_t nbytes,
		     const unsigned char *value, uint32_t itemsize);

void part_release(struct part_list *list);

#endif
