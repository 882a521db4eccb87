#ifndef SHMMAP_BESIDE_H
#define SHMMAP_BESIDE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Commands that the master runs beside the jobs: that of --reduce, those of
 * --combine. Each is a line for the shell. They are nobody's orphans, and no
 * jobs: they stay in the process group of the master, as the next command of a
 * pipeline would, and die with the master.
 *
 * Only the master uses this.
 */

/* Begin one, with these as its standard input and output, which stay the
 * caller's. Returns its number, or -1 after a diagnostic. */
pid_t beside_start(const char *option, const char *line, int input_fd,
		   int output_fd);

/* It was reaped. */
void beside_forget(pid_t pid);

/* Whether it is still there. */
bool beside_is_alive(pid_t pid);

/* Send it a signal, also if it is stopped. */
void beside_signal(pid_t pid, int signal);

/* The exit status of one that has ended with this status of waitpid(2); 128 and
 * the signal that killed it. */
unsigned beside_status(int how);

/* Say how it has ended. */
void beside_complain(const char *option, const char *line, int how);

#endif
