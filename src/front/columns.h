#ifndef SHMMAP_FRONT_COLUMNS_H
#define SHMMAP_FRONT_COLUMNS_H

#include <stdbool.h>

#include "engine/plan.h"

/*
 * The options about columns: --colsep and --header. Each returns 0, or -1 after
 * a diagnostic.
 */

/* --colsep STRING */
int columns_set_separator(struct plan *plan, const char *argument);

/* --header :, the only argument that there is */
int columns_check_header(const char *argument);

/* The worker is known: whether columns are of use to it. worker is its option
 * for messages. */
int columns_check(const struct plan *plan, bool has_header, const char *worker);

/* The header's columns, as cut does it, become names of columns; name is the
 * input's. */
int columns_take_names(struct columns *columns, const struct columns *cut,
		       struct span header, const char *name);

/*
 * The lists are known. Of records that are read, the columns are settled here:
 * with a header, the first record is read and names them, and the rest of the
 * input is plan->input_fd, or the rest of plan->list.
 */
int columns_settle(struct plan *plan, bool has_header);

#endif
