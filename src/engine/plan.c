/*
 * Plans: what belongs to them, and how it goes.
 */
#include <config.h>

#include "engine/plan.h"

#include <stdlib.h>

const char *
plan_worker_name(const struct plan *plan)
{
	return plan->worker == WORKER_DLOPEN ? plan->library
					     : plan->command.name;
}

struct reducer_setting
plan_reducer_setting(const struct plan *plan, const struct plan_reduce *from)
{
	bool is_filter = plan->worker == WORKER_FILTER;

	return (struct reducer_setting){
		.op = from->op,
		/* what was folded before is as wide as what it comes to */
		.is_wide = from != plan_folded(plan),
		.by = from->by,
		.skip_bad = from->skip_bad,
		.item = from->item,
		/* a filter's answers end as its jobs do */
		.line_end = is_filter && from == plan_folded(plan)
				    ? (char)plan->delimiter
				    : '\n',
		.seed = plan->seed,
	};
}

void
plan_release(struct plan *plan)
{
	if (plan->next)
		plan_release(plan->next);
	free(plan->next);
	command_release(&plan->command);
	free(plan->worker_omp_threads);
	free(plan->env);
	product_release(&plan->product);
	free(plan->colsep);
	columns_release(&plan->columns);
	spec_release(&plan->arrays);
	free(plan->scopes);
	for (size_t i = 0; i < plan->nsaves; i++)
		free(plan->saves[i].array);
	free(plan->saves);
	free(plan->recend);
	store_release(&plan->texts);
	*plan = (struct plan){ 0 };
}
