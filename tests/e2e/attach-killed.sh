#!/bin/sh
# --attach: slaves and their workers are killed at any instant: no result is
# lost or doubled, and each job that was lost is named.
. "$(dirname "$0")/lib.sh"
is_sanitized &&
	skip "SANITIZED SLAVES START MORE SLOWLY THAN THE STORM KILLS THEM"
. "$(dirname "$0")/compiler.sh"

has awk || skip "needs awk"
cat >text.c <<'C'
#include <shmmap.h>
int main(void)
{
	struct shmmap *segment;
	struct shmmap_job *job;
	if (shmmap_attach(&segment))
		return 99;
	while ((job = shmmap_next(segment))) {
		shmmap_emit(job, job->text, job->nbytes);
		shmmap_emit(job, "\n", 1);
		if (job->number % 3 && shmmap_done(job, 0))
			return 98;
	}
	return 0;
}
C
# shellcheck disable=SC2086 # flags are words
$CC $LIBSHMMAP_CFLAGS -O1 -g -o text text.c $LIBSHMMAP_LIBS ||
	tap_bail "text.c can not be compiled"

# kills children and grandchildren of a process, whichever there are, until it
# is gone; says in a file how many of each it has killed. Kills the process
# itself, and fails, when it is not gone after 10 s.
cat >storm.c <<'C'
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static int children(pid_t parent, pid_t *pids, int most)
{
	char path[64];
	FILE *file;
	long pid;
	int n = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	file = fopen(path, "r");
	if (!file)
		return -1;
	while (n < most && fscanf(file, "%ld", &pid) == 1)
		pids[n++] = (pid_t)pid;
	fclose(file);
	return n;
}
int main(int argc, char *argv[])
{
	pid_t parent = argc > 1 ? atoi(argv[1]) : 0;
	unsigned seed = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	long slaves = 0, workers = 0;
	pid_t child[64], grandchild[64];
	time_t end = time(NULL) + 10;
	int is_late = 0;
	FILE *out = argc > 3 ? fopen(argv[3], "w") : NULL;
	if (!out)
		return 2;
	while (kill(parent, 0) == 0) {
		struct timespec pause = { 0, rand_r(&seed) % 10000000 };
		int n = children(parent, child, 64);
		if (n < 0)
			break;
		if (time(NULL) > end) {
			is_late = 1;
			kill(parent, SIGKILL);
			break;
		}
		for (int i = 0; i < n; i++) {
			int m = children(child[i], grandchild, 64);
			int what = rand_r(&seed) % 10;
			/* a worker, its slave, both in either order, or none */
			if (what == 3 && kill(child[i], SIGKILL) == 0)
				slaves++;
			for (int k = 0; what < 4 && what != 1 && k < m; k++)
				workers += kill(grandchild[k], SIGKILL) == 0;
			if (what >= 1 && what < 3 && kill(child[i], SIGKILL) == 0)
				slaves++;
		}
		nanosleep(&pause, NULL);
	}
	fprintf(out, "%ld %ld\n", slaves, workers);
	return is_late;
}
C
$CC -O1 -o storm storm.c || tap_bail "storm.c can not be compiled"
[ -r "/proc/$$/task/$$/children" ] || skip "no /proc/PID/task/PID/children"

njobs=600000
is_sanitized && njobs=60000
seq $njobs >jobs
slaves=0
workers=0
named=0
round=0
while [ "$round" -lt 12 ]; do
	round=$((round + 1))
	case $((round % 4)) in
	0) options="-k -j2" ;;
	1) options="-j3" ;;
	2) options="-k -j3 --schedule dynamic,50" ;;
	3) options="-j2 --schedule static,200" ;;
	esac
	token=$(new_token)
	# shellcheck disable=SC2086 # words
	TOKEN=$token "$SHMMAP" $options -a jobs --attach ./text >got 2>errors &
	pid=$!
	ok "round $round, $options: the run ends" ./storm $pid $round storm.out
	wait $pid
	read -r a b <storm.out
	slaves=$((slaves + a))
	workers=$((workers + b))
	sed -n 's/^shmmap: job \([0-9]*\): .*/\1/p' errors | sort -n >lost
	named=$((named + $(wc -l <lost)))
	case $options in
	-k*) sort -n -c got && cat got lost ;;
	*) cat got lost ;;
	esac | sort -n >all
	unlike "round $round: the storm leaves it time to run jobs" \
		"$(cat errors)" "before they can run a job"
	same "round $round, $options: each job once, or named" all jobs
	ok "round $round: as its text says" awk '
		/^shmmap: job / {
			number = $3 + 0
			text = $NF; gsub(/\047/, "", text)
			if (text != number)
				exit 1
		}' errors
	no_process_left "$token" "round $round: no process is left"
done
diag "$slaves slaves and $workers workers killed, $named jobs lost and named"
ok "slaves were killed" test "$slaves" -gt 30
ok "workers were killed" test "$workers" -gt 30
done_testing
