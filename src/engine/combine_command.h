#ifndef SHMMAP_COMBINE_COMMAND_H
#define SHMMAP_COMBINE_COMMAND_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The command of --combine (beside.h): a process for each slave, which reads
 * the results of its jobs, in their order. What the processes print waits in
 * files without a name until all have ended, and is then reduced, one after the
 * other.
 *
 * They belong to the master, and a slave that dies takes nothing of them with
 * it: a result that was given to one is released. A pipe that is full holds
 * back results of its slave, and nobody waits for it but these.
 *
 * Only the master uses this; its state is that of the step at hand.
 */

/* Begin a step: the command, or NULL, and how many slaves there are. The
 * processes are begun when there is something for them. Returns 0, or -1 after
 * a diagnostic. */
int combine_command_init(const char *command, unsigned nslaves);

/* End it; there is no process any more. */
void combine_command_release(void);

/* whether there is a command */
bool combine_command_is_on(void);

/* Give bytes of a result of this slave's to its process. Returns how many were
 * taken: fewer than nbytes when it is slow. When it reads no more, or after a
 * failure, all are, and lost. */
size_t combine_command_put(unsigned rank, const void *bytes, size_t nbytes);

/* whether a process has not taken all that it was given */
bool combine_command_is_busy(void);

/* whether that of this slave has not */
bool combine_command_is_full(unsigned rank);

/* what to wait for, and what poll(2) answered */
void combine_command_poll(struct pollfd *poll);
void combine_command_polled(const struct pollfd *poll);

/* No result comes any more. */
void combine_command_end_input(void);

/* whether one of them is alive */
bool combine_command_is_alive(void);

/* A child was reaped: take note if it is one of them. True if it is; then there
 * may have been a diagnostic, but not after combine_command_signal(). */
bool combine_command_reaped(pid_t pid, int status);

/* Send all of them a signal; how they end is not their own matter any more. */
void combine_command_signal(int signal);

/* after a diagnostic */
bool combine_command_has_failed(void);

/* All have ended: read what they have printed. Returns how many bytes it was;
 * 0 at the end of what one of them has printed, and *is_last tells whether that
 * was the last one; or -errno. */
ssize_t combine_command_read(char *bytes, size_t nbytes, bool *is_last);

#endif
