#!/bin/sh
# --dlopen: jobs that fail, crash or do what a worker should not are named, and
# all others give their results.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"
. "$(dirname "$0")/processes.sh"

called_worker
seq 30 >before
seq 31 60 >after

# failing TEXT STATUS ERE: among others, in one batch and in many
failing()
{
	{ cat before; echo "$1"; cat after; } >jobs
	cat before after >others
	for options in "-j1 --schedule dynamic,100" "-j2 --schedule dynamic,7" \
		"-j2"; do
		# shellcheck disable=SC2086 # words
		run timeout 60 "$SHMMAP" -k $options -a jobs --dlopen ./worker.so
		is "$1, $options: status" "$status" "$2"
		like "$1, $options: the job is named" "$err" \
			"^shmmap: job 31: .*$3.*'$1'"
		is "$1, $options: once" "$(grep -c ^shmmap: "$err_file")" 1
		same "$1, $options: the others" "$out_file" others
	done
}
failing fail 1 'no good 7'
failing 'fail, return 0' 1 'all the same'
failing 'return 3' 3 'returned 3'
failing 'return 255' 255 'returned 255'
failing 'return 256' 1 'returned 256'
failing 'return -1' 1 'returned -1'
if is_sanitized; then
	skip_one "the sanitizer has its own ways with signals"
else
	failing segv 139 'signal 11'
	failing abort 134 'signal 6'
fi
failing kill 137 'signal 9'
failing exit 125 'exited with status 0'

# ---- what goes on ----

for text in chdir ignore print close; do
	{ cat before; echo "$text"; cat after; } >jobs
	for options in "-j1 --schedule dynamic,100" "-j2"; do
		# shellcheck disable=SC2086 # words
		run timeout 60 "$SHMMAP" -k $options -a jobs --dlopen ./worker.so
		is "$text, $options: status" "$status" 0
		same "$text, $options: all results" "$out_file" jobs
	done
done
echo print >jobs
run "$SHMMAP" -a jobs --dlopen ./worker.so
is "what is printed is no result" "$out" print
is "but on standard error" "$err" printed
run "$SHMMAP" -u -a jobs --dlopen ./worker.so
like "-u: it is on standard output" "$out" printed

# ---- a child of the worker's ----

called forks <<'C'
#include <shmmap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int work(struct shmmap_job *job)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (getenv("WANTED"))
			exit(3);
		shmmap_printf(job, "of the child\n");
		return 0;
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	shmmap_printf(job, "%s %d\n", job->text, WEXITSTATUS(status));
	return 0;
}
C
seq 40 >jobs
for options in -j2 "-j2 --backend thread" "-j2 -u" -j0; do
	sed 's/$/ 125/' jobs >wanted
	# shellcheck disable=SC2086 # words
	run timeout 60 "$SHMMAP" $options -a jobs --dlopen ./forks.so
	sort -n "$out_file" >sorted
	same "a child that returns, $options: results" sorted wanted
	is "$options: status" "$status" 0
	is "$options: it is told of each" "$(grep -c \
		'^shmmap: job [0-9]*: ./forks.so: a child that it has forked' \
		"$err_file")" 40
	sed 's/$/ 3/' jobs >wanted
	# what its parent's threads have is no leak of the child's
	# shellcheck disable=SC2086 # words
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
		WANTED=exit run timeout 60 "$SHMMAP" $options -a jobs \
		--dlopen ./forks.so
	sort -n "$out_file" >sorted
	same "a child that ends, $options: results" sorted wanted
	is "$options: status" "$status" 0
	is "$options: no word" "$err" ""
done

