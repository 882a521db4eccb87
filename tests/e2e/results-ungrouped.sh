#!/bin/sh
# With -u jobs write straight to shmmap's own output: at once, and to the very
# same open files.
. "$(dirname "$0")/lib.sh"

seq 2 >jobs
mkfifo gate1 gate2
for option in -u --ungroup; do
	timeout 30 "$SHMMAP" $option -j2 '
		echo {} begins; echo {} complains >&2
		read x <gate{}
		echo {} ends' <jobs >>got 2>>got.err &
	for n in 1 2; do
		ok "$option: job $n is seen while it runs" \
			wait_until 20 grep -q "$n begins" got
		ok "$option: and its errors" \
			wait_until 20 grep -q "$n complains" got.err
	done
	echo go >gate2
	ok "$option: the later one ends first" wait_until 20 grep -q "2 ends" got
	echo go >gate1
	ok "$option: the run ends" wait $!
	is "$option: nothing is lost" "$(sort got)" \
		"1 begins${nl}1 ends${nl}2 begins${nl}2 ends"
	is "$option: no error is lost" "$(sort got.err)" \
		"1 complains${nl}2 complains"
	rm got got.err
done

"$SHMMAP" -u sh -c 'readlink /proc/$$/fd/1; readlink /proc/$$/fd/2 >&2' \
	<jobs >named 2>named.err
is "standard output is shmmap's own" "$(sort -u named)" "$T/named"
is "standard error is shmmap's own" "$(sort -u named.err)" "$T/named.err"

seq 500 >jobs
run "$SHMMAP" -u -j8 echo <jobs
is "every job runs once" "$(sort -n "$out_file" | cksum)" "$(cksum <jobs)"
status_is "a failed job is the status" 3 "$SHMMAP" -u -a jobs \
	'[ {} != 77 ] || exit 3'
like "and is named" "$err" '^shmmap: job 77: .*exited with status 3$'
done_testing
