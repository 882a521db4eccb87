#ifndef SHMMAP_ARRAYS_H
#define SHMMAP_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/plan.h"

/*
 * Options about arrays: what they say goes into the plan. Each returns 0, or -1
 * after a diagnostic. Arguments must live as long as the plan.
 */

/* --array NAME=DTYPE[:DIM,...][=INIT] */
int arrays_declare(struct plan *plan, const char *argument);

/* --save NAME=FILE and --save-always NAME=FILE */
int arrays_save(struct plan *plan, const char *argument, bool always);

/* --segment NAME */
int arrays_name_segment(struct plan *plan, const char *argument);

/* --private NAME,... or --reduction OP:NAME,..., which may stand before the
 * arrays that they are about */
struct arrays_scope {
	const char *text;
	bool is_reduction;
};

/* those of a command line; zeroed is none */
struct arrays_scopes {
	struct arrays_scope *scopes;
	size_t count;
};

int arrays_scope(struct arrays_scopes *scopes, const char *text,
		 bool is_reduction);

/* All options are known: settle the scopes, which are released in any case, and
 * check what the options about arrays say together. */
int arrays_settle(struct plan *plan, struct arrays_scopes *scopes);

#endif
