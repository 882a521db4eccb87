#include <config.h>

#include "worker/filter_process.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/pipe.h"

/* A filter's process; see filter_process.h. */

/* Room in each of its two pipes: twice what is taken of its answers at once, so
 * that it goes on meanwhile; and with 128 slaves these are all that a user has.
 */
#define PIPE_SIZE (256 << 10)

static int
make_pipe(int target, int ours)
{
	int fd = exec_make_pipe(target, ours);

	if (fd >= 0)
		pipe_widen(fd, PIPE_SIZE);
	return fd;
}

/* our 0 and 1 are nobody's again, so that the ends of the pipes show */
static void
forget_ends(const struct filter_process *process)
{
	dup2(process->null_fd, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
}

int
filter_process_start(struct filter_process *process, struct exec_end *end)
{
	*end = (struct exec_end){ .error = 0 };
	process->to_fd = make_pipe(STDIN_FILENO, 1);
	process->from_fd = process->to_fd < 0 ? process->to_fd
					      : make_pipe(STDOUT_FILENO, 0);
	if (process->from_fd < 0) {
		end->error = -process->from_fd;
		end->is_refused = true;
		end->status = 126;
	} else {
		process->pid = exec_start(process->exec, end);
	}
	forget_ends(process);
	if (process->from_fd >= 0 && process->pid > 0)
		return 0;
	process->pid = 0;
	if (process->to_fd >= 0)
		close(process->to_fd);
	if (process->from_fd >= 0)
		close(process->from_fd);
	return -1;
}

void
filter_process_end_input(struct filter_process *process)
{
	if (process->to_fd >= 0)
		close(process->to_fd);
	process->to_fd = -1;
}

bool
filter_process_has_read(const struct filter_process *process)
{
	int left = 0;

	return process->to_fd >= 0 &&
	       ioctl(process->to_fd, FIONREAD, &left) == 0 && left == 0;
}

void
filter_process_finish(struct filter_process *process, struct exec_end *end)
{
	filter_process_end_input(process);
	close(process->from_fd);
	exec_finish(process->exec, process->pid, end);
	process->pid = 0;
}

void
filter_process_describe(const struct exec_end *end, char *why, size_t size)
{
	if (end->signal)
		snprintf(why, size, "killed by signal %d (%s)", end->signal,
			 strsignal(end->signal));
	else if (end->status)
		snprintf(why, size, "exited with status %u", end->status);
	else
		snprintf(why, size, "ended without an answer");
}
