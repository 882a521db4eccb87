#include <config.h>

#include "engine/reduce_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/orphans.h"
#include "engine/shell.h"
#include "engine/signals.h"

/* The process that results are given to; see reduce_command.h. */

static const char *line;
static pid_t pid; /* 0: it is not alive */
static unsigned status;
static bool is_signalled;

/* the command's process, until exec */
static _Noreturn void
become(const char *shell, int input_fd, int output_fd, pid_t master)
{
	dup2(input_fd, STDIN_FILENO);
	dup2(output_fd, STDOUT_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* it may have died before that */
	if (getppid() != master)
		_exit(DIAG_EXIT_FAILURE);
	execl(shell, shell, "-c", line, (char *)NULL);
	diag_errno(errno, "--reduce: %s", shell);
	_exit(errno == ENOENT ? 127 : 126);
}

void
reduce_command_forget(void)
{
	pid = 0;
	status = 0;
	orphans_spare(0);
}

int
reduce_command_start(const char *command, int output_fd)
{
	pid_t master = getpid();
	int fds[2];

	line = command;
	is_signalled = false;
	status = 0;
	if (pipe2(fds, O_CLOEXEC)) {
		diag_errno(errno, "--reduce");
		return -1;
	}
	pid = signals_fork();
	if (pid == 0)
		become(shell_path(), fds[0], output_fd, master);
	close(fds[0]);
	if (pid > 0) {
		orphans_spare(pid);
		return fds[1];
	}
	diag_errno(errno, "--reduce");
	close(fds[1]);
	return -1;
}

bool
reduce_command_reaped(pid_t child, int how)
{
	char shown[256];

	if (pid == 0 || child != pid)
		return false;
	pid = 0;
	orphans_spare(0);
	status = WIFEXITED(how) ? (unsigned)WEXITSTATUS(how)
				: 128 + (unsigned)WTERMSIG(how);
	/* who reads its output has left: that is no error of anybody */
	if (status == 0 || status == 128 + SIGPIPE || is_signalled)
		return true;
	diag_quote(shown, sizeof(shown), line, strlen(line), 60);
	if (WIFEXITED(how))
		diag("--reduce: %s: exited with status %u", shown, status);
	else
		diag("--reduce: %s: killed by signal %d (%s)", shown,
		     WTERMSIG(how), strsignal(WTERMSIG(how)));
	return true;
}

bool
reduce_command_is_alive(void)
{
	/* whoever started us without SIGCHLD lets children vanish unseen, until
	 * we have a handler for it */
	if (pid > 0 && kill(pid, 0) < 0 && errno == ESRCH)
		pid = 0;
	return pid > 0;
}

void
reduce_command_signal(int signal)
{
	if (pid <= 0)
		return;
	is_signalled = true;
	kill(pid, signal);
	/* who is stopped hears nothing */
	kill(pid, SIGCONT);
}

unsigned
reduce_command_status(void)
{
	return status;
}
