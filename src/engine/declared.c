#include <config.h>

#include "engine/declared.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/diag.h"

/* dtype and shape as a declaration has them: f8:3,4 */
static char *
type_name(char *out, size_t size, const struct dtype *dtype,
	  const struct shape *shape)
{
	char name[DTYPE_TEXT_SIZE], dims[192];

	snprintf(out, size, "%s%s%s", dtype_name(name, sizeof(name), dtype),
		 shape->ndim ? ":" : "", shape_name(dims, sizeof(dims), shape));
	return out;
}

static bool
is_same_type(const struct segment *segment, size_t index,
	     const struct segment_array *array, const struct shape *shape)
{
	if (!dtype_is_same(&segment->dtypes[index], &array->dtype) ||
	    shape->ndim != array->shape.ndim)
		return false;
	for (unsigned i = 0; i < shape->ndim; i++)
		if (shape->dims[i] != array->shape.dims[i])
			return false;
	return true;
}

/* whether array index is what the declaration asks for (scopes are the run's
 * own); says why not */
static bool
is_as_declared(const struct segment *segment, size_t index,
	       const struct segment_array *array, const char *name)
{
	const struct segment_entry *entry = &segment->entries[index];
	char is[DTYPE_TEXT_SIZE + 256], wanted[DTYPE_TEXT_SIZE + 256];
	struct shape shape;

	segment_shape(segment, index, &shape);
	if (!is_same_type(segment, index, array, &shape))
		diag("--segment: '%s' exists, and its array %s is %s, not %s",
		     name, array->name,
		     type_name(is, sizeof(is), &segment->dtypes[index], &shape),
		     type_name(wanted, sizeof(wanted), &array->dtype,
			       &array->shape));
	else if (array->flags & (SEGMENT_PRIVATE | SEGMENT_REDUCTION) &&
		 entry->flags & SEGMENT_MAPPED)
		diag("--segment: '%s' exists, and its array %s is a mapped "
		     "file, which slaves have no copies of",
		     name, array->name);
	else
		return true;
	return false;
}

int
declared_check(const struct segment *segment, const struct plan *plan)
{
	char type[DTYPE_TEXT_SIZE + 256];

	for (size_t i = 0; i < plan->arrays.count; i++) {
		const struct segment_array *array =
			&plan->arrays.specs[i].array;
		int index = segment_find(segment, array->name);

		if (index < 0)
			diag("--segment: '%s' exists, but without an array "
			     "%s=%s",
			     plan->segment_name, array->name,
			     type_name(type, sizeof(type), &array->dtype,
				       &array->shape));
		if (index < 0 || !is_as_declared(segment, (size_t)index, array,
						 plan->segment_name))
			return -EEXIST;
	}
	return 0;
}
