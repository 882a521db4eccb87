#include <config.h>

#include "shm/pick.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "shm/print.h"

#define SHAPE_TEXT_SIZE 192

static void
refuse(const struct target *target, const char *text, int error)
{
	char shape[SHAPE_TEXT_SIZE];

	shape_name(shape, sizeof(shape), &target->shape);
	if (error == -ERANGE)
		diag("%s: index %s is outside of shape %s", target->name, text,
		     shape);
	else
		diag("%s: %s is no slice of shape %s: 3, -1, 2:5, ::2, 0:10,2 "
		     "and ... are",
		     target->name, print_quoted(text), shape);
}

/* the last axis of what is left, if more than one is */
static uint64_t
row_of(const struct pick *pick)
{
	unsigned left = 0;
	uint64_t row = 1;

	for (unsigned i = 0; i < pick->target->shape.ndim; i++) {
		if (pick->slices[i].is_index)
			continue;
		left++;
		row = (uint64_t)pick->slices[i].count;
	}
	return left > 1 ? row : 1;
}

int
pick_slice(struct pick *pick, const struct target *target, const char *text)
{
	int error;

	pick->target = target;
	if (!text)
		text = "...";
	/* the empty text would be everything, but is some script's mistake */
	error = *text ? slice_parse(&target->shape, text, strlen(text),
				    pick->slices)
		      : -EINVAL;
	if (error) {
		refuse(target, text, error);
		return -1;
	}
	pick->count = slice_count(&target->shape, pick->slices);
	pick->row = row_of(pick);
	return 0;
}

int
pick_index(struct pick *pick, const struct target *target, const char *text)
{
	char shape[SHAPE_TEXT_SIZE];

	if (pick_slice(pick, target, text))
		return -1;
	for (unsigned i = 0; i < target->shape.ndim; i++) {
		if (pick->slices[i].is_index)
			continue;
		diag("%s: %s is not one element of shape %s: %u %s needed",
		     target->name, print_quoted(text),
		     shape_name(shape, sizeof(shape), &target->shape),
		     target->shape.ndim,
		     target->shape.ndim == 1 ? "index is" : "indices are");
		return -1;
	}
	return 0;
}

unsigned char *
pick_at(const struct pick *pick, uint64_t i)
{
	const struct target *target = pick->target;

	return target->data + slice_offset(&target->shape,
					   target->dtype->itemsize,
					   pick->slices, i);
}

/*
 * Relaxed: an element is of use on its own only; what orders several of them is
 * the user's section. Arrays of scalars are aligned, but the fields of records,
 * and what is mapped at an odd place of a file, need not be.
 */
#define LOAD(type)                                                             \
	do {                                                                   \
		type loaded = __atomic_load_n((const type *)(const void *)at,  \
					      __ATOMIC_RELAXED);               \
		memcpy(element, &loaded, sizeof(loaded));                      \
	} while (0)

#define STORE(type)                                                            \
	do {                                                                   \
		type stored;                                                   \
		memcpy(&stored, element, sizeof(stored));                      \
		__atomic_store_n((type *)(void *)at, stored,                   \
				 __ATOMIC_RELAXED);                            \
	} while (0)

/* bytes to be copied in one go, or 0 */
static uint32_t
width_of(const struct pick *pick, const unsigned char *at)
{
	uint32_t nbytes = pick->target->dtype->itemsize;

	return nbytes <= 8 && (uintptr_t)at % nbytes == 0 ? nbytes : 0;
}

void
pick_load(const struct pick *pick, uint64_t i, void *element)
{
	const unsigned char *at = pick_at(pick, i);

	switch (width_of(pick, at)) {
	case 2:
		LOAD(uint16_t);
		break;
	case 4:
		LOAD(uint32_t);
		break;
	case 8:
		LOAD(uint64_t);
		break;
	default:
		memcpy(element, at, pick->target->dtype->itemsize);
	}
}

void
pick_store(const struct pick *pick, uint64_t i, const void *element)
{
	unsigned char *at = pick_at(pick, i);

	switch (width_of(pick, at)) {
	case 2:
		STORE(uint16_t);
		break;
	case 4:
		STORE(uint32_t);
		break;
	case 8:
		STORE(uint64_t);
		break;
	default:
		memcpy(at, element, pick->target->dtype->itemsize);
	}
}
