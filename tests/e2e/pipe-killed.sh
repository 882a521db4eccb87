#!/bin/sh
# --pipe: a slave that dies while it feeds a job loses that job, which is named,
# and nothing else; one that has not begun its job yet loses nothing, and who
# comes after it feeds the block.
# shellcheck disable=SC2016 # the lines are for shells that shmmap runs
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"
. "$(dirname "$0")/no-room.sh"

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

seq 1000 1999 >lines
for options in "-j2 --block 5" "-k -j2 --block 5" \
	"-k -j2 -a lines --block -500"; do
	# shellcheck disable=SC2086 # words
	killed_without_room "$options" "$SHMMAP" $options --pipe '
		echo >>ran
		read x <bulk
		read line
		echo $line $x' <lines
	sort got >told
	same "$options: all blocks are read, once" told lines
done
done_testing
