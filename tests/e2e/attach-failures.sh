#!/bin/sh
# --attach: jobs that fail, and workers that end, crash or do what they should
# not, are named; all other jobs give their results.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/attached.sh"

# does what the text says, else emits it; ends with the status of its argument
program worker <<'C'
#include <shmmap.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int work(struct shmmap *segment, struct shmmap_job *job)
{
	const char *text = job->text;
	if (strcmp(text, "fail") == 0)
		return shmmap_fail(job, "no good %d", 7);
	if (strncmp(text, "fail, ", 6) == 0) {
		shmmap_fail(job, "all the same");
		return 0;
	}
	if (strncmp(text, "done ", 5) == 0)
		return atoi(text + 5);
	if (strncmp(text, "exit ", 5) == 0) {
		shmmap_emit(job, "lost\n", 5);
		exit(atoi(text + 5));
	}
	if (strcmp(text, "detach") == 0) {
		shmmap_detach(segment);
		_exit(0);
	}
	if (strcmp(text, "exec") == 0)
		execlp("true", "true", (char *)NULL);
	if (strcmp(text, "segv") == 0)
		raise(SIGSEGV);
	if (strcmp(text, "abort") == 0)
		abort();
	if (strcmp(text, "kill") == 0)
		kill(getpid(), SIGKILL);
	if (strcmp(text, "kill slave") == 0) {
		kill(getppid(), SIGKILL);
		for (;;)
			pause();
	}
	if (strcmp(text, "ignore") == 0)
		for (int s = 1; s < 32; s++)
			signal(s, SIG_IGN);
	if (strcmp(text, "close") == 0)
		for (int fd = 0; fd < 256; fd++)
			close(fd);
	shmmap_printf(job, "%s\n", text);
	return 0;
}
int main(int argc, char *argv[])
{
	struct shmmap *segment;
	struct shmmap_job *job;
	if (shmmap_attach(&segment))
		return 99;
	while ((job = shmmap_next(segment))) {
		int result = work(segment, job);
		/* one failure is left for shmmap_next() to find */
		if (strcmp(job->text, "fail, next") && shmmap_done(job, result))
			return 98;
	}
	return argc > 1 ? atoi(argv[1]) : 0;
}
C
seq 30 >before
seq 31 60 >after
cat before after >others

# failing TEXT STATUS ERE: among others, in one batch and in many
failing()
{
	{ cat before; echo "$1"; cat after; } >jobs
	for options in "-j1 --schedule dynamic,100" "-j2 --schedule dynamic,7" \
		"-j2" "-j2 --schedule static,3"; do
		# shellcheck disable=SC2086 # words
		run timeout 60 "$SHMMAP" -k $options -a jobs --attach ./worker
		is "$1, $options: status" "$status" "$2"
		like "$1, $options: the job is named" "$err" \
			"^shmmap: job 31: \./worker: .*$3.*'$1'"
		is "$1, $options: once" "$(wc -l <"$err_file")" 1
		same "$1, $options: the others" "$out_file" others
	done
}
failing fail 1 'no good 7'
failing 'fail, done 0' 1 'all the same'
failing 'fail, next' 1 'all the same'
failing 'done 3' 3 'returned 3'
failing 'done 255' 255 'returned 255'
failing 'done 256' 1 'returned 256'
failing 'done -1' 1 'returned -1'
failing 'exit 0' 125 'exited with status 0'
failing 'exit 4' 4 'exited with status 4'
failing detach 125 'exited with status 0'
failing exec 125 'exited with status 0'
if is_sanitized; then
	skip_one "the sanitizer has its own ways with signals"
else
	failing segv 139 'signal 11'
	failing abort 134 'signal 6'
fi
failing kill 137 'signal 9'
failing 'kill slave' 137 'its slave was killed by signal 9'

# ---- what goes on ----

for text in ignore close; do
	{ cat before; echo "$text"; cat after; } >jobs
	for options in "-j1 --schedule dynamic,100" "-j2"; do
		# shellcheck disable=SC2086 # words
		run timeout 60 "$SHMMAP" -k $options -a jobs --attach ./worker
		is "$text, $options: status" "$status" 0
		same "$text, $options: all results" "$out_file" jobs
	done
done

