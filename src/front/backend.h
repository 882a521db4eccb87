#ifndef SHMMAP_FRONT_BACKEND_H
#define SHMMAP_FRONT_BACKEND_H

#include "front/options.h"

/*
 * The options about slaves: how many there are, what they are, and how cheap
 * jobs are handed out to them. Each returns 0, or -1 after a diagnostic.
 * Arguments must live as long as the plan.
 */

/* --slaves N; 0 is --debug */
int backend_set_slaves(struct parse *parse, const char *argument);

/* --schedule KIND[,CHUNK] */
int backend_set_schedule(struct parse *parse, const char *argument);

/* --backend KIND */
int backend_set_kind(struct parse *parse, const char *argument);

/* --debug */
int backend_set_debug(struct parse *parse, const char *argument);

/* The worker is known, and whether jobs are a range: settle what these options
 * say together, and the number of slaves (front/slaves.h). */
int backend_settle(struct parse *parse);

#endif
