#ifndef SHMMAP_NPY_H
#define SHMMAP_NPY_H

#include <stddef.h>
#include <stdint.h>

#include "segment/dtype.h"
#include "segment/shape.h"

/*
 * NumPy's .npy files: numpy.lib.format, versions 1.0, 2.0 and 3.0 are read, 1.0
 * is written (3.0 when the name of a field is not ASCII). Only headers: the
 * data, which follow directly, are the caller's to read or map.
 */

struct npy {
	struct dtype dtype;
	struct shape shape;   /* is_fortran as in the file */
	uint64_t data_offset; /* where the data begin in the file */
	uint64_t count;	      /* elements */
	uint64_t nbytes;      /* of the data */
};

/* an error as one clause for a message, such as "object arrays are refused";
 * big enough for all of them */
#define NPY_WHY_SIZE 256

/*
 * Read the header from the file's beginning (pread; the descriptor's position
 * is not used; not for pipes). The file is not trusted. Returns 0, or -errno
 * with why (NPY_WHY_SIZE bytes) saying what is wrong and what would be right:
 * -EINVAL no .npy file or a malformed header, -ENOTSUP object arrays, unknown
 * versions or dtypes, -ERANGE too big, -ENODATA file shorter than its shape
 * says; or the error of a read. A file longer than its shape says is taken, as
 * NumPy does.
 */
int npy_read_header(int fd, struct npy *npy, char *why);

/*
 * Write the header of an array into buffer: magic, version, dict, padded with
 * blanks to a multiple of 64 bytes. Returns its size in bytes, or -ERANGE when
 * it is above size (4096 are enough for every dtype of dtype.h).
 */
int64_t npy_format_header(void *buffer, size_t size, const struct dtype *dtype,
			  const struct shape *shape);

#endif
