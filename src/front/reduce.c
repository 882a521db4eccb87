#include <config.h>

#include "front/reduce.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "base/number.h"

/* Options about what results come to; see reduce.h. */

int
reduce_set(struct plan *plan, const char *argument)
{
	struct op *op = &plan->reduce.op;
	int error = op_parse(argument, op);

	plan->reduce.is_on = error == 0;
	plan->reduce.command = error == -ENOENT ? argument : NULL;
	if (!argument[strspn(argument, " \t\n")]) {
		diag("--reduce: %s is neither an operation nor a command",
		     diag_quoted(argument));
		return -1;
	}
	if (error == -EINVAL) {
		diag("--reduce: %s is not %s", diag_quoted(argument),
		     op_form(op->kind));
		return -1;
	}
	return 0;
}

int
reduce_set_type(struct plan *plan, const char *argument)
{
	plan->reduce.type = argument;
	if (typed_parse(argument, &plan->reduce.item) == 0)
		return 0;
	diag("--result: %s is not a type of numbers, with :N (1 to %d) or not, "
	     "such as f8 or i4:3",
	     diag_quoted(argument), TYPED_ELEMENTS_MAX);
	return -1;
}

int
reduce_set_by(struct plan *plan, const char *argument)
{
	uint64_t column;

	if (number_parse(argument, 1, OP_COLUMN_MAX, &column)) {
		diag("--by: %s is not a column, a number from 1 to %d",
		     diag_quoted(argument), OP_COLUMN_MAX);
		return -1;
	}
	plan->reduce.by = (unsigned)column;
	return 0;
}

/* what does not go with --result */
static int
check_type(const struct plan *plan)
{
	const struct plan_reduce *reduce = &plan->reduce;

	if (reduce->by || plan->tag || plan->worker == WORKER_FILTER) {
		diag("--result and %s exclude each other",
		     reduce->by	 ? "--by"
		     : plan->tag ? "--tag"
				 : "--filter");
		return -1;
	}
	if (reduce->op.column > reduce->item.count) {
		diag("--reduce: a result of %s has no column %u", reduce->type,
		     reduce->op.column);
		return -1;
	}
	if (reduce->op.kind == OP_CONCAT) {
		diag("--result and --reduce concat exclude each other");
		return -1;
	}
	if (reduce->op.kind == OP_HIST && reduce->item.count > 1 &&
	    !reduce->op.column) {
		diag("--reduce: hist of %s needs one column, hist:LO:HI:N:COL",
		     reduce->type);
		return -1;
	}
	return 0;
}

int
reduce_settle(const struct plan *plan)
{
	const struct plan_reduce *reduce = &plan->reduce;

	if (!reduce->is_on &&
	    (reduce->by || reduce->skip_bad || reduce->type)) {
		diag("%s needs --reduce with an operation",
		     reduce->by	    ? "--by"
		     : reduce->type ? "--result"
				    : "--skip-bad");
		return -1;
	}
	if (reduce->type && check_type(plan))
		return -1;
	if ((reduce->is_on || reduce->command) && plan->ungroup) {
		diag("--ungroup and --reduce exclude each other");
		return -1;
	}
	if (reduce->by && reduce->op.kind == OP_CONCAT) {
		diag("--by and --reduce concat exclude each other");
		return -1;
	}
	return 0;
}
