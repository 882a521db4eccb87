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
exec 4<>pipe
rm -f began.*
token=$(new_token)
TOKEN=$token start "$SHMMAP" -k -j2 sh -c 'touch began.$1; exec yes' sh \
	<jobs >pipe 4>&-
ok "jobs print more than the pipe takes" wait_until 20 test -e began.1
kill -s TERM "$master"
ended
exec 4>&-
is "a blocked reader holds nothing up" "$end" "signal 15"
no_process_left "$token" "nor are its jobs left"

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
