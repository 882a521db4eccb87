#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "front/settle.h"
#include "front/spec_parts.h"

/*
 * steps: [STEP...], each a mapping of the keys of a spec. What stands beside
 * them is read for each step that does not say it itself, into a parse and a
 * plan of that step; what all of them say themselves is read for none, and
 * looked at all the same.
 */

#define STEPS "steps"

/* Begin to read another step, into parse. */
static void
begin(struct specfile *spec, struct parse *parse)
{
	spec->parse = parse;
	memset(spec->places, 0, sizeof(spec->places));
	spec->worker = (struct place){ 0 };
	spec->worker_key = NULL;
	spec->jobs = NULL;
	spec->lists = NULL;
}

/* whether a key is said of the run, and not of a step */
static bool
is_common(const char *key)
{
	const struct option_entry *entry = options_find(key);

	return strcmp(key, "arrays") == 0 || strcmp(key, STEPS) == 0 ||
	       (entry && options_is_common(entry));
}

/* whether a step says itself whose arrays are */
static bool
has_scopes(const struct node *step)
{
	return node_find(step, "private") || node_find(step, "reduction");
}

/* whether a key beside the steps is not read for this one */
static bool
is_replaced(const struct node *step, const char *key, bool is_first)
{
	const struct option_entry *entry = options_find(key);

	if (strcmp(key, STEPS) == 0 || node_find(step, key))
		return true;
	/* those of later steps are about the first one's arrays */
	if (entry && options_is_of_arrays(entry))
		return !is_first;
	return entry && options_is_scope(entry) && has_scopes(step);
}

static void
take_step_key(struct specfile *spec, const struct node *key,
	      const struct node *value)
{
	if (is_common(key->text))
		faults_add(&spec->faults, key->place,
			   "key '%s' does not belong into a step", key->text);
	else
		spec_key(spec, key, value);
}

/* the keys of a step, and those of the whole that it does not have itself */
static void
take_keys(struct specfile *spec, const struct node *root,
	  const struct node *step, bool is_first)
{
	spec->has_scopes = has_scopes(step);
	spec->is_first = is_first;
	for (size_t i = 0; i < step->count; i += 2)
		take_step_key(spec, step->items[i], step->items[i + 1]);
	for (size_t i = 0; i < root->count; i += 2)
		if (!is_replaced(step, root->items[i]->text, is_first))
			spec_key(spec, root->items[i], root->items[i + 1]);
}

/* Begin with the next step. */
static int
add_step(struct specfile *spec, const struct parse *first)
{
	struct parse *last = spec->parse;
	struct parse *next = store_alloc(spec->store, sizeof(*next));
	struct plan *plan = calloc(1, sizeof(*plan));

	if (!next || !plan) {
		free(plan);
		faults_add(&spec->faults, spec->begin, "not enough memory");
		return -1;
	}
	last->plan->next = plan;
	last->next = next;
	parse_init(next, plan);
	next->is_dump = first->is_dump;
	for (size_t i = 0; i < spec->nouter; i++) {
		const struct option_given *given = &first->given[i];

		if (!options_is_of_arrays(given->entry))
			options_apply(next, given->entry, given->argument);
	}
	begin(spec, next);
	return 0;
}

/* whether a key beside the steps is read for one of them, all that it says */
static bool
is_read(const struct node *steps, const char *key)
{
	bool is_arrays = strcmp(key, "arrays") == 0;

	for (size_t i = 0; i < steps->count; i++) {
		const struct node *step = steps->items[i];

		if (step->kind == NODE_MAPPING &&
		    !(is_arrays ? has_scopes(step)
				: is_replaced(step, key, i == 0)))
			return true;
	}
	return false;
}

/* Look at a key for itself, as if there were a step for it alone. */
static void
check_key(struct specfile *spec, const struct node *key,
	  const struct node *value)
{
	struct parse *last = spec->parse, parse;
	struct plan plan;

	parse_init(&parse, &plan);
	begin(spec, &parse);
	spec->has_scopes = spec->is_first = false;
	spec_key(spec, key, value);
	spec_settle_scopes(spec);
	begin(spec, last);
	parse_release(&parse);
	plan_release(&plan);
}

void
spec_steps(struct specfile *spec, const struct node *root,
	   const struct node *steps)
{
	const struct parse *first = spec->parse;

	if (steps->kind != NODE_LIST || steps->count == 0) {
		faults_add(&spec->faults, steps->place,
			   STEPS " wants a list of mappings");
		return;
	}
	for (size_t i = 0; i < steps->count; i++) {
		const struct node *step = steps->items[i];

		spec->begin = step->place;
		if (step->kind != NODE_MAPPING) {
			faults_add(&spec->faults, step->place,
				   "a step is a mapping, not %s",
				   node_kind_name(step));
			continue;
		}
		if (i > 0 && add_step(spec, first))
			return;
		take_keys(spec, root, step, i == 0);
		spec_settle(spec);
	}
	for (size_t i = 0; i < root->count; i += 2)
		if (strcmp(root->items[i]->text, STEPS) != 0 &&
		    !is_read(steps, root->items[i]->text))
			check_key(spec, root->items[i], root->items[i + 1]);
}
