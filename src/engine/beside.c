#include <config.h>

#include "engine/beside.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/orphans.h"
#include "engine/shell.h"
#include "engine/signals.h"

/* Commands beside the jobs; see beside.h. */

static pid_t *pids;
static size_t npids, room;

static bool
is_one(pid_t pid)
{
	for (size_t i = 0; i < npids; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* room for one more */
static int
grow(void)
{
	pid_t *more;

	if (npids < room)
		return 0;
	more = reallocarray(pids, 2 * room + 8, sizeof(*pids));
	if (!more)
		return -ENOMEM;
	pids = more;
	room = 2 * room + 8;
	return 0;
}

/* the command's process, until exec */
static _Noreturn void
become(const char *option, const char *line, int input_fd, int output_fd,
       pid_t master)
{
	const char *shell = shell_path();

	dup2(input_fd, STDIN_FILENO);
	dup2(output_fd, STDOUT_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* it may have died before that */
	if (getppid() != master)
		_exit(DIAG_EXIT_FAILURE);
	execl(shell, shell, "-c", line, (char *)NULL);
	diag_errno(errno, "%s: %s", option, shell);
	_exit(errno == ENOENT ? 127 : 126);
}

pid_t
beside_start(const char *option, const char *line, int input_fd, int output_fd)
{
	pid_t master = getpid(), pid = -1;

	if (grow() == 0)
		pid = signals_fork();
	if (pid == 0)
		become(option, line, input_fd, output_fd, master);
	if (pid < 0) {
		diag_errno(errno, "%s", option);
		return -1;
	}
	pids[npids++] = pid;
	orphans_spare(is_one);
	return pid;
}

void
beside_forget(pid_t pid)
{
	for (size_t i = 0; i < npids; i++)
		if (pids[i] == pid)
			pids[i--] = pids[--npids];
}

bool
beside_is_alive(pid_t pid)
{
	/* whoever starts us without SIGCHLD lets children vanish unseen, until
	 * we have a handler for it */
	return pid > 0 && (kill(pid, 0) == 0 || errno != ESRCH);
}

void
beside_signal(pid_t pid, int signal)
{
	kill(pid, signal);
	/* who is stopped hears nothing */
	kill(pid, SIGCONT);
}

unsigned
beside_status(int how)
{
	return WIFEXITED(how) ? (unsigned)WEXITSTATUS(how)
			      : 128 + (unsigned)WTERMSIG(how);
}

void
beside_complain(const char *option, const char *line, int how)
{
	char shown[256];

	diag_quote(shown, sizeof(shown), line, strlen(line), 60);
	if (WIFEXITED(how))
		diag("%s: %s: exited with status %u", option, shown,
		     beside_status(how));
	else
		diag("%s: %s: killed by signal %d (%s)", option, shown,
		     WTERMSIG(how), strsignal(WTERMSIG(how)));
}