# what is said and emitted between two jobs is no job's
program late <<'C'
#include <shmmap.h>
#include <stdio.h>
int main(void)
{
	struct shmmap *segment;
	struct shmmap_job *job;
	if (shmmap_attach(&segment))
		return 99;
	while ((job = shmmap_next(segment))) {
		shmmap_printf(job, "%s\n", job->text);
		shmmap_done(job, 0);
		shmmap_emit(job, "late\n", 5);
		if (shmmap_printf(job, "late\n") != -1)
			return 98;
		shmmap_fail(job, "late");
	}
	return 0;
}
C
for options in "-j1 --schedule dynamic,100" "-j2"; do
	# shellcheck disable=SC2086 # words
	run timeout 60 "$SHMMAP" -k $options -a others --attach ./late
	is "between two jobs, $options: status" "$status:$err" 0:
	same "between two jobs, $options: results" "$out_file" others
done

# jobs come through one handle: what the first one has finished stays, and the
# rest is another process's
program again <<'C'
#include <shmmap.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char *argv[])
{
	struct shmmap *segment, *second = NULL;
	struct shmmap_job *job;
	const char *how = argc > 1 ? argv[1] : "";
	if (shmmap_attach(&segment))
		return 99;
	while ((job = shmmap_next(segment))) {
		shmmap_printf(job, "%s\n", job->text);
		if (job->number % 7)
			continue;
		if (strcmp(how, "two") == 0) {
			if (!second && shmmap_attach(&second))
				return 98;
			if (shmmap_next(second))
				return 97;
			continue;
		}
		shmmap_done(job, 0);
		if (strcmp(how, "exec") == 0) {
			execv(argv[0], argv);
			return 96;
		}
		shmmap_detach(segment);
		if (shmmap_attach(&segment))
			return 95;
	}
	if (*shmmap_error() && strcmp(shmmap_error(),
				      "another handle has taken jobs"))
		fprintf(stderr, "%s\n", shmmap_error());
	return 0;
}
C
for how in detach exec two; do
	for options in "-j1 --schedule dynamic,100" "-j2"; do
		# shellcheck disable=SC2086 # words
		run timeout 20 "$SHMMAP" -k $options -a others \
			--attach ./again $how
		is "a second handle, $how, $options: status" "$status:$err" 0:
		same "a second handle, $how, $options: results" "$out_file" \
			others
	done
done

# what fails many times
awk 'BEGIN { for (i = 1; i <= 500; i++) print i % 5 ? i : "kill" }' >jobs
grep -v kill jobs >rest
run timeout 100 "$SHMMAP" -k -j3 -a jobs --attach ./worker
same "100 of 500 kill their worker: the others" "$out_file" rest
is "all are named" "$(grep -c "^shmmap: job [0-9]*[05]: .*'kill'" "$err_file")" 100
is "with nothing else" "$(wc -l <"$err_file")" 100
is "and the status is theirs" "$status" 137

# ---- workers that end with no job at hand ----

# after the last job
for slaves in 1 3; do
	run timeout 30 "$SHMMAP" -k -j$slaves -a others --attach ./worker 5
	is "a status of 5 after the last job, -j$slaves" "$status" 5
	same "with all results, -j$slaves" "$out_file" others
	like "and it is said, -j$slaves" "$err" \
		"^shmmap: \./worker: exited with status 5, with no job at hand"
done

# before the first one: the input ended already, or has not, or is large
seq 100000 >many
for slaves in 1 3; do
	for jobs in others many; do
		for end in 'exit 0' 'exit 3' 'kill -9 $$'; do
			run timeout 5 "$SHMMAP" -j$slaves -a $jobs \
				--attach "$end"
			is "$end, $jobs, -j$slaves: status" "$status" 125
			is "$end, $jobs, -j$slaves: no result" "$out" ""
			like "$end, $jobs, -j$slaves: is said" "$err" \
				"^shmmap: .*before they can run a job|without taking a job"
		done
	done
	run timeout 5 "$SHMMAP" -j$slaves --range 9 --attach 'exit 0'
	is "exit 0, a range, -j$slaves: status" "$status" 125
	(wait_until 5 test -f begun && seq 5) |
		timeout 5 "$SHMMAP" -j$slaves --attach 'touch begun; exit 0' \
			>got 2>errors
	is "exit 0, before there was input, -j$slaves: status" $? 125
	like "exit 0, before there was input, -j$slaves: is said" \
		"$(cat errors)" "^shmmap: .*without taking a job"
	rm -f begun
done
run timeout 5 "$SHMMAP" -j2 -a others --attach 'exit 3'
like "their status is said, too" "$err" \
	"^shmmap: exit 3: exited with status 3, with no job at hand"
run timeout 5 "$SHMMAP" -j2 --attach 'exit 0' </dev/null
is "where there are no jobs that is none's failure" "$status:$out$err" "0:"
run timeout 5 "$SHMMAP" -j2 --attach 'exit 3' </dev/null
is "but a status is" "$status" 3

