#include <config.h>

#include "engine/surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/diag.h"

/* What the master keeps from its workers; see surroundings.h. */

static bool
has_worker_in_master(const struct plan *plan)
{
	for (; plan; plan = plan->next)
		if (plan_is_in_master(plan))
			return true;
	return false;
}

int
surroundings_keep(struct surroundings *surroundings, const struct plan *plan)
{
	*surroundings = (struct surroundings){ .standard = { 0, 1, 2 },
					       .folder_fd = -1,
					       .environment = environ };
	if (!has_worker_in_master(plan))
		return 0;
	for (int fd = 0; fd < 3; fd++) {
		int own = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

		if (own < 0) {
			diag_errno(errno, "descriptor %d", fd);
			return -1;
		}
		surroundings->standard[fd] = own;
	}
	surroundings->folder_fd = open(".", O_PATH | O_CLOEXEC);
	return 0;
}

void
surroundings_return(const struct surroundings *surroundings)
{
	environ = surroundings->environment;
	if (surroundings->folder_fd >= 0 && fchdir(surroundings->folder_fd) < 0)
		diag_errno(errno, "the working folder");
}
