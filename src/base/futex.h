#ifndef SHMMAP_FUTEX_H
#define SHMMAP_FUTEX_H

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * Sleep on a word of shared memory until another process changes it. The
 * process-shared kind (no FUTEX_PRIVATE_FLAG): the words stand on the board.
 */

/* Sleep while *word is seen, at most timeout (relative; NULL: for ever).
 * Returns at once when it is not. May return early for any reason: the caller
 * looks at its condition again. */
static inline void
futex_wait(_Atomic uint32_t *word, uint32_t seen,
	   const struct timespec *timeout)
{
	int saved = errno;

	syscall(SYS_futex, word, FUTEX_WAIT, seen, timeout, NULL, 0);
	errno = saved;
}

/* wake at most n sleepers */
static inline void
futex_wake(_Atomic uint32_t *word, int n)
{
	int saved = errno;

	syscall(SYS_futex, word, FUTEX_WAKE, n, NULL, NULL, 0);
	errno = saved;
}

#endif
