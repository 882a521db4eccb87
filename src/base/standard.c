#include <config.h>

#include "base/standard.h"

#include <errno.h>
#include <fcntl.h>

#include "base/diag.h"

int
standard_occupy(void)
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
