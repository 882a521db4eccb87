#ifndef SHMMAP_SETTLE_H
#define SHMMAP_SETTLE_H

#include "front/options.h"

/*
 * From options to a plan: defaults before the first of them, and, when all are
 * known, what they say together and what the environment says where they say
 * nothing.
 */

/* begin with the defaults; plan is overwritten */
void parse_init(struct parse *parse, struct plan *plan);

/* also those of the steps that follow; whose memory they are is the caller's */
void parse_release(struct parse *parse);

/* Make the plan whole; its words must live as long as it. Returns 0, or -1
 * after a diagnostic. */
int settle(struct parse *parse);

#endif
