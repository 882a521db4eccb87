#include <config.h>

#include "front/arrays.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "segment/fill.h"

/* Options about arrays; see arrays.h. */

static int
refuse(const char *option, const char *argument, const char *why)
{
	diag("--%s: %s: %s", option, diag_quoted(argument), why);
	return -1;
}

int
arrays_declare(struct plan *plan, const char *argument)
{
	char why[SEGMENT_WHY_SIZE];

	if (spec_add(&plan->arrays, argument, why))
		return refuse("array", argument, why);
	return 0;
}

int
arrays_save(struct plan *plan, const char *argument, bool always)
{
	const char *option = always ? "save-always" : "save";
	const char *equals = strchr(argument, '=');
	char *array, why[SEGMENT_WHY_SIZE];
	struct plan_save *saves;

	if (!equals || equals == argument || !equals[1])
		return refuse(option, argument, "not NAME=FILE");
	/* the run looks again; here whoever wrote a spec is told the place */
	if (fill_check_save(equals + 1, why)) {
		diag("--%s: %.*s: %s", option, (int)(equals - argument),
		     argument, why);
		return -1;
	}
	saves = reallocarray(plan->saves, plan->nsaves + 1, sizeof(*saves));
	array = strndup(argument, (size_t)(equals - argument));
	if (saves)
		plan->saves = saves;
	if (!saves || !array) {
		free(array);
		diag_errno(ENOMEM, "--%s", option);
		return -1;
	}
	saves[plan->nsaves++] = (struct plan_save){ .array = array,
						    .file = equals + 1,
						    .always = always };
	return 0;
}

int
arrays_name_segment(struct plan *plan, const char *argument)
{
	if (!segment_is_name(argument))
		return refuse("segment", argument,
			      "no name for a segment: letters, digits and _, "
			      "63 at most, no digit first");
	plan->segment_name = argument;
	return 0;
}

int
arrays_scope(struct arrays_scopes *scopes, const char *text, bool is_reduction)
{
	struct arrays_scope *grown =
		reallocarray(scopes->scopes, scopes->count + 1, sizeof(*grown));

	if (!grown) {
		diag_errno(ENOMEM, is_reduction ? "--reduction" : "--private");
		return -1;
	}
	scopes->scopes = grown;
	grown[scopes->count++] = (struct arrays_scope){ text, is_reduction };
	return 0;
}

static int
settle_scope(struct plan *plan, const struct arrays_scope *scope)
{
	char why[SEGMENT_WHY_SIZE];
	int error = scope->is_reduction
			    ? spec_reduction(&plan->arrays, scope->text, why)
			    : spec_private(&plan->arrays, scope->text, why);

	return error ? refuse(scope->is_reduction ? "reduction" : "private",
			      scope->text, why)
		     : 0;
}

/* what is saved at the end must be one array */
static int
check_save(const struct plan *plan, const struct plan_save *save)
{
	int index = spec_find(&plan->arrays, save->array, strlen(save->array));
	const char *option = save->always ? "save-always" : "save";

	if (index < 0)
		return plan->segment_name
			       ? 0 /* it may be in a segment that exists */
			       : refuse(option, save->array, "no such array");
	if (plan->arrays.specs[index].array.flags & SEGMENT_PRIVATE)
		return refuse(option, save->array,
			      "private, each slave has its own");
	return 0;
}

/* what the step says of each array, for the engine */
static int
keep_scopes(struct plan *plan)
{
	size_t n = plan->arrays.count;

	free(plan->scopes);
	plan->scopes = calloc(n + 1, sizeof(*plan->scopes));
	if (!plan->scopes) {
		diag_errno(ENOMEM, "--array");
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		const struct segment_array *array =
			&plan->arrays.specs[i].array;

		plan->scopes[i].flags =
			array->flags & (SEGMENT_PRIVATE | SEGMENT_REDUCTION);
		plan->scopes[i].op = array->op;
	}
	return 0;
}

int
arrays_settle(struct plan *plan, struct arrays_scopes *scopes)
{
	int error = 0;

	for (size_t i = 0; i < scopes->count && !error; i++)
		error = settle_scope(plan, &scopes->scopes[i]);
	free(scopes->scopes);
	*scopes = (struct arrays_scopes){ 0 };
	if (!error)
		error = keep_scopes(plan);
	for (size_t i = 0; i < plan->nsaves && !error; i++)
		error = check_save(plan, &plan->saves[i]);
	if (error)
		return error;
	if (plan->keep && !plan->segment_name) {
		diag("--keep needs a name to be found by (--segment NAME)");
		return -1;
	}
	if (plan->keep && plan->huge_pages) {
		diag("--keep and --hugepages exclude each other");
		return -1;
	}
	return 0;
}
