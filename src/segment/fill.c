/*
 * Memory for a segment and what its arrays begin with; see fill.h.
 *
 * In two passes: first what depends on nothing in the segment, then copies of
 * it. Between them numbers in text are read, by one thread, into memory that is
 * there already.
 */
#include <config.h>

#include "segment/fill.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "segment/init.h"
#include "segment/part.h"
#include "segment/reserve.h"
#include "segment/segment_parts.h"
#include "segment/text.h"

/* bytes that are worth a thread, and threads for one array */
#define THREAD_NBYTES ((uint64_t)64 << 20)
#define THREADS_MAX 8

/* operations are for scalars of at most 16 bytes */
#define IDENTITY_SIZE 16

struct filling {
	struct segment *segment;
	const struct spec_list *list;
	struct part_list first, second;
	unsigned char (*identities)[IDENTITY_SIZE]; /* of each array */
};

/* a part with all but what it is filled with */
static struct part
part_of(const struct filling *filling, size_t index, int rank)
{
	const struct segment *segment = filling->segment;

	return (struct part){
		.name = segment->entries[index].name,
		.data = segment_data(segment, index, rank),
		.nbytes = segment->entries[index].nbytes,
		.dtype = &filling->list->specs[index].array.dtype,
	};
}

/* the shared bytes of an array, as they are in the first pass */
static struct part
shared_part(const struct filling *filling, size_t index)
{
	const struct spec *spec = &filling->list->specs[index];
	struct part part = part_of(filling, index, -1);

	switch (spec->init) {
	case SPEC_VALUE:
		part.kind = PART_VALUE;
		part.from = spec->value;
		break;
	case SPEC_NPY:
	case SPEC_RAW:
		part.kind = PART_FILE;
		part.file = spec->file;
		part.file_offset = spec->file_offset;
		break;
	case SPEC_LIKE:
		part.kind = PART_COPY;
		part.from = segment_data(filling->segment, spec->like, -1);
		break;
	case SPEC_ZEROS:
	case SPEC_TEXT: /* its turn comes between the passes */
	case SPEC_MAP:
		part.kind = PART_ZEROS;
		break;
	}
	return part;
}

/* one copy of a private array or a reduction, whose shared bytes are like */
static struct part
copy_part(const struct filling *filling, size_t index, int rank,
	  const struct part *like)
{
	const struct segment_entry *entry = &filling->segment->entries[index];
	enum spec_init init = filling->list->specs[index].init;
	struct part part = part_of(filling, index, rank);

	if (entry->flags & SEGMENT_REDUCTION) {
		part.kind = PART_VALUE;
		part.from = filling->identities[index];
	} else if (init == SPEC_ZEROS || init == SPEC_VALUE) {
		part.kind = like->kind;
		part.from = like->from;
	} else {
		part.kind = PART_COPY;
		part.from = init == SPEC_LIKE ? like->from : like->data;
	}
	return part;
}

static int
add(struct filling *filling, const struct part *part)
{
	return part_add(part->kind == PART_COPY ? &filling->second
						: &filling->first,
			part);
}

static int
plan_array(struct filling *filling, size_t index)
{
	const struct segment_entry *entry = &filling->segment->entries[index];
	struct part shared = shared_part(filling, index), copy;
	int error = add(filling, &shared);

	if (entry->flags & SEGMENT_REDUCTION)
		element_identity(&filling->segment->dtypes[index],
				 (enum element_op)entry->op,
				 filling->identities[index]);
	for (int i = 0; i < (int)entry->copy_count && !error; i++) {
		copy = copy_part(filling, index, i, &shared);
		error = add(filling, &copy);
	}
	if (!error) {
		reserve_huge(filling->segment->base, entry->offset,
			     entry->nbytes);
		reserve_huge(filling->segment->base, entry->copies_offset,
			     entry->copy_count * entry->copy_stride);
	}
	return error;
}

static int
plan_all(struct filling *filling)
{
	const struct segment *segment = filling->segment;
	int error = 0;

	filling->identities = calloc(segment->header.array_count + 1,
				     sizeof(*filling->identities));
	if (!filling->identities)
		return -ENOMEM;
	for (size_t i = 0; i < segment->header.array_count && !error; i++)
		if (!(segment->entries[i].flags & SEGMENT_MAPPED))
			error = plan_array(filling, i);
	return error;
}

/* numbers in text as elements of an array, whose memory is there; why has the
 * file's name, but not the array's */
static int
read_text(const struct segment *segment, size_t index, const char *file,
	  unsigned char *data, char *why)
{
	const struct segment_entry *entry = &segment->entries[index];
	char shown[INIT_SHOWN_SIZE];
	struct stat status;
	int fd = init_open(file, true, &status, why), error;

	if (fd < 0)
		return fd;
	error = text_read(fd, diag_name(shown, sizeof(shown), file),
			  &segment->dtypes[index],
			  entry->nbytes / entry->itemsize, data, why);
	close(fd);
	return error;
}

