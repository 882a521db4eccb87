#!/bin/sh
# A job may print more than there is memory for.
. "$(dirname "$0")/lib.sh"

size=200000000
is_sanitized && size=20000000
wanted=$(yes abcdefghijklmnop | head -c $size | cksum)
print="yes abcdefghijklmnop | head -c $size"

memory()
{
	for pid in $1 $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		cat "/proc/$pid/smaps_rollup" 2>/dev/null
	done | awk '/^Pss:/ { kib += $2 } END { print kib + 0 }'
}

# job 1 prints, then shows the memory of the whole run before it ends
echo 1 >jobs
for options in "-k -j2" "-j2"; do
	rm -f asked answered out.sum
	mkfifo asked answered pipe
	exec 4<>asked 5<>answered
	cksum <pipe >out.sum &
	sum_pid=$!
	"$SHMMAP" $options "$print; echo asked >asked; read x <answered; : {}" \
		<jobs >pipe 4>&- 5>&- &
	pid=$!
	is "$options: the job prints all it has" \
		"$(timeout 60 head -n 1 <&4)" asked
	kib=$(memory $pid)
	echo >&5
	ok "$options: the run succeeds" wait $pid
	wait $sum_pid
	is "$options: all of it arrives" "$(cat out.sum)" "$wanted"
	if is_sanitized; then
		skip_one "memory of a sanitized build"
	else
		isnt "$options: memory can be measured" "$kib" 0
		le "$options: memory does not grow with it (KiB)" "$kib" 24576
	fi
	rm -f pipe
done

is "on standard error too" \
	"$("$SHMMAP" -k "{ $print; } >&2; : {}" <jobs 2>&1 >/dev/null | cksum)" \
	"$wanted"
is "nothing is left in TMPDIR" "$(ls -A "$TMPDIR")" ""
done_testing
