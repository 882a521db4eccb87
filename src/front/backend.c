#include <config.h>

#include "front/backend.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "front/slaves.h"

/* Options about slaves; see backend.h. */

int
backend_set_debug(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->debug = true;
	return 0;
}

int
backend_set_slaves(struct parse *parse, const char *argument)
{
	if (strcmp(argument, "0") == 0)
		return backend_set_debug(parse, NULL);
	parse->slaves = argument;
	return 0;
}

int
backend_set_kind(struct parse *parse, const char *argument)
{
	if (strcmp(argument, "process") == 0) {
		parse->backend = BACKEND_PROCESS;
		return 0;
	}
	if (strcmp(argument, "thread") == 0) {
		parse->backend = BACKEND_THREAD;
		return 0;
	}
	diag("--backend: %s is not process or thread", diag_quoted(argument));
	return -1;
}

int
backend_set_schedule(struct parse *parse, const char *argument)
{
	if (schedule_parse(argument, &parse->plan->schedule)) {
		diag("--schedule: %s is not static, dynamic, guided or auto, "
		     "with ,CHUNK or not",
		     diag_quoted(argument));
		return -1;
	}
	parse->has_schedule = true;
	return 0;
}

static int
settle_kind(struct plan *plan, const struct parse *parse)
{
	if (parse->backend == BACKEND_THREAD && plan->worker != WORKER_DLOPEN) {
		diag("--backend thread is for --dlopen: a command is a "
		     "process");
		return -1;
	}
	plan->backend = parse->debug ? BACKEND_MASTER : parse->backend;
	/* a batch would be one stride of whoever debugs */
	if (parse->debug && !plan->is_range &&
	    plan->schedule.kind == SCHEDULE_AUTO)
		plan->schedule = (struct schedule){ SCHEDULE_DYNAMIC, 1 };
	return 0;
}

static int
settle_slaves(struct plan *plan, const char *wanted)
{
	unsigned processors = slaves_processors("/proc", "/sys/fs/cgroup");

	if (plan->backend == BACKEND_MASTER) {
		plan->nslaves = 1;
	} else if (!wanted) {
		plan->nslaves = slaves_default(processors);
	} else if (slaves_parse(wanted, processors, &plan->nslaves)) {
		diag("--slaves: %s is not a number from 1 to %d, nor of the "
		     "form 50%%, +2 or -1",
		     diag_quoted(wanted), PLAN_SLAVES_MAX);
		return -1;
	}
	plan->worker_omp_threads =
		slaves_worker_threads(processors, plan->nslaves);
	if (!plan->worker_omp_threads) {
		diag_errno(ENOMEM, "--slaves");
		return -1;
	}
	return 0;
}

int
backend_settle(struct parse *parse)
{
	struct plan *plan = parse->plan;

	if (settle_kind(plan, parse))
		return -1;
	return settle_slaves(plan, parse->slaves);
}
