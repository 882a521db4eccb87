#!/bin/sh
# A run that is halted ends, whatever its jobs, its slaves and its reader are at,
# and nothing of what has finished is lost by that.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"
. "$(dirname "$0")/called.sh"
. "$(dirname "$0")/attached.sh"

# ---- jobs and slaves that do not hear ----

# out_of_group: job 2 is in its slave's group; stop: its slave is stopped
cat >work <<'SH2'
#!/bin/sh
case $1 in
fail)
	until [ -e ready ]; do
		sleep 0.01
	done
	exit 3 ;;
out_of_group)
	exec perl -e 'setpgrp(0, getppid());
		open(my $f, ">", "ready"); close($f); sleep 1000' ;;
stop)
	kill -STOP $PPID
	touch ready
	exec sleep 1000 ;;
stop_and_end)
	kill -STOP $PPID
	touch ready ;;
esac
SH2
chmod +x work
for text in out_of_group stop stop_and_end; do
	rm -f ready
	token=$(new_token)
	TOKEN=$token start "$SHMMAP" -j2 --halt now --grace 0.2 ./work ::: \
		fail "$text" x 2>got.err
	ended
	is "now, $text: it ends" "$end" "exit 3"
	no_process_left "$token" "now, $text: none is left"
done

# nor does it wait for what is not a job's
run "$SHMMAP" -j1 --halt now --grace 100 --reduce \
	'cat; { until [ -e go ]; do sleep 0.02; done; touch gone; } >&2 &' \
	'echo {}; exit 1' ::: 1 2
is "now: what a command of --reduce leaves" "$status:$out" 1:1
touch go
ok "goes on" wait_until 20 test -e gone

# ---- workers that wait for each other ----

# all but one wait at the barrier that breaks when that one fails its job
program barrier <<'C'
#include <shmmap.h>
#include <unistd.h>
int main(void)
{
	struct shmmap *segment;
	struct shmmap_job *job;

	if (shmmap_attach(&segment))
		return 9;
	if (shmmap_rank(segment) == 0 && (job = shmmap_next(segment))) {
		usleep(300000);
		shmmap_done(job, 5);
	}
	return shmmap_barrier(segment) ? 1 : 0;
}
C
for when in soon now; do
	status_is "$when: workers that end with it are no failure of ours" 5 \
		"$SHMMAP" -j32 --halt "$when" --range 100 \
		--schedule dynamic,1 --attach ./barrier
	unlike "nor are they slaves that die" "$err" 'slaves die'
done

# jobs 1 to 10 are one slave's; the one that has job 15 waits for them
called ordered <<'C'
#include <fcntl.h>
#include <shmmap.h>
#include <signal.h>
#include <unistd.h>
int work(struct shmmap_job *job)
{
	if (job->number == 3) {
		while (access("waits", F_OK))
			usleep(1000);
		raise(SIGKILL);
	}
	if (job->number == 15) {
		close(creat("waits", 0600));
		if (shmmap_ordered_begin(job->segment))
			return 4;
		shmmap_ordered_end(job->segment);
	}
	shmmap_printf(job, "%lu\n", (unsigned long)job->number);
	return 0;
}
C
for schedule in dynamic static; do
	rm -f waits
	start "$SHMMAP" -k -j2 --schedule "$schedule,10" --range 40 \
		--halt soon --dlopen ./ordered.so >got 2>got.err
	ended
	is "soon, $schedule: what a dead slave leaves has no turn" \
		"$end: $(tr '\n' ' ' <got)" \
		"exit 137: 1 2 11 12 13 14 15 "
done

# ---- room ----

# Job 4 is never begun; job 15 needs the turn, as there can be no file.
called gap <<'C'
#include <fcntl.h>
#include <shmmap.h>
#include <unistd.h>
int work(struct shmmap_job *job)
{
	if (job->number == 3) {
		while (access("began", F_OK))
			usleep(1000);
		return 7;
	}
	if (job->number == 15) {
		close(creat("began", 0600));
		while (access("go", F_OK))
			usleep(1000);
		for (int i = 0; i < 400000; i++)
			shmmap_emit(job, "0123456789abcde\n", 16);
	}
	shmmap_printf(job, "%lu\n", (unsigned long)job->number);
	return 0;
}
C
rm -f began go
TMPDIR=$T/none start "$SHMMAP" -k -j2 --schedule dynamic,10 --range 40 \
	--halt soon --dlopen ./gap.so >got 2>got.err
ok "soon: it is told" wait_until 20 grep -q halt got.err
touch go
ended
is "a job that was not begun has no turn" \
	"$end: $(uniq got | tr '\n' ' ')" \
	"exit 7: 1 2 11 12 13 14 0123456789abcde 15 "

# Job 1 waits for a reader who takes nothing yet, and does not end by SIGTERM;
# 2 to 5 are finished.
called deaf <<'C'
#include <fcntl.h>
#include <shmmap.h>
#include <signal.h>
#include <unistd.h>
static void tell(int number)
{
	(void)number;
	close(creat("told", 0600));
}
int work(struct shmmap_job *job)
{
	signal(SIGTERM, tell);
	if (job->number == 6) {
		while (access("began", F_OK))
			usleep(1000);
		return 7;
	}
	for (int i = 0; job->number == 1 && i < 500000; i++) {
		shmmap_emit(job, "0123456789abcde\n", 16);
		if (i == 0)
			close(creat("began", 0600));
	}
	shmmap_printf(job, "%lu\n", (unsigned long)job->number);
	return 0;
}
C
mkfifo results
for options in "" -k "--backend thread" "-k --backend thread"; do
	rm -f began told
	{
		until [ -e told ]; do
			sleep 0.02
		done
		cat
	} <results | sort -n | uniq >got &
	reader=$!
	# shellcheck disable=SC2086 # words
	TMPDIR=$T/none start "$SHMMAP" $options -j2 --schedule dynamic,1 \
		--range 40 --halt now --grace 100 --dlopen ./deaf.so \
		>results 2>got.err
	ended
	wait "$reader"
	is "now $options: nothing is dropped, what is finished comes out" \
		"$end: $(tr '\n' ' ' <got)" \
		"exit 7: 1 2 3 4 5 0123456789abcde "
done

# what commands of --combine have printed is taken in pieces
started=$(now_ms)
run "$SHMMAP" -j2 --halt now --grace 60 --combine cat --reduce count \
	'[ {} != fail ] || exit 3; yes | head -c 2000000' ::: a b c d fail e
is "much that was combined" "$status:$((out >= 3000000))" 3:1
le "does not wait for the grace time" $(($(now_ms) - started)) 50000

# ---- what is to be said ----

called third <<'C'
#include <shmmap.h>
int work(struct shmmap_job *job)
{
	return job->number == 3 ? 3 : 0;
}
C
failed="shmmap: job 3: ./third.so: returned 3, its text was '2'"
for options in "--schedule dynamic,20" "--schedule dynamic,1" --debug; do
	# shellcheck disable=SC2086 # words
	run "$SHMMAP" -j1 --halt soon --range 20 $options --dlopen ./third.so
	is "$options: that others are not begun" "$err" \
		"$failed${nl}shmmap: --halt: 1 job has failed, no more are begun"
	for when in soon now; do
		# shellcheck disable=SC2086 # words
		run "$SHMMAP" -j1 --halt "$when" --range 3 $options \
			--dlopen ./third.so
		is "$options: $when: nothing, when it is the last" "$err" \
			"$failed"
	done
done

done_testing
