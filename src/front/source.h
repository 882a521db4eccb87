#ifndef SHMMAP_FRONT_SOURCE_H
#define SHMMAP_FRONT_SOURCE_H

#include "front/options.h"

/*
 * The options about where jobs come from, and where one ends. Each returns 0,
 * or -1 after a diagnostic. Arguments must live as long as the plan.
 */

/* --arg-file FILE */
int source_set_file(struct parse *parse, const char *argument);

/* --null */
int source_set_null(struct parse *parse, const char *argument);

/* --delimiter CHAR: one byte, or an escape */
int source_set_delimiter(struct parse *parse, const char *argument);

/* --no-run-if-empty */
int source_skip_empty(struct parse *parse, const char *argument);

/* --range [START:]STOP[:STEP] */
int source_set_range(struct parse *parse, const char *argument);

#endif
