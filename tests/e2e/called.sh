# called.sh - workers for the tests of --dlopen; sourced after lib.sh
#
#	called NAME	NAME.c is on standard input: becomes ./NAME.so
#	called_worker	./worker.so: emits its text and a newline, or does what
#			the text says (see below)

. "$top_srcdir/tests/e2e/compiler.sh"

export XDG_CACHE_HOME="$T/cache"
export CFLAGS="$LIBSHMMAP_CFLAGS"

called()
{
	cat >"$1.c"
	# shellcheck disable=SC2086 # flags are words
	$CC $LIBSHMMAP_CFLAGS -O1 -g -shared -fPIC -o "$1.so" "$1.c" \
		$LIBSHMMAP_LIBS || tap_bail "$1.c can not be compiled"
}

called_worker()
{
	called worker <<'C'
#include <shmmap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void close_all(void)
{
	for (int fd = 0; fd < 256; fd++)
		close(fd);
}
int work(struct shmmap_job *job)
{
	const char *text = job->text;
	if (strcmp(text, "fail") == 0)
		return shmmap_fail(job, "no good %d", 7);
	if (strcmp(text, "fail, return 0") == 0) {
		shmmap_fail(job, "all the same");
		return 0;
	}
	if (strncmp(text, "return ", 7) == 0)
		return atoi(text + 7);
	if (strcmp(text, "segv") == 0)
		raise(SIGSEGV);
	if (strcmp(text, "kill") == 0)
		kill(getpid(), SIGKILL);
	if (strcmp(text, "exit") == 0)
		exit(0);
	if (strcmp(text, "abort") == 0)
		abort();
	if (strcmp(text, "close") == 0)
		close_all();
	if (strcmp(text, "chdir") == 0 && chdir("/"))
		return 1;
	if (strcmp(text, "ignore") == 0)
		for (int s = 1; s < 32; s++)
			signal(s, SIG_IGN);
	if (strcmp(text, "print") == 0)
		puts("printed");
	if (strncmp(text, "long ", 5) == 0)
		for (long n = atol(text + 5); n > 0; n--)
			shmmap_emit(job, "0123456789abcde\n", 16);
	shmmap_printf(job, "%s\n", text);
	return 0;
}
C
}
