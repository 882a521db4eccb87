#ifndef SHMMAP_SHM_CHILD_H
#define SHMMAP_SHM_CHILD_H

/*
 * CMD of a section: a child, because exec would end the section (the lock is
 * its holder's, see segment/lock.h), that does not go on without the holder.
 */

/*
 * Run argv and wait for it. SIGINT, SIGTERM and SIGHUP are passed on to it and
 * stay blocked in this process afterwards; those of a terminal's keys it has
 * got already, together with us. When this process is killed, the kernel kills
 * the child (not what the child has started). Returns its exit status, 126 or
 * 127 when it could not be run or found, after a diagnostic, with *signal 0; or
 * 125 after a diagnostic. When it was killed, *signal is by what, and the
 * status is 128 more.
 */
int child_run(char *const argv[], int *signal);

/* Become argv. Returns only when that failed: 126 or 127, after a diagnostic.
 */
int child_exec(char *const argv[]);

/* End this process by signal, so that the parent sees it, and without a second
 * core file. */
_Noreturn void child_end_by(int signal);

#endif
