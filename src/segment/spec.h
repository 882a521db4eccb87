#ifndef SHMMAP_SPEC_H
#define SHMMAP_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "segment/segment.h"

/*
 * Declarations of arrays as the command line has them (-A, shm new, shm load):
 *
 *	NAME=DTYPE[:DIM,...][=INIT]
 *	NAME=@FILE.npy			dtype and shape are the file's
 *	NAME=map:FILE.npy, NAME=map-copy:FILE.npy
 *	NAME=like:OTHER[=INIT]		dtype and shape of an earlier array
 *
 * INIT:
 *	(none)		zeros
 *	VALUE		every element (element.h's text)
 *	@FILE.npy	copy; dtype and shape, if given, must be the file's
 *	@FILE		raw bytes as numpy.fromfile, exactly as many as the
 *			array has; DIM may be -1
 *
 *	text:FILE	one number per word, in the flat order of numpy.loadtxt:
 *			white space or a comma between them, # begins a comment;
 *			DIM may be -1 (the file is then read twice)
 *
 *	map:FILE, map-copy:FILE
 *			the file itself, .npy or raw (by its name), nothing is
 *			copied; it may be longer than the array; raw: DIM may be
 *			-1. map: is written to, map-copy: is not. Big-endian and
 *			unaligned .npy data can only be copied.
 *
 *	like:OTHER	copy of an earlier array's INIT (same dtype and shape)
 *
 * FILE is a regular file, told to be .npy by the end of its name. A VALUE can
 * not begin as one of the others do (that is, of dtype S).
 */

enum spec_init {
	SPEC_ZEROS,
	SPEC_VALUE,
	SPEC_NPY,  /* copy from .npy */
	SPEC_RAW,  /* copy from a raw file */
	SPEC_TEXT, /* numbers as text */
	SPEC_MAP,  /* nothing to do: mapped */
	SPEC_LIKE, /* copy of array `like` of the same list, which is NPY, RAW
		    * or TEXT */
};

struct spec {
	const char *text; /* as given, for messages; the caller's */
	struct segment_array array;
	enum spec_init init;
	char *file;	      /* of NPY, RAW, TEXT, MAP; the spec's */
	uint64_t file_offset; /* where the data begin */
	unsigned char *value; /* VALUE: one element; the spec's */
	size_t like;	      /* LIKE: index in the list */
};

struct spec_list {
	struct spec *specs;
	size_t count;
};

/*
 * Parse one declaration, look at its file, and append it: after this dtype and
 * shape are known and the file has the size that they need. Returns 0 or -errno
 * with why: one clause naming what is wrong and what would be right ("no dtype
 * 'f9': one of ? i1 ... or {name=dtype,...}", "data.bin: 1001 bytes are no
 * whole number of elements of 8", "x is declared twice"). text must live as
 * long as the list. -ENOMEM, -EINVAL, -ERANGE, -ENOENT, ...
 */
int spec_add(struct spec_list *list, const char *text, char *why);

/* Make arrays private: NAME,... ; or reductions: OP:NAME,... . The names must
 * have been declared; none may be mapped or have a scope already, and OP must
 * be one for its dtype. On failure some may have their scope. */
int spec_private(struct spec_list *list, const char *text, char *why);
int spec_reduction(struct spec_list *list, const char *text, char *why);

/* index of the declaration of that name, or -1 */
int spec_find(const struct spec_list *list, const char *name, size_t nbytes);

void spec_release(struct spec_list *list);

#endif
