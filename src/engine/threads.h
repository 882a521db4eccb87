#ifndef SHMMAP_THREADS_H
#define SHMMAP_THREADS_H

#include <stdbool.h>

#include "engine/slave.h"

/*
 * Slaves that are threads. With --backend thread they are those of one process
 * beside the master's, the host: workers share its memory, and the master
 * outlives what they do to it; keeps what they have finished, names the jobs
 * that a crash took with it, and starts another host for the rest. With --debug
 * there is one, in the master itself.
 *
 * A slave that has ended by itself says so in area->left and rings; one that
 * its worker has ended does so, too: by pthread_exit(), and in the master also
 * by exit(). What the others of a host were at is in their areas when the
 * process dies.
 */

/* Start a slave in this process, the master; signals are for others of its
 * threads. Returns 0 or -errno; setting is copied. */
int threads_start(const struct slave_setting *setting);

/* Master: such slaves have left, and now their threads end. */
void threads_end(void);

/* Master: whether such a slave's worker has called exit(): then the process is
 * to end by _exit(2). */
bool threads_called_exit(void);

/* The life of a host, in the child of fork: n slaves with these ranks, which
 * setting is filled with. Those that can not be started say so. */
_Noreturn void threads_host(struct slave_setting *setting,
			    const unsigned *ranks, unsigned n);

#endif
