#!/bin/sh
# --halt ends a run before all of its jobs have been run: exactly then, and with
# the results of all that have finished.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"
. "$(dirname "$0")/called.sh"

called_worker

# text of a job: fail..., and what its worker waits for
cat >work <<'SH'
#!/bin/sh
touch "began.$1"
case $1 in
fail*) exit "${1#fail}" ;;
wait*)
	echo "part of $1"
	until [ -e go ]; do
		sleep 0.01
	done ;;
esac
echo "$1"
SH
chmod +x work

# ---- one slave: to the job ----

seq 20 | sed 's/^[369]$/fail&/; s/^1[258]$/fail&/' >jobs
# halted WHY LAST: the jobs up to that one are run, and no other
halted()
{
	head -n "$2" jobs >first
	grep -v fail first >wanted
	for when in soon now; do
		rm -f began.*
		# shellcheck disable=SC2046 # words
		run "$SHMMAP" -k -j1 --halt "$when,$1" ./work ::: $(cat jobs)
		is "$when,$1: begun" "$(ls began.* | wc -l)" "$2"
		same "$when,$1: their results" "$out_file" wanted
		for options in "--schedule dynamic,1" "--schedule dynamic,7" \
			"--schedule static" "" "--backend thread" --debug; do
			# shellcheck disable=SC2086,SC2046 # words
			run "$SHMMAP" -k -j1 --halt "$when,$1" $options \
				--dlopen ./fails.so ::: $(cat jobs)
			same "$when,$1: dlopen $options" "$out_file" wanted
		done
	done
}
called fails <<'C'
#include <shmmap.h>
#include <string.h>
int work(struct shmmap_job *job)
{
	if (strncmp(job->text, "fail", 4) == 0)
		return 3;
	shmmap_emit(job, job->text, strlen(job->text));
	shmmap_emit(job, "\n", 1);
	return 0;
}
C
halted fail=1 3
halted fail=3 9
halted fail=5 15
halted success=1 1
halted success=5 7
halted done=1 1
halted done=10 10
halted fail=20% 12
halted success=50% 14
halted done=36% 8
halted done=100% 20
halted fail=20 20
halted fail=18446744073709551614 20

# ---- statuses and messages ----

status_is "fail: status of the first that failed" 3 \
	"$SHMMAP" -j1 --halt soon,fail=2 -a jobs ./work
is "and what is to be said" "$err" "shmmap: job 3: ./work: exited with status 3
shmmap: job 6: ./work: exited with status 6
shmmap: --halt: 2 jobs have failed, no more are begun"
status_is "done: likewise" 3 "$SHMMAP" -j1 --halt soon,done=4 -a jobs ./work
is "done is what was asked for" "$err" \
	"shmmap: job 3: ./work: exited with status 3"
status_is "success: 0, whatever has failed" 0 \
	"$SHMMAP" -j1 --halt now,success=4 -a jobs ./work
status_is "not so many succeed" 3 \
	"$SHMMAP" -j1 --halt now,success=15 -a jobs ./work
status_is "never" 3 "$SHMMAP" -k -j1 --halt never -a jobs ./work
is "all are run" "$(wc -l <"$out_file")" 14
printf 'a\nfail4\n' >two
status_is "the last job fails" 4 "$SHMMAP" -j1 --halt soon -a two ./work
is "nothing is left that would not be begun" "$err" \
	"shmmap: job 2: ./work: exited with status 4"
for word in 1:soon,fail=1 2:now,fail=1 -1:soon,success=1 -2:now,success=1 \
	0:never 20%:soon,fail=20% soon:soon,fail=1 now:now,fail=1; do
	"$SHMMAP" -k -j1 --halt "${word%%:*}" -a jobs ./work >short 2>short.err
	run "$SHMMAP" -k -j1 --halt "${word#*:}" -a jobs ./work
	same "${word%%:*} is ${word#*:}" short "$out_file"
done
is "a range's number is known" "$("$SHMMAP" -k -j1 --halt soon,fail=25% \
	--range 9 'echo {}; exit 1' 2>/dev/null)" "0${nl}1${nl}2"
