#include <config.h>

#include "front/reduce.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "base/number.h"

/* Options about what results come to; see reduce.h. */

static int
set(struct plan_reduce *reduce, const char *option, const char *argument)
{
	struct op *op = &reduce->op;
	int error = op_parse(argument, op);

	reduce->is_on = error == 0;
	reduce->command = error == -ENOENT ? argument : NULL;
	if (!argument[strspn(argument, " \t\n")]) {
		diag("%s: %s is neither an operation nor a command", option,
		     diag_quoted(argument));
		return -1;
	}
	if (error == -EINVAL) {
		diag("%s: %s is not %s", option, diag_quoted(argument),
		     op_form(op->kind));
		return -1;
	}
	return 0;
}

int
reduce_set(struct plan *plan, const char *argument)
{
	return set(&plan->reduce, "--reduce", argument);
}

/* whether what parts come to can be reduced to what all come to */
static bool
is_associative(enum op_kind kind)
{
	switch (kind) {
	case OP_SUM:
	case OP_PROD:
	case OP_MIN:
	case OP_MAX:
	case OP_COUNT:
	case OP_FIRST:
	case OP_LAST:
	case OP_HIST:
		return true;
	default:
		return false;
	}
}

int
reduce_set_combine(struct plan *plan, const char *argument)
{
	struct plan_reduce *combine = &plan->combine;

	if (set(combine, "--combine", argument))
		return -1;
	if (!combine->is_on || is_associative(combine->op.kind))
		return 0;
	diag("--combine: %s is none of sum, prod, min, max, count, first, last "
	     "and hist, whose parts can be reduced, and no command",
	     diag_quoted(argument));
	return -1;
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

/* what does not go with --result, which is about the values of option */
static int
check_type(const struct plan *plan, const struct plan_reduce *reduce,
	   const char *option)
{
	if (reduce->by || plan->tag || plan->worker == WORKER_FILTER) {
		diag("--result and %s exclude each other",
		     reduce->by	 ? "--by"
		     : plan->tag ? "--tag"
				 : "--filter");
		return -1;
	}
	if (reduce->op.column > reduce->item.count) {
		diag("%s: a result of %s has no column %u", option,
		     reduce->type, reduce->op.column);
		return -1;
	}
	if (reduce->op.kind == OP_CONCAT) {
		diag("--result and --reduce concat exclude each other");
		return -1;
	}
	if (reduce->op.kind == OP_HIST && reduce->item.count > 1 &&
	    !reduce->op.column) {
		diag("%s: hist of %s needs one column, hist:LO:HI:N:COL",
		     option, reduce->type);
		return -1;
	}
	return 0;
}

static int
check_combine(const struct plan *plan)
{
	const struct plan_reduce *reduce = &plan->reduce;

	if (!reduce->is_on && !reduce->command) {
		diag("--combine needs --reduce");
		return -1;
	}
	if (reduce->is_on &&
	    (reduce->op.kind == OP_ARGMIN || reduce->op.kind == OP_ARGMAX)) {
		diag("--combine and --reduce arg%s exclude each other",
		     reduce->op.kind == OP_ARGMIN ? "min" : "max");
		return -1;
	}
	return 0;
}

/* There are two operations: the first one gets what is said of the jobs'
 * results, and the second one its lines, KEY TAB VALUE with --by. */
static void
share_out(struct plan_reduce *combine, struct plan_reduce *reduce)
{
	combine->by = reduce->by;
	combine->skip_bad = reduce->skip_bad;
	combine->type = reduce->type;
	combine->item = reduce->item;
	reduce->type = NULL;
	reduce->item = (struct typed_item){ .count = 0 };
	if (!reduce->by)
		return;
	reduce->by = 1;
	if (!reduce->op.column)
		reduce->op.column = 2;
}

int
reduce_settle(struct plan *plan)
{
	const struct plan_reduce *reduce = &plan->reduce, *folded = reduce;

	if ((plan->combine.is_on || plan->combine.command) &&
	    check_combine(plan))
		return -1;
	if (plan->combine.is_on) {
		share_out(&plan->combine, &plan->reduce);
		folded = &plan->combine;
	}
	if (!folded->is_on &&
	    (folded->by || folded->skip_bad || folded->type)) {
		diag("%s needs --reduce with an operation",
		     folded->by	    ? "--by"
		     : folded->type ? "--result"
				    : "--skip-bad");
		return -1;
	}
	if (folded->type &&
	    check_type(plan, folded,
		       plan->combine.is_on ? "--combine" : "--reduce"))
		return -1;
	if ((reduce->is_on || reduce->command) && plan->ungroup) {
		diag("--ungroup and --reduce exclude each other");
		return -1;
	}
	if (reduce->is_on && reduce->by && reduce->op.kind == OP_CONCAT) {
		diag("--by and --reduce concat exclude each other");
		return -1;
	}
	return 0;
}
