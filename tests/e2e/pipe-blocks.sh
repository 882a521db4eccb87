#!/bin/sh
# --pipe: the input is cut into blocks of whole records, each of which one
# command reads; together they are the input, whatever the commands do.
# shellcheck disable=SC2016 # the lines are for shells that shmmap runs
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

seq 20000 >lines
bytes=$(wc -c <lines)

# ---- where blocks end ----

for size in 1 5 6 100 1k 4K 64K 1M; do
	case $size in
	1 | 5 | 6) seq 300 >input ;; # a process for each
	100) seq 3000 >input ;;
	*) cp lines input ;;
	esac
	run "$SHMMAP" -k -j3 --pipe --block "$size" cat <input
	same "blocks of $size are the input" "$out_file" input
	# what is a pipe is read, what is a large file is left where it is
	cat input | "$SHMMAP" -k -j3 --pipe --block "$size" cat >got
	same "blocks of $size from a pipe are the input" got input
	run "$SHMMAP" -j3 --pipe --block "$size" wc -l <input
	is "blocks of $size hold whole lines" \
		"$(awk '{ n += $1 } END { print n }' "$out_file")" \
		"$(wc -l <input)"
done
# 9 * 2 + 27 * 3; 33 * 3; 30 * 3 + 2 * 4; 25 * 4
head -n 1000 lines >input
cat lines lines | head -c 80000 >large
for input in input large; do
	run "$SHMMAP" -k --pipe --block 100 wc -c <$input
	is "$input: a block is as full as records allow" \
		"$(head -n 4 "$out_file" | tr '\n' ' ')" "99 99 98 100 "
	is "$input: none is larger" "$(awk '$1 > 100' "$out_file")" ""
done
rm large
run "$SHMMAP" --pipe --block 1k wc -c <lines
is "k is 1000" "$(sort -n "$out_file" | tail -n 1)" 1000
run "$SHMMAP" --pipe --block 1K wc -c <lines
is "K is 1024" "$(sort -n "$out_file" | tail -n 1)" 1024

# the jobs' numbers are the blocks'
run "$SHMMAP" -k -j2 --pipe --block 10K 'cat >/dev/null; echo $SHMMAP_JOB' <lines
is "jobs are numbered" "$out" "$(seq $(((bytes + 10239) / 10240)))"
run "$SHMMAP" --pipe echo {} {.} x <lines
is "the command's words are what they are" "$out" "{} {.} x"

# other record ends; the last one is missing
printf 'one\0two\0three' >input
run "$SHMMAP" -k -0 --pipe --block 5 'tr "\0" +; echo' <input
is "-0: NUL ends a record" "$out" "one+${nl}two+${nl}three"
printf 'one,two,three' >input
run "$SHMMAP" -k -d , --pipe --block 5 'cat; echo' <input
is "-d: any byte does" "$out" "one,${nl}two,${nl}three"
printf 'a\n>b\nb\n>c\n>' >input
run "$SHMMAP" -k --recend '\n>' --pipe --block 1 'tr "\n" +; echo' <input
is "--recend: several bytes" "$out" "a+>${nl}b+b+>${nl}c+>"
for end in 1 00 '0\n1' '\x31\x0a' '\n1234\n1' '9\0129'; do
	for size in 10 99 1000 20000; do
		head -n $((size * 5)) lines >input
		[ $size != 20000 ] || cp lines input
		run "$SHMMAP" -k -j2 --recend "$end" --pipe --block "$size" \
			cat <input
		same "--recend $end: blocks of $size are the input" \
			"$out_file" input
	done
done
# each but the last ends with it
run "$SHMMAP" -k --recend '9\n1' --pipe --block 1k \
	'tail -c 3 | tr "\n" +; echo' <lines
is "--recend: each block ends with it" \
	"$(sed '$d' "$out_file" | sort -u)" "9+1"

# one that lies across the block's size
printf 'abcdefgh\n--\nrest\n--\nabcdefghijklmn\n--\nrest\n--\n' >input
run "$SHMMAP" -k --recend '\n--\n' --pipe --block 10 wc -c <input
is "--recend: found where SIZE ends in it" "$out" "12${nl}8${nl}18${nl}8"

# it comes in pieces, cut anywhere
{
	for i in 1 2 3 4 5 6 7 8 9; do
		printf 'first\nse'
		printf 'cond\n--\n'
	done
	printf 'last'
} >input
mkfifo pieces
while IFS= read -r line; do
	printf '%s' "${line%??}"
	printf '%s\n' "${line#"${line%??}"}"
done <input >pieces &
run "$SHMMAP" -k --recend '\n--\n' --pipe --block 30 cat <pieces
sed '$d' input >wanted
same "input that comes in pieces" "$out_file" wanted
wait

