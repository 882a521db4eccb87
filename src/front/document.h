#ifndef SHMMAP_DOCUMENT_H
#define SHMMAP_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/store.h"
#include "front/faults.h"

/*
 * YAML to a tree. An alias is a second pointer to the node that it stands for,
 * so that the tree is a graph without cycles; what it stands for written out is
 * bounded, and so is its depth. A document comes from somebody else: whatever
 * its bytes, there is a tree or there are faults.
 */

/* bytes of a document; those that it may have with its aliases written out */
#define DOCUMENT_MAX ((size_t)64 << 20)
#define DOCUMENT_EXPANDED_MAX ((size_t)128 << 20)

#define DOCUMENT_DEPTH_MAX 16
#define DOCUMENT_ANCHORS_MAX 256

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAPPING };

struct node {
	enum node_kind kind;
	bool is_plain;	     /* a scalar without quotes */
	struct place place;  /* where it begins */
	size_t size;	     /* bytes, with aliases written out */
	const char *text;    /* of a scalar, without NUL in it */
	struct node **items; /* count of them; of a mapping key, value, key ...,
			      * the keys are scalars and differ */
	size_t count;
};

/*
 * The tree of the one document in nbytes bytes of text; nodes and texts are the
 * store's. NULL when there is none; there are faults then, and there may be
 * some with a tree, too: keys that are there twice.
 */
struct node *document_parse(const char *text, size_t nbytes,
			    struct store *store, struct faults *faults);

/* whether a scalar is YAML's null: nothing, ~ or null */
bool node_is_null(const struct node *node);

/* "a list", for messages */
const char *node_kind_name(const struct node *node);

/* the value of a key of a mapping, or NULL */
struct node *node_find(const struct node *mapping, const char *key);

#endif