# between two jobs
program one <<'C'
#include <shmmap.h>
int main(void)
{
	struct shmmap *segment;
	struct shmmap_job *job;
	if (shmmap_attach(&segment) || !(job = shmmap_next(segment)))
		return 0;
	shmmap_printf(job, "%s\n", job->text);
	return shmmap_done(job, 0) != 0;
}
C
echo 1 >single
run timeout 5 "$SHMMAP" -k -j2 -a single --attach ./one
is "after shmmap_done() a worker may end" "$status:$out$err" "0:1"
for options in "-j1" "-j3" "-j1 --schedule dynamic,7" "-j2 --schedule static,4"; do
	# shellcheck disable=SC2086 # words
	run timeout 20 "$SHMMAP" -k $options -a others --attach ./one
	is "after each job, $options: that is no failure" "$status:$err" "0:"
	same "after each job, $options: all results" "$out_file" others
done

# ---- commands that can not be run ----

echo text >text
for slaves in 1 3; do
	run timeout 5 "$SHMMAP" -j$slaves -a many --attach ./none
	is "not found, -j$slaves: status" "$status" 127
	like "not found, -j$slaves: is said" "$err" \
		'^shmmap: \./none: No such file'
	is "not found, -j$slaves: once" "$(wc -l <"$err_file")" 1
	run timeout 5 "$SHMMAP" -j$slaves -a many --attach ./text
	is "not executable, -j$slaves: status" "$status" 126
	is "not executable, -j$slaves: is said once" \
		"$(grep -c '^shmmap: \./text: Permission denied' "$err_file")" 1
done
status_is "no command" 125 "$SHMMAP" --attach
like "no command: is said" "$err" "^shmmap: no command"

# ---- calls in wrong places ----

program wrong <<'C'
#include <shmmap.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
/* prints what is not as it should be; its first argument says where it runs */
static void check(const char *what, int is_right)
{
	if (!is_right)
		printf("%s: '%s'\n", what, shmmap_error());
}
static int has_text(const char *part)
{
	return strstr(shmmap_error(), part) != NULL;
}
static void outside(struct shmmap *segment)
{
	struct shmmap_loop loop;
	check("shmmap_next", !shmmap_next(segment));
	check("its text", has_text("not a worker that takes jobs"));
	check("again", !shmmap_next(segment) && has_text("--attach"));
	check("shmmap_for", shmmap_for(segment, &loop, 0, 9, SHMMAP_STATIC,
				       0) == -EINVAL);
	check("its text", has_text("not a worker that takes jobs"));
}
/* no job is at hand */
static void check_idle(struct shmmap *segment, const char *when)
{
	check(when, shmmap_job(segment) == 0 && shmmap_seed(segment) == 0);
	check(when, shmmap_ordered_begin(segment) == -EPERM);
	check("its text", has_text("no job is at hand"));
	check(when, shmmap_ordered_end(segment) == -EPERM);
}
static void inside(struct shmmap *segment)
{
	struct shmmap_job *job, own = { .segment = segment };
	struct shmmap_job none = { .number = 1 };
	struct shmmap_loop loop;
	check("a job of no segment", shmmap_done(&none, 0) == -EINVAL);
	check("its text", has_text("no job is at hand"));
	check("before the first", shmmap_done(&own, 0) == -EINVAL);
	check_idle(segment, "before the first");
	check("no schedule", shmmap_for(segment, &loop, 0, 9,
					(enum shmmap_schedule)4, 0) == -EINVAL);
	check("its text", has_text("no schedule: 4"));
	check("no schedule below", shmmap_for(segment, &loop, 0, 9,
			(enum shmmap_schedule)-1, 0) == -EINVAL);
	job = shmmap_next(segment);
	check("a job", job != NULL);
	if (!job)
		return;
	check("another one", shmmap_done(&own, 0) == -EINVAL);
	check("its number", shmmap_job(segment) == 1);
	check("its seed", shmmap_seed(segment) == shmmap_job_seed(job));
	check("its section", shmmap_ordered_begin(segment) == 0);
	check("done", shmmap_done(job, 0) == 0);
	check("done inside", shmmap_ordered_end(segment) == -EPERM);
	check_idle(segment, "after it");
	check("what it was", job->number == 1);
	check("done twice", shmmap_done(job, 0) == -EINVAL);
	check("its text", has_text("no job is at hand"));
	while ((job = shmmap_next(segment)))
		check("a section", shmmap_ordered_begin(segment) == 0);
	check("the end has no text", *shmmap_error() == '\0');
	check("done at the end", shmmap_done(&own, 0) == -EINVAL);
	check("after the end", !shmmap_next(segment) &&
			       *shmmap_error() == '\0');
	check_idle(segment, "after the last");
}
int main(int argc, char *argv[])
{
	struct shmmap *segment;
	int is_inside = argc > 1 && strcmp(argv[1], "inside") == 0;
	if (argc > 2 ? shmmap_attach_name(&segment, argv[2])
		     : shmmap_attach(&segment)) {
		printf("can not attach: %s\n", shmmap_error());
		return 1;
	}
	if (is_inside)
		inside(segment);
	else
		outside(segment);
	puts("checked");
	shmmap_detach(segment);
	return 0;
}
C
seq 3 >three
run timeout 5 "$SHMMAP" -j1 -a three --attach ./wrong inside
is "a worker of --attach" "$status:$out:$err" "0::checked"
run timeout 5 "$SHMMAP" -a single './wrong outside; : {}'
is "a worker that is a process per job" "$status:$out$err" "0:checked"
run timeout 5 "$SHMMAP" -a single -j1 --attach \
	'SHMMAP_BOARD= SHMMAP_BOARD_FD=99 ./wrong outside
	SHMMAP_BOARD_FD=x ./wrong outside
	(unset SHMMAP_BOARD_FD; ./wrong outside); exec ./worker'
