#ifndef SHMMAP_COLUMNS_H
#define SHMMAP_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The columns of a job's text: what stands between separators. A text without
 * separator is one column, an empty one too. The plan has one struct columns,
 * which holds for all jobs; a text is cut again for each job that needs it.
 */
struct columns {
	const char *separator; /* not terminated: it may be a NUL byte */
	size_t separator_size; /* 0: a job has one column, its text */
	size_t count;	       /* how many each job has; 0: that differs */
	char **names;	       /* of the first nnames columns, or none */
	size_t nnames;
};

/* a part of a text */
struct span {
	const char *start;
	size_t nbytes;
};

/* The columns of a text: how many there are. As many as there is room for go
 * into spans, which may be NULL without room. columns NULL: one. */
size_t columns_split(const struct columns *columns, struct span text,
		     struct span spans[], size_t room);

/* The text as a message shows it, in quotes, with blanks between its columns;
 * returns out, of size bytes (see diag_quote()). */
char *columns_quote(const struct columns *columns, char *out, size_t size,
		    struct span text);

/* Name one more column. 0 or -ENOMEM. */
int columns_name(struct columns *columns, struct span name);

/* forget the names */
void columns_release(struct columns *columns);

/* how many columns each job has, 0 if that differs; columns may be NULL */
size_t columns_fixed(const struct columns *columns);

/* whether the separator is a NUL byte, so that each column is terminated */
bool columns_are_terminated(const struct columns *columns);

#endif
