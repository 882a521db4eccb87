#!/bin/sh
# What a job prints is folded where it runs: that changes no result, no message,
# and little of it travels.
. "$(dirname "$0")/lib.sh"

# with tags nothing is folded before it comes to the master
# shellcheck disable=SC2016
print='BEGIN {
	srand(job)
	for (i = 0; i < 9000; i++)
		printf "k%d %.3f %d\n", int(rand() * 300), rand() * 9 - 4, i % job
	printf "k0 0.5 %d", job }'
seq 12 >jobs
both()
{
	op=$1 tagged=$2
	shift 2
	run timeout 60 "$SHMMAP" -k -j3 -a jobs --reduce "$op" "$@" \
		awk -v job={} "$print"
	cp "$out_file" combined
	case "$*" in *--by*) set -- --by 2 ;; esac
	run timeout 60 "$SHMMAP" -k -j3 -a jobs --tag --reduce "$tagged" "$@" \
		awk -v job={} "$print"
	same "$op${1:+ by key}" combined "$out_file"
}
for op in sum mean var min max argmin argmax count first last hist:-4:4:9; do
	both "$op:2" "$op:3"
	both "$op:2" "$op:3" --by 1
done
both prod:3 prod:4

cat "$top_srcdir/HACKING" "$top_srcdir/COPYING" >text
tr -cs A-Za-z '\n' <text | grep . | sort | uniq -c |
	awk '{ print $2 "\t" $1 }' >wanted
for options in -j1 -j3 "-k -j2"; do
	# shellcheck disable=SC2086 # words
	run timeout 60 "$SHMMAP" $options -a text --pipe --block 20k \
		--reduce count --by 1 "tr -cs A-Za-z '\\n'"
	same "words, $options" "$out_file" wanted
	is "words, $options: status and errors" "$status:$err" "0:"
done

# early results need no file: each job prints 1 MB, and the first ends last
mkfifo first
seq 6 >jobs
export TMPDIR=/nonexistent
run timeout 60 "$SHMMAP" -k -j3 -a jobs --reduce sum sh -c '
	seq 150000
	case $1 in 1) cat first ;; 6) echo 1 >first ;; esac' sh
is "little waits for its turn" "$out:$status:$err" "67500450001:0:"
export TMPDIR="$T"

# what is no value
seq 3 >jobs
bad()
{
	run timeout 60 "$SHMMAP" -k -j2 -a jobs "$@" sh -c '
		seq 5000; echo "7  $1"; [ "$1" -eq 1 ] || echo " x $1"
		seq 5000; printf 3; exit "$((2 * ($1 / 3)))"' sh
}
# job 3 may have failed by then
only_bad()
{
	bad "$@"
	err=$(grep -v '^shmmap: job 3: sh: exited' "$err_file")
}
only_bad --reduce sum
is "a bad line is told with its job" "$status:$err:$out" \
	"125:shmmap: job 1: its result '7  1' is not a number:"
only_bad --reduce sum:2
is "and the first one" "$status:$err:$out" \
	"125:shmmap: job 1: its result '1' has no column 2:"
bad --reduce sum:1 --skip-bad
is "they are counted" "$status:$out:$(printf '%s\n' "$err" | head -n 1)" \
	"2:75015027:shmmap: job 3: sh: exited with status 2"
like "and that is told" "$err" "^shmmap: --skip-bad: 2 values were skipped"

# lines that are longer than what is read at once
run timeout 60 "$SHMMAP" -j1 -k --reduce last:1 sh -c '
	seq 9000; printf "%0100000d %0200000d" 17 4; [ "$1" = a ] || echo' sh \
	::: a b a
is "long lines" "$(printf '%s' "$out" | cksum):$status:$err" \
	"$(printf '%0100000d' 17 | cksum):0:"
run timeout 60 "$SHMMAP" --reduce count sh -c \
	'seq 9000; head -c 1100000 /dev/zero | tr "\0" x' ::: a
is "a line that is too long" "$status:$err" \
	"125:shmmap: job 1: its result has a line of more than 1048576 bytes"

# numbers as they lie in memory, 10000 pieces of 3 bytes
run timeout 60 "$SHMMAP" -j2 --result u1:3 --reduce sum sh -c \
	'yes abc | tr -d "\n" | head -c 30000' ::: a b
is "items" "$out:$status" "1940000${tab}1960000${tab}1980000:0"
run timeout 60 "$SHMMAP" -j2 --result u1:3 --reduce sum sh -c \
	'yes abc | tr -d "\n" | head -c 30001' ::: a
is "a part of an item" "$status:$err" \
	"125:shmmap: job 1: its result is not whole values of u1:3 (3 bytes each)"

# nothing is lost with a job that fails, but its last line without an end
run timeout 60 "$SHMMAP" --reduce sum sh -c 'yes 1 | head -n 50000; printf 1
	exit 3' ::: a
is "a job that fails" "$out:$status" "50000:3"
run timeout 60 "$SHMMAP" --reduce sum sh -c 'yes 1 | head -n 50000; kill -9 $$' \
	::: a
is "a job that is killed" "$out:$status" "50000:137"
run timeout 60 "$SHMMAP" -j2 -k --reduce sum sh -c '
	[ "$1" != 2 ] || kill -9 "$PPID"; seq 2000; seq 2000' sh ::: 1 2 3
is "a slave that is killed" "$out:$status" "$((4 * 2001000)):137"
done_testing