is "that of lists as well" "$("$SHMMAP" -k -j1 --halt now,done=50% \
	echo ::: a b ::: 1 2)" "a 1${nl}a 2"
{
	seq 5
	until [ -e third ]; do
		sleep 0.01
	done
	seq 6 20
} | "$SHMMAP" -k -j1 --halt soon,fail=15% \
	'[ {} != 3 ] || touch third; echo {}; exit 2' >got 2>got.err
le "that of what is read when all is read" 3 "$(wc -l <got)"
like "then it counts what has failed before" "$(cat got.err)" \
	'halt: [0-9]* jobs have failed'

# ---- several slaves ----

# soon: what runs goes on
rm -f began.* go
{
	printf '%s\n' wait1 wait2 fail3
	seq 100
} >soon
start "$SHMMAP" -j3 --halt soon,fail=1 -a soon ./work >got 2>got.err
ok "soon: one fails" wait_until 20 test -e began.fail3
ok "it is told" wait_until 20 grep -q halt got.err
touch go
ended
is "soon: status" "$end" "exit 3"
is "those that ran have their results" "$(sort got)" \
	"part of wait1${nl}part of wait2${nl}wait1${nl}wait2"

# now: it is ended, and has no result
for options in -k -k\ --reduce\ concat "" "--reduce concat"; do
	rm -f began.* go
	printf '%s\n' a wait2 b wait4 fail5 c d e f g >now
	token=$(new_token)
	# shellcheck disable=SC2086 # words
	TOKEN=$token start "$SHMMAP" $options -j3 --halt now,fail=1 -a now \
		./work >got 2>got.err
	ended
	is "now $options: status" "$end" "exit 5"
	no_process_left "$token" "now $options: none is left"
	# concat has all in one line; with -k the turn was job 2's for a while
	is "what has finished has its result" \
		"$(tr ' ' '\n' <got | grep -x '[ab]' | sort)" "a${nl}b"
	is "what is ended has none" "$(grep -c -x 'wait.*' got)" 0
	[ "$options" = -k ] || [ "$options" = "-k --reduce concat" ] ||
		is "nor a part of it" "$(grep -c wait got)" 0
	is "those that are ended are no failures" \
		"$(grep -c 'job [24]' got.err)" 0
	is "nor is one begun" "$(ls began.[cdefg] 2>/dev/null)" ""
	like "it is told" "$(cat got.err)" "1 job has failed, the others are"
done
printf '%s\n' wait1 wait2 b c d >now
run "$SHMMAP" -j3 --halt now,success=2 -a now ./work
is "now, success: only what was looked for" "$status:$out:$err" "0:b${nl}c:"

# a job that does not listen, and one that has left its group
cat >deaf <<'SH'
#!/bin/sh
trap '' TERM
[ "$1" != 3 ] || { until [ -e sleeping ]; do sleep 0.01; done; exit 9; }
[ "$1" != 2 ] || setsid sh -c 'trap "" TERM; touch sleeping; sleep 1000'
while :; do
	sleep 0.02
done
SH
chmod +x deaf
token=$(new_token)
TOKEN=$token start "$SHMMAP" -j3 --grace 0.2 --halt now ./deaf ::: 1 2 3 4 \
	>got 2>got.err
ended
is "now: killed when the grace time is over" "$end" "exit 9"
no_process_left "$token" "and what it has begun"

# a signal while it waits for the jobs
rm -f sleeping
token=$(new_token)
TOKEN=$token start "$SHMMAP" -j3 --grace 1000 --halt now ./deaf ::: 1 2 3 4 \
	>got 2>got.err
ok "they are being ended" wait_until 20 grep -q halt got.err
kill "$master"
kill -INT "$master"
ended
is "a signal ends it at once" "${end%% *}" signal
no_process_left "$token" "and leaves nothing"

# ---- batches ----

