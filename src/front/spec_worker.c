#include <config.h>

#include <string.h>

#include "front/spec_parts.h"

/*
 * worker: what is run. {KIND: COMMAND}, where KIND is exec or an option that
 * chooses a worker, or just COMMAND; a list is the words of a command line, and
 * a single text is one word of it.
 */

#define GROUP "Worker"

static const char *const kinds[] = { "exec", "filter", "pipe", "attach",
				     "dlopen" };

#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

/* count words of a list, from the first-th on */
static void
take_words(struct specfile *spec, const struct node *list, size_t first)
{
	size_t count = list->count - first;
	char **words = store_alloc(spec->store, (count + 1) * sizeof(*words));

	if (!words) {
		faults_add(&spec->faults, list->place, "not enough memory");
		return;
	}
	for (size_t i = 0; i < count; i++)
		/* the plan's words are argv otherwise; nobody writes to them */
		words[i] = (char *)(uintptr_t)spec_text(
			spec, "a word of the command", list->items[first + i]);
	words[count] = NULL;
	spec->parse->words = words;
	spec->parse->nwords = count;
}

static void
take_command(struct specfile *spec, const char *kind, const struct node *value)
{
	struct node *one[] = { (struct node *)(uintptr_t)value };
	struct node list = { .place = value->place, .items = one, .count = 1 };
	bool is_library = strcmp(kind, "dlopen") == 0;
	const char *library;

	if (value->kind == NODE_MAPPING) {
		faults_add(&spec->faults, value->place,
			   "%s wants a command, a single text or a list of "
			   "words",
			   kind);
		return;
	}
	if (value->kind == NODE_LIST)
		list = *value;
	if (list.count == 0) {
		faults_add(&spec->faults, value->place, "%s has no word", kind);
		return;
	}
	spec->worker = value->place;
	if (is_library) {
		library = spec_text(spec, kind, list.items[0]);
		if (library)
			spec_run_name(spec, kind, library,
				      list.items[0]->place);
	}
	take_words(spec, &list, is_library);
}

static void
take_kind(struct specfile *spec, const char *kind, const struct node *key,
	  const struct node *value)
{
	if (spec->worker_key) {
		faults_add(&spec->faults, key->place,
			   "%s and %s exclude each other", spec->worker_key,
			   kind);
		return;
	}
	spec->worker_key = kind;
	if (strcmp(kind, "exec") != 0 && strcmp(kind, "dlopen") != 0)
		spec_run_name(spec, kind, NULL, key->place);
	take_command(spec, kind, value);
}

void
spec_worker(struct specfile *spec, const struct node *value)
{
	if (value->kind != NODE_MAPPING) {
		take_command(spec, "worker", value);
		return;
	}
	for (size_t i = 0; i < value->count; i += 2) {
		const struct node *key = value->items[i];
		size_t kind = 0;

		while (kind < NKINDS && strcmp(key->text, kinds[kind]) != 0)
			kind++;
		if (kind < NKINDS)
			take_kind(spec, kinds[kind], key, value->items[i + 1]);
		else if (!spec_option_of(spec, GROUP, key, value->items[i + 1]))
			spec_unknown(spec, "worker", key, kinds, NKINDS, GROUP);
	}
}
