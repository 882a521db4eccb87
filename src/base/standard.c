#include <config.h>

#include "base/standard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "base/diag.h"

static int
occupy_descriptors(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", modes[fd]) != fd) {
			diag_errno(errno, "/dev/null");
			return -1;
		}
	return 0;
}

static void
on_nothing(int signal)
{
	(void)signal;
}

/* a handler and not SIG_IGN, which exec would pass on */
static void
survive_size_limit(void)
{
	struct sigaction action = { .sa_handler = on_nothing };
	struct sigaction found;

	sigemptyset(&action.sa_mask);
	sigaction(SIGXFSZ, NULL, &found);
	if (found.sa_handler != SIG_IGN)
		sigaction(SIGXFSZ, &action, NULL);
}

int
standard_prepare(void)
{
	survive_size_limit();
	return occupy_descriptors();
}
