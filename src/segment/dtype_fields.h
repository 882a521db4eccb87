#ifndef SHMMAP_DTYPE_FIELDS_H
#define SHMMAP_DTYPE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segment/dtype.h"

/*
 * The fields of a record while it is read. Records in it are flattened: a field
 * of one has the path of both names with a dot between, and one of an element
 * of a subarray of records has the element's index behind the name, as in
 * name[3].x.
 */

/* Enter a field, whose name is path. Returns 0, or -ERANGE when there are too
 * many; path is shorter than a field's name may be. */
int dtype_fields_add(struct dtype *dtype, const char *path,
		     const struct dtype_field *field);

/* whether there is a field, or a record, with path */
bool dtype_fields_have(const struct dtype *dtype, const char *path);

/* The fields from first on are those of a record of nbytes bytes, whose path
 * has nprefix: it becomes a subarray of count. Returns 0 or -ERANGE. */
int dtype_fields_multiply(struct dtype *dtype, uint32_t first, uint32_t nbytes,
			  size_t nprefix, uint64_t count);

#endif
