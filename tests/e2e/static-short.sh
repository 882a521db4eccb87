#!/bin/sh
# --schedule static where the system refuses some slaves: no job is lost, the
# order holds, nobody waits for a slave that is not there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"

# the workers of these tests end without freeing what they have
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS

# fork(2) number REFUSE_FROM...REFUSE_TO of the master is refused, late enough
# for those that were started to take all they can get.
cat >refuse.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int number(const char *name)
{
	const char *text = getenv(name);
	return text ? atoi(text) : 0;
}
pid_t fork(void)
{
	static int n;
	pid_t (*next)(void);
	void *symbol = dlsym(RTLD_NEXT, "fork");
	memcpy(&next, &symbol, sizeof(next));
	n++;
	if (n >= number("REFUSE_FROM") && n <= number("REFUSE_TO")) {
		poll(NULL, 0, 100);
		errno = EAGAIN;
		return -1;
	}
	return next();
}
C
$CC -shared -fPIC -o refuse.so refuse.c || skip "no preloaded object"

called ordered <<'C'
#include <shmmap.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
int work(struct shmmap_job *job)
{
	if (strcmp(job->text, "kill") == 0)
		kill(getpid(), SIGKILL);
	if (shmmap_ordered_begin(job->segment))
		return 1;
	if (write(2, job->text, strlen(job->text)) < 0 || write(2, "\n", 1) < 0)
		return 2;
	return shmmap_ordered_end(job->segment) || shmmap_printf(job, "%s\n", job->text) < 0;
}
C
called plain <<'C'
#include <shmmap.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
int work(struct shmmap_job *job)
{
	if (strcmp(job->text, "kill") == 0)
		kill(getpid(), SIGKILL);
	return shmmap_printf(job, "%s\n", job->text) < 0;
}
C

# refused FROM TO COMMAND...
refused()
{
	REFUSE_FROM=$1 REFUSE_TO=$2
	shift 2
	export REFUSE_FROM REFUSE_TO
	LD_PRELOAD=$PWD/refuse.so \
		ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 \
		timeout 60 "$@"
}

seq 40 >jobs
refused 2 2 "$SHMMAP" -j2 echo <jobs >got 2>got.err
grep -q 'cannot start 2 jobs' got.err || skip "fork can not be refused here"

# At the start: there is no dealing.
for options in "-j2" "-k -j2" "-k -j4"; do
	for to in 2 3; do
		for size in 1 3; do
			what="$options, $size, fork 2 to $to refused"
			# shellcheck disable=SC2086 # words
			run refused 2 $to "$SHMMAP" $options \
				--schedule static,$size --dlopen ./plain.so <jobs
			is "$what: status" "$status" 0
			is "$what: all jobs" "$(sort -n "$out_file" | cksum)" \
				"$(cksum <jobs)"
			case $options in
			*-k*) same "$what: in order" "$out_file" jobs ;;
			esac
		done
	done
done
run refused 2 2 "$SHMMAP" -k -j2 --schedule static,1 echo <jobs
same "a process per job: in order" "$out_file" jobs

run refused 2 2 "$SHMMAP" -j3 --schedule static,1 --dlopen ./ordered.so <jobs
is "ordered sections: status" "$status" 0
grep -v '^shmmap: ' "$err_file" >sections
same "ordered sections: their order" sections jobs

# Later: a slave dies, and for a while there is none in its place.
{ seq 8; echo kill; seq 10 40; } >deadly
grep -v kill deadly >others
for options in "-j2" "-j3"; do
	for to in 4 6; do
		what="$options, a slave is not replaced $to"
		# shellcheck disable=SC2086 # words
		run refused $((${options#-j} + 1)) $to "$SHMMAP" -k $options \
			--schedule static,1 --dlopen ./plain.so <deadly
		is "$what: status" "$status" 137
		like "$what: the job is named" "$err" '^shmmap: job 9: '
		same "$what: the others" "$out_file" others
	done
done

# A worker that ends before all that is dealt to it was taken gets a successor.
called_program() { # NAME: a program of the library
	cat >"$1.c"
	# shellcheck disable=SC2086 # flags are words
	$CC $LIBSHMMAP_CFLAGS -O1 -o "$1" "$1.c" $LIBSHMMAP_LIBS ||
		tap_bail "$1.c can not be compiled"
}
called_program brief <<'C'
#include <shmmap.h>
int main(void)
{
	struct shmmap *segment;
	struct shmmap_job *job;
	if (shmmap_attach(&segment))
		return 9;
	for (int n = 0; n < 3 && (job = shmmap_next(segment)); n++) {
		shmmap_printf(job, "%s\n", job->text);
		shmmap_done(job, 0);
	}
	return 0;
}
C
run timeout 60 "$SHMMAP" -k -j2 --schedule static,3 -a jobs --attach ./brief
is "workers that end early: status" "$status" 0
same "workers that end early: all jobs" "$out_file" jobs

done_testing
