#!/bin/sh
# --debug, -j0: no slaves. One job after the other, a function in shmmap's own
# process, where a debugger, valgrind and printf find it; the results are those
# of a parallel run in order.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"

called_worker

# ---- the same results ----

{
	seq 200
	echo fail
	echo "return 3"
	echo print
	echo "long 100000"
	echo "exit"
	echo chdir
	seq 200
} >jobs
"$SHMMAP" -k -j3 -a jobs --dlopen ./worker.so >parallel 2>parallel.err
parallel=$?
for options in "--debug" "-j0" "-k --debug -j4" "--debug --backend thread" \
	"--debug --schedule static" "--debug --schedule dynamic,50"; do
	# shellcheck disable=SC2086 # words
	run timeout 60 "$SHMMAP" $options -a jobs --dlopen ./worker.so
	is "$options: status" "$status" "$parallel"
	same "$options: results" "$out_file" parallel
	sed 's/its slave .*, its text/died, its text/' "$err_file" | sort >got
	sed 's/its slave .*, its text/died, its text/' parallel.err | sort >want
	same "$options: messages" got want
done
seq 50 >jobs
for worker in "./worker.so" "--tag --dlopen ./worker.so" "cat" "echo a{}b"; do
	case $worker in
	./*) set -- --dlopen ./worker.so ;;
	--tag*) set -- --tag --dlopen ./worker.so ;;
	cat) set -- --filter cat ;;
	*) set -- 'echo a{}b; echo $SHMMAP_RANK of $SHMMAP_NP' ;;
	esac
	"$SHMMAP" -k -j1 -a jobs "$@" >parallel
	run timeout 60 "$SHMMAP" --debug -a jobs "$@"
	is "$worker: status" "$status" 0
	same "$worker: results" "$out_file" parallel
done

# a worker that closes what it can reaches none of shmmap's descriptors
{ seq 20; echo close; seq 20; echo close; seq 20; } >closing
for reduce in cat "sed p"; do
	run timeout 20 "$SHMMAP" --debug --reduce "$reduce" -a closing \
		--dlopen ./worker.so
	is "a worker closes descriptors: status" "$status:$err" 0:
	$reduce closing >want
	same "a worker closes descriptors: results" "$out_file" want
done
run timeout 20 "$SHMMAP" --debug -a closing --dlopen ./worker.so
same "a worker closes descriptors: without a command" "$out_file" closing

# ---- where jobs run ----

called about <<'C'
#include <shmmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int work(struct shmmap_job *job)
{
	char folder[4096];
	shmmap_printf(job, "%d %d of %d, %s, %s\n", (int)getpid(), job->rank,
		      job->np, getenv("SHMMAP_RANK"),
		      strrchr(getcwd(folder, sizeof(folder)), '/') + 1);
	return 0;
}
C
mkdir there
"$SHMMAP" --debug -j7 -a jobs --wd there -A x=f8:2=1 --save x=x.npy \
	--dlopen ./about.so >got &
wait $!
is "status" "$?" 0
is "in the master" "$(sort -u got)" "$! 0 of 1, 0, there"
ok "files are where shmmap was started" test -s x.npy

# each result is out before the next job begins, with what is printed
called sequence <<'C'
#include <shmmap.h>
#include <stdio.h>
int work(struct shmmap_job *job)
{
	shmmap_printf(job, "result %s\n", job->text);
	fprintf(stderr, "printed %s\n", job->text);
	return 0;
}
C
timeout 60 "$SHMMAP" --debug -a jobs --dlopen ./sequence.so >got 2>&1
sed 's/.*/printed &\nresult &/' jobs >want
same "what is printed and what is a result come in turn" got want

# ---- a debugger ----

if is_sanitized; then
	skip_one "a crash is the sanitizer's"
else
	{ seq 5; echo segv; seq 3; } >crash
	status_is "a crash is shmmap's own" 139 \
		sh -c '"$SHMMAP" --debug -a crash --dlopen ./worker.so; exit $?'
	is "after all results before it" "$out" "$(seq 5)"
fi
if is_sanitized; then
	skip_one "valgrind and sanitizers exclude each other"
elif has valgrind; then
	run timeout 100 valgrind -q --error-exitcode=9 "$SHMMAP" --debug \
		-a jobs -A x=f8:100 --dlopen ./worker.so
	is "valgrind: status" "$status" 0
	same "valgrind: results" "$out_file" jobs
	called wrong <<'C'
