#ifndef SHMMAP_SEGMENT_H
#define SHMMAP_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment/dtype.h"
#include "segment/element.h"
#include "segment/layout.h"
#include "segment/shape.h"

/*
 * A segment: made, opened, checked, mapped. Whoever opens one copies header and
 * table and checks the copy against itself and the size of the file; afterwards
 * nothing in the shared bytes is believed any more.
 *
 * Functions return 0 or -errno; `why` (SEGMENT_WHY_SIZE bytes, written only
 * then) says in one clause what is wrong and what would be right.
 */

#define SEGMENT_WHY_SIZE 512

/* an array as it is to be made */
struct segment_array {
	char name[SEGMENT_NAME_SIZE];
	struct dtype dtype;
	struct shape shape;
	uint32_t flags;	    /* SEGMENT_PRIVATE ...; FORTRAN is set from
			     * shape */
	enum element_op op; /* of a reduction */
	char path[SEGMENT_PATH_SIZE]; /* mapped: absolute path of the file */
	uint64_t file_offset;	      /* mapped: of the first element */
	uint64_t file_dev, file_ino;
};

/* a segment as it is to be made */
struct segment_plan {
	const char *name; /* an identifier, see segment_is_name() */
	const struct segment_array *arrays;
	size_t count;
	unsigned np;	  /* slaves of the run whose state it holds; 0: none */
	unsigned ncopies; /* of private arrays and reductions */
	bool is_named;	  /* later runs are to find it by name */
	bool is_huge;	  /* of huge pages (not with is_named) */
};

/* one that is mapped */
struct segment {
	int fd; /* close-on-exec */
	unsigned char *base;
	uint64_t size;
	struct segment_header header;  /* the checked copy */
	struct segment_entry *entries; /* the checked copy of the table */
	struct dtype *dtypes;	       /* of each entry */
	bool is_linked; /* has a name in the file system that we gave it */
};

/* of a segment or an array: an identifier of at most 63 bytes */
bool segment_is_name(const char *name);

/* bytes that a segment of that plan will have; 0, or -EOVERFLOW */
int segment_plan_size(const struct segment_plan *plan, uint64_t *nbytes);

/*
 * Make and map one; its arrays are not reserved yet (fill.h), and a named one
 * has no name yet (segment_link()). Descriptor mode 0600; a memfd is sealed
 * against any change of its size. -EOVERFLOW, -ENOMEM, -ENOSPC, -EMFILE,
 * -EEXIST for two arrays of one name, ...
 */
int segment_create(struct segment *segment, const struct segment_plan *plan,
		   char *why);

/* Give a named one its name; its owner is the calling process, or nobody.
 * -EEXIST when there is one of that name. */
int segment_link(struct segment *segment, bool is_owned, char *why);

/* Nobody owns it any more: it is finished and stays. */
void segment_disown(struct segment *segment);

/* Map the segment of an open descriptor, which stays the caller's (it is
 * duplicated). -EINVAL when it is none or damaged. */
int segment_open(struct segment *segment, int fd, char *why);

/* the one of that name; -ENOENT, -EPERM when it is another user's, -EINVAL */
int segment_open_name(struct segment *segment, const char *name, char *why);

/* Unmap and close it; the file stays. A zeroed struct is nothing. */
void segment_close(struct segment *segment);

/* index of the array of that name, or -1 */
int segment_find(const struct segment *segment, const char *name);

/*
 * The bytes of array index as this process has them: the shared ones, or those
 * of rank's copy when there are copies and rank >= 0. NULL for mapped arrays,
 * see segment_map_file(). Aligned to a page.
 */
unsigned char *segment_data(const struct segment *segment, size_t index,
			    int rank);

/*
 * Map the file of a SEGMENT_MAPPED array into this process: *data is its first
 * element, *address and *nbytes are for munmap. The file has to be the one that
 * the table names (device, inode) and big enough. is_read_only maps it without
 * PROT_WRITE.
 */
int segment_map_file(const struct segment *segment, size_t index,
		     bool is_read_only, unsigned char **data, void **address,
		     size_t *nbytes, char *why);

/* shape and dtype of array index, from the table */
void segment_shape(const struct segment *segment, size_t index,
		   struct shape *shape);

/* ---- those that have names: files shmmap.NAME in /dev/shm ---- */

/* the path of a name; terminates out (SEGMENT_PATH_SIZE bytes), returns it */
char *segment_path(char *out, const char *name);

/* whether its owner is gone without having finished it */
bool segment_is_stale(const struct segment *segment);

/* Remove the name (who has it mapped keeps it). -ENOENT, -EPERM for another
 * user's, -EINVAL for a file that is no segment. */
int segment_remove(const char *name, char *why);

/* Names of all segments of this user, sorted: a list of *count strings that the
 * caller frees, each and the list. Files that are none are left out. */
int segment_list(char ***names, size_t *count);

#endif
