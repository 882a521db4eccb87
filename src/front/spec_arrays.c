#include <config.h>

#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "front/spec_parts.h"

/*
 * arrays: {NAME: DECLARATION}, which is what -A has behind "NAME=", or its
 * parts by name: {dtype, shape, init, scope, save}. They are put together to
 * what options say, and checked there. Of a later step only the scopes count:
 * the arrays are the first one's.
 */

#define SHOWN_MAX 40

/* far more than an array can have */
#define PARTS_MAX 128

/* the dtype of a record, {x: f8, id: i4}, as {x=f8,id=i4} */
static const char *
join_record(struct specfile *spec, const struct node *record)
{
	const char *parts[2 * PARTS_MAX + 1];
	size_t n = 0;

	if (record->count / 2 > PARTS_MAX / 2) {
		faults_add(&spec->faults, record->place,
			   "dtype has too many fields");
		return NULL;
	}
	for (size_t i = 0; i < record->count; i += 2) {
		if (!spec_is_name(spec, record->items[i]))
			return NULL;
		parts[n++] = i ? "," : "{";
		parts[n++] = record->items[i]->text;
		parts[n++] = "=";
		parts[n] = spec_text(spec, "dtype", record->items[i + 1]);
		if (!parts[n++])
			return NULL;
	}
	if (n == 0)
		parts[n++] = "{";
	parts[n++] = "}";
	return spec_join(spec, record->place, parts, n);
}

static const char *
join_shape(struct specfile *spec, const struct node *shape)
{
	const char *parts[2 * PARTS_MAX];
	size_t n = 0;

	if (shape->kind != NODE_LIST)
		return spec_text(spec, "shape", shape);
	if (shape->count > PARTS_MAX) {
		faults_add(&spec->faults, shape->place,
			   "shape has too many dimensions");
		return NULL;
	}
	for (size_t i = 0; i < shape->count; i++) {
		if (i)
			parts[n++] = ",";
		parts[n] = spec_text(spec, "shape", shape->items[i]);
		if (!parts[n++])
			return NULL;
	}
	return spec_join(spec, shape->place, parts, n);
}

/* shared, private or reduction(OP) */
static void
take_scope(struct specfile *spec, const char *name, const struct node *value)
{
	static const char reduction[] = "reduction(";
	const size_t length = strlen(reduction);
	const char *text = spec_text(spec, "scope", value), *end;
	char shown[4 * SHOWN_MAX + 16], *op;
	const char *parts[] = { NULL, ":", name };

	if (!text || strcmp(text, "shared") == 0)
		return;
	if (strcmp(text, "private") == 0) {
		spec_run_name(spec, "private", name, value->place);
		return;
	}
	end = strchr(text, ')');
	if (strncmp(text, reduction, length) != 0 || !end || end[1]) {
		diag_quote(shown, sizeof(shown), text, strlen(text), SHOWN_MAX);
		faults_add(&spec->faults, value->place,
			   "scope: %s is not shared, private or reduction(OP)",
			   shown);
		return;
	}
	op = store_text(spec->store, text + length,
			(size_t)(end - text) - length);
	parts[0] = op ? op : "";
	spec_run_name(spec, "reduction",
		      spec_join(spec, value->place, parts, 3), value->place);
}

/* the parts of one declaration as they are written; NULL where there is none */
struct parts {
	const char *dtype, *shape, *init;
	bool is_wrong;
};

static void
take_part(struct specfile *spec, struct parts *parts, const char *name,
	  const struct node *key, const struct node *value)
{
	static const char *const own[] = { "dtype", "shape", "init", "scope",
					   "save" };
	const char **part = NULL;

	if (strcmp(key->text, own[0]) == 0) {
		part = &parts->dtype;
		*part = value->kind == NODE_MAPPING
				? join_record(spec, value)
				: spec_text(spec, "dtype", value);
	} else if (strcmp(key->text, own[1]) == 0) {
		part = &parts->shape;
		*part = join_shape(spec, value);
	} else if (strcmp(key->text, own[2]) == 0) {
		part = &parts->init;
		*part = spec_text(spec, "init", value);
	} else if (strcmp(key->text, own[3]) != 0 &&
		   strcmp(key->text, own[4]) != 0) {
		spec_unknown(spec, name, key, own, 5, "");
	}
	parts->is_wrong |= part && !*part;
}

static void
declare(struct specfile *spec, const struct node *key, const struct node *value)
{
	struct parts parts = { 0 };
	const char *words[8], *text;
	size_t n = 0;

	for (size_t i = 0; i < value->count; i += 2)
		take_part(spec, &parts, key->text, value->items[i],
			  value->items[i + 1]);
	if (parts.is_wrong)
		return;
	if (!parts.dtype && !parts.init) {
		faults_add(&spec->faults, key->place, "array %s has no dtype",
			   key->text);
		return;
	}
	words[n++] = key->text;
	if (parts.dtype) {
		words[n++] = "=";
		words[n++] = parts.dtype;
	}
	if (parts.shape && *parts.shape) {
		words[n++] = ":";
		words[n++] = parts.shape;
	}
	if (parts.init) {
		words[n++] = "=";
		words[n++] = parts.init;
	}
	text = spec_join(spec, key->place, words, n);
	if (text)
		spec_run_name(spec, "array", text, key->place);
}

/* what is said of an array beside its declaration */
static void
take_rest(struct specfile *spec, const char *name, const struct node *value)
{
	const struct node *scope = node_find(value, "scope");
	const struct node *save = node_find(value, "save");
	const char *parts[] = { name, "=", NULL };

	if (scope && !spec->has_scopes)
		take_scope(spec, name, scope);
	if (save && spec->is_first)
		parts[2] = spec_text(spec, "save", save);
	if (parts[2])
		spec_run_name(spec, "save",
			      spec_join(spec, save->place, parts, 3),
			      save->place);
}

static void
take_array(struct specfile *spec, const struct node *key,
	   const struct node *value)
{
	const char *parts[] = { key->text, "=", NULL }, *text;

	if (value->kind == NODE_MAPPING) {
		if (spec->is_first)
			declare(spec, key, value);
		take_rest(spec, key->text, value);
		return;
	}
	if (!spec->is_first)
		return;
	parts[2] = spec_text(spec, key->text, value);
	text = parts[2] ? spec_join(spec, key->place, parts, 3) : NULL;
	if (text)
		spec_run_name(spec, "array", text, value->place);
}

void
spec_arrays(struct specfile *spec, const struct node *value)
{
	if (value->kind != NODE_MAPPING) {
		faults_add(&spec->faults, value->place,
			   "arrays wants a mapping of names, not %s",
			   node_kind_name(value));
		return;
	}
	for (size_t i = 0; i < value->count; i += 2)
		if (spec_is_name(spec, value->items[i]))
			take_array(spec, value->items[i], value->items[i + 1]);
}
