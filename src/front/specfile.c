/*
 * A spec to a plan: its file, its top level, and what is settled in the end;
 * see specfile.h.
 */
#include <config.h>

#include "front/specfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "front/settle.h"
#include "front/spec_parts.h"

#define READ_SIZE ((size_t)64 << 10)

/* what a reader may keep for itself: anchors, notes */
#define OWN_PREFIX "x-"

const char *const specfile_keys[] = { "jobs", "worker", "arrays", "steps" };
const size_t specfile_keys_count =
	sizeof(specfile_keys) / sizeof(specfile_keys[0]);

typedef void key_reader(struct specfile *spec, const struct node *value);

/* in the same order; steps are read before */
static key_reader *const readers[] = { spec_jobs, spec_worker, spec_arrays };

#define NREADERS (sizeof(readers) / sizeof(readers[0]))

static key_reader *
find_reader(const char *key)
{
	for (size_t i = 0; i < NREADERS; i++)
		if (strcmp(specfile_keys[i], key) == 0)
			return readers[i];
	return NULL;
}

void
spec_key(struct specfile *spec, const struct node *key,
	 const struct node *value)
{
	key_reader *reader = find_reader(key->text);

	if (strncmp(key->text, OWN_PREFIX, strlen(OWN_PREFIX)) == 0)
		return;
	if (reader && node_is_null(value))
		faults_add(&spec->faults, value->place, "%s has no value",
			   key->text);
	else if (reader)
		reader(spec, value);
	else if (!spec_option_of(spec, NULL, key, value))
		spec_unknown(spec, "", key, specfile_keys, specfile_keys_count,
			     NULL);
}

static void
take_all(struct specfile *spec, const struct node *root)
{
	const struct node *steps;

	spec->begin = root->place;
	if (root->kind != NODE_MAPPING) {
		faults_add(&spec->faults, root->place,
			   "a mapping of keys is wanted, not %s",
			   node_kind_name(root));
		return;
	}
	steps = node_find(root, "steps");
	if (steps) {
		spec_steps(spec, root, steps);
		return;
	}
	spec->is_first = true;
	for (size_t i = 0; i < root->count; i += 2)
		spec_key(spec, root->items[i], root->items[i + 1]);
	spec_settle(spec);
}

static bool *
outer(struct specfile *spec, const char *name)
{
	return &spec->is_outer[options_find(name) - options_table];
}

/* What the command line says of the source of jobs, it says of all of it, and
 * so it does of what ends them. */
static void
note_outer(struct specfile *spec)
{
	spec->outer = spec->parse;
	spec->nouter = spec->parse->ngiven;
	for (size_t i = 0; i < spec->nouter; i++) {
		const struct option_entry *entry = spec->parse->given[i].entry;

		if (entry->key != KEY_LIST && entry->key != KEY_PAIRS)
			spec->is_outer[entry - options_table] = true;
	}
	spec->has_outer_jobs =
		*outer(spec, "arg-file") || *outer(spec, "range");
	*outer(spec, "arg-file") = spec->has_outer_jobs;
	*outer(spec, "range") = spec->has_outer_jobs;
	*outer(spec, "split") = spec->has_outer_jobs;
	*outer(spec, "null") |= *outer(spec, "delimiter");
	*outer(spec, "delimiter") |= *outer(spec, "null");
}

/* where the option stands that a message names first */
static struct place
place_of(const struct specfile *spec, const char *message)
{
	const char *name = strstr(message, "--");
	size_t length;

	for (; name; name = strstr(name + 2, "--")) {
		length = strcspn(name + 2, " :=");
		for (size_t i = 0; i < options_count; i++) {
			const char *option = options_table[i].help.name;

			if (strlen(option) == length &&
			    strncmp(option, name + 2, length) == 0 &&
			    spec->places[i].line)
				return spec->places[i];
		}
	}
	return spec->worker.line ? spec->worker : spec->begin;
}

/* what is wrong with the worker as a whole */
static void
check_worker(struct specfile *spec)
{
	const struct parse *parse = spec->parse;

	if (parse->nwords == 0 && parse->plan->worker != WORKER_DLOPEN)
		faults_add(&spec->faults, spec->begin,
			   "no worker: nothing to run");
	else if (spec->worker_key && strcmp(spec->worker_key, "exec") == 0 &&
		 parse->worker)
		faults_add(&spec->faults, spec->worker,
			   "exec and %s exclude each other", parse->worker + 2);
}

/* two steps can not read the same input */
static void
check_step(struct specfile *spec)
{
	if (!plan_reads_input(spec->parse->plan))
		return;
	if (spec->has_input)
		faults_add(&spec->faults, spec->begin,
			   "no jobs: an earlier step has read standard input");
	spec->has_input = true;
}

/* Give a plan the arrays of the first one, which others may ask for but not
 * have. */
