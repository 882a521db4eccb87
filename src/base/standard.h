#ifndef SHMMAP_STANDARD_H
#define SHMMAP_STANDARD_H

/*
 * First thing in a program: what it may have been started with turns into
 * errors of system calls, which are told, before it can do any harm.
 *
 * A standard descriptor that is closed is occupied with /dev/null, the wrong
 * way round, so that no file of ours gets its number and using it is the error
 * that it should be. A file that gets larger than the limit of this process
 * (ulimit -f) is an error, too, and does not end the program by SIGXFSZ; what
 * it execs finds the signal as it was.
 *
 * Returns 0, or -1 after a diagnostic.
 */
int standard_prepare(void);

#endif
