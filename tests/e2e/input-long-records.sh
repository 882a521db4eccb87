#!/bin/sh
# Records up to 1 MiB are jobs. One that can not be run, because it is too long
# or holds a NUL, fails by itself: it is named, and the others run.
. "$(dirname "$0")/lib.sh"

# text NBYTES [LETTER]
text()
{
	head -c "$1" /dev/zero | tr '\0' "${2-x}"
}

# 60 records of 100 kB, more than any buffer
for n in $(seq 60); do
	text 100000 "$(printf "\\$(printf %o $((64 + n)))")"
	echo
done >long
while read -r line; do
	printf %s "$line" | cksum
done <long >wanted
for options in "-k -j1" "-k -j4"; do
	run "$SHMMAP" $options 'printf %s {} | cksum' <long
	same "$options: records of 100 kB" "$out_file" wanted
done

# Many that fill the board again and again: slaves that find no record left and
# a reader that finds no room wake each other.
n=2000
is_sanitized && n=300
seq -f %06.0f $n >numbers
long_records()
{
	sed "s/\$/$(text 60000)/" numbers |
		timeout 60 "$SHMMAP" "$@"
}
for options in "-j16" "-k -j16" "-j64"; do
	status_is "$options: $n records of 60 kB: status" 0 \
		long_records $options printf '%.6s\n'
	is "$options: $n records of 60 kB: every job ran once" \
		"$(sort "$out_file" | cksum)" "$(cksum <numbers)"
done

# Nothing but the want of room wakes whoever reads: no job prints, and the first
# ends when the last runs.
mkfifo gate
cat >first-and-last <<SH
case \$1 in
000001*) read x <gate; echo first ;;
$(tail -n 1 numbers)*) echo go >gate; echo last ;;
esac
SH
status_is "-k: $n records, of which the last ends the first" 0 \
	long_records -k -j16 sh first-and-last
is "-k: both ran" "$out" "first${nl}last"
rm -f gate

# failed DESCRIPTION JOB: the last run said that this job failed, and no other
failed()
{
	ok "$1: it fails the run" test "$status" -ge 1 -a "$status" -lt 127 \
		-a "$status" -ne 125
	like "$1: it is named" "$(cut -c 1-200 "$err_file")" \
		"^shmmap: job $2: ."
	is "$1: in one line" "$(wc -l <"$err_file")" 1
	le "$1: of sensible length" "$(wc -c <"$err_file")" 400
}

{ echo a; text 131071 b; echo; echo c; } >list
run "$SHMMAP" -k printf '%.1s\n' <list
is "the longest argument: status" "$status" 0
is "the longest argument: jobs" "$out" "a${nl}b${nl}c"

{ echo a; text 131072 b; echo; echo c; } >list
for options in "-k -j1" "-k -j3"; do
	run "$SHMMAP" $options printf '%.1s\n' <list
	failed "$options, too long for an argument" 2
	like "$options, too long for an argument: why" "$err" '131072 bytes'
	is "$options, too long for an argument: the others run" "$out" "a${nl}c"
done
run "$SHMMAP" -k 'printf "%.1s\n" {}' <list
failed "too long, for the shell" 2
is "too long, for the shell: the others run" "$out" "a${nl}c"
run "$SHMMAP" -k printf '%.2s\n' x{} <list
failed "too long, as a part of an argument" 2
is "too long, as a part: the others run" "$out" "xa${nl}xc"

printf 'a\nb\0b\nc\n' >list
for options in "-k -j1" "-k -j3"; do
	run "$SHMMAP" $options echo <list
	failed "$options, a NUL inside" 2
	is "$options, a NUL inside: the others run" "$out" "a${nl}c"
done

for size in 1048575 1048576 1048577 20000000; do
	{ echo; text $size; echo; text 1000; echo; text $size; } >list
	for options in "-k -j1" "-k -j3"; do
		run "$SHMMAP" $options echo {#} <list
		ok "$options, $size bytes: the run fails" test "$status" -ge 1 \
			-a "$status" -lt 127 -a "$status" -ne 125
		is "$options, $size bytes: the others run" "$out" "1${nl}3"
		is "$options, $size bytes: they are named" \
			"$(sed -n 's/^shmmap: job \([0-9]*\): ..*/\1/p' \
				"$err_file")" "2${nl}4"
		le "$options, $size bytes: in lines of sensible length" \
			"$(wc -c <"$err_file")" 800
	done
done

# many of them pass through a board of fixed size
for n in $(seq 40); do
	text 1048576
	echo
	echo "short $n"
done >list
run "$SHMMAP" -k -j2 echo <list
is "40 MiB of records: the short ones run" "$out" "$(seq -f 'short %.0f' 40)"
is "40 MiB of records: the long ones are named" \
	"$(sed -n 's/^shmmap: job \([0-9]*\): ..*/\1/p' "$err_file")" \
	"$(seq 1 2 79)"
done_testing
