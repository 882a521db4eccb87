#include <config.h>

#include "engine/share_parts.h"

#include <errno.h>
#include <stdlib.h>

#include "base/diag.h"
#include "segment/fill.h"

/* What of a run stands apart from its segment; see share.h. */

/* threads that fill the segment: more only get into each other's way */
#define FILL_THREADS_MAX 64

unsigned
share_threads(const struct plan *plan)
{
	return plan->nslaves < FILL_THREADS_MAX ? plan->nslaves
						: FILL_THREADS_MAX;
}

const char *
share_name(const struct plan *plan)
{
	return plan->segment_name ? plan->segment_name : "shmmap";
}

bool
share_has_scopes_of(const struct share *share, const struct plan *step)
{
	for (size_t i = 0; i < share->plan->arrays.count; i++)
		if (step->scopes[i].flags != share->step->scopes[i].flags ||
		    step->scopes[i].op != share->step->scopes[i].op)
			return false;
	return true;
}

/* Arrays of a segment, as many as there are scopes in step, that hold the
 * copies; what they take is added to *nbytes. Returns their number. */
static size_t
choose_copies(const struct share *share, const struct plan *step,
	      struct segment_array *arrays, uint64_t *nbytes)
{
	size_t count = 0;

	for (size_t i = 0; i < share->plan->arrays.count; i++) {
		struct segment_array *array = &arrays[count];
		int index;

		if (!step->scopes[i].flags)
			continue;
		*array = share->plan->arrays.specs[i].array;
		array->flags = step->scopes[i].flags;
		array->op = step->scopes[i].op;
		/* an existing one may be in the other order */
		index = segment_find(&share->segment, array->name);
		segment_shape(&share->segment, (size_t)index, &array->shape);
		*nbytes += share->segment.entries[index].nbytes * step->nslaves;
		count++;
	}
	return count;
}

int
share_make_state(struct share *share, const struct plan *step,
		 const struct segment *before)
{
	const size_t room = share->plan->arrays.count + 1;
	struct segment_array *arrays = calloc(room, sizeof(*arrays));
	struct segment_plan wanted = { .name = share_name(share->plan),
				       .arrays = arrays,
				       .np = step->nslaves,
				       .ncopies = step->nslaves };
	char why[SEGMENT_WHY_SIZE];
	uint64_t nbytes = 0;
	int error;

	if (!arrays) {
		diag_errno(ENOMEM, "--array");
		return -ENOMEM;
	}
	wanted.count = choose_copies(share, step, arrays, &nbytes);
	error = wanted.count ? fill_check_fit(nbytes, false, "/proc",
					      "/sys/fs/cgroup", why)
			     : 0;
	if (!error)
		error = segment_create(&share->state, &wanted, why);
	if (!error)
		error = fill_copies(&share->state, &share->segment, before,
				    share_threads(step), why);
	free(arrays);
	if (error)
		diag("segment '%s': %s", wanted.name, why);
	return error;
}
