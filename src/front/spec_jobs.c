#include <config.h>

#include <string.h>

#include "front/spec_parts.h"

/*
 * jobs: where the jobs come from. A list in the spec becomes records in memory
 * (plan.h); everything else is what an option of the group Jobs says.
 */

#define GROUP "Jobs"

static void
take_list(struct specfile *spec, const struct node *list)
{
	const char **jobs =
		store_alloc(spec->store, (list->count + 1) * sizeof(*jobs));

	if (spec->has_outer_jobs)
		return;
	if (!jobs) {
		faults_add(&spec->faults, list->place, "not enough memory");
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		jobs[i] = spec_text(spec, "a job", list->items[i]);
	spec->jobs = list;
	spec->parse->jobs = jobs;
	spec->parse->njobs = list->count;
}

static void
take_key(struct specfile *spec, const struct node *key,
	 const struct node *value)
{
	static const char *const own[] = { "list", "file" };

	if (strcmp(key->text, "file") == 0)
		spec_option(spec, options_find("arg-file"), key, value);
	else if (strcmp(key->text, "list") == 0 && value->kind == NODE_LIST)
		take_list(spec, value);
	else if (strcmp(key->text, "list") == 0)
		faults_add(&spec->faults, value->place,
			   "list wants a list, not %s", node_kind_name(value));
	else if (!spec_option_of(spec, GROUP, key, value))
		spec_unknown(spec, "jobs", key, own, 2, GROUP);
}

void
spec_jobs(struct specfile *spec, const struct node *value)
{
	const char *text;

	if (value->kind == NODE_LIST) {
		take_list(spec, value);
		return;
	}
	if (value->kind == NODE_MAPPING) {
		for (size_t i = 0; i < value->count; i += 2)
			take_key(spec, value->items[i], value->items[i + 1]);
		return;
	}
	text = spec_text(spec, "jobs", value);
	if (text && strcmp(text, "stdin") != 0)
		faults_add(&spec->faults, value->place,
			   "jobs wants a list, stdin, or a mapping such as "
			   "{file: FILE}");
	else if (text)
		spec_run_name(spec, "arg-file", "-", value->place);
}

/* What ends a job of the list: what was asked for, else what is in none. */
static void
choose_delimiter(struct specfile *spec)
{
	const struct parse *parse = spec->parse;
	struct plan *plan = parse->plan;

	if (parse->has_delimiter)
		return;
	for (size_t i = 0; i < parse->njobs; i++)
		if (strchr(parse->jobs[i], '\n'))
			plan->delimiter = '\0';
}

void
spec_settle_jobs(struct specfile *spec)
{
	const struct parse *parse = spec->parse;
	struct plan *plan = parse->plan;
	size_t nbytes = 0;
	char *at;

	if (!spec->jobs)
		return;
	choose_delimiter(spec);
	for (size_t i = 0; i < parse->njobs; i++) {
		nbytes += strlen(parse->jobs[i]) + 1;
		if (plan->delimiter && strchr(parse->jobs[i], plan->delimiter))
			faults_add(&spec->faults, spec->jobs->items[i]->place,
				   "a job with the delimiter in it");
	}
	at = store_alloc(spec->store, nbytes + 1);
	if (!at) {
		faults_add(&spec->faults, spec->jobs->place,
			   "not enough memory");
		return;
	}
	plan->list = at;
	plan->list_size = nbytes;
	for (size_t i = 0; i < parse->njobs; i++) {
		at = stpcpy(at, parse->jobs[i]);
		*at++ = (char)plan->delimiter;
	}
}
