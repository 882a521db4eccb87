#ifndef SHMMAP_SHARE_PARTS_H
#define SHMMAP_SHARE_PARTS_H

#include <stdbool.h>

#include "engine/share.h"

/* What share.c and share_state.c share; nobody else's business. */

/* how many fill the segment */
unsigned share_threads(const struct plan *plan);

/* the segment's name, for messages */
const char *share_name(const struct plan *plan);

/* whether each array is whose it is in the step at hand */
bool share_has_scopes_of(const struct share *share, const struct plan *step);

/*
 * Make share->state, with sections and the copies that step asks for, of arrays
 * of share->segment. Private ones that are in `before` (NULL for none), too, go
 * on as they are there. 0, or -errno after a diagnostic.
 */
int share_make_state(struct share *share, const struct plan *step,
		     const struct segment *before);

#endif