called twice <<'C'
#include <shmmap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static int split(const char *where)
{
	pid_t pid = strcmp(getenv("WHERE"), where) == 0 ? fork() : 0;
	/* slaves may be children, too */
	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (strcmp(getenv("WHERE"), "exit") == 0 && strcmp(where, "reduce") == 0)
		exit(0);
	return 0;
}
static int setup(int argc, char **argv) { return split("setup"); }
static int enter(struct shmmap_job *job) { return split("enter()"); }
static void leave(struct shmmap_job *job) { split("leave()"); }
static int work(struct shmmap_job *job)
{
	return shmmap_printf(job, "%s\n", job->text) < 0;
}
static int reduce(struct shmmap_job *job, const void *result, size_t nbytes)
{
	shmmap_emit(job, result, nbytes);
	if (result && strcmp(getenv("WHERE"), "any") == 0) {
		if (fork() == 0)
			_exit(0);
		wait(NULL);
	}
	return split(result ? "reduce" : "");
}
const struct shmmap_worker shmmap_worker = {
	SHMMAP_WORKER, .work = work, .setup = setup, .enter = enter,
	.leave = leave
};
const struct shmmap_worker reduced = {
	SHMMAP_WORKER, .work = work, .reduce = reduce
};
C
for where in setup "enter()" "leave()" reduce; do
	worker=./twice.so
	[ "$where" = reduce ] && worker=./twice.so:reduced
	for options in -j2 "-j2 --backend thread" -j0; do
		# shellcheck disable=SC2086 # words
		WHERE=$where run timeout 60 "$SHMMAP" $options -a jobs \
			--dlopen $worker
		sort -n "$out_file" >sorted
		same "a child returns from $where, $options: results" sorted \
			jobs
		is "$options: status" "$status" 0
		like "$options: it is told" "$err" "^shmmap: $worker: a child \
that it has forked has returned from $where"
	done
done
# a function that waits for any child may take a slave's end from the master
for i in 1 2 3 4 5; do
	WHERE=any run timeout 60 "$SHMMAP" -j2 -a jobs --dlopen \
		./twice.so:reduced
	sort -n "$out_file" >sorted
	same "reduce waits for any child: results, $i" sorted jobs
	is "and the end, $i" "$status" 0
done
WHERE=exit run timeout 60 "$SHMMAP" -j2 -a jobs --dlopen ./twice.so:reduced
is "exit() in reduce" "$status:$out:$err" \
	"125::shmmap: --dlopen: ./twice.so:reduced: reduce called exit()"

# ---- where there is no job ----

called edges <<'C'
#include <shmmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int is_wanted(const char *what)
{
	const char *wanted = getenv("WANTED");
	return wanted && strcmp(wanted, what) == 0;
}
static int enter(struct shmmap_job *job)
{
	if (is_wanted("emit"))
		for (int i = 0; i < 10000; i++)
			shmmap_emit(job, "in enter\n", 9);
	if (is_wanted("print"))
		fprintf(stderr, "%d\n", shmmap_printf(job, "in enter\n"));
	if (is_wanted("fail"))
		shmmap_fail(job, "no\tlicence\n");
	return is_wanted("refuse");
}
static void leave(struct shmmap_job *job)
{
	if (is_wanted("emit"))
		shmmap_emit(job, "in leave\n", 9);
	if (is_wanted("print"))
		fprintf(stderr, "%d\n", shmmap_printf(job, "in leave\n"));
	shmmap_fail(job, "in leave");
}
static int work(struct shmmap_job *job)
{
	if (strcmp(job->text, "lines") == 0)
		return shmmap_fail(job, "two\nlines\33[2J\n\n");
	shmmap_printf(job, "%s\n", job->text);
	return 0;
}
const struct shmmap_worker shmmap_worker = {
	SHMMAP_WORKER, .enter = enter, .work = work, .leave = leave };
C
export WANTED
for options in -j2 "-j2 --backend thread" --debug; do
	WANTED=emit
	# shellcheck disable=SC2086 # words
	run timeout 20 "$SHMMAP" -k $options -a others --dlopen ./edges.so
	is "$options: what is emitted without a job is dropped" "$status:$err" 0:
	same "$options: and no result is hurt" "$out_file" others
	WANTED=print
	# shellcheck disable=SC2086 # words
	run timeout 20 "$SHMMAP" -k $options -j1 -a others --dlopen ./edges.so
	is "$options: as printf says" "$status:$err" "0:-1$nl-1"
	WANTED=fail
	# shellcheck disable=SC2086 # words
	run timeout 20 "$SHMMAP" -k $options -j1 -a others --dlopen ./edges.so
	is "$options: enter() that says why" "$status:$out:$err" "125::shmmap: \
./edges.so: enter() has refused in slave 0: no?licence"
	WANTED=refuse
	# shellcheck disable=SC2086 # words
	run timeout 20 "$SHMMAP" -k $options -j1 -a others --dlopen ./edges.so
	is "$options: enter() that does not" "$status:$out:$err" "125::shmmap: \
./edges.so: enter() has refused in slave 0"
done
unset WANTED

