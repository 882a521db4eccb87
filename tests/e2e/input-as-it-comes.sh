#!/bin/sh
# A record is run at once, although its writer keeps the pipe open.
. "$(dirname "$0")/lib.sh"

mkfifo input
for options in "-j2" "-k -j2" "-j1" "-k -j5" "-u -j2"; do
	rm -f got
	timeout 60 "$SHMMAP" $options echo <input >got &
	pid=$!
	exec 4>input
	for n in 1 2 3 4 5 6; do
		echo "job $n" >&4
		ok "$options: job $n runs while the input is open" \
			wait_until 20 grep -q -x "job $n" got
	done
	printf 'half a ' >&4
	printf 'record\nlast' >&4
	ok "$options: a record in two pieces" \
		wait_until 20 grep -q -x "half a record" got
	not_ok "$options: the last may go on" grep -q last got
	exec 4>&-
	ok "$options: the run ends with the input" wait $pid
	is "$options: with its last record" "$(tail -n 1 got)" last
	is "$options: each job once" "$(wc -l <got)" 8
done

# what one job prints decides what the next one is
rm -f got
timeout 60 "$SHMMAP" -k echo <input >got &
pid=$!
exec 4>input
echo x >&4
for n in 1 2 3 4; do
	wait_until 20 grep -q -E "^x{$n}\$" got
	printf '%sx\n' "$(tail -n 1 got)" >&4
done
exec 4>&-
wait $pid
is "input made from output" "$(cat got)" "x${nl}xx${nl}xxx${nl}xxxx${nl}xxxxx"

done_testing
