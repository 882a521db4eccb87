#include <config.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "front/spec_parts.h"
#include "front/specfile.h"

/* Keys that are options, and the types of values; see spec_parts.h. */

const char *
spec_text(struct specfile *spec, const char *key, const struct node *value)
{
	char why[VARIABLES_WHY_SIZE];
	const char *text;

	if (value->kind != NODE_SCALAR) {
		faults_add(&spec->faults, value->place,
			   "%s wants a single value, not %s", key,
			   node_kind_name(value));
		return NULL;
	}
	if (node_is_null(value)) {
		faults_add(&spec->faults, value->place, "%s has no value", key);
		return NULL;
	}
	text = variables_expand(&spec->variables, value->text, spec->store,
				why);
	if (!text)
		faults_add(&spec->faults, value->place, "%s: %s", key, why);
	return text;
}

bool
spec_is_name(struct specfile *spec, const struct node *key)
{
	if (!strchr(key->text, '='))
		return true;
	faults_add(&spec->faults, key->place,
		   "%s: a name with a =", diag_quoted(key->text));
	return false;
}

char *
spec_join(struct specfile *spec, struct place place, const char *const parts[],
	  size_t count)
{
	size_t nbytes = 0;
	char *text, *at;

	for (size_t i = 0; i < count; i++)
		nbytes += strlen(parts[i]);
	text = at = store_alloc(spec->store, nbytes + 1);
	if (!text) {
		faults_add(&spec->faults, place, "not enough memory");
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, parts[i]);
	*at = '\0';
	return text;
}

/* whether the command line says NAME=TEXT with the same name */
static bool
is_outer_pair(const struct specfile *spec, const struct option_entry *entry,
	      const char *pair)
{
	size_t length;

	if (entry->key != KEY_PAIRS)
		return false;
	length = strcspn(pair, "=");
	for (size_t i = 0; i < spec->nouter; i++) {
		const struct option_given *given = &spec->outer->given[i];

		if (given->entry == entry &&
		    strncmp(given->argument, pair, length) == 0 &&
		    given->argument[length] == '=')
			return true;
	}
	return false;
}

/* What has one value may be said in one place: jobs and worker have keys that
 * stand beside them, too. Else notes the place. */
static bool
is_said(struct specfile *spec, const struct option_entry *entry,
	struct place place)
{
	struct place *first = &spec->places[entry - options_table];

	if (first->line == 0) {
		*first = place;
		return false;
	}
	if (!entry->help.argument || entry->key == KEY_LIST ||
	    entry->key == KEY_PAIRS)
		return false;
	faults_add(&spec->faults, place, "%s is there twice (first in line %u)",
		   entry->help.name, first->line);
	return true;
}

void
spec_run(struct specfile *spec, const struct option_entry *entry,
	 const char *argument, struct place place)
{
	size_t index = (size_t)(entry - options_table);
	const char *message;
	int error;

	if (spec->is_outer[index] || is_outer_pair(spec, entry, argument))
		return;
	if (is_said(spec, entry, place))
		return;
	faults_catch(&spec->faults);
	error = options_apply(spec->parse, entry, argument);
	message = faults_caught(&spec->faults, error);
	if (error)
		faults_add_option(&spec->faults, place,
				  message ? message : entry->help.name);
}

void
spec_run_name(struct specfile *spec, const char *name, const char *argument,
	      struct place place)
{
	spec_run(spec, options_find(name), argument, place);
}

static void
take_flag(struct specfile *spec, const struct option_entry *entry,
	  const struct node *key, const struct node *value)
{
	const char *name = entry->help.name;
	const char *text = spec_text(spec, name, value);

	if (!text)
		return;
	if (strcmp(text, "true") == 0)
		spec_run(spec, entry, NULL, key->place);
	else if (strcmp(text, "false") != 0)
		faults_add(&spec->faults, value->place,
			   "%s: %s is not true or false", name,
			   diag_quoted(text));
}

static void
take_text(struct specfile *spec, const struct option_entry *entry,
	  const struct node *value)
{
	const char *text = spec_text(spec, entry->help.name, value);

	if (!text)
		return;
	if (entry->key == KEY_FILE && strcmp(text, "-") != 0 &&
	    access(text, R_OK))
		faults_add(&spec->faults, value->place, "%s: %s: %s",
			   entry->help.name, diag_quoted(text),
			   strerror(errno));
	else
		spec_run(spec, entry, text, value->place);
}