# exit() with any status, where a slave has statuses of its own, is its end
called ends <<'C'
#include <shmmap.h>
#include <stdlib.h>
#include <string.h>
static void end(const char *where)
{
	const char *end = getenv("END");
	if (end && strncmp(end, where, strlen(where)) == 0)
		exit(atoi(end + strlen(where)));
}
static int enter(struct shmmap_job *job)
{
	end("enter ");
	return job->rank < 0;
}
static void leave(struct shmmap_job *job)
{
	end("leave ");
	(void)job;
}
static int work(struct shmmap_job *job)
{
	if (strncmp(job->text, "exit ", 5) == 0)
		exit(atoi(job->text + 5));
	shmmap_printf(job, "%s\n", job->text);
	return 0;
}
const struct shmmap_worker shmmap_worker = {
	SHMMAP_WORKER, .enter = enter, .work = work, .leave = leave };
C
export END
for backend in process thread; do
	# the process of threads may have more to say of the other slaves
	for code in 0 1 2 3 4 5 123; do
		what="--backend $backend, exit($code)"
		END=
		{ cat before; echo "exit $code"; cat after; } >jobs
		run timeout 20 "$SHMMAP" -k -j1 --backend $backend -a jobs \
			--dlopen ./ends.so
		is "$what in a job: status" "$status" \
			"$([ $code = 0 ] && echo 125 || echo $code)"
		like "$what in a job: is said" "$err" \
			"^shmmap: job 31: .* exited with status $code, its text"
		same "$what in a job: the others" "$out_file" others
		END="enter $code"
		run timeout 20 "$SHMMAP" -j2 --backend $backend -a others \
			--dlopen ./ends.so
		is "$what in enter(): status" "$status:$out" 125:
		is "$what in enter(): is said once" \
			"$(sed 's/slave [0-9]* //' "$err_file")" \
			"shmmap: exited with status $code${nl}\
shmmap: slaves die before they can run a job"
		END="leave $code"
		run timeout 20 "$SHMMAP" -k -j1 --backend $backend -a others \
			--dlopen ./ends.so
		is "$what in leave(): status" "$status" $code
		same "$what in leave(): all results" "$out_file" others
		[ $code = 0 ] || is "$what in leave(): is said" "$err" \
			"shmmap: slave 0 exited with status $code in leave()"
	done
done
END="enter 0"
run timeout 20 "$SHMMAP" --debug -a others --dlopen ./ends.so
is "--debug, exit() in enter(): status" "$status:$out" 125:
unset END
printf 'exit 0\n%s\nexit 0\nexit 0\n%s\n' one two >jobs
run timeout 20 "$SHMMAP" --debug -a jobs --dlopen ./ends.so
is "--debug, exit() in several jobs: status" "$status" 125
is "--debug, exit() in several jobs: the others" "$out" "one${nl}two"
is "--debug, exit() in several jobs: each is named" \
	"$(grep -c "^shmmap: job [134]: " "$err_file")" 3

echo lines >jobs
run "$SHMMAP" -a jobs --dlopen ./edges.so
is "a message is one line, whatever it holds" "$err" \
	"shmmap: job 1: ./edges.so: two?lines?[2J, its text was 'lines'"

