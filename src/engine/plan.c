/*
 * Plans: what belongs to them, and how it goes.
 */
#include <config.h>

#include "engine/plan.h"

#include <stdlib.h>

void
plan_release(struct plan *plan)
{
	command_release(&plan->command);
	free(plan->worker_omp_threads);
	free(plan->env);
	*plan = (struct plan){ 0 };
}
