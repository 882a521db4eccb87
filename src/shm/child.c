#include <config.h>

#include "shm/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "shm/print.h"

/* as env(1) has them */
#define EXIT_NOT_RUN 126
#define EXIT_NOT_FOUND 127

int
child_exec(char *const argv[])
{
	int error;

	execvp(argv[0], argv);
	error = errno;
	diag_errno(error, "%s", print_quoted(argv[0]));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

/* the child: never goes on when the one who holds the section is gone */
static _Noreturn void
become(char *const argv[], pid_t holder)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* it may have died before that */
	if (getppid() != holder)
		raise(SIGKILL);
	_exit(child_exec(argv));
}

/* Wait until the child has ended; the signals in wanted are blocked. */
static int
wait_for(pid_t pid, const sigset_t *wanted)
{
	siginfo_t info;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (sigwaitinfo(wanted, &info) < 0)
			continue;
		/* the kernel's own (SI_KERNEL) are a terminal's, for all of
		 * its group */
		if (info.si_signo != SIGCHLD && info.si_code <= 0)
			kill(pid, info.si_signo);
	}
	return status;
}

int
child_run(char *const argv[], int *signal)
{
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	struct sigaction found_action;
	sigset_t wanted, found_mask;
	pid_t holder = getpid(), pid;
	int status;

	*signal = 0;
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGHUP);
	sigaddset(&wanted, SIGCHLD);
	/* an ignored SIGCHLD would take the exit status away */
	sigaction(SIGCHLD, &by_default, &found_action);
	sigprocmask(SIG_BLOCK, &wanted, &found_mask);
	pid = fork();
	if (pid == 0) {
		sigaction(SIGCHLD, &found_action, NULL);
		sigprocmask(SIG_SETMASK, &found_mask, NULL);
		become(argv, holder);
	}
	if (pid < 0) {
		diag_errno(errno, "%s", print_quoted(argv[0]));
		return DIAG_EXIT_FAILURE;
	}
	status = wait_for(pid, &wanted);
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	*signal = WTERMSIG(status);
	return 128 + *signal;
}

void
child_end_by(int signal)
{
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	const struct rlimit no_core = { .rlim_cur = 0 };
	sigset_t only;

	setrlimit(RLIMIT_CORE, &no_core);
	sigaction(signal, &by_default, NULL);
	sigemptyset(&only);
	sigaddset(&only, signal);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	raise(signal);
	/* only if the kernel refused: what a shell would show */
	_exit(128 + signal);
}