static int
read_texts(const struct filling *filling, char *why)
{
	const struct segment *segment = filling->segment;
	char reason[SEGMENT_WHY_SIZE];
	int error;

	for (size_t i = 0; i < filling->list->count; i++) {
		if (filling->list->specs[i].init != SPEC_TEXT)
			continue;
		error = read_text(segment, i, filling->list->specs[i].file,
				  segment_data(segment, i, -1), reason);
		if (error)
			return segment_complain(why, error, "%s: %s",
						segment->entries[i].name,
						reason);
	}
	return 0;
}

int
fill_segment(struct segment *segment, const struct spec_list *list,
	     unsigned nthreads, char *why)
{
	struct filling filling = {
		.segment = segment,
		.list = list,
		.first = { .segment = segment, .is_fresh = true },
		.second = { .segment = segment, .is_fresh = true },
	};
	int error;

	if (list->count != segment->header.array_count)
		return segment_complain(why, -EINVAL,
					"the segment has other arrays than "
					"were declared");
	if (nthreads == 0)
		nthreads = 1;
	error = plan_all(&filling);
	if (error)
		segment_complain(why, error, "%s", strerror(-error));
	else
		error = part_fill_all(&filling.first, nthreads, why);
	if (!error)
		error = read_texts(&filling, why);
	if (!error)
		error = part_fill_all(&filling.second, nthreads, why);
	part_release(&filling.first);
	part_release(&filling.second);
	free(filling.identities);
	return error;
}

/* ---- one array of a segment that is in use ---- */

static unsigned
threads_for(uint64_t nbytes)
{
	uint64_t wanted = nbytes / THREAD_NBYTES + 1;
	cpu_set_t mask;
	unsigned allowed = 1;

	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	if (wanted > 1 && sched_getaffinity(0, sizeof(mask), &mask) == 0)
		allowed = (unsigned)CPU_COUNT(&mask);
	return wanted < allowed ? (unsigned)wanted : allowed;
}

/* whether the elements of a shape follow each other differently */
static bool
has_other_order(const struct shape *a, const struct shape *b)
{
	unsigned nlong = 0;

	for (unsigned i = 0; i < a->ndim; i++)
		nlong += a->dims[i] > 1;
	return nlong > 1 && a->is_fortran != b->is_fortran;
}

/* INIT as that of a declaration, for an array that exists */
static int
parse_init(const struct segment *segment, size_t index, const char *init,
	   struct spec *spec, char *why)
{
	struct shape shape;
	int error;

	segment_shape(segment, index, &shape);
	spec->array.dtype = segment->dtypes[index];
	spec->array.shape = shape;
	error = init_parse(spec, init, true, why);
	/* a value, if the array is one of texts */
	if (error && strncmp(init, "like:", strlen("like:")) == 0)
		return segment_complain(why, error,
					"like: is for arrays that are being "
					"declared; @FILE copies");
	if (error)
		return error;
	if (spec->init == SPEC_MAP)
		return segment_complain(why, -EINVAL,
					"map: is for arrays that are being "
					"declared; @FILE copies");
	if (has_other_order(&shape, &spec->array.shape))
		return segment_complain(
			why, -EINVAL,
			"%s: its order is %s, that of the array is %s",
			spec->file,
			spec->array.shape.is_fortran ? "Fortran's" : "C's",
			shape.is_fortran ? "Fortran's" : "C's");
	return 0;
}

int
fill_array(const struct segment *segment, size_t index, unsigned char *data,
	   const char *init, char *why)
{
	const struct segment_entry *entry = &segment->entries[index];
	struct part_list parts = { .segment = segment };
	struct spec spec = { .text = init };
	struct part part = { .name = entry->name,
			     .data = data,
			     .nbytes = entry->nbytes,
			     .dtype = &spec.array.dtype,
			     .kind = PART_FILE };
	int error = parse_init(segment, index, init, &spec, why);

	if (error)
		goto out;
	if (spec.init == SPEC_TEXT) {
		error = read_text(segment, index, spec.file, data, why);
		goto out;
	}
	if (spec.init == SPEC_VALUE)
		part.kind = PART_VALUE;
	part.from = spec.value;
	part.file = spec.file;
	part.file_offset = spec.file_offset;
	error = part_add(&parts, &part);
	if (error)
		segment_complain(why, error, "%s", strerror(-error));
	else
		error = part_fill_all(&parts, threads_for(part.nbytes), why);
out:
	part_release(&parts);
	init_release(&spec);
	return error;
}
