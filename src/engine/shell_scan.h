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

/* most bytes that one byte of a line can become: {} to '"${shmmap_1}"$' */
#define SHELL_SCAN_GROWTH 8

/* a here-document whose body has not begun yet */
struct shell_document {
	const char *word; /* that ends it, as the line has it */
	size_t nbytes;
	bool is_quoted;
	bool strips_tabs;
};

/* zeroed but for the first three */
struct shell_scan {
	const char *at;	     /* in: the line; then the byte to be read next */
	char *out;	     /* in: the result, SHELL_SCAN_GROWTH as long */
	bool uses_variables; /* in: ${shmmap_1} instead of ${1} */

	/* the result, not terminated, and its values */
	size_t used;
	enum piece_kind values[PIECE_KINDS];
	bool is_number[PIECE_KINDS]; /* the value is evaluated somewhere */
	size_t nvalues;

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

/* 0, -EINVAL after a diagnostic, or -ENOMEM */
int shell_scan(struct shell_scan *scan);

#endif
