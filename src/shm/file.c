#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/number.h"
#include "segment/fill.h"
#include "shm/command.h"
#include "shm/print.h"
#include "shm/target.h"

/* shm fill, load and save: whole arrays */

static int
fill(const struct options *options, const char *who, const char *name,
     const char *init)
{
	char why[SEGMENT_WHY_SIZE];
	struct target target;
	int status = DIAG_EXIT_FAILURE;

	if (target_open(&target, options, who, name, false))
		goto out;
	if (fill_array(target.segment, target.index, target.data, init, why))
		diag("%s: %s", target.name, why);
	else
		status = 0;
out:
	target_close(&target);
	return status;
}

int
command_fill(const struct options *options, char *operands[], size_t n)
{
	(void)n;
	return fill(options, "fill", operands[0], operands[1]);
}

int
command_load(const struct options *options, char *operands[], size_t n)
{
	char *init;
	int status;

	(void)n;
	if (asprintf(&init, "@%s", operands[1]) < 0) {
		diag_errno(ENOMEM, "load");
		return DIAG_EXIT_FAILURE;
	}
	status = fill(options, "load", operands[0], init);
	free(init);
	return status;
}

/* the rank that --rank says, else this worker's */
static int
settle_rank(const struct target *target, const char *text, int *rank)
{
	size_t own;
	uint32_t copies = client_copies(target->handle, target->index, &own)
				  ->entries[own]
				  .copy_count;
	uint64_t value;

	*rank = shmmap_rank(target->handle);
	if (!text)
		return 0;
	if (copies == 0) {
		diag("--rank: %s is shared: there are no copies of it",
		     target->name);
		return -1;
	}
	if (number_parse(text, 0, copies - 1, &value)) {
		diag("--rank: %s is no rank of a copy of %s: 0 to %u",
		     print_quoted(text), target->name, (unsigned)copies - 1);
		return -1;
	}
	*rank = (int)value;
	return 0;
}

int
command_save(const struct options *options, char *operands[], size_t n)
{
	char why[SEGMENT_WHY_SIZE];
	struct target target;
	const struct segment *from;
	size_t index;
	int rank, status = DIAG_EXIT_FAILURE;

	(void)n;
	if (target_open(&target, options, "save", operands[0], true) ||
	    settle_rank(&target, options->rank, &rank))
		goto out;
	from = target.segment;
	index = target.index;
	if (rank >= 0)
		from = client_copies(target.handle, index, &index);
	if (fill_save(from, index, rank, operands[1], why))
		diag("%s: %s", target.name, why);
	else
		status = 0;
out:
	target_close(&target);
	return status;
}
