#!/bin/sh
# A signal that is ignored when shmmap starts, as nohup does it, stays ignored,
# for shmmap and for the jobs.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

seq 6 >jobs
for name in HUP INT TERM; do
	rm -f began.* go
	IGNORE=$name start "$SHMMAP" -k -j2 '
		touch began.{}
		until [ -e go ]; do
			sleep 0.02
		done
		echo {}' <jobs >got 2>got.err
	ok "$name: jobs run" wait_until 20 test -e began.1 -a -e began.2
	kill -s $name "$master"
	kill -s $name "$master"
	kill -s $name $(children "$master")
	touch go
	ended
	is "$name: the run goes on" "$end" "exit 0"
	same "$name: with all its jobs" got jobs
	is "$name: quietly" "$(cat got.err)" ""
done

# the very state of signals that shmmap found
signals()
{
	grep -E '^Sig(Blk|Ign|Cgt):' /proc/self/status
}
for name in HUP INT QUIT TERM PIPE CHLD USR1 TSTP XFSZ; do
	is "a job ignores $name if shmmap did" \
		"$(trap '' $name; echo /proc/self/status |
			"$SHMMAP" grep -E '^Sig(Blk|Ign|Cgt):')" \
		"$(trap '' $name; signals)"
done
is "a job finds the actions and the mask of signals that shmmap found" \
	"$(echo /proc/self/status | "$SHMMAP" grep -E '^Sig(Blk|Ign|Cgt):')" \
	"$(signals)"

# who ignores CHLD has no children to wait for: the kernel reaps them
IGNORE=CHLD start "$SHMMAP" -k -j2 'echo {}; exit {}' <jobs >got 2>got.err
ended
is "CHLD ignored: the exit statuses are there" "$end" "exit 1"
is "CHLD ignored: of all jobs" "$(sed 's/.*job \([0-9]*\): .* /\1: /' got.err)" \
	"$(seq 6 | sed 's/.*/&: &/')"
IGNORE=CHLD start "$SHMMAP" -k perl -e 'print $SIG{CHLD} // "default", "\n"' \
	<jobs >got 2>got.err
ended
is "CHLD ignored: a job can wait for its children" "$(sort -u got)" default

if has nohup; then
	start nohup "$SHMMAP" -k -j2 'touch up.{}; until [ -e down ]; do sleep 0.02; done; echo {}' \
		<jobs >got 2>got.err
	wait_until 20 test -e up.1
	kill -s HUP "$master"
	touch down
	ended
	is "nohup" "$end" "exit 0"
	same "nohup: all results" got jobs
fi
done_testing
