#include <config.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "segment/segment.h"
#include "shm/command.h"
#include "shm/print.h"

/* shm rm */

static int
remove_one(const struct options *options, const char *name)
{
	char why[SEGMENT_WHY_SIZE];

	if (segment_remove(name, why)) {
		diag("segment %s: %s", print_quoted(name), why);
		return -1;
	}
	if (options->given & OPTION_VERBOSE)
		puts(name);
	return 0;
}

static bool
is_stale(const char *name)
{
	char why[SEGMENT_WHY_SIZE];
	struct segment segment;
	bool result;

	if (segment_open_name(&segment, name, why))
		return false; /* gone meanwhile */
	result = segment_is_stale(&segment);
	segment_close(&segment);
	return result;
}

static int
remove_stale(const struct options *options)
{
	char **names;
	size_t count;
	int error = segment_list(&names, &count), result = 0;

	if (error) {
		diag_errno(-error, "rm: list of segments");
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		if (is_stale(names[i]) && remove_one(options, names[i]))
			result = -1;
		free(names[i]);
	}
	free(names);
	return result;
}

int
command_rm(const struct options *options, char *operands[], size_t n)
{
	bool has_failed = false;

	if (n == 0 && !(options->given & OPTION_STALE)) {
		diag("rm: nothing to remove: name segments, or give --stale");
		return DIAG_EXIT_FAILURE;
	}
	if (options->given & OPTION_STALE && remove_stale(options))
		has_failed = true;
	for (size_t i = 0; i < n; i++)
		if (remove_one(options, operands[i]))
			has_failed = true;
	if (print_flush("rm"))
		has_failed = true;
	return has_failed ? DIAG_EXIT_FAILURE : 0;
}
