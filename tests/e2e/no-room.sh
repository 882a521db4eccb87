# no-room.sh - for tests that kill slaves which have claimed a job and not begun
# it, for want of room for another result; sourced after processes.sh
#
#	killed_without_room OPTIONS COMMAND [ARG]...
#			COMMAND is a run (with OPTIONS, which the checks name) of
#			1000 jobs at most, each of which appends a line to ./ran
#			and then prints a line of a word, a blank and what
#			./bulk has. Nobody reads until no slave has room; then
#			all are killed, and what comes is read. That fails no
#			job. ./got has the words, ./got.err what was said.
#			Redirections of it are COMMAND's.

head -c 2000 /dev/zero | tr '\0' x >bulk
mkfifo pipe

# waits_for_room PID...: they sleep and have no job; one that began in between
# would show as a process or as a line in ran
waits_for_room()
{
	wc -l <ran >ran.then
	for pid in "$@"; do
		[ -z "$(children "$pid")" ] && is_state "$pid" S &&
			[ -z "$(children "$pid")" ] || return 1
	done
	[ "$(wc -l <ran)" -eq "$(cat ran.then)" ]
}

killed_without_room()
{
	room_what=$1
	shift
	: >ran
	exec 4<>pipe
	start "$@" >pipe 2>got.err 4>&-
	ok "$room_what: jobs run" wait_until 20 test -s ran
	slaves=$(children "$master")
	# shellcheck disable=SC2086 # pids
	ok "$room_what: slaves have no room for another result" \
		wait_until 30 waits_for_room $slaves
	le "$room_what: before all jobs ran" "$(wc -l <ran)" 999
	# shellcheck disable=SC2086 # pids
	kill -9 $slaves
	exec 5<pipe
	exec 4>&-
	cut -d ' ' -f 1 <&5 >got
	exec 5<&-
	ended
	is "$room_what: their deaths fail no job" "$end" "exit 0"
}
