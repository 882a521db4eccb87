#include <config.h>

#include "front/worker.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/number.h"

/* Options about workers; see worker.h. */

static int
choose(struct parse *parse, enum plan_worker worker, const char *option)
{
	if (parse->worker && parse->plan->worker != worker) {
		diag("%s and %s exclude each other", parse->worker, option);
		return -1;
	}
	parse->worker = option;
	parse->plan->worker = worker;
	return 0;
}

int
worker_set_library(struct parse *parse, const char *argument)
{
	parse->plan->library = argument;
	return choose(parse, WORKER_DLOPEN, "--dlopen");
}

int
worker_set_attach(struct parse *parse, const char *argument)
{
	(void)argument;
	return choose(parse, WORKER_ATTACH, "--attach");
}

int
worker_set_filter(struct parse *parse, const char *argument)
{
	(void)argument;
	return choose(parse, WORKER_FILTER, "--filter");
}

int
worker_set_pipe(struct parse *parse, const char *argument)
{
	(void)argument;
	return choose(parse, WORKER_PIPE, "--pipe");
}

/* told here, once, and not by every job */
int
worker_set_folder(struct parse *parse, const char *argument)
{
	struct stat status;
	int error = 0;

	if (stat(argument, &status))
		error = errno;
	else if (!S_ISDIR(status.st_mode))
		error = ENOTDIR;
	else if (access(argument, X_OK))
		error = errno;
	if (error) {
		diag_errno(error, "--wd: %s", diag_quoted(argument));
		return -1;
	}
	parse->plan->folder = argument;
	return 0;
}

int
worker_add_variable(struct parse *parse, const char *argument)
{
	struct plan *plan = parse->plan;
	char **env;

	if (argument[0] == '=' || !strchr(argument, '=')) {
		diag("--env: %s is not NAME=VALUE", diag_quoted(argument));
		return -1;
	}
	env = reallocarray(plan->env, plan->nenv + 1, sizeof(*env));
	if (!env) {
		diag_errno(ENOMEM, "--env");
		return -1;
	}
	plan->env = env;
	/* a part of argv, which is writable */
	plan->env[plan->nenv++] = (char *)(uintptr_t)argument;
	return 0;
}

int
worker_set_seed(struct parse *parse, const char *argument)
{
	if (number_parse(argument, 0, UINT64_MAX, &parse->plan->seed)) {
		diag("--seed: %s is not a number from 0 to 2^64 - 1",
		     diag_quoted(argument));
		return -1;
	}
	parse->has_seed = true;
	return 0;
}
