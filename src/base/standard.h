#ifndef SHMMAP_STANDARD_H
#define SHMMAP_STANDARD_H

/* If a standard descriptor is closed, occupy it with /dev/null, the wrong way
 * round, so that no file of ours gets its number and using it is the error that
 * it should be. First thing in a program. Returns 0, or -1 after a diagnostic.
 */
int standard_occupy(void);

#endif