static int
lend_arrays(const struct specfile *spec, struct plan *plan)
{
	const struct spec_list *arrays = &spec->first->arrays;

	plan->arrays.specs = calloc(arrays->count + 1, sizeof(struct spec));
	if (!plan->arrays.specs)
		return -1;
	plan->arrays.count = arrays->count;
	for (size_t i = 0; i < arrays->count; i++) {
		plan->arrays.specs[i] = arrays->specs[i];
		/* each step has scopes of its own */
		plan->arrays.specs[i].array.flags &=
			~(SEGMENT_PRIVATE | SEGMENT_REDUCTION);
	}
	return 0;
}

static void
return_arrays(struct plan *plan)
{
	free(plan->arrays.specs);
	plan->arrays = (struct spec_list){ 0 };
}

static int
settle_plan(struct specfile *spec)
{
	struct plan *plan = spec->parse->plan;
	int error;

	if (plan == spec->first)
		return settle(spec->parse);
	if (lend_arrays(spec, plan))
		return -1;
	error = settle(spec->parse);
	return_arrays(plan);
	return error;
}

static int
settle_scopes(struct specfile *spec)
{
	struct plan *plan = spec->parse->plan;
	int error;

	if (lend_arrays(spec, plan))
		return -1;
	error = arrays_settle(plan, &spec->parse->scopes);
	return_arrays(plan);
	return error;
}

/* Do what may print one message, which belongs to an option. */
static int catch (struct specfile *spec,
		  int (*settle_part)(struct specfile *spec))
{
	const char *message;
	int error;

	faults_catch(&spec->faults);
	error = settle_part(spec);
	message = faults_caught(&spec->faults, error);
	if (error)
		faults_add_option(&spec->faults,
				  place_of(spec, message ? message : ""),
				  message ? message : "not enough memory");
	return error;
}

void
spec_settle(struct specfile *spec)
{
	if (spec->faults.count > 0)
		return;
	check_worker(spec);
	spec_settle_jobs(spec);
	if (spec->faults.count > 0)
		return;
	if (catch (spec, settle_plan) == 0)
		check_step(spec);
}

void
spec_settle_scopes(struct specfile *spec)
{
	/* else the arrays may not be known */
	if (spec->faults.count == 0)
		catch (spec, settle_scopes);
}

static int
check_settings(const struct specfile *spec)
{
	const char *setting = variables_unused(&spec->variables);
	char shown[200];

	if (!setting)
		return 0;
	diag("--spec: %s has no variable %s", spec->faults.file,
	     diag_quote(shown, sizeof(shown), setting, strcspn(setting, "="),
			40));
	return -1;
}

int
specfile_parse(struct parse *parse, const char *name, const char *text,
	       size_t nbytes, char *settings[], size_t nsettings)
{
	struct specfile spec = { .parse = parse,
				 .first = parse->plan,
				 .store = &parse->plan->texts };
	const struct node *root;
	int error;

	if (variables_init(&spec.variables, settings, nsettings, spec.store))
		return -1;
	faults_init(&spec.faults, name);
	note_outer(&spec);
	root = document_parse(text, nbytes, spec.store, &spec.faults);
	if (root)
		take_all(&spec, root);
	error = faults_print(&spec.faults);
	if (!error)
		error = check_settings(&spec);
	faults_release(&spec.faults);
	return error;
}

/* All of fd, in memory that is the caller's, in *text also on failure. Returns
 * its size or -errno. */
static ssize_t
read_all(int fd, char **text)
{
	size_t used = 0, room = 0;
	ssize_t n;

	for (;;) {
		if (used == room) {
			char *grown =
				realloc(*text, room = 2 * room + READ_SIZE);

			if (!grown)
				return -ENOMEM;
			*text = grown;
		}
		n = read(fd, *text + used, room - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return (ssize_t)used;
		used += (size_t)n;
		if (used > DOCUMENT_MAX)
			return -EFBIG;
	}
}

/* the jobs can not come from where the spec came from */
static int
check_input(const struct plan *plan)
{
	for (; plan; plan = plan->next) {
		if (!plan_reads_input(plan))
			continue;
		diag("--spec -: standard input is the spec, and can not be the "
		     "jobs");
		return -1;
	}
	return 0;
}

int
specfile_read(struct parse *parse, const char *file, char *settings[],
	      size_t nsettings)
{
	bool is_input = strcmp(file, "-") == 0;
	const char *name = is_input ? "standard input" : file;
	int fd = is_input ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	ssize_t nbytes = fd < 0 ? -errno : read_all(fd, &text);
	int error = -1;

	if (fd >= 0 && !is_input)
		close(fd);
	if (nbytes < 0)
		diag_errno((int)-nbytes, "--spec: %s", diag_named(name));
	else
		error = specfile_parse(parse, name, text, (size_t)nbytes,
				       settings, nsettings);
	free(text);
	if (!error && is_input)
		error = check_input(parse->plan);
	return error;
}
