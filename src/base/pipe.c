#include <config.h>

#include "base/pipe.h"

#include <fcntl.h>

/* Room of pipes; see pipe.h. */

void
pipe_widen(int fd, int nbytes)
{
	int size = fcntl(fd, F_GETPIPE_SZ);

	if (size > 0 && size < nbytes)
		fcntl(fd, F_SETPIPE_SZ, nbytes);
}