#include <shmmap.h>
#include <stdlib.h>
int work(struct shmmap_job *job)
{
	volatile char *bytes = malloc(10);
	bytes[10 + job->nbytes - job->nbytes] = 1;
	free((char *)bytes);
	return 0;
}
C
	run timeout 100 valgrind "$SHMMAP" --debug -a jobs --dlopen ./wrong.so
	like "valgrind sees what a worker does" "$err" "Invalid write of size 1"
	like "and where" "$err" "work \(wrong.c"
else
	skip_one "VALGRIND IS NOT INSTALLED"
fi

# ---- a worker with children of its own ----

called children <<'C'
#include <errno.h>
#include <shmmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int work(struct shmmap_job *job)
{
	int how = system("exit 3");
	if (how != 3 << 8)
		return shmmap_fail(job, "system(): %d, %s", how, strerror(errno));
	FILE *pipe = popen("exit 4", "r");
	how = pclose(pipe);
	if (how != 4 << 8)
		return shmmap_fail(job, "pclose(): %d, %s", how, strerror(errno));
	shmmap_printf(job, "%d\n", (int)job->value);
	return 0;
}
C
run timeout 60 "$SHMMAP" --debug --range 50 --reduce 'wc -l' --dlopen ./children.so
is "they are its own" "$out:$err:$status" 50::0

# ---- a worker with threads of its own, which go on ----

called spin <<'C'
#include <pthread.h>
#include <shmmap.h>
static volatile unsigned long turns;
static void *spin(void *unused)
{
	for (;;)
		++turns;
	return unused;
}
static int setup(int argc, char *argv[])
{
	pthread_t thread;
	return argc > 1 && *argv[1] ? pthread_create(&thread, NULL, spin, NULL)
				    : 0;
}
static int work(struct shmmap_job *job)
{
	pthread_t thread;
	if (job->number == 3)
		pthread_create(&thread, NULL, spin, NULL);
	shmmap_printf(job, "%d\n", (int)job->value);
	return 0;
}
const struct shmmap_worker shmmap_worker = {
	SHMMAP_WORKER, .setup = setup, .work = work
};
C
for words in ./spin.so "./spin.so, yes"; do
	cat >plan.yaml <<YAML
steps:
- {jobs: {range: "0:5"}, reduce: sum, worker: {dlopen: [$words]}}
- {jobs: [end], worker: 'sleep 0.2; echo'}
YAML
	run timeout 60 "$SHMMAP" --debug --spec plan.yaml
	is "$words: in jobs" "$out:$err:$status" "10${nl}end::0"
	run timeout 60 "$SHMMAP" --spec plan.yaml
	is "$words: where slaves are processes" "$out:$err:$status" \
		"10${nl}end::0"
done

# ---- a step whose reduce command has had enough ----

called slow <<'C'
#include <shmmap.h>
#include <string.h>
#include <time.h>
int work(struct shmmap_job *job)
{
	struct timespec pause = { .tv_nsec = 300000000 };
	if (strcmp(job->text, "slow") == 0)
		nanosleep(&pause, NULL);
	shmmap_printf(job, "%s\n", job->text);
	return 0;
}
C
cat >plan.yaml <<'YAML'
steps:
- {jobs: [one, slow, slow, slow], worker: {dlopen: ./slow.so}, reduce: head -n 1}
- {jobs: [end], worker: {dlopen: ./slow.so}}
YAML
run timeout 20 "$SHMMAP" --debug --spec plan.yaml
is "the next one begins after its last job" "$out:$err:$status" "one${nl}end::0"

# ---- ends before the time ----

called wait <<'C'
#include <fcntl.h>
#include <shmmap.h>
#include <unistd.h>
int work(struct shmmap_job *job)
{
	shmmap_printf(job, "%s\n", job->text);
	if (job->number < 3)
		return 0;
	close(open("waits", O_CREAT | O_WRONLY, 0666));
	for (;;)
		pause();
}
C
for signal in HUP:129 TERM:143 KILL:137; do
	name=${signal%:*}
	rm -f waits
	token=$(new_token)
	TOKEN=$token "$SHMMAP" --debug -a jobs --dlopen ./wait.so >got &
	pid=$!
	ok "$name: a job runs" wait_until 20 test -e waits
	kill -s "$name" $pid
	wait $pid
	is "$name: status" "$?" "${signal#*:}"
	is "$name: what was finished is there" "$(head -2 got)" "1${nl}2"
	no_process_left "$token" "$name: no process is left"
done
run timeout 20 sh -c '"$SHMMAP" --debug -a jobs --dlopen ./worker.so | head -1'
is "a reader that leaves" "$out$err" 1
done_testing
