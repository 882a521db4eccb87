#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "front/slaves.h"
#include "segment/fill.h"
#include "segment/spec.h"
#include "shm/command.h"
#include "shm/print.h"

/*
 * shm new: a named segment that belongs to nobody, and so stays. It gets its
 * name when all is in it: whoever finds it finds it whole, and if anything goes
 * wrong before, or this process is killed, nothing is left.
 */

/* the declarations in words, each perhaps behind -A */
static int
declare(struct spec_list *list, char *words[])
{
	char why[SEGMENT_WHY_SIZE];

	bool is_option;

	for (; *words; words++) {
		is_option = strcmp(*words, "-A") == 0 ||
			    strcmp(*words, "--array") == 0;
		if (is_option && !*++words) {
			diag("new: option '%s' needs an argument", words[-1]);
			return -1;
		}
		if (spec_add(list, *words, why)) {
			diag("new: %s: %s", print_quoted(*words), why);
			return -1;
		}
	}
	return 0;
}

/* what segment_create() wants, of which the caller frees the arrays */
static int
make_plan(struct segment_plan *plan, const char *name,
	  const struct spec_list *list)
{
	struct segment_array *arrays =
		calloc(list->count ? list->count : 1, sizeof(*arrays));

	if (!arrays) {
		diag_errno(ENOMEM, "new");
		return -1;
	}
	for (size_t i = 0; i < list->count; i++)
		arrays[i] = list->specs[i].array;
	*plan = (struct segment_plan){ .name = name,
				       .arrays = arrays,
				       .count = list->count,
				       .is_named = true };
	return 0;
}

/* before the work of filling it; segment_link() is what decides */
static int
check_name(const char *name, char *why)
{
	struct segment other;
	int error = segment_open_name(&other, name, why);

	segment_close(&other);
	if (!segment_is_name(name))
		return -EINVAL;
	if (error == -ENOENT)
		return 0;
	strcpy(why, "there is one of this name already");
	return -EEXIST;
}

static int
build(const struct segment_plan *plan, const struct spec_list *list, char *why)
{
	struct segment segment = { .fd = -1 };
	uint64_t nbytes;
	int error = segment_plan_size(plan, &nbytes);

	if (error) {
		strcpy(why, strerror(-error));
		return error;
	}
	error = fill_check_fit(nbytes, true, "/proc", "/sys/fs/cgroup", why);
	if (!error)
		error = segment_create(&segment, plan, why);
	if (error)
		return error;
	error = fill_segment(&segment, list,
			     slaves_processors("/proc", "/sys/fs/cgroup"), why);
	if (!error)
		error = segment_link(&segment, false, why);
	segment_close(&segment);
	return error;
}

int
command_new(const struct options *options, char *operands[], size_t n)
{
	struct spec_list list = { .count = 0 };
	struct segment_plan plan = { .count = 0 };
	char why[SEGMENT_WHY_SIZE];
	const char *name = options->segment;
	int status = DIAG_EXIT_FAILURE;

	if (!name && n > 0)
		name = *operands++;
	if (!name) {
		diag("new: no name for the segment (try --help)");
		return status;
	}
	if (check_name(name, why)) {
		diag("segment %s: %s", print_quoted(name), why);
		return status;
	}
	if (declare(&list, operands) || make_plan(&plan, name, &list))
		goto out;
	if (build(&plan, &list, why))
		diag("segment %s: %s", print_quoted(name), why);
	else
		status = 0;
out:
	free((void *)(uintptr_t)plan.arrays);
	spec_release(&list);
	return status;
}
