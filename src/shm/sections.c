#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/diag.h"
#include "shm/child.h"
#include "shm/command.h"
#include "shm/print.h"
#include "shm/target.h"

/*
 * shm critical, ordered, barrier, master and single. This process is the one
 * that is in the section, from begin to end; CMD is its child meanwhile.
 */

/* Exit as CMD did; the section is over. */
static int
finish(struct shmmap *handle, int status, int signal)
{
	shmmap_detach(handle);
	if (signal)
		child_end_by(signal);
	return status;
}

/* a call for the section failed */
static int
fail(struct shmmap *handle, const char *who)
{
	diag("%s: %s", who, shmmap_error());
	shmmap_detach(handle);
	return DIAG_EXIT_FAILURE;
}

int
command_critical(const struct options *options, char *operands[], size_t n)
{
	const char *name = options->name ? options->name : "";
	struct shmmap *handle;
	int result, status, signal;

	(void)n;
	if (target_attach(&handle, options, "critical"))
		return DIAG_EXIT_FAILURE;
	result = shmmap_critical_begin(handle, name);
	if (result < 0)
		return fail(handle, "critical");
	if (result == 1)
		diag("critical%s%s: the holder before died inside: what the "
		     "section protects may be half done",
		     *name ? " " : "", *name ? print_quoted(name) : "");
	status = child_run(operands, &signal);
	shmmap_critical_end(handle, name);
	return finish(handle, status, signal);
}

int
command_ordered(const struct options *options, char *operands[], size_t n)
{
	struct shmmap *handle;
	int status = 0, signal = 0;

	if (target_attach(&handle, options, "ordered"))
		return DIAG_EXIT_FAILURE;
	if (shmmap_ordered_begin(handle))
		return fail(handle, "ordered");
	if (n > 0)
		status = child_run(operands, &signal);
	shmmap_ordered_end(handle);
	return finish(handle, status, signal);
}

int
command_barrier(const struct options *options, char *operands[], size_t n)
{
	struct shmmap *handle;
	int error;

	(void)operands;
	(void)n;
	if (target_attach(&handle, options, "barrier"))
		return DIAG_EXIT_FAILURE;
	error = shmmap_barrier(handle);
	if (error) {
		fail(handle, "barrier");
		return error == -EPIPE ? 1 : DIAG_EXIT_FAILURE;
	}
	shmmap_detach(handle);
	return 0;
}

/* CMD in one of the slaves; no section to stay for */
static int
run_if(struct shmmap *handle, bool is_chosen, char *operands[])
{
	shmmap_detach(handle);
	return is_chosen ? child_exec(operands) : 0;
}

int
command_master(const struct options *options, char *operands[], size_t n)
{
	struct shmmap *handle;

	(void)n;
	if (target_attach(&handle, options, "master"))
		return DIAG_EXIT_FAILURE;
	if (shmmap_rank(handle) < 0) {
		diag("master: not in a run");
		shmmap_detach(handle);
		return DIAG_EXIT_FAILURE;
	}
	return run_if(handle, shmmap_is_master(handle), operands);
}

int
command_single(const struct options *options, char *operands[], size_t n)
{
	struct shmmap *handle;
	int result;

	(void)n;
	if (target_attach(&handle, options, "single"))
		return DIAG_EXIT_FAILURE;
	result = shmmap_single(handle);
	if (result < 0)
		return fail(handle, "single");
	return run_if(handle, result == 1, operands);
}
