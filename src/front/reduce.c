#include <config.h>

#include "front/reduce.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "base/number.h"

/* Options about what results come to; see reduce.h. */

/* as much of a bad value as a message shows */
#define SHOWN_MAX 60

static const char *
quoted(const char *text)
{
	static char shown[4 * SHOWN_MAX + 16];

	return diag_quote(shown, sizeof(shown), text, strlen(text), SHOWN_MAX);
}

int
reduce_set(struct plan *plan, const char *argument)
{
	struct op *op = &plan->reduce.op;
	int error = op_parse(argument, op);

	plan->reduce.is_on = error == 0;
	plan->reduce.command = error == -ENOENT ? argument : NULL;
	if (!argument[strspn(argument, " \t\n")]) {
		diag("--reduce: %s is neither an operation nor a command",
		     quoted(argument));
		return -1;
	}
	if (error == -EINVAL) {
		diag("--reduce: %s is not %s", quoted(argument),
		     op_form(op->kind));
		return -1;
	}
	return 0;
}

int
reduce_set_by(struct plan *plan, const char *argument)
{
	uint64_t column;

	if (number_parse(argument, 1, OP_COLUMN_MAX, &column)) {
		diag("--by: %s is not a column, a number from 1 to %d",
		     quoted(argument), OP_COLUMN_MAX);
		return -1;
	}
	plan->reduce.by = (unsigned)column;
	return 0;
}

int
reduce_settle(const struct plan *plan)
{
	const struct plan_reduce *reduce = &plan->reduce;

	if (!reduce->is_on && (reduce->by || reduce->skip_bad)) {
		diag("%s needs --reduce with an operation",
		     reduce->by ? "--by" : "--skip-bad");
		return -1;
	}
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
