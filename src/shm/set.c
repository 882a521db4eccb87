#include <config.h>

#include <string.h>

#include "base/diag.h"
#include "shm/command.h"
#include "shm/pick.h"
#include "shm/print.h"
#include "shm/values.h"

/* shm set */

/* the values that words say; "-" alone is standard input */
static int
read_values(struct values *values, const struct pick *pick, char *words[],
	    size_t n)
{
	if (n == 1 && strcmp(words[0], "-") == 0)
		return values_read(values, pick->count > 1 ? pick->count : 1);
	for (size_t i = 0; i < n; i++)
		if (values_add(values, "", words[i], strlen(words[i])))
			return -1;
	return 0;
}

static int
check_count(const struct values *values, const struct pick *pick)
{
	unsigned long long given = values->count, wanted = pick->count;

	if (given == 1 || given == wanted)
		return 0;
	if (wanted == 1)
		diag("%s: %llu values for 1 element", values->target->name,
		     given);
	else
		diag("%s: %llu value%s for %llu elements: give 1 or %llu",
		     values->target->name, given, given == 1 ? "" : "s", wanted,
		     wanted);
	return -1;
}

static void
store(const struct values *values, const struct pick *pick)
{
	size_t step = values->count > 1 ? values->target->dtype->itemsize : 0;

	for (uint64_t i = 0; i < pick->count; i++)
		pick_store(pick, i, values->bytes + i * step);
}

int
command_set(const struct options *options, char *operands[], size_t n)
{
	struct target target;
	struct values values = { .target = &target };
	struct pick pick;
	const char *slice = NULL;
	size_t at = 1;
	int status = DIAG_EXIT_FAILURE;

	if (target_open(&target, options, "set", operands[0], false))
		goto out;
	if (target.shape.ndim > 0)
		slice = operands[at++];
	if (at == n) {
		diag("%s: no value behind slice %s: NAME SLICE VALUE..., where "
		     "... is all",
		     target.name, print_quoted(slice));
		goto out;
	}
	if (pick_slice(&pick, &target, slice) ||
	    read_values(&values, &pick, operands + at, n - at) ||
	    check_count(&values, &pick))
		goto out;
	store(&values, &pick);
	status = 0;
out:
	values_release(&values);
	target_close(&target);
	return status;
}
