/*
 * YAML to a tree, by libyaml's events; see document.h.
 *
 * The containers that are open stand on a stack of fixed height. libyaml takes
 * UTF-8 in good order for granted only after it was looked at here, where line
 * and column are known of all that is wrong with it.
 */
#include <config.h>

#include "front/document.h"

#include <stdint.h>
#include <string.h>
#include <yaml.h>

#include "base/base64.h"
#include "base/diag.h"
#include "front/document_keys.h"
#include "front/document_text.h"

#define TAG_PREFIX "tag:yaml.org,2002:"
#define BINARY "binary"

struct anchor {
	char *name;
	struct node *node;
	bool is_open; /* its node is not complete */
};

/* a list or mapping that is being read */
struct open {
	struct node *node;
	size_t capacity;
	size_t anchor; /* index, or SIZE_MAX */
};

struct builder {
	yaml_parser_t parser;
	struct store *store;
	struct faults *faults;
	const char *text;
	size_t nbytes;
	struct open stack[DOCUMENT_DEPTH_MAX];
	size_t depth;
	struct anchor anchors[DOCUMENT_ANCHORS_MAX];
	size_t nanchors;
	struct node *root;
};

static struct place
place_of(const yaml_mark_t *mark)
{
	return (struct place){ (unsigned)mark->line + 1,
			       (unsigned)mark->column + 1 };
}

static int
fail(struct builder *builder, struct place place, const char *what)
{
	faults_add(builder->faults, place, "%s", what);
	return -1;
}

bool
node_is_null(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->is_plain &&
	       (!*node->text || strcmp(node->text, "~") == 0 ||
		strcmp(node->text, "null") == 0);
}

const char *
node_kind_name(const struct node *node)
{
	static const char *const names[] = { "a single value", "a list",
					     "a mapping" };

	return names[node->kind];
}

struct node *
node_find(const struct node *mapping, const char *key)
{
	for (size_t i = 0; i < mapping->count; i += 2)
		if (strcmp(mapping->items[i]->text, key) == 0)
			return mapping->items[i + 1];
	return NULL;
}

/* ---- what is wrong ---- */

/* libyaml could not go on */
static int
refuse(struct builder *builder)
{
	yaml_parser_t *parser = &builder->parser;
	yaml_mark_t *mark = &parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR)
		return fail(builder, place_of(&parser->mark),
			    "not enough memory");
	if (parser->error == YAML_READER_ERROR)
		mark = &parser->mark;
	if (document_byte(builder->text, builder->nbytes, place_of(mark)) ==
	    '\t')
		return fail(builder, place_of(mark),
			    "a tab in the indentation (blanks are wanted)");
	if (parser->context && strstr(parser->context, "while"))
		faults_add(builder->faults, place_of(mark), "%s (%s)",
			   parser->problem, parser->context);
	else
		faults_add(builder->faults, place_of(mark), "%s",
			   parser->problem ? parser->problem : "no YAML");
	return -1;
}

/* ---- the tree ---- */

static struct node *
new_node(struct builder *builder, enum node_kind kind, struct place place)
{
	struct node *node = store_alloc(builder->store, sizeof(*node));

	if (node)
		*node = (struct node){ .kind = kind,
				       .place = place,
				       .size = 1 };
	else
		fail(builder, place, "not enough memory");
	return node;
}

static int
append(struct builder *builder, struct open *open, struct node *node)
{
	struct node *parent = open->node, **items = parent->items;

	if (parent->count == open->capacity) {
		size_t capacity = 2 * open->capacity + 8;

		items = store_alloc(builder->store, capacity * sizeof(*items));
		if (!items)
			return -1;
		if (parent->count > 0)
			memcpy(items, parent->items,
			       parent->count * sizeof(*items));
		parent->items = items;
		open->capacity = capacity;
	}
	items[parent->count++] = node;
	parent->size += node->size;
	return 0;
}

/* node, which is whole, goes where it belongs */
static int
place_node(struct builder *builder, struct node *node, struct place place)
{
	struct open *open;

	if (builder->depth == 0) {
		builder->root = node;
		return 0;
	}
	open = &builder->stack[builder->depth - 1];
	if (open->node->kind == NODE_MAPPING && open->node->count % 2 == 0 &&
	    node->kind != NODE_SCALAR)
		return fail(builder, place, "a key must be a single word");
	if (append(builder, open, node))
		return fail(builder, place, "not enough memory");
	if (open->node->size > DOCUMENT_EXPANDED_MAX)
		return fail(builder, place,
			    "aliases make this document too large");
	return 0;
}

/* Remember the node under its anchor, if it has one. */
static int
keep_anchor(struct builder *builder, const yaml_char_t *name, struct node *node,
	    struct place place, size_t *index)
{
	const char *bytes = (const char *)name;
	struct anchor *anchor = &builder->anchors[builder->nanchors];

	*index = SIZE_MAX;
	if (!name)
		return 0;
	if (builder->nanchors == DOCUMENT_ANCHORS_MAX)
		return fail(builder, place, "too many anchors");
	anchor->name = store_text(builder->store, bytes, strlen(bytes));
	if (!anchor->name)
		return fail(builder, place, "not enough memory");
	anchor->node = node;
	anchor->is_open = node->kind != NODE_SCALAR;
	*index = builder->nanchors++;
	return 0;
}

static int
take_alias(struct builder *builder, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;

	/* of two with the same name the last one counts */
	for (size_t i = builder->nanchors; i > 0; i--) {
		const struct anchor *anchor = &builder->anchors[i - 1];

		if (strcmp(anchor->name, name) != 0)
			continue;
		if (anchor->is_open)
			return fail(builder, place_of(&event->start_mark),
				    "an alias in what it stands for");
		return place_node(builder, anchor->node,
				  place_of(&event->start_mark));
	}
	faults_add(builder->faults, place_of(&event->start_mark),
		   "alias %s stands for nothing", diag_quoted(name));
	return -1;
}