like "no board: a descriptor that is closed" "$err" \
	"^its text: 'SHMMAP_BOARD_FD: 99: No such file or directory'"
is "no board: nothing, or no number" "$(printf '%s\n' "$err" | tail -n 2)" \
	"checked${nl}checked"
is "and the job was done" "$status:$out" "0:1"
run timeout 5 "$SHMMAP" -a single -j1 --attach \
	'SHMMAP_BOARD=text SHMMAP_BOARD_FD=5 ./wrong outside 5<text
	exec ./worker'
like "no board: another file" "$err" \
	"^its text: 'SHMMAP_BOARD_FD: 5: no board"
is "and the job was done" "$status:$out" "0:1"
# where descriptors were closed on the way, or are other files by now
run timeout 5 "$SHMMAP" -k -j2 -a three --attach 'exec 3>&- 4>&- 5>&- 6>&-
	exec 7>&- 8>&- 9>&-; exec ./worker'
is "descriptors are closed: there is a path" "$status:$out:$err" \
	"0:1${nl}2${nl}3:"
run timeout 5 "$SHMMAP" -k -j2 -a three --attach 'exec 3<text 4<text 5<text
	exec 6<text 7<text 8<text 9<text; exec ./worker'
is "they are other files: there is a path" "$status:$out:$err" \
	"0:1${nl}2${nl}3:"
# a run inside such a worker has jobs of its own
cat >inside <<'SH'
seq 3 | "$SHMMAP" './wrong outside; : {}' >>got.inside 2>&1
exec ./worker
SH
run timeout 20 "$SHMMAP" -k -j1 -a three --attach sh inside
is "workers of a run inside a worker take none of its jobs" \
	"$status:$out:$err" "0:1${nl}2${nl}3:"
is "and find that they are none" "$(sort -u got.inside)" checked
name=$(new_token)
ok "a named segment" "$SHM" new "$name" x=f8
run ./wrong outside "$name"
is "outside of a run" "$status:$out$err" "0:checked"
"$SHM" rm "$name"

# ---- ends ----

taker endless <<'C'
#include <unistd.h>
static int work(struct shmmap *segment, struct shmmap_job *job)
{
	(void)segment;
	while (job->value == 3)
		pause();
	shmmap_emit(job, "x\n", 2);
	return 0;
}
C
for signal in INT TERM; do
	token=$(new_token)
	TOKEN=$token timeout 30 "$SHMMAP" -j2 --range 100 --attach ./endless \
		>got 2>errors &
	pid=$!
	wait_until 10 grep -q x got
	kill -s $signal $pid
	wait $pid 2>/dev/null
	no_process_left "$token" "$signal ends a job that never does"
done
token=$(new_token)
TOKEN=$token "$SHMMAP" -j2 --range 100 --attach ./endless >got 2>errors &
pid=$!
wait_until 10 grep -q x got
kill -s KILL $pid
wait $pid 2>/dev/null
no_process_left "$token" "the master is killed"
token=$(new_token)
TOKEN=$token timeout 30 "$SHMMAP" -k --range 4:1000000000000 \
	--attach ./endless 2>errors | head -n 1 >got
is "a reader that goes ends the run" "$(cat got)" x
no_process_left "$token" "and its workers"
done_testing