# long records make long blocks
{
	echo short
	head -c 300000 /dev/zero | tr '\0' x
	echo
	echo short
	echo short
} >input
run "$SHMMAP" -k --pipe --block 1k wc -c <input
is "a long record makes a long block" "$out" "6${nl}300001${nl}12"
run "$SHMMAP" -k -j2 --pipe --block 1k cat <input
same "it is whole" "$out_file" input
# longer than all that is kept of the input
{
	echo before
	head -c 150000000 /dev/zero | tr '\0' x
	printf '\nafter\n'
} >input
cat input | {
	run timeout 60 "$SHMMAP" -k -j2 --pipe --block 1k wc -l
	is "one that is too long: the others run" "$out" "1${nl}1"
	is "it has failed" "$status" 126
	like "it is named, with the limit" "$err" \
		'^shmmap: job 2: .*longer than 67108864 bytes'
	is "once" "$(wc -l <"$err_file")" 1
}
cat input | {
	run "$SHMMAP" -k -j2 --pipe --block 150M wc -c
	is "unless --block is as large" "$status: $out" "0: $(wc -c <input)"
}
run "$SHMMAP" -k -j2 --pipe --block 1k wc -c <input
is "a file's records have any length" "$status: $out" \
	"0: 7${nl}150000001${nl}6"
rm input

# who reads the file after us goes on where we ended, and before us began
seq 30000 >input
{
	read -r first
	run "$SHMMAP" -k -j2 --pipe --block 10k cat
	wc -c
} <input >after
tail -n +2 input >wanted
same "standard input that was begun is read from there" "$out_file" wanted
is "and to its end" "$first $(cat after)" "1 0"

status_is "empty input: status" 0 "$SHMMAP" --pipe 'echo job' </dev/null
is "empty input: no job" "$out$err" ""
printf 'x' >input
run "$SHMMAP" --pipe --block 1 'cat; echo' <input
is "one byte is a block" "$out" x

# ---- what commands do ----

head -c 3000000 /dev/zero | tr '\0' 'y' | fold -w 99 >input
n=$(wc -l <input)
for options in "-j2" "-k -j3"; do
	what="$options:"
	status_is "$what that reads nothing: status" 0 \
		"$SHMMAP" $options --pipe --block 500k true <input
	is "$what that reads nothing: no message" "$err" ""
	status_is "$what that reads a part: status" 0 \
		"$SHMMAP" $options --pipe --block 500k head -n 1 <input
	is "$what that reads a part" "$(uniq "$out_file" | wc -l)" 1
	is "$what that reads a part: each" "$(wc -l <"$out_file")" 7
	is "$what that reads a part: no message" "$err" ""
	run timeout 60 "$SHMMAP" $options --pipe --block 500k \
		'head -c 200000 /dev/zero | tr "\0" "\n"; wc -l' <input
	is "$what that prints before it reads" \
		"$(grep . "$out_file" | awk '{ s += $1 } END { print s }')" "$n"
	run timeout 60 "$SHMMAP" $options --pipe --block 500k \
		'while read -r line; do echo "$line"; echo "$line"; done' <input
	is "$what that prints twice what it reads" \
		"$status: $(wc -l <"$out_file")" "0: $((2 * n))"
	run timeout 60 "$SHMMAP" $options --pipe --block 500k \
		'tee /dev/stderr' <input
	is "$what that prints to both" \
		"$(wc -l <"$out_file") $(wc -l <"$err_file")" "$n $n"
done
run "$SHMMAP" -k --pipe --block 500k '
	if [ $SHMMAP_JOB = 2 ]; then
		head -n 1 >/dev/null
		exit 3
	fi
	wc -l' <input
is "that fails: status" "$status" 3
like "that fails: it is named" "$err" '^shmmap: job 2: .*exited with status 3'
is "that fails: the others" "$(wc -l <"$out_file")" 6
run "$SHMMAP" --pipe --block 2M 'kill -9 $$' <input
is "that is killed: status" "$status" 137
like "that is killed: its block is named" "$err" "'block 1'"
run "$SHMMAP" --pipe --block 1M --tag wc -l <input
is "--tag" "$(sort "$out_file" | cut -f 1)" "block 1${nl}block 2${nl}block 3"
run "$SHMMAP" -u -j2 --pipe --block 500k 'wc -l' <input
is "-u" "$(awk '{ s += $1 } END { print s }' "$out_file")" "$n"
run timeout 60 "$SHMMAP" -u -j2 --pipe --block 500k \
	'head -n 1 >/dev/null; exec <&-; echo end' <input
is "-u, that reads a part" "$status: $(uniq -c <"$out_file" | xargs)" "0: 7 end"
# the standard input of one is no other's, nor left to who stays behind
run timeout 60 "$SHMMAP" -j2 --pipe --block 500k \
	'head -n 1 >/dev/null; sleep 100 & echo $!' <input
is "that leaves something behind which has the block" \
	"$status: $(wc -l <"$out_file")" "0: 7"
