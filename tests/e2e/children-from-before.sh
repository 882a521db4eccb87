#!/bin/sh
# A child that shmmap had before it was shmmap, such as a shell leaves it when it
# execs, is none of its own: it is neither waited for nor killed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

seq 4 >jobs

# begin WORD...: such a run, by a shell that has a child
begin()
{
	rm -f began.* child
	token=$(new_token)
	TOKEN=$token start sh -c '
		sleep 1000 >/dev/null 2>&1 &
		echo $! >child
		exec "$@"' sh "$SHMMAP" "$@" <jobs >got 2>got.err
}

# spared DESCRIPTION: so it was, and was the only one
spared()
{
	not_ok "$1: the child lives on" is_gone "$(cat child)"
	kill -9 "$(cat child)"
	no_process_left "$token" "$1: nothing else does"
}

for options in "-j2" "-k -j2"; do
	begin $options echo
	ended
	is "$options: the run ends" "$end" "exit 0"
	is "$options: all jobs ran" "$(sort got)" "$(cat jobs)"
	spared "$options: at the end of the run"
done

# when what a dead slave leaves is looked for
begin -k -j2 sh -c '
	if [ "$1" = 2 ]; then
		kill -9 $PPID
		exec sleep 1000
	fi
	echo "$1"' sh
ended
is "a slave dies: the run goes on and ends" "$end" "exit 137"
is "a slave dies: the other jobs ran" "$(cat got)" "1${nl}3${nl}4"
spared "a slave dies"

# when what is left gets the signal, and time
begin -j2 --grace 1000 sh -c 'touch began.$1; exec sleep 1000' sh
ok "two jobs run" wait_until 20 test -e began.1 -a -e began.2
kill -s TERM "$master"
ended
is "a signal: the run ends" "$end" "signal 15"
spared "a signal"

# when all that is left is killed
begin -j2 --grace 0.1 sh -c '
	trap "" TERM
	touch began.$1
	while :; do sleep 1000; done' sh
ok "two jobs run that stay" wait_until 20 test -e began.1 -a -e began.2
kill -s TERM "$master"
ended
is "jobs that are killed: the run ends" "$end" "signal 15"
spared "jobs that are killed"

# its own end is nobody's either
begin -k -j2 sh -c '
	touch began.$1
	until [ -e go ]; do
		sleep 0.02
	done
	echo $1' sh
ok "jobs run beside it" wait_until 20 test -e began.1 -a -e began.2
kill -9 "$(cat child)"
ok "it ends before the run" wait_until 20 is_gone "$(cat child)"
touch go
ended
is "it ends: the run does not mind" "$end:$(cat got)" "exit 0:$(cat jobs)"
is "it ends: no word of it" "$(cat got.err)" ""
no_process_left "$token" "it ends: nothing is left"
done_testing
