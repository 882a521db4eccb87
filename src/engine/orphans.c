#include <config.h>

#include "engine/orphans.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Killing what is left; see orphans.h. */

/* children from before; a shell hardly leaves more */
#define FOREIGN_MAX 64
static pid_t foreign[FOREIGN_MAX];
static int nforeign;

static bool (*is_no_jobs)(pid_t); /* or NULL */

static bool
is_foreign(pid_t pid)
{
	if (is_no_jobs && is_no_jobs(pid))
		return true;
	for (int i = 0; i < nforeign; i++)
		if (foreign[i] == pid)
			return true;
	return false;
}

static bool
keep_as_foreign(pid_t pid)
{
	if (nforeign < FOREIGN_MAX)
		foreign[nforeign++] = pid;
	return true;
}

void
orphans_spare(bool (*is_spared)(pid_t))
{
	is_no_jobs = is_spared;
}

void
orphans_adopt(void)
{
	nforeign = 0;
	is_no_jobs = NULL;
	orphans_signal(0, keep_as_foreign);
	/* it can not fail on Linux 3.4 and later */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

int
orphans_signal(int signal, bool (*is_spared)(pid_t))
{
	char bytes[4096];
	pid_t pid = 0;
	int count = 0;
	ssize_t n;
	int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	/* "123 456 " and so on; a number may be cut by the end of a read */
	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (bytes[i] >= '0' && bytes[i] <= '9') {
				pid = pid * 10 + (bytes[i] - '0');
				continue;
			}
			if (pid > 0 && !is_foreign(pid) &&
			    !(is_spared && is_spared(pid)) &&
			    kill(pid, signal) == 0)
				count++;
			pid = 0;
		}
	}
	close(fd);
	return count;
}

void
orphans_kill_all(bool (*is_reaped)(pid_t pid, int status))
{
	pid_t pid;
	int status;

	for (;;) {
		/* a child that dies may leave us its own children: once more */
		int flags = orphans_signal(SIGKILL, NULL) > 0 ? 0 : WNOHANG;

		/* none found: gone already, or there is no /proc to find them
		 */
		pid = waitpid(-1, &status, flags | ORPHANS_OURS);
		while (pid > 0) {
			if (is_reaped)
				is_reaped(pid, status);
			pid = waitpid(-1, &status, WNOHANG | ORPHANS_OURS);
		}
		if ((pid < 0 && errno == ECHILD) || (pid == 0 && flags))
			return;
	}
}
