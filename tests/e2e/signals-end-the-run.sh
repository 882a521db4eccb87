#!/bin/sh
# INT, TERM and HUP: no new jobs; those that run get the signal, and after the
# grace time KILL. shmmap dies by the same signal. Nothing is left.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

seq 20 >jobs

# Job 1 ends; then two run, and show what signal they get.
cat >listen <<'SH'
#!/bin/sh
for name in INT TERM HUP; do
	trap "touch got.$name.$1; exit 9" $name
done
echo "begin $1"
[ "$1" != 1 ] || exit 0
touch "began.$1"
while :; do
	sleep 0.02
done
SH

# the same, but it stays
sed 's/; exit 9//' listen >stay

# a program that has never heard of signals, with a child
cat >plain <<'SH'
#!/bin/sh
sleep 1000 &
touch "began.$1"
exec sleep 1000
SH
chmod +x listen stay plain

begin()
{
	rm -f began.* got.*
	token=$(new_token)
	TOKEN=$token start "$SHMMAP" "$@" <jobs >got 2>got.err
}

for signal in 2:INT 15:TERM 1:HUP; do
	number=${signal%:*} name=${signal#*:}

	begin -j2 --grace 1000 ./listen
	ok "$name: two jobs run" wait_until 20 test -e began.2 -a -e began.3
	kill -s "$name" "$master"
	ended
	is "$name: shmmap dies by it" "$end" "signal $number"
	ok "$name: the jobs got it" test -e "got.$name.2" -a -e "got.$name.3"
	is "$name: no further job began" "$(ls began.*)" "began.2${nl}began.3"
	ok "$name: the result from before is there" grep -q -x "begin 1" got
	no_process_left "$token" "$name: no process is left"

	# whose child the shell has made ignore INT
	begin -j2 --grace 0.5 ./plain
	wait_until 20 test -e began.1 -a -e began.2
	kill -s "$name" "$master"
	ended
	is "$name: jobs that do not look at signals end" "$end" "signal $number"
	no_process_left "$token" "$name: nor do their children stay"

	begin -j2 --grace 1000 ./stay
	wait_until 20 test -e began.2 -a -e began.3
	kill -s "$name" "$master"
	ok "$name: jobs may stay for the grace time" \
		wait_until 20 test -e "got.$name.2" -a -e "got.$name.3"
	not_ok "$name: and shmmap waits for them" is_gone "$master"
	kill -s "$name" "$master"
	ended
	is "$name: a second one kills at once" "$end" "signal $number"
	no_process_left "$token" "$name: none is left then"
done

begin -j2 --grace 0.5 ./stay
wait_until 20 test -e began.2 -a -e began.3
asked=$(now_ms)
kill -s TERM "$master"
ended
after=$(now_ms)
is "after the grace time" "$end" "signal 15"
le "it was not cut short (ms)" 500 $((after - asked))
le "and not much longer (ms)" $((after - asked)) 10000
no_process_left "$token" "jobs that stay are killed"

# The terminal signals the whole group: that is for the master to pass on, and
# the jobs still have the grace time.
cat >leave <<'SH'
#!/bin/sh
trap 'touch "got.INT.$1"' INT
touch "began.$1"
until [ -e leave.now ]; do
	sleep 0.02
done
touch "left.$1"
SH
chmod +x leave
rm -f left.* leave.now
begin -j2 --grace 1000 ./leave
wait_until 20 test -e began.1 -a -e began.2
kill -s INT -- "-$master"
ok "INT to the group: the jobs get it" \
	wait_until 20 test -e got.INT.1 -a -e got.INT.2
touch leave.now
ended
is "INT to the group: shmmap dies by it" "$end" "signal 2"
ok "INT to the group: the jobs came to their end" \
	test -e left.1 -a -e left.2
is "INT to the group: quietly" "$(cat got.err)" ""
no_process_left "$token" "INT to the group: no process is left"

# with another signal, the jobs get the first and shmmap dies by the first
begin -k -j2 --grace 1000 ./stay
wait_until 20 test -e began.2 -a -e began.3
kill -s INT "$master"
wait_until 20 test -e got.INT.2 -a -e got.INT.3
kill -s TERM "$master"
ended
like "INT, then TERM: dies by one of them" "$end" '^signal (2|15)$'
no_process_left "$token" "INT, then TERM: at once"

# while the reader of the results is blocked
mkfifo pipe

# begin_blocked WORD...: such a run
begin_blocked()
{
	rm -f began.* pid.* slave.*
	token=$(new_token)
	exec 4<>pipe
	TOKEN=$token start "$SHMMAP" "$@" <jobs >pipe 2>got.err 4>&-
}

# end_blocked DESCRIPTION SIGNAL NUMBER
end_blocked()
{
	kill -s "$2" "$master"
	ended
	exec 4>&-
	is "$1: a blocked reader holds nothing up" "$end" "signal $3"
	no_process_left "$token" "$1: no process is left"
}

# with one slave, a result goes out while its job runs
for options in "-k -j2" "-j1"; do
	begin_blocked $options --grace 1000 sh -c '
		echo $$ >pid.new.$1
		mv pid.new.$1 pid.$1
		exec yes' sh
	ok "$options: a job prints" wait_until 20 test -e pid.1
	ok "$options: more than anybody takes" \
		wait_until 20 is_state "$(cat pid.1)" S
	end_blocked "$options" TERM 15
done

# Job 1 has ended, and most of its result is still there; those after it wait
# for room, or have ended as well.
for options in "-k -j2" "-j2"; do
	begin_blocked $options --grace 1000 sh -c '
		echo $$ >pid.new.$1
		mv pid.new.$1 pid.$1
		exec head -c 200000 /dev/zero' sh
	ok "$options, jobs that ended: there is one" wait_until 20 test -e pid.1
	ok "$options, jobs that ended: it has" \
		wait_until 20 is_gone "$(cat pid.1)"
	end_blocked "$options, jobs that ended" TERM 15
done
seq 1 >jobs
for options in "-k -j2" "-j2"; do
	begin_blocked $options --grace 1000 sh -c '
		echo $$ >pid.new.$1
		mv pid.new.$1 pid.$1
		exec head -c 200000 /dev/zero' sh
	wait_until 20 test -e pid.1
	ok "$options, nothing runs: all jobs have ended" \
		wait_until 20 is_gone "$(cat pid.1)"
	end_blocked "$options, nothing runs" INT 2
done

# A message that waits behind results which nobody takes comes without them.
is_reaped()
{
	! [ -e "/proc/$1" ]
}
seq 200 >jobs
begin_blocked -k -j2 --grace 1000 sh -c '
	if [ "$1" != 200 ]; then
		printf "%01000d" 0
		exit
	fi
	echo $PPID >slave.200
	exec sleep 1000' sh
ok "a message: the last job runs" wait_until 20 test -s slave.200
kill -9 "$(cat slave.200)"
ok "a message: its slave dies" wait_until 20 is_reaped "$(cat slave.200)"
end_blocked "a message" TERM 15
like "a message does not get lost behind results" "$(cat got.err)" \
	"^shmmap: job 200: .*signal 9"
is "nor is there another" "$(wc -l <got.err)" 1

# while the reader of the errors is blocked
seq 20 >jobs
for options in "-k -j2" "-j1"; do
	rm -f pid.*
	token=$(new_token)
	exec 4<>pipe
	TOKEN=$token start "$SHMMAP" $options --grace 1000 sh -c '
		echo $$ >pid.new.$1
		mv pid.new.$1 pid.$1
		exec yes >&2' sh <jobs >got 2>pipe 4>&-
	ok "$options, errors: a job prints" wait_until 20 test -e pid.1
	ok "$options, errors: more than anybody takes" \
		wait_until 20 is_state "$(cat pid.1)" S
	end_blocked "$options, errors" TERM 15
done

# before there is any input
mkfifo input
exec 4<>input
token=$(new_token)
TOKEN=$token start "$SHMMAP" -a input -j2 echo >got 4>&-
echo one >&4
ok "a job ran" wait_until 20 grep -q one got
kill -s TERM "$master"
ended
is "while it waits for input" "$end" "signal 15"
no_process_left "$token" "slaves without work end too"
done_testing
