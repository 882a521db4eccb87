#ifndef SHMMAP_NPY_DICT_H
#define SHMMAP_NPY_DICT_H

#include <stddef.h>

#include "segment/npy.h"

/*
 * The dict in the header of a .npy file: nbytes of UTF-8, not terminated, to
 * dtype and shape (is_fortran as in the file). The text is not trusted. Returns
 * 0, or -errno with why (NPY_WHY_SIZE bytes) as npy_read_header() has it:
 * -EINVAL malformed, -ENOTSUP a dtype that is refused, -ERANGE too big. Both
 * may have changed then.
 */
int npy_dict_parse(const char *text, size_t nbytes, struct dtype *dtype,
		   struct shape *shape, char *why);

/* Note why (NPY_WHY_SIZE bytes); returns error. */
int npy_refuse(char *why, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
