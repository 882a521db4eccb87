#!/bin/sh
# --pipe: a slave that dies while it feeds a job loses that job, which is named,
# and nothing else; one that has not begun its job yet loses nothing, and who
# comes after it feeds the block.
# shellcheck disable=SC2016 # the lines are for shells that shmmap runs
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

head -c 3000000 /dev/zero | tr '\0' 'y' | fold -w 99 >input

kill_own='
	if [ "$SHMMAP_JOB" = 3 ]; then
		head -n 1 >/dev/null
		kill -9 $PPID
		exec sleep 1000
	fi
	wc -l'
for options in "-j1 --block 500k" "-k -j3 --block 500k" \
	"-j1 -a input --block -7" "-k -j2 -a input --block -3"; do
	token=$(new_token)
	TOKEN=$token run timeout 60 "$SHMMAP" $options --pipe \
		sh -c "$kill_own" <input
	no_process_left "$token" "slave killed, $options: its job is gone"
	is "slave killed, $options: status" "$status" 137
	like "slave killed, $options: the job is named" "$err" \
		"^shmmap: job 3: .*signal 9.*'block 3'"
	is "slave killed, $options: once" "$(wc -l <"$err_file")" 1
	case $options in
	*-3) wanted=5 ;;
	*) wanted=6 ;;
	esac
	is "slave killed, $options: the others ran once" \
		"$(wc -l <"$out_file")" $wanted
done
# more of them than fit into the arena
run timeout 100 "$SHMMAP" -j2 --pipe --block 30k '
	case $SHMMAP_JOB in *5) kill -9 $PPID; exec sleep 1000 ;; esac
	wc -l' <input
is "many die: each is named" \
	"$(sed -n 's/^shmmap: job \([0-9]*\): .*/\1/p' "$err_file" | sort -n)" \
	"$(seq 5 10 101)"
is "many die: the others run" "$(wc -l <"$out_file")" 92

# waits_for_room PID...: as in slave-killed.sh
waits_for_room()
{
	wc -l <ran >ran.then
	for pid in "$@"; do
		[ -z "$(children "$pid")" ] && is_state "$pid" S &&
			[ -z "$(children "$pid")" ] || return 1
	done
	[ "$(wc -l <ran)" -eq "$(cat ran.then)" ]
}
seq 1000 1999 >lines
head -c 2000 /dev/zero | tr '\0' x >bulk
mkfifo pipe
for options in "-j2 --block 5" "-k -j2 --block 5" \
	"-k -j2 -a lines --block -500"; do
	: >ran
	exec 4<>pipe
	start "$SHMMAP" $options --pipe '
		echo >>ran
		read x <bulk
		read line
		echo $line $x' <lines >pipe 2>got.err 4>&-
	ok "$options: jobs run" wait_until 20 test -s ran
	slaves=$(children "$master")
	ok "$options: slaves have no room for another result" \
		wait_until 30 waits_for_room $slaves
	le "$options: before all jobs ran" "$(wc -l <ran)" 999
	kill -9 $slaves
	exec 5<pipe
	exec 4>&-
	cut -d ' ' -f 1 <&5 | sort >got
	exec 5<&-
	ended
	is "$options: their deaths fail no job" "$end" "exit 0"
	same "$options: all blocks are read, once" got lines
done
done_testing
