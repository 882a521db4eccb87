#!/bin/sh
# --dlopen: slaves are killed at any instant: no result is lost or doubled, and
# each job that was lost is named.
. "$(dirname "$0")/lib.sh"
is_sanitized &&
	skip "SANITIZED SLAVES START MORE SLOWLY THAN THE STORM KILLS THEM"
. "$(dirname "$0")/called.sh"

has awk || skip "needs awk"
called text <<'C'
#include <shmmap.h>
int work(struct shmmap_job *job)
{
	shmmap_emit(job, job->text, job->nbytes);
	shmmap_emit(job, "\n", 1);
	return 0;
}
C

# kills the children of a process, whichever there are, until it is gone; prints
# how many it has killed
cat >storm.c <<'C'
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char *argv[])
{
	pid_t parent = argc > 1 ? atoi(argv[1]) : 0;
	unsigned seed = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	char path[64];
	long n = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	while (kill(parent, 0) == 0) {
		struct timespec time = { 0, rand_r(&seed) % 5000000 };
		FILE *file = fopen(path, "r");
		long pid;
		if (!file)
			break;
		while (fscanf(file, "%ld", &pid) == 1)
			if (rand_r(&seed) % 2 && kill((pid_t)pid, SIGKILL) == 0)
				n++;
		fclose(file);
		nanosleep(&time, NULL);
	}
	printf("%ld\n", n);
	return 0;
}
C
$CC -O1 -o storm storm.c || skip "the storm can not be compiled"
[ -r "/proc/$$/task/$$/children" ] || skip "no /proc/PID/task/PID/children"

njobs=1000000
is_sanitized && njobs=60000
seq $njobs >jobs
killed=0
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
	# shellcheck disable=SC2086 # words
	"$SHMMAP" $options -a jobs --dlopen ./text.so >got 2>errors &
	pid=$!
	./storm $pid $round >storm.out
	wait $pid
	killed=$((killed + $(cat storm.out)))
	sed -n 's/^shmmap: job \([0-9]*\): .*/\1/p' errors | sort -n >lost
	named=$((named + $(wc -l <lost)))
	case $options in
	-k*) sort -n -c got && cat got lost ;;
	*) cat got lost ;;
	esac | sort -n >all
	# a storm that leaves no slave alive long enough says nothing of results
	unlike "round $round: slaves live long enough" "$(cat errors)" \
		"before they can run"
	same "round $round, $options: each job once, or named" all jobs
	ok "round $round: as its text says" awk '
		/^shmmap: job / {
			number = $3 + 0
			text = $NF; gsub(/\047/, "", text)
			if (text != number)
				exit 1
		}' errors
done
diag "$killed slaves killed, $named jobs lost and named"
ok "slaves were killed" test "$killed" -gt 50
done_testing