# jobs 1 to 10 are one slave's, 11 to 20 the other's
called batches <<'C'
#include <fcntl.h>
#include <shmmap.h>
#include <unistd.h>
int work(struct shmmap_job *job)
{
	if (job->number == 5) {
		close(creat("began", 0600));
		while (access("go", F_OK))
			usleep(1000);
	}
	if (job->number == 15) {
		while (access("began", F_OK))
			usleep(1000);
		return 6;
	}
	shmmap_printf(job, "%lu\n", (unsigned long)job->number);
	return 0;
}
C
for reduce in "" "--reduce concat"; do
	for backend in process thread; do
		rm -f go began
		# shellcheck disable=SC2086 # words
		start "$SHMMAP" -k -j2 --schedule dynamic,10 --range 1000 $reduce \
			--backend $backend --halt soon --dlopen ./batches.so \
			>got 2>got.err
		ok "soon, $backend: it is told" wait_until 20 grep -q halt got.err
		touch go
		ended
		is "soon, $backend: status" "$end" "exit 6"
		is "no job of a batch is begun, all that are done come out" \
			"$(tr '\n' ' ' <got)" "1 2 3 4 5 11 12 13 14 "
		rm -f go began
		# shellcheck disable=SC2086 # words
		start "$SHMMAP" -k -j2 --schedule dynamic,10 --range 1000 $reduce \
			--backend $backend --halt now --dlopen ./batches.so \
			>got 2>got.err
		ended
		is "now, $backend: status" "$end" "exit 6"
		is "the job that runs is ended" "$(tr '\n' ' ' <got)" \
			"1 2 3 4 11 12 13 14 "
	done
done

# a filter that is ended has answered some; else it answers what it was given
cat >slow.awk <<'AWK'
$1 == 7 { while (system("[ ! -e gone ] && sleep 0.02") == 0); }
{ print; fflush() }
AWK
seq 20 >lines
start "$SHMMAP" -k -j1 --schedule dynamic,20 --halt now,done=6 -a lines \
	--filter awk -f slow.awk >got 2>got.err
ended
is "now: a filter's answers come out" "$end:$(wc -l <got)" "exit 0:6"
start "$SHMMAP" -k -j1 --schedule dynamic,20 --halt soon,done=6 -a lines \
	--filter awk -f slow.awk >got 2>got.err
ok "soon: they do" wait_until 20 sh -c '[ $(wc -l <got) = 6 ]'
touch gone
ended
is "and it answers what it has been given" "$end:$(wc -l <got)" "exit 0:20"

# blocks
seq 1000 | "$SHMMAP" -k -j1 --pipe --block 100 --halt soon,done=3 \
	'wc -l; exit 1' >got 2>got.err
is "blocks are jobs" "$(wc -l <got):$(grep -c job got.err)" 3:3

# ---- what else may happen ----

# a reader who takes his time gets all of it
"$SHMMAP" -k -j2 --halt soon,done=30 --range 1000 \
	'head -c 100000 /dev/zero | tr "\0" x; echo; : {}' 2>got.err |
	{ sleep 0.5; cat; } >got
le "a slow reader: all that has finished" 30 "$(wc -l <got)"
is "all of each" "$(sort -u got | wc -c)" 100001

# a slave that is killed has failed its job
run "$SHMMAP" -j1 --halt soon,fail=1 \
	'[ {} != 3 ] || kill -9 $PPID; echo {}' ::: 1 2 3 4
is "a dead slave counts" "$status:$out" "137:1${nl}2"

# reductions and steps
cat >plan.yaml <<'YAML'
slaves: 1
ordered: true
arrays: {n: {dtype: i8, scope: reduction(sum), save: n.npy}}
steps:
- jobs: {range: 0:10}
  halt: soon,success=3
  worker: '"$SHM" add n 1 >/dev/null; echo a{}; [ {} -gt 2 ]'
- jobs: {range: 0:10}
  halt: now,done=2
  worker: '"$SHM" add n 1 >/dev/null; echo b{}'
- jobs: {range: 0:10}
  halt: now
  worker: echo c{}; exit 4
- jobs: [x]
  worker: echo
YAML
export SHM
run "$SHMMAP" --spec plan.yaml
is "each step has its own" "$(echo $out)" "a0 a1 a2 a3 a4 a5 b0 b1 c0"
is "who fails ends the run" "$status" 4

# ---- what it may be ----

for word in '' x never, never,fail=1 soon, soon,fail soon,fail= soon,fail=0 \
	soon,fail=-1 soon,fail=x soon,fail=1x soon,fail=0% soon,fail=101% \
	soon,fail=1.5% soon,fail=18446744073709551615 soon,failed=1 \
	later,fail=1 now,fail=1,done=2 3 -3 0% 101% % Soon; do
	status_is "--halt '$word'" 125 "$SHMMAP" --halt "$word" touch ran
	like "it is told" "$err" "^shmmap: --halt: '$word' is not never, soon"
done
not_ok "nothing was run" test -e ran

done_testing
