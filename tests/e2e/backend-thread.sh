#!/bin/sh
# --backend thread: slaves are threads of one process beside the master, with
# the results of processes; what a worker does to that process hurts the jobs
# that run in it and no other.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"

called_worker
seq 3000 >jobs

# ---- the same results ----

for options in "-j1" "-j2" "-j7" "-j3 --schedule static,10" \
	"-j3 --schedule dynamic,1" "-j3 --schedule guided"; do
	# shellcheck disable=SC2086 # words
	run timeout 60 "$SHMMAP" -k $options --backend thread -a jobs \
		--dlopen ./worker.so
	is "$options: status" "$status" 0
	same "$options: results in order" "$out_file" jobs
	# shellcheck disable=SC2086 # words
	timeout 60 "$SHMMAP" $options --backend thread -a jobs \
		--dlopen ./worker.so | sort -n >got
	same "$options: and as they come" got jobs
done
seq 4 | sed 's/.*/long 200000/' >long
for backend in process thread; do
	timeout 60 "$SHMMAP" -k -j3 --backend $backend -a long \
		--dlopen ./worker.so >"got.$backend"
done
same "results beyond a ring" got.thread got.process

# ---- one process ----

called about <<'C'
#include <shmmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static int entered, left;
static int enter(struct shmmap_job *job)
{
	job->local = malloc(sizeof(int));
	*(int *)job->local = job->rank;
	__atomic_fetch_add(&entered, 1, __ATOMIC_SEQ_CST);
	return 0;
}
static void leave(struct shmmap_job *job)
{
	free(job->local);
	if (__atomic_add_fetch(&left, 1, __ATOMIC_SEQ_CST) == job->np)
		fprintf(stderr, "%d of %d left\n", left, entered);
}
static int work(struct shmmap_job *job)
{
	struct shmmap_array *mine = shmmap_get(job->segment, "mine");
	*(long *)shmmap_data(mine) = job->rank;
	/* all slaves meet, so that each has a job */
	if (shmmap_barrier(job->segment))
		return shmmap_fail(job, "no barrier");
	if (*(long *)shmmap_data(mine) != job->rank)
		return shmmap_fail(job, "the copy is another's");
	const char *rank = getenv("SHMMAP_RANK");
	shmmap_printf(job, "%d %d %d %d %d %s\n", (int)getpid(), (int)getppid(),
		      job->rank, *(int *)job->local, shmmap_rank(job->segment),
		      rank ? rank : "-");
	return 0;
}
const struct shmmap_worker shmmap_worker = {
	SHMMAP_WORKER, .enter = enter, .leave = leave, .work = work };
C
SHMMAP_RANK=5 "$SHMMAP" -j4 --schedule dynamic,1 --backend thread \
	--range 4 -A mine=i8 --private mine --dlopen ./about.so >got 2>got.err &
wait $!
is "4 slaves: status" "$?" 0
is "in one process" "$(cut -d ' ' -f 1 got | sort -u | wc -l)" 1
is "with a child's parent" "$(cut -d ' ' -f 2 got | sort -u)" "$!"
is "each with its rank, local data and handle" \
	"$(cut -d ' ' -f 3-6 got | sort)" \
	"0 0 0 -${nl}1 1 1 -${nl}2 2 2 -${nl}3 3 3 -"
is "entered and left" "$(cat got.err)" "4 of 4 left"
run timeout 60 "$SHMMAP" -j3 --schedule dynamic,1 --backend thread --range 4 \
	-A mine=i8 --private mine --dlopen ./about.so
is "a barrier that not all can reach" "$status" 1
like "is broken, not waited at" "$err" "no barrier"

# ---- arrays and sections ----

called count <<'C'
#include <shmmap.h>
static int work(struct shmmap_job *job)
{
	struct shmmap_array *shared = shmmap_get(job->segment, "shared");
	struct shmmap_array *own = shmmap_get(job->segment, "own");
	struct shmmap_array *log = shmmap_get(job->segment, "log");
	if (shmmap_critical_begin(job->segment, "count") < 0)
		return shmmap_fail(job, "no lock");
	++*(long *)shmmap_data(shared);
	shmmap_critical_end(job->segment, "count");
	++*(long *)shmmap_data(own);
	if (shmmap_ordered_begin(job->segment))
		return shmmap_fail(job, "no order");
	long *at = shmmap_data(log);
	at[++at[0]] = (long)job->number;
	return shmmap_ordered_end(job->segment);
}
const struct shmmap_worker shmmap_worker = { SHMMAP_WORKER, .work = work };
C
run timeout 60 "$SHMMAP" -j3 --backend thread --range 1000 -A shared=i8 \
	-A own=i8 --reduction sum:own -A log=i8:1001 --save shared=shared \
	--save own=own --save log=log --dlopen ./count.so