/* Which tags may stand there: those that change nothing. */
static int
check_tag(struct builder *builder, const yaml_char_t *tag, enum node_kind kind,
	  struct place place)
{
	static const char *const known[][7] = {
		[NODE_SCALAR] = { "str", "int", "float", "bool", "null",
				  BINARY },
		[NODE_LIST] = { "seq" },
		[NODE_MAPPING] = { "map" },
	};
	const size_t length = strlen(TAG_PREFIX);
	const char *name = (const char *)tag;

	if (!name || strcmp(name, "!") == 0)
		return 0;
	if (strncmp(name, TAG_PREFIX, length) == 0)
		for (size_t i = 0; known[kind][i]; i++)
			if (strcmp(name + length, known[kind][i]) == 0)
				return 0;
	faults_add(builder->faults, place, "tag %s has no meaning here",
		   diag_quoted(name));
	return -1;
}

/* Text of any bytes; returns how many, or -1 after a fault. */
static long
decode(struct builder *builder, const yaml_event_t *event)
{
	const char *tag = (const char *)event->data.scalar.tag;
	char *value = (char *)event->data.scalar.value;
	size_t nbytes = event->data.scalar.length;
	struct place place = place_of(&event->start_mark);
	long n = (long)nbytes;

	if (tag && strcmp(tag, TAG_PREFIX BINARY) == 0)
		n = base64_decode(value, nbytes);
	if (n < 0)
		return fail(builder, place, "no base64");
	if (memchr(value, '\0', (size_t)n))
		return fail(builder, place, "a NUL in a text");
	return n;
}

static int
take_scalar(struct builder *builder, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t nbytes, index;
	long n;
	struct place place = place_of(&event->start_mark);
	struct node *node = new_node(builder, NODE_SCALAR, place);

	if (!node)
		return -1;
	if (check_tag(builder, event->data.scalar.tag, NODE_SCALAR, place))
		return -1;
	n = decode(builder, event);
	if (n < 0)
		return -1;
	nbytes = (size_t)n;
	node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
			 !event->data.scalar.tag;
	node->size += nbytes;
	node->text = store_text(builder->store, value, nbytes);
	if (!node->text)
		return fail(builder, place, "not enough memory");
	if (keep_anchor(builder, event->data.scalar.anchor, node, place,
			&index))
		return -1;
	return place_node(builder, node, place);
}

static int
open_container(struct builder *builder, const yaml_event_t *event,
	       enum node_kind kind)
{
	struct place place = place_of(&event->start_mark);
	bool is_list = kind == NODE_LIST;
	const yaml_char_t *tag = is_list ? event->data.sequence_start.tag
					 : event->data.mapping_start.tag;
	const yaml_char_t *anchor = is_list ? event->data.sequence_start.anchor
					    : event->data.mapping_start.anchor;
	struct open *open = &builder->stack[builder->depth];
	struct node *node;

	if (builder->depth == DOCUMENT_DEPTH_MAX)
		return fail(builder, place, "nested too deeply");
	node = new_node(builder, kind, place);
	if (!node || check_tag(builder, tag, kind, place))
		return -1;
	*open = (struct open){ .node = node };
	if (keep_anchor(builder, anchor, node, place, &open->anchor))
		return -1;
	builder->depth++;
	return 0;
}

static int
close_container(struct builder *builder)
{
	struct open *open = &builder->stack[builder->depth - 1];
	struct node *node = open->node;

	if (node->kind == NODE_MAPPING &&
	    document_settle_keys(node, builder->store, builder->faults))
		return -1;
	if (open->anchor != SIZE_MAX)
		builder->anchors[open->anchor].is_open = false;
	builder->depth--;
	return place_node(builder, node, node->place);
}

static int
take_event(struct builder *builder, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return builder->root
			       ? fail(builder, place_of(&event->start_mark),
				      "a second document")
			       : 0;
	case YAML_ALIAS_EVENT:
		return take_alias(builder, event);
	case YAML_SCALAR_EVENT:
		return take_scalar(builder, event);
	case YAML_SEQUENCE_START_EVENT:
		return open_container(builder, event, NODE_LIST);
	case YAML_MAPPING_START_EVENT:
		return open_container(builder, event, NODE_MAPPING);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_container(builder);
	default:
		return 0;
	}
}

static int
build(struct builder *builder)
{
	yaml_event_t event;
	yaml_event_type_t type;
	int error;

	do {
		if (!yaml_parser_parse(&builder->parser, &event))
			return refuse(builder);
		type = event.type;
		error = take_event(builder, &event);
		yaml_event_delete(&event);
		if (error)
			return error;
	} while (type != YAML_STREAM_END_EVENT);
	if (builder->root)
		return 0;
	return fail(builder, (struct place){ 1, 1 }, "nothing in it");
}

struct node *
document_parse(const char *text, size_t nbytes, struct store *store,
	       struct faults *faults)
{
	static const char mark[] = "\xef\xbb\xbf"; /* of byte order */
	struct builder builder = { .store = store, .faults = faults };
	int error;

	if (nbytes >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
		text += strlen(mark);
		nbytes -= strlen(mark);
	}
	builder.text = text;
	builder.nbytes = nbytes;
	if (document_check(text, nbytes, faults))
		return NULL;
	if (!yaml_parser_initialize(&builder.parser)) {
		fail(&builder, (struct place){ 1, 1 }, "not enough memory");
		return NULL;
	}
	yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&builder.parser,
				     (const unsigned char *)text, nbytes);
	error = build(&builder);
	yaml_parser_delete(&builder.parser);
	return error ? NULL : builder.root;
}
