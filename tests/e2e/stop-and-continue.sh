#!/bin/sh
# Stopped from the terminal, shmmap stops its slaves, so that they begin nothing,
# and its jobs; continued, all goes on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

seq 9 >jobs
stopped()
{
	is_state "$master" T || return 1
	# D: a shell whose vforked child was stopped before it could exec
	for pid in $(cat pid.1 pid.2) $(children "$master"); do
		case $(state "$pid") in
		T | D) ;;
		*) return 1 ;;
		esac
	done
}

running()
{
	for pid in $master $(cat pid.1 pid.2); do
		case $(state "$pid") in
		"" | T) return 1 ;;
		esac
	done
}

for options in "-j2" "-k -j2"; do
	rm -f pid.* go
	start "$SHMMAP" $options sh -c '
		echo $$ >pid.new.$1
		mv pid.new.$1 pid.$1
		until [ -e go ]; do
			sleep 0.02
		done
		echo $1' sh <jobs >got 2>got.err
	ok "$options: jobs run" wait_until 20 test -e pid.1 -a -e pid.2
	for round in first second; do
		kill -s TSTP "$master"
		ok "$options: $round time: shmmap and its jobs stop" \
			wait_until 20 stopped
		kill -s CONT "$master"
		ok "$options: $round time: and continue" wait_until 20 running
	done
	kill -s TSTP "$master"
	wait_until 20 stopped
	touch go
	is "$options: nothing is printed meanwhile" "$(cat got)" ""
	kill -s CONT "$master"
	ended
	is "$options: the run succeeds" "$end" "exit 0"
	is "$options: results are whole" "$(sort -n got)" "$(cat jobs)"
	is "$options: no message" "$(cat got.err)" ""
done

# by SIGSTOP, which nobody can see coming
rm -f pid.* go
start "$SHMMAP" -k -j2 'touch pid.{}; until [ -e go ]; do sleep 0.02; done; echo {}' \
	<jobs >got 2>got.err
wait_until 20 test -e pid.1 -a -e pid.2
kill -s STOP "$master"
ok "SIGSTOP: shmmap stops" wait_until 20 is_state "$master" T
touch go
kill -s CONT "$master"
ended
is "SIGSTOP: the run succeeds" "$end" "exit 0"
same "SIGSTOP: results are whole" got jobs

# a stopped run that is ended
rm -f pid.*
token=$(new_token)
TOKEN=$token start "$SHMMAP" -j2 sh -c 'echo $$ >pid.$1; exec sleep 1000' sh \
	<jobs >got 2>got.err
wait_until 20 test -s pid.1 -a -s pid.2
kill -s TSTP "$master"
wait_until 20 stopped
kill -s TERM "$master"
kill -s CONT "$master"
ended
is "ended while stopped" "$end" "signal 15"
no_process_left "$token"
token=$(new_token)
rm -f pid.*
TOKEN=$token start "$SHMMAP" -j2 sh -c 'echo $$ >pid.$1; exec sleep 1000' sh \
	<jobs >got 2>got.err
wait_until 20 test -s pid.1 -a -s pid.2
kill -s TSTP "$master"
wait_until 20 stopped
kill -9 "$master"
ended
no_process_left "$token" "killed while stopped: none is left"

# jobs that somebody else has stopped
rm -f pid.*
token=$(new_token)
TOKEN=$token start "$SHMMAP" -j2 --grace 1000 sh -c '
	echo $$ >pid.$1
	exec sleep 1000' sh <jobs >got 2>got.err
wait_until 20 test -s pid.1 -a -s pid.2
kill -s STOP $(cat pid.1 pid.2)
kill -s TERM "$master"
ended
is "stopped jobs get the signal that ends the run" "$end" "signal 15"
no_process_left "$token" "stopped jobs end with it"

# and slaves
rm -f slave.*
token=$(new_token)
TOKEN=$token start "$SHMMAP" -j2 --grace 1000 sh -c '
	echo $PPID >slave.$1
	exec sleep 1000' sh <jobs >got 2>got.err
wait_until 20 test -s slave.1 -a -s slave.2
kill -s STOP "$(cat slave.1)"
ok "a slave is stopped" wait_until 20 is_state "$(cat slave.1)" T
kill -s TERM "$master"
ended
is "a stopped slave holds no end up" "$end" "signal 15"
no_process_left "$token" "a stopped slave ends with the run"
done_testing