static void
take_pairs(struct specfile *spec, const struct option_entry *entry,
	   const struct node *value)
{
	for (size_t i = 0; i < value->count; i += 2) {
		const struct node *name = value->items[i];
		const char *text =
			spec_text(spec, name->text, value->items[i + 1]);
		const char *parts[] = { name->text, "=", text };
		const char *pair =
			text && spec_is_name(spec, name)
				? spec_join(spec, name->place, parts, 3)
				: NULL;

		if (pair)
			spec_run(spec, entry, pair, name->place);
	}
}

void
spec_option(struct specfile *spec, const struct option_entry *entry,
	    const struct node *key, const struct node *value)
{
	bool may_repeat = entry->key == KEY_LIST || entry->key == KEY_PAIRS;

	if (!entry->help.argument)
		take_flag(spec, entry, key, value);
	else if (value->kind == NODE_MAPPING && entry->key == KEY_PAIRS)
		take_pairs(spec, entry, value);
	else if (value->kind == NODE_LIST && may_repeat)
		for (size_t i = 0; i < value->count; i++)
			take_text(spec, entry, value->items[i]);
	else
		take_text(spec, entry, value);
}

static bool
is_key_of(const struct option_entry *entry, const char *group)
{
	return entry->key != KEY_NONE &&
	       (!group || strcmp(options_group(entry), group) == 0);
}

bool
spec_option_of(struct specfile *spec, const char *group, const struct node *key,
	       const struct node *value)
{
	const struct option_entry *entry = options_find(key->text);

	if (!entry || !is_key_of(entry, group))
		return false;
	spec_option(spec, entry, key, value);
	return true;
}

/* name may be what was meant with text */
static void
compare(const char *name, const char *text, size_t *least, const char **best)
{
	size_t distance = help_distance(name, text, strlen(text));

	if (distance < *least || (distance == *least && !*best)) {
		*least = distance;
		*best = name;
	}
}

/* whether a key stands in a spec itself */
static bool
is_top(const char *key)
{
	for (size_t i = 0; i < specfile_keys_count; i++)
		if (strcmp(specfile_keys[i], key) == 0)
			return true;
	return false;
}

/* of a key that is none of an option: the key that it belongs into, or NULL */
static const char *
home_of(const char *key)
{
	static const char *const homes[][2] = {
		{ "list", "jobs" },    { "file", "jobs" },
		{ "product", "jobs" }, { "zip", "jobs" },
		{ "exec", "worker" },  { "dtype", "arrays" },
		{ "shape", "arrays" }, { "init", "arrays" },
		{ "scope", "arrays" },
	};

	for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++)
		if (strcmp(homes[i][0], key) == 0)
			return homes[i][1];
	return NULL;
}

void
spec_unknown(struct specfile *spec, const char *where, const struct node *key,
	     const char *const own[], size_t nown, const char *group)
{
	const struct option_entry *entry = options_find(key->text);
	size_t least = 1 + strlen(key->text) / 3;
	const char *best = NULL;
	const char *shown = diag_quoted(key->text);

	if (entry && entry->key == KEY_NONE) {
		faults_add(&spec->faults, key->place,
			   "%s is for the command line only", shown);
		return;
	}
	if (entry || is_top(key->text)) {
		faults_add(&spec->faults, key->place,
			   "key %s does not belong into %s", shown, where);
		return;
	}
	if (home_of(key->text)) {
		faults_add(&spec->faults, key->place, "key %s belongs into %s",
			   shown, home_of(key->text));
		return;
	}
	for (size_t i = 0; i < nown; i++)
		compare(own[i], key->text, &least, &best);
	for (size_t i = 0; i < options_count; i++)
		if (is_key_of(&options_table[i], group))
			compare(options_table[i].help.name, key->text, &least,
				&best);
	if (best)
		faults_add(&spec->faults, key->place,
			   "unknown key %s%s%s (did you mean '%s'?)", shown,
			   *where ? " in " : "", where, best);
	else
		faults_add(&spec->faults, key->place, "unknown key %s%s%s",
			   shown, *where ? " in " : "", where);
}
