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
		"$end: $(echo $(cat got))" "exit 137: 1 2 11 12 13 14 15"
done

done_testing
