#ifndef SHMMAP_FILE_LIMIT_H
#define SHMMAP_FILE_LIMIT_H

#include <signal.h>

/*
 * The limit on the size of files (RLIMIT_FSIZE, ulimit -f), which also holds
 * for files in memory. Between hold and release it is an error of this thread's
 * calls, EFBIG, that the caller can report; else it would be a signal as well,
 * whose default is to die without a word.
 */
struct file_limit {
	sigset_t before; /* this thread's mask */
};

void file_limit_hold(struct file_limit *limit);
void file_limit_release(const struct file_limit *limit);

#endif
