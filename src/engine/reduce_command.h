#ifndef SHMMAP_REDUCE_COMMAND_H
#define SHMMAP_REDUCE_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The command of --reduce (beside.h): one process that reads all results.
 * Its standard input takes the place of the run's output, so that all there is
 * for results (order, waiting, readers that are slow or leave) is the same for
 * it; its own standard output is the one that the master was started with.
 *
 * Only the master uses this; one at a time, and none is one that has ended
 * with 0.
 */

/* Begin it, with output_fd as its standard output. Returns the descriptor that
 * it reads the other end of, close-on-exec and the caller's; or -1 after a
 * diagnostic. */
int reduce_command_start(const char *command, int output_fd);

/* There is none (any more). */
void reduce_command_forget(void);

/* A child was reaped: take note if it is the command. True if it is; then there
 * may have been a diagnostic, but not after reduce_command_signal(). */
bool reduce_command_reaped(pid_t pid, int status);

bool reduce_command_is_alive(void);

/* Send it a signal; how it ends is not its own matter any more. */
void reduce_command_signal(int signal);

/* 0 while it is alive; else its exit status, or 128 and the signal that killed
 * it */
unsigned reduce_command_status(void);

#endif
