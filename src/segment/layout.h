#ifndef SHMMAP_LAYOUT_H
#define SHMMAP_LAYOUT_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What stands in a segment's file. Public, byte for byte, and described in
 * shmmap-segment(5) for readers in any language; all fields little-endian.
 *
 *   header | table | locks | state of the run | array | array | ...
 *
 * Each part begins on a page of SEGMENT_PAGE bytes, arrays of 2 MiB and more on
 * a multiple of 2 MiB. Offsets count from the begin of the file; there is no
 * pointer anywhere.
 *
 *   part     written by               when
 *   header   who makes the segment    before anyone else can see it, but for
 *                                     owner, see there
 *   table    the same                 the same
 *   locks    any worker               see lock.h
 *   run      dispatcher and workers   see sections.h
 *   arrays   any worker               the user's business
 *
 * A named segment has neither the state of a run nor copies of arrays: several
 * runs may use it. These are in a second one, whose entries are the arrays that
 * have copies, and whose own shared bytes nobody touches: they take no memory.
 *
 * Header and table are not changed after crc32 was computed, so whoever
 * attaches copies them, checks the copy, and from then on looks at the copy
 * only.
 */

#define SEGMENT_MAGIC "shmmap\0\1"
#define SEGMENT_ABI 1u
#define SEGMENT_PAGE 4096u
#define SEGMENT_HUGE ((uint64_t)2 << 20)

#define SEGMENT_NAME_SIZE 64 /* with its NUL, as all texts here */
#define SEGMENT_DTYPE_SIZE 1024
#define SEGMENT_PATH_SIZE 704
#define SEGMENT_NDIM_MAX 8
#define SEGMENT_ARRAYS_MAX 4096

struct segment_header {
	char magic[8];	/* SEGMENT_MAGIC */
	uint32_t abi;	/* SEGMENT_ABI: layout of everything here */
	uint32_t crc32; /* of header up to owner, with 0 here, and table;
			 * as in zlib and IEEE 802.3 */
	uint64_t size;	/* of the file, in bytes */
	uint64_t table_offset;
	uint32_t array_count;
	uint32_t entry_nbytes; /* sizeof(struct segment_entry) */
	uint64_t lock_offset;
	uint32_t lock_count;
	uint32_t lock_nbytes; /* of one lock */
	uint32_t lock_kind;   /* C library and size of its mutex, see lock.h */
	uint32_t np;	      /* slaves of the run, 0 without one */
	uint64_t run_offset;  /* 0 when there is no run */
	uint64_t run_nbytes;
	char name[SEGMENT_NAME_SIZE];
	uint8_t reserved[112]; /* 0 */
	/* From here on not covered by crc32. A named segment belongs to a
	 * process until it is finished, then to nobody (0): what belongs to a
	 * process that is gone is a leftover. */
	_Atomic uint64_t owner_pid;
	_Atomic uint64_t owner_start; /* field 22 of /proc/PID/stat */
};

/* flags of an array */
#define SEGMENT_FORTRAN 1u   /* first index fastest */
#define SEGMENT_PRIVATE 2u   /* a copy per slave */
#define SEGMENT_REDUCTION 4u /* a copy per slave, combined at the end */
#define SEGMENT_MAPPED 8u    /* the bytes are in the file path, at offset */
#define SEGMENT_MAP_COPY 16u /* mapped privately by each process */

struct segment_entry {
	char name[SEGMENT_NAME_SIZE];
	char dtype[SEGMENT_DTYPE_SIZE]; /* NumPy's descr */
	uint64_t shape[SEGMENT_NDIM_MAX];
	uint32_t ndim;
	uint32_t flags;
	uint64_t itemsize;
	uint64_t nbytes;	/* itemsize times all of shape */
	uint64_t offset;	/* of the shared bytes */
	uint64_t copies_offset; /* of rank 0's copy; 0 without copies */
	uint64_t copy_stride;	/* bytes from one rank's copy to the next's */
	uint32_t copy_count;	/* of private arrays and reductions, else 0 */
	uint32_t op;		/* of a reduction, enum element_op */
	uint64_t file_dev, file_ino;  /* of path, when mapped */
	char path[SEGMENT_PATH_SIZE]; /* absolute; empty unless mapped */
	uint8_t reserved[120];	      /* 0 */
};

static_assert(sizeof(struct segment_header) == 272, "public layout");
static_assert(offsetof(struct segment_header, owner_pid) == 256,
	      "public layout");
static_assert(sizeof(struct segment_entry) == 2048, "public layout");

#endif
