#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/plan.h"
#include "engine/run.h"
#include "front/options.h"

/* If a standard descriptor is closed, occupy it, the wrong way round, so that
 * no file of ours gets its number and using it is the error it should be. */
static void
occupy_standard_descriptors(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", modes[fd]) != fd) {
			diag_errno(errno, "/dev/null");
			_exit(DIAG_EXIT_FAILURE);
		}
}

int
main(int argc, char *argv[])
{
	struct plan plan = { .nslaves = 0 };
	int status = DIAG_EXIT_FAILURE;

	occupy_standard_descriptors();
	switch (options_parse(argc, argv, &plan)) {
	case OPTIONS_RUN:
		status = run(&plan);
		break;
	case OPTIONS_DONE:
		status = 0;
		break;
	case OPTIONS_BAD:
		break;
	}
	plan_release(&plan);
	return status;
}
