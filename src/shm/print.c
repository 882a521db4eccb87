#include <config.h>

#include "shm/print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"

/* as much of a word as a message shows */
#define SHOWN_MAX 60

const char *
print_quote(const char *text, size_t nbytes)
{
	static char buffers[2][4 * SHOWN_MAX + 16];
	static unsigned next;
	char *out = buffers[next++ % 2];

	return diag_quote(out, sizeof(buffers[0]), text, nbytes, SHOWN_MAX);
}

const char *
print_quoted(const char *text)
{
	return print_quote(text, strlen(text));
}

int
print_flush(const char *who)
{
	int error = fflush(stdout) ? errno : ferror(stdout) ? EIO : 0;

	if (error)
		diag_errno(error, "%s: standard output", who);
	return error ? -1 : 0;
}
