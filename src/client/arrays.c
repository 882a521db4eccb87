#include <config.h>

#include <errno.h>
#include <string.h>

#include "client/client.h"

/* Arrays and atomics; see shmmap.h. */

static const struct segment_entry *
entry_of(const struct shmmap_array *array)
{
	return &array->owner->segment.entries[array->index];
}

static const struct dtype *
dtype_of(const struct shmmap_array *array)
{
	return &array->owner->segment.dtypes[array->index];
}

size_t
shmmap_count(const struct shmmap *segment)
{
	return segment->segment.header.array_count;
}

struct shmmap_array *
shmmap_at(struct shmmap *segment, size_t index)
{
	return index < shmmap_count(segment) ? &segment->arrays[index] : NULL;
}

struct shmmap_array *
shmmap_get(struct shmmap *segment, const char *name)
{
	int index = segment_find(&segment->segment, name);

	if (index < 0) {
		client_fail(-ENOENT, "no array '%.64s'", name);
		return NULL;
	}
	return shmmap_data(&segment->arrays[index]) ? &segment->arrays[index]
						    : NULL;
}

static void
map_file(struct shmmap_array *array)
{
	char why[SEGMENT_WHY_SIZE];
	unsigned char *data;
	int error;

	pthread_mutex_lock(&array->owner->map_mutex);
	if (!array->data) {
		error = segment_map_file(&array->owner->segment, array->index,
					 false, &data, &array->mapping,
					 &array->mapping_nbytes, why);
		if (error) {
			array->mapping = NULL;
			client_fail(error, "array '%s': %s", shmmap_name(array),
				    why);
		} else {
			array->data = data;
		}
	}
	pthread_mutex_unlock(&array->owner->map_mutex);
}

void *
shmmap_data(struct shmmap_array *array)
{
	if (entry_of(array)->flags & SEGMENT_MAPPED)
		map_file(array);
	return array->data;
}

const char *
shmmap_name(const struct shmmap_array *array)
{
	return entry_of(array)->name;
}

const char *
shmmap_dtype(const struct shmmap_array *array)
{
	return entry_of(array)->dtype;
}

size_t
shmmap_itemsize(const struct shmmap_array *array)
{
	return entry_of(array)->itemsize;
}

int
shmmap_ndim(const struct shmmap_array *array)
{
	return (int)entry_of(array)->ndim;
}

const size_t *
shmmap_shape(const struct shmmap_array *array)
{
	return array->shape;
}

const ptrdiff_t *
shmmap_strides(const struct shmmap_array *array)
{
	return array->strides;
}

size_t
shmmap_size(const struct shmmap_array *array)
{
	return array->size;
}

size_t
shmmap_nbytes(const struct shmmap_array *array)
{
	return entry_of(array)->nbytes;
}

int
shmmap_is_fortran(const struct shmmap_array *array)
{
	return (entry_of(array)->flags & SEGMENT_FORTRAN) != 0;
}

int
shmmap_split(size_t n, size_t parts, size_t index, size_t *start, size_t *stop)
{
	uint64_t first, last;

	if (index >= parts)
		return client_fail(-EINVAL, "no part %zu of %zu", index, parts);
	shape_split(n, parts, index, &first, &last);
	*start = first;
	*stop = last;
	return 0;
}

int
shmmap_split_axis(const struct shmmap_array *array, int axis, size_t *start,
		  size_t *stop)
{
	const struct shmmap *segment = array->owner;

	if (axis < 0 || axis >= shmmap_ndim(array))
		return client_fail(-EINVAL, "array '%s' has no axis %d",
				   shmmap_name(array), axis);
	if (segment->rank < 0)
		return client_fail(-EINVAL, "not in a run");
	return shmmap_split(array->shape[axis], (size_t)shmmap_np(segment),
			    (size_t)segment->rank, start, stop);
}

/* ---- atomics ---- */

/* the element, or NULL after noting why not */
static unsigned char *
element_at(struct shmmap_array *array, size_t index)
{
	unsigned char *data = array->data ? array->data : shmmap_data(array);

	if (index >= array->size) {
		client_fail(-ERANGE, "array '%s' has no element %zu",
			    shmmap_name(array), index);
		return NULL;
	}
	return data ? data + index * dtype_of(array)->itemsize : NULL;
}

static int
check_dtype(const struct shmmap_array *array, int error)
{
	return error ? client_fail(error, "array '%s': not for dtype %.200s",
				   shmmap_name(array), shmmap_dtype(array))
		     : 0;
}

static int
atomic(struct shmmap_array *array, enum element_op op, size_t index,
       const void *value, void *old)
{
	unsigned char *element = element_at(array, index);

	if (!element)
		return index >= array->size ? -ERANGE : -EIO;
	return check_dtype(array, element_atomic(dtype_of(array), op, element,
						 value, old));
}

int
shmmap_add(struct shmmap_array *array, size_t index, const void *value,
	   void *old)
{
	return atomic(array, ELEMENT_ADD, index, value, old);
}

int
shmmap_min(struct shmmap_array *array, size_t index, const void *value,
	   void *old)
{
	return atomic(array, ELEMENT_MIN, index, value, old);
}

int
shmmap_max(struct shmmap_array *array, size_t index, const void *value,
	   void *old)
{
	return atomic(array, ELEMENT_MAX, index, value, old);
}

int
shmmap_cas(struct shmmap_array *array, size_t index, void *expected,
	   const void *desired)
{
	unsigned char *element = element_at(array, index);
	bool is_done;
	int error;

	if (!element)
		return index >= array->size ? -ERANGE : -EIO;
	error = element_cas(dtype_of(array), element, expected, desired,
			    &is_done);
	return error ? check_dtype(array, error) : is_done;
}
