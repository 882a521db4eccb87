#include <config.h>

#include "segment/dtype_fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Flattening records; see dtype_fields.h. */

#define NAME_SIZE sizeof(((struct dtype_field *)0)->name)

int
dtype_fields_add(struct dtype *dtype, const char *path,
		 const struct dtype_field *field)
{
	struct dtype_field *added = &dtype->fields[dtype->nfields];

	if (dtype->nfields == DTYPE_FIELDS_MAX)
		return -ERANGE;
	*added = *field;
	snprintf(added->name, NAME_SIZE, "%s", path);
	dtype->nfields++;
	return 0;
}

bool
dtype_fields_have(const struct dtype *dtype, const char *path)
{
	size_t nbytes = strlen(path);
	const char *name;
	uint32_t i;

	for (i = 0; i < dtype->nfields; i++) {
		name = dtype->fields[i].name;
		if (strncmp(name, path, nbytes) == 0 &&
		    (name[nbytes] == '\0' || name[nbytes] == '.' ||
		     name[nbytes] == '['))
			return true;
	}
	return false;
}

/* put the [i] of a subarray of records into the name of a field of them, behind
 * nprefix bytes */
static int
index_field(struct dtype_field *field, size_t nprefix, uint64_t i)
{
	char name[NAME_SIZE];
	int length =
		snprintf(name, sizeof(name), "%.*s[%" PRIu64 "]%s",
			 (int)nprefix, field->name, i, field->name + nprefix);

	if (length < 0 || (size_t)length >= sizeof(name))
		return -ERANGE;
	memcpy(field->name, name, sizeof(name));
	return 0;
}

int
dtype_fields_multiply(struct dtype *dtype, uint32_t first, uint32_t nbytes,
		      size_t nprefix, uint64_t count)
{
	uint32_t n = dtype->nfields - first, at;
	struct dtype_field *field = &dtype->fields[first];
	uint64_t i;

	if (n * count > DTYPE_FIELDS_MAX - first)
		return -ERANGE;
	for (i = count; i-- > 0;)
		for (at = 0; at < n; at++) {
			field[i * n + at] = field[at];
			field[i * n + at].offset += (uint32_t)(i * nbytes);
			if (index_field(&field[i * n + at], nprefix, i))
				return -ERANGE;
		}
	dtype->nfields = first + n * (uint32_t)count;
	return 0;
}
