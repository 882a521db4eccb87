#ifndef SHMMAP_FRONT_WORKER_H
#define SHMMAP_FRONT_WORKER_H

#include "front/options.h"

/*
 * The options about workers: which kind they are, and what they find around
 * them. Each returns 0, or -1 after a diagnostic. Arguments must live as long
 * as the plan.
 */

/* --dlopen LIB[:SYMBOL], --attach, --filter, --pipe: one of them at most */
int worker_set_library(struct parse *parse, const char *argument);
int worker_set_attach(struct parse *parse, const char *argument);
int worker_set_filter(struct parse *parse, const char *argument);
int worker_set_pipe(struct parse *parse, const char *argument);

/* --wd DIR */
int worker_set_folder(struct parse *parse, const char *argument);

/* --env NAME=VALUE */
int worker_add_variable(struct parse *parse, const char *argument);

/* --seed N */
int worker_set_seed(struct parse *parse, const char *argument);

#endif