is "sections: status" "$status$err" 0
is "critical" "$(od -An -t d8 shared | tr -d ' ')" 1000
is "each slave has its copy" "$(od -An -t d8 own | tr -d ' ')" 1000
od -An -v -w8 -t d8 log | tr -d ' ' >log.text
{ echo 1000; seq 1000; } >log.want
same "ordered sections come in order" log.text log.want

# ---- ends before the time ----

seq 30 >before
seq 31 60 >after
# crash TEXT STATUS ERE: the jobs that ran in the process are named, and no
# other; the rest runs in another one
crash()
{
	{ cat before; echo "$1"; cat after; } >jobs
	run timeout 60 "$SHMMAP" -k -j3 --backend thread -a jobs \
		--dlopen ./worker.so
	is "$1: status" "$status" "$2"
	like "$1: its job is named" "$err" "^shmmap: job 31: .*$3.*'$1'"
	sed -n 's/^shmmap: job [0-9]*: .* its text was .\(.*\).$/\1/p' \
		"$err_file" >lost
	cat "$out_file" lost | sort >got
	sort jobs >want
	same "$1: all others give their results, or are named" got want
	le "$1: at most those of three slaves are" "$(wc -l <lost)" 3
}
if is_sanitized; then
	skip_one "the sanitizer has its own ways with signals"
else
	crash segv 139 "its slaves' process was killed by signal 11"
	crash abort 134 "its slaves' process was killed by signal 6"
fi
crash kill 137 "its slaves' process was killed by signal 9"
crash exit 125 "its slaves' process exited with status 0"
for text in fail "return 3"; do
	{ cat before; echo "$text"; cat after; } >jobs
	cat before after >want
	run timeout 60 "$SHMMAP" -k -j3 --backend thread -a jobs \
		--dlopen ./worker.so
	same "$text: the others" "$out_file" want
	is "$text: is named once" "$(grep -c '^shmmap: job 31:' "$err_file")" 1
done
called quit <<'C'
#include <pthread.h>
#include <shmmap.h>
#include <string.h>
int work(struct shmmap_job *job)
{
	if (strcmp(job->text, "quit") == 0)
		pthread_exit(NULL);
	shmmap_printf(job, "%s\n", job->text);
	return 0;
}
C
{ cat before; echo quit; cat after; } >jobs
cat before after >want
for n in 1 2 3; do
	run timeout 60 "$SHMMAP" -k -j$n --backend thread -a jobs \
		--dlopen ./quit.so
	is "-j$n, pthread_exit(): status" "$status" 125
	is "-j$n: the job is named" "$err" "shmmap: job 31: ./quit.so: its slave \
was ended by it, its text was 'quit'"
	same "-j$n: all others" "$out_file" want
done

# ---- signals ----

called wait <<'C'
#include <fcntl.h>
#include <shmmap.h>
#include <unistd.h>
int work(struct shmmap_job *job)
{
	close(open(job->text, O_CREAT | O_WRONLY, 0666));
	for (;;)
		pause();
}
C
printf 'one\ntwo\n' >jobs
for signal in HUP:129 TERM:143 KILL:137; do
	name=${signal%:*}
	rm -f one two
	token=$(new_token)
	TOKEN=$token "$SHMMAP" -j2 --schedule dynamic,1 --backend thread \
		-a jobs --dlopen ./wait.so 2>/dev/null &
	pid=$!
	ok "$name: two jobs run" wait_until 20 test -e one -a -e two
	kill -s "$name" $pid
	wait $pid
	is "$name: status" "$?" "${signal#*:}"
	no_process_left "$token" "$name: no process is left"
done

# ---- what it is not for ----

status_is "a command is a process" 125 "$SHMMAP" --backend thread cat
is "and that is said" "$err" \
	"shmmap: --backend thread is for --dlopen: a command is a process"
status_is "another word" 125 "$SHMMAP" --backend fibre cat
is "is quoted" "$err" "shmmap: --backend: 'fibre' is not process or thread"
done_testing
