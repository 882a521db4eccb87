#include <config.h>

#include "engine/reduce_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/beside.h"

/* The process that results are given to; see reduce_command.h. */

static const char *line;
static pid_t pid; /* 0: it is not alive */
static unsigned status;
static bool is_signalled;

void
reduce_command_forget(void)
{
	beside_forget(pid);
	pid = 0;
	status = 0;
}

int
reduce_command_start(const char *command, int output_fd)
{
	int fds[2];

	line = command;
	is_signalled = false;
	status = 0;
	if (pipe2(fds, O_CLOEXEC)) {
		diag_errno(errno, "--reduce");
		return -1;
	}
	pid = beside_start("--reduce", line, fds[0], output_fd);
	close(fds[0]);
	if (pid > 0)
		return fds[1];
	close(fds[1]);
	return -1;
}

bool
reduce_command_reaped(pid_t child, int how)
{
	if (pid <= 0 || child != pid)
		return false;
	beside_forget(pid);
	pid = 0;
	status = beside_status(how);
	/* who reads its output has left: that is no error of anybody */
	if (status != 0 && status != 128 + SIGPIPE && !is_signalled)
		beside_complain("--reduce", line, how);
	return true;
}

bool
reduce_command_is_alive(void)
{
	if (!beside_is_alive(pid))
		pid = 0;
	return pid > 0;
}

void
reduce_command_signal(int signal)
{
	if (pid <= 0)
		return;
	is_signalled = true;
	beside_signal(pid, signal);
}

unsigned
reduce_command_status(void)
{
	return status;
}
