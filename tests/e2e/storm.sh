# storm.sh - for tests that kill slaves and their workers at any instant;
# sourced after attached.sh or called.sh
#
#	storms NJOBS PAUSE OPTION...
#			STORM_ROUNDS (12) runs of jobs 1...NJOBS with a worker, by
#			OPTION..., that emits each job's text and a newline, each
#			in a storm that looks every PAUSE ms at most. Checks that
#			each job has its result once or is named; with --reduce
#			sum, that the numbers of those that have one add up. Sets
#			slaves and workers to how many were killed in all.

is_sanitized &&
	skip "SANITIZED SLAVES START MORE SLOWLY THAN THE STORM KILLS THEM"
has awk || skip "needs awk"
[ -r "/proc/$$/task/$$/children" ] || skip "no /proc/PID/task/PID/children"

# storm PID SEED PAUSE: kills children and grandchildren of a process, whichever
# there are, until it is gone; prints how many of each it has killed. Kills the
# process itself, and fails, when it is not gone after 10 s.
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
	pid_t parent = argc > 3 ? atoi(argv[1]) : 0;
	unsigned seed = argc > 3 ? (unsigned)atoi(argv[2]) : 0;
	long most_ns = argc > 3 ? atol(argv[3]) * 1000000 : 0;
	long slaves = 0, workers = 0;
	pid_t child[64], grandchild[64];
	time_t end = time(NULL) + 10;
	int is_late = 0;
	if (parent <= 0 || most_ns <= 0)
		return 2;
	while (!is_late && kill(parent, 0) == 0) {
		struct timespec pause = { 0, rand_r(&seed) % most_ns };
		int n = children(parent, child, 64);
		if (n < 0)
			break;
		if (time(NULL) > end) {
			is_late = 1;
			kill(parent, SIGKILL);
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
	printf("%ld %ld\n", slaves, workers);
	return is_late;
}
C
$CC -O1 -o storm storm.c || tap_bail "storm.c can not be compiled"

storm_sum()
{
	awk '{ sum += $1 } END { printf "%.0f\n", sum }' "$@"
}

# storm_round NUMBER PAUSE OPTION...
storm_round()
{
	storm_name="round $1"
	storm_pause=$2
	shift 2
	case $((round % 4)) in
	0) set -- -k -j2 "$@" ;;
	1) set -- -j3 "$@" ;;
	2) set -- -k -j3 --schedule dynamic,50 "$@" ;;
	3) set -- -j2 --schedule static,200 "$@" ;;
	esac
	storm_token=$(new_token)
	TOKEN=$storm_token "$SHMMAP" -a jobs "$@" >got 2>errors &
	storm_pid=$!
	run ./storm $storm_pid "$round" "$storm_pause"
	wait $storm_pid
	is "$storm_name, $*: the run ends" "$status" 0
	slaves=$((slaves + ${out% *}))
	workers=$((workers + ${out#* }))
	sed -n 's/^shmmap: job \([0-9]*\): .*/\1/p' errors | sort -n >lost
	named=$((named + $(wc -l <lost)))
	case $1 in
	-k) sort -n -c got && cat got lost ;;
	*) cat got lost ;;
	esac | sort -n >all
	# a storm that leaves no slave alive long enough says nothing of results
	unlike "$storm_name: slaves live long enough" "$(cat errors)" \
		"before they can run"
	case " $* " in
	*" --reduce sum "*)
		is "$storm_name: each job once, or named" \
			"$(storm_sum got lost)" "$(storm_sum jobs)"
		;;
	*) same "$storm_name: each job once, or named" all jobs ;;
	esac
	ok "$storm_name: as its text says" awk '
		/^shmmap: job / {
			number = $3 + 0
			text = $NF; gsub(/\047/, "", text)
			if (text != number)
				exit 1
		}' errors
	no_process_left "$storm_token" "$storm_name: no process is left"
}

storms()
{
	seq "$1" >jobs
	shift
	slaves=0
	workers=0
	named=0
	round=0
	while [ "$round" -lt "${STORM_ROUNDS:-12}" ]; do
		round=$((round + 1))
		storm_round "$round" "$@"
	done
	diag "$slaves slaves and $workers workers killed, $named jobs lost and named"
}
