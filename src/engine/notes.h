#ifndef SHMMAP_NOTES_H
#define SHMMAP_NOTES_H

#include <stdbool.h>

/*
 * Diagnostics of the master while results are streaming: they wait here until
 * no result is half written, and then go to the sink like everything else, so
 * that a slow reader of standard error blocks nobody.
 */

/* From now on diag() fills the queue. */
void notes_start(void);

/* Give what waits to the sink. True when nothing waits any more. */
bool notes_flush(void);

/* diag() prints by itself again; what the sink did not take is lost. */
void notes_stop(void);

#endif
