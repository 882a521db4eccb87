#ifndef SHMMAP_SHELL_SCAN_H
#define SHMMAP_SHELL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/replacement.h"

/*
 * The walk over a shell line that finds out what each replacement string
 * stands in. It is no parser: it knows the quotes, substitutions,
 * here-documents and comments of the Bourne family, and as much of the grammar
 * (case, command position) as it takes to find where these end. Should it err,
 * a value may be split into words; it is still never read as syntax.
 */

#define SHELL_SCAN_DOCUMENTS_MAX 16

/* How many bytes a line can become: so many of each of its own, {} being
 * '"${shmmap_1}"$', and so many of each value, which may be a word of its own
 * or have a long number. */
#define SHELL_SCAN_GROWTH 8
#define SHELL_SCAN_VALUE_MAX 48

/* what a positional parameter is */
struct shell_value {
	struct replacement replacement;
	bool is_number; /* the value is evaluated somewhere */
};

/* a here-document whose body has not begun yet */
struct shell_document {
	const char *word; /* that ends it, as the line has it */
	size_t nbytes;
	bool is_quoted;
	bool strips_tabs;
};

/* zeroed but for the first five */
struct shell_scan {
	const char *at;	     /* in: the line; then the byte to be read next */
	char *out;	     /* in: the result, which has room */
	bool uses_variables; /* in: ${shmmap_1} instead of ${1} */
	const struct columns *columns; /* in: or NULL */
	struct shell_value *values;    /* in: room for as many as each {
					* may stand for */

	/* the result, not terminated, and its values */
	size_t used;
	size_t nvalues;
	enum piece_kind rest; /* of every column, in $@; PIECE_LITERAL: none */

	/* where an argument could be added to the last command */
	bool can_append;
	size_t append_at;
	bool append_is_number;

	/* what the walk itself needs */
	bool is_number_place;
	unsigned depth;
	bool is_open; /* the line ended inside of a quote or the like */
	int error;
	struct shell_document documents[SHELL_SCAN_DOCUMENTS_MAX];
	size_t first_document; /* of the innermost substitution */
	size_t ndocuments;
};

/* Write a replacement where a word of its own can stand: of several columns
 * each is one. Returns what was written, a blank before it, at scan->used. */
size_t shell_scan_append(struct shell_scan *scan);

/* 0, -EINVAL after a diagnostic, or -ENOMEM */
int shell_scan(struct shell_scan *scan);

#endif
