#ifndef SHMMAP_PIECES_H
#define SHMMAP_PIECES_H

#include <stdint.h>

/*
 * Work in pieces that several threads take one after the other, for as long as
 * memory is made and filled: the threads live no longer than the call.
 */

/* Do piece index; called by several threads at once. Returns 0 or -errno with
 * why (SEGMENT_WHY_SIZE bytes). */
typedef int pieces_work(void *context, uint64_t index, char *why);

/*
 * Do pieces 0 to count-1 with nthreads threads, of which the caller is one; in
 * the others all signals are blocked. With fewer when the system refuses
 * threads. All have ended when it returns. The first failure, as it happened,
 * is returned with its why; no piece is begun after it.
 */
int pieces_run(uint64_t count, unsigned nthreads, pieces_work *work,
	       void *context, char *why);

#endif
