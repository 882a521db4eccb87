#include <config.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "front/spec_parts.h"

/*
 * jobs: where the jobs come from. A list in the spec becomes records in memory
 * (plan.h), lists of a product or zip are the words that the command line has
 * for them; everything else is what an option of the group Jobs says.
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

/* whether a word would begin a list, wherever it stands */
static bool
is_separator(const char *word)
{
	return strcmp(word, ":::") == 0 || strcmp(word, ":::+") == 0 ||
	       strcmp(word, "::::") == 0 || strcmp(word, "::::+") == 0;
}

static void
check_item(struct specfile *spec, const struct node *item)
{
	const char *text = spec_text(spec, "an item", item);

	if (text && is_separator(text))
		faults_add(&spec->faults, item->place, "an item can not be %s",
			   text);
}

/* one that can be read */
static void
check_file(struct specfile *spec, const struct node *file)
{
	const char *text = spec_text(spec, "file", file);

	if (text && strcmp(text, "-") != 0 && access(text, R_OK))
		faults_add(&spec->faults, file->place, "file: %s: %s",
			   diag_quoted(text), strerror(errno));
}

/* each of them is a list, or {file: FILE} */
static void
check_lists(struct specfile *spec, const struct node *lists)
{
	for (size_t i = 0; i < lists->count; i++) {
		const struct node *list = lists->items[i];

		if (list->kind == NODE_LIST)
			for (size_t j = 0; j < list->count; j++)
				check_item(spec, list->items[j]);
		else if (list->kind == NODE_MAPPING && list->count == 2 &&
			 node_find(list, "file"))
			check_file(spec, list->items[1]);
		else
			faults_add(&spec->faults, list->place,
				   "a list is wanted, or {file: FILE}, not %s",
				   node_kind_name(list));
	}
}

/* of a product or zip; the words are made when the command is known */
static void
take_lists(struct specfile *spec, const struct node *key,
	   const struct node *value)
{
	if (value->kind != NODE_LIST || value->count == 0) {
		faults_add(&spec->faults, value->place,
			   "%s wants a list of lists", key->text);
		return;
	}
	if (spec->has_outer_jobs)
		return;
	if (spec->lists)
		faults_add(&spec->faults, key->place,
			   "product and zip exclude each other");
	check_lists(spec, value);
	spec->lists = value;
	spec->is_zip = strcmp(key->text, "zip") == 0;
}

/* a list as words; it was looked at */
static char **
put_list(struct specfile *spec, const struct node *list, bool is_linked,
	 char **word)
{
	static char separators[4][6] = { ":::", ":::+", "::::", "::::+" };
	bool is_file = list->kind == NODE_MAPPING;

	*word++ = separators[(is_file ? 2 : 0) + (is_linked ? 1 : 0)];
	for (size_t i = is_file; i < list->count; i++)
		*word++ = (char *)(uintptr_t)spec_text(spec, "an item",
						       list->items[i]);
	return word;
}

/* command and lists as the words of one command line */
static void
add_lists(struct specfile *spec)
{
	struct parse *parse = spec->parse;
	const struct node *lists = spec->lists;
	size_t count = parse->nwords;
	char **words, **word;

	for (size_t i = 0; i < lists->count; i++)
		count += 2 + lists->items[i]->count;
	words = word = store_alloc(spec->store, (count + 1) * sizeof(*words));
	if (!words) {
		faults_add(&spec->faults, lists->place, "not enough memory");
		return;
	}
	for (size_t i = 0; i < parse->nwords; i++)
		*word++ = parse->words[i];
	for (size_t i = 0; i < lists->count; i++)
		word = put_list(spec, lists->items[i], spec->is_zip && i > 0,
				word);
	*word = NULL;
	parse->words = words;
	parse->nwords = (size_t)(word - words);
}

static void
take_key(struct specfile *spec, const struct node *key,
	 const struct node *value)
{
	static const char *const own[] = { "list", "file", "product", "zip" };

	if (strcmp(key->text, "file") == 0)
		spec_option(spec, options_find("arg-file"), key, value);
	else if (strcmp(key->text, "list") == 0 && value->kind == NODE_LIST)
		take_list(spec, value);
	else if (strcmp(key->text, "list") == 0)
		faults_add(&spec->faults, value->place,
			   "list wants a list, not %s", node_kind_name(value));
	else if (strcmp(key->text, "product") == 0 ||
		 strcmp(key->text, "zip") == 0)
		take_lists(spec, key, value);
	else if (!spec_option_of(spec, GROUP, key, value))
		spec_unknown(spec, "jobs", key, own, 4, GROUP);
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

/* what else there is beside a product or zip, in the words of a spec */
static void
check_beside(struct specfile *spec)
{
	const struct plan *plan = spec->parse->plan;
	const char *other = spec->jobs	     ? "a list of jobs"
			    : plan->is_range ? "range"
			    : plan->arg_file ? "arg-file"
					     : NULL;

	if (other)
		faults_add(&spec->faults, spec->lists->place,
			   "%s and %s exclude each other",
			   spec->is_zip ? "zip" : "product", other);
	else
		add_lists(spec);
}

void
spec_settle_jobs(struct specfile *spec)
{
	const struct parse *parse = spec->parse;
	struct plan *plan = parse->plan;
	size_t nbytes = 0;
	char *at;

	if (spec->lists)
		check_beside(spec);
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