# what fails many times
awk 'BEGIN { for (i = 1; i <= 500; i++) print i % 5 ? i : "kill" }' >jobs
grep -v kill jobs >others
run timeout 100 "$SHMMAP" -k -j3 -a jobs --dlopen ./worker.so
same "100 of 500 kill their slave: the others" "$out_file" others
is "all are named" "$(grep -c "^shmmap: job [0-9]*[05]: .*'kill'" "$err_file")" 100
is "with nothing else" "$(wc -l <"$err_file")" 100

# ---- ends ----

called endless <<'C'
#include <shmmap.h>
#include <unistd.h>
int work(struct shmmap_job *job)
{
	while (job->value == 3)
		pause();
	shmmap_emit(job, "x\n", 2);
	return 0;
}
C
for signal in INT TERM; do
	token=$(new_token)
	TOKEN=$token timeout 30 "$SHMMAP" -j2 --range 100 --dlopen ./endless.so \
		>got 2>errors &
	pid=$!
	wait_until 10 grep -q x got
	kill -s $signal $pid
	wait $pid
	no_process_left "$token" "$signal ends a job that never does"
done
token=$(new_token)
TOKEN=$token "$SHMMAP" -j2 --range 100 --dlopen ./endless.so >got 2>errors &
pid=$!
wait_until 10 grep -q x got
kill -s KILL $pid
wait $pid 2>/dev/null
no_process_left "$token" "the master is killed"
# setup() that ends the process has not run the jobs; a child of it may
called quits <<'C'
#include <shmmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static int setup(int argc, char *argv[])
{
	if (argc > 2) {
		pid_t pid = fork();
		int how;
		if (pid == 0)
			exit(atoi(argv[1]));
		return waitpid(pid, &how, 0) < 0 || how != atoi(argv[1]) << 8;
	}
	fputs("usage\n", stderr);
	exit(atoi(argv[1]));
}
static int work(struct shmmap_job *job)
{
	return shmmap_printf(job, "x\n") < 0;
}
const struct shmmap_worker shmmap_worker = {
	SHMMAP_WORKER, .setup = setup, .work = work };
C
for code in 0 3; do
	run "$SHMMAP" --range 2 --dlopen ./quits.so $code
	is "exit($code) in setup()" "$status:$out:$err" \
		"125::usage${nl}shmmap: --dlopen: ./quits.so: setup called exit()"
	run "$SHMMAP" --range 2 --dlopen ./quits.so $code child
	is "exit($code) in a child of setup()" "$status:$out:$err" \
		"0:x${nl}x:"
done

# setup() that ignores signals does so for the slaves, not for shmmap
called deaf <<'C'
#include <shmmap.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static int setup(int argc, char *argv[])
{
	(void)argv;
	for (int s = 1; s < 32; s++)
		signal(s, SIG_IGN);
	return argc < 1;
}
static int work(struct shmmap_job *job)
{
	struct sigaction action;
	sigaction(SIGPIPE, NULL, &action);
	shmmap_printf(job, "%d\n", action.sa_handler == SIG_IGN);
	while (job->value == 3)
		pause();
	return 0;
}
const struct shmmap_worker shmmap_worker = {
	SHMMAP_WORKER, .setup = setup, .work = work };
C
seen()
{
	[ "$(grep -c 1 got)" -ge 3 ]
}
for signal in INT:2 TERM:15 HUP:1; do
	token=$(new_token)
	TOKEN=$token start "$SHMMAP" -k -j2 --grace 0.1 --range 100 \
		--dlopen ./deaf.so >got 2>errors
	wait_until 10 seen
	kill -s "${signal%:*}" "$master"
	ended
	is "${signal%:*} ends a run whose setup() ignores it" "$end" \
		"signal ${signal#*:}"
	no_process_left "$token" "and all of it"
done
run timeout 20 sh -c '"$SHMMAP" --range 4:1000000000 --dlopen ./deaf.so | head -n 1'
is "a reader that goes is no error, either" "$out:$err" 1:

token=$(new_token)
TOKEN=$token timeout 30 "$SHMMAP" -k --range 4:1000000000000 \
	--dlopen ./endless.so 2>errors | head -n 1 >got
is "a reader that goes ends the run" "$(cat got)" x
no_process_left "$token" "and its slaves"
done_testing