kill $out 2>/dev/null

# SIGPIPE is as shmmap was given it
IGNORE=PIPE start "$SHMMAP" --pipe \
	'grep -i SigIgn: /proc/self/status' <lines >got.ignored
ended
start "$SHMMAP" --pipe \
	'grep -i -e SigIgn: -e SigBlk: /proc/self/status' <lines >got.usual
ended
like "SIGPIPE stays ignored" "$(cat got.ignored)" '[13579bdf]...$'
is "SIGPIPE is neither ignored nor blocked" \
	"$(grep -c '[02468ace]...$' got.usual)" 2

# one that reads slowly holds up no other, whatever is read meanwhile
mkfifo go
yes "$(head -n 20 lines)" | head -c 100000000 |
	timeout 60 "$SHMMAP" -j2 --pipe --env=T="$T" '
		case $SHMMAP_JOB in
		1) read -r x <"$T/go"; wc -c; echo slow ;;
		90) cat >/dev/null; echo go >"$T/go" ;;
		*) wc -c ;;
		esac' >got
is "one that reads slowly holds up no other" \
	"$(grep -c slow got) $(wc -l <got)" "1 96"

# ---- parts of a file ----

for parts in 1 2 7 100; do
	for slaves in 1 3; do
		run "$SHMMAP" -k -j$slaves -a lines --pipe --block -$parts cat
		same "--block -$parts, $slaves slaves: the file" \
			"$out_file" lines
	done
	run "$SHMMAP" -j3 -a lines --pipe --block -$parts wc -l
	is "--block -$parts: as many parts" "$(wc -l <"$out_file")" \
		$((3 * parts))
	is "--block -$parts: whole lines" \
		"$(awk '{ s += $1 } END { print s }' "$out_file")" 20000
done
for end in '9\n1' '0\n' x; do
	run "$SHMMAP" -k -j3 -a lines --recend "$end" --pipe --block -3 cat
	same "--block -3 --recend $end: the file" "$out_file" lines
done
run "$SHMMAP" -k -j3 -a lines --recend x --pipe --block -3 wc -c
is "no record end in the file: one part" "$out" "$bytes"
run "$SHMMAP" -k -j4 -a lines --pipe --block -1 head -n 1
is "parts begin where records do" "$(wc -l <"$out_file")" \
	"$(grep -c -x -F -f "$out_file" lines)"
seq 1000 1399 >equal
run "$SHMMAP" -k -j4 -a equal --pipe --block -1 wc -l
is "parts are cut where a record ends just there" "$out" \
	"100${nl}100${nl}100${nl}100"
# beyond the first 64 KiB that are looked at, and across their end
for at in 165532 165533 165534 165535; do
	{
		head -c $at /dev/zero | tr '\0' x
		echo
		echo
		head -c $((199998 - at)) /dev/zero | tr '\0' x
	} >far
	run "$SHMMAP" -k -j1 -a far --recend '\n\n' --pipe --block -2 wc -c
	is "a record end at $at" "$out" "$((at + 2))${nl}$((199998 - at))"
	run "$SHMMAP" -k -j1 -a far --recend '\n\n' --pipe --block 169630 wc -c
	is "a record end at $at, before a size" "$out" \
		"$((at + 2))${nl}$((199998 - at))"
done
printf 'a\nb\nc' >few
run "$SHMMAP" -k -j4 -a few --pipe --block -5 'cat; echo .'
is "fewer records than parts" "$out" "a${nl}.${nl}b${nl}.${nl}c."
: >empty
status_is "an empty file: status" 0 "$SHMMAP" -a empty --pipe --block -1 'echo job'
is "an empty file: no job" "$out" ""
run "$SHMMAP" -k -j2 -a input --pipe --block -2 head -n 1
is "parts that are not read to their end" "$status: $(wc -l <"$out_file")" "0: 4"
mkdir other
run "$SHMMAP" -k -j2 -a lines --wd other --pipe --block -2 cat
same "the file is not looked for in --wd" "$out_file" lines

# The arena has room for the longest record, but blocks pass through a part of
# it: the last one looks at how much the master ever had, in kB.
if is_sanitized; then
	skip_one "sanitizers have memory of their own"
else
	head -c 150000000 /dev/zero | tr '\0' '\n' >newlines
	# shellcheck disable=SC2002 # a pipe, not a file that is read in place
	cat newlines | "$SHMMAP" -k -j2 --pipe --block 500k '
		cat >/dev/null
		[ "$SHMMAP_JOB" = 300 ] || exit 0
		read -r _ _ _ slave _ </proc/$$/stat
		read -r _ _ _ master _ </proc/$slave/stat
		sed -n "s/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p" /proc/$master/status' \
		>most
	le "$(cat most) kB for blocks of 500 kB" "$(cat most)" 16384
fi
done_testing
