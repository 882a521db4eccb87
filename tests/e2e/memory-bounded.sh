#!/bin/sh
# Memory and disk do not grow with the number of jobs: a full board stops the
# reading of the input, and a reader that takes nothing stops the slaves.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

# of the run, slaves included, in KiB
memory()
{
	for pid in $master $(children "$master"); do
		cat "/proc/$pid/smaps_rollup" 2>/dev/null
	done | awk '/^Pss:/ { kib += $2 } END { print kib + 0 }'
}

# what the run has in files without a name, in KiB
on_disk()
{
	for fd in "/proc/$master/fd"/*; do
		case $(readlink "$fd") in
		"$TMPDIR"/*) stat -L -c '%b' "$fd" ;;
		esac
	done | awk '{ blocks += $1 } END { print int(blocks / 2) }'
}

# Jobs 2500 and 5000 of 4000 bytes each wait until the memory was measured.
awk 'BEGIN {
	for (i = 0; i < 100; i++)
		tail = tail "0123456789012345678901234567890123456789"
	for (i = 1; i <= 5000; i++)
		print i "." tail
}' >jobs
mkfifo answer
exec 5<>answer
start "$SHMMAP" -k -j1 sh -c 'case $1 in
	2500.* | 5000.*)
		touch "at.${1%%.*}"
		read x <answer
		;;
	esac' sh <jobs 5>&-
for n in 2500 5000; do
	ok "job $n comes" wait_until 60 test -e at.$n
	memory >memory.$n
	echo >&5
done
ended
is "all of them" "$end" "exit 0"
if is_sanitized; then
	skip_one "memory of a sanitized build"
else
	le "twice as many jobs take no more memory (KiB)" \
		"$(cat memory.5000)" $(($(cat memory.2500) + 1024))
	le "nor is it much (KiB)" "$(cat memory.5000)" 16384
fi
rm -f jobs

# An endless input, while the only slave is busy.
sleeps()
{
	is_state "$1" S
}
mkfifo input
yes 'an endless input' >input 3>&- 5>&- &
writer=$!
start "$SHMMAP" -j1 'touch began; read x <answer; : {}' <input
ok "endless input: a job runs" wait_until 20 test -e began
# it is at rest when it sleeps each time one looks; what is read is told by the
# kernel
read_so_far()
{
	sed -n 's/^rchar: //p' "/proc/$master/io"
}
at_rest()
{
	before=$(read_so_far)
	for round in 1 2 3 4 5 6 7 8 9 10; do
		sleeps "$writer" && sleeps "$master" || return 1
	done
	[ "$before" = "$(read_so_far)" ]
}
ok "endless input: the reading stops" wait_until 30 at_rest
if [ -n "$(read_so_far)" ]; then
	le "endless input: before much is read (bytes)" "$(read_so_far)" 8388608
else
	skip_one "no /proc/PID/io"
fi
kill -s TERM "$master"
ended
is "endless input: it is ended all the same" "$end" "signal 15"
kill "$writer" 2>/dev/null
wait "$writer" 2>/dev/null

# Endless results, of which nobody takes more than a pipe holds.
mkfifo output

# holds_back DESCRIPTION BYTES OPTIONS...: jobs that print so much
holds_back()
{
	what=$1 bytes=$2
	shift 2
	: >ran
	yes >input 3>&- 5>&- &
	writer=$!
	exec 4<>output
	start "$SHMMAP" "$@" "echo >>ran; head -c $bytes /dev/zero; : {}" \
		<input >output 2>got.err 4>&-
	ok "$what: the slaves stop" wait_until 30 have_stopped
	le "$what: what waits on disk (KiB)" "$(on_disk)" 16384
	if is_sanitized; then
		skip_one "memory of a sanitized build"
	else
		le "$what: memory (KiB)" "$(memory)" 16384
	fi
	kill -s TERM "$master"
	ended
	is "$what: it is ended all the same" "$end" "signal 15"
	exec 4>&-
	kill "$writer" 2>/dev/null
	wait "$writer" 2>/dev/null
}

# however often one looks
have_stopped()
{
	before=$(wc -l <ran)
	[ "$before" -gt 2 ] || return 1
	for round in 1 2 3 4 5 6 7 8 9 10; do
		for pid in $master $(children "$master"); do
			sleeps "$pid" || return 1
		done
	done
	[ "$before" = "$(wc -l <ran)" ]
}

for bytes in 100000 40000 3000; do
	holds_back "-k -j2, $bytes bytes" $bytes -k -j2
	holds_back "-j2, $bytes bytes" $bytes -j2
done
done_testing
