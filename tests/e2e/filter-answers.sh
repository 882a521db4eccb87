#!/bin/sh
# --filter: each line in is answered by a line, whatever the filter does with
# its buffers; every job's answer is its own.
. "$(dirname "$0")/lib.sh"

seq 30000 >many
sed 's/$/!/' many >answers
awk 'BEGIN { for (i = 1; i <= 4000; i++) {
	printf "%d:", i
	for (k = (i * 7919) % 300 * (i % 50 ? 1 : 100); k > 0; k--) printf "x"
	print "" } }' >long

# a filter that answers each line at once, one that collects, one that answers
# at the end of its input, one that reads slowly, one that writes before it reads
cat >at-once <<'SH'
while IFS= read -r line; do printf '%s!\n' "$line"; done
SH
cat >at-end <<'SH'
sed 's/$/!/' | sort -s -k 1,1
SH
for options in "-k -j1" "-k -j3" "-k -j2 --schedule dynamic,1" \
	"-k -j2 --schedule static,100" "-k -j2 --schedule guided"; do
	# shellcheck disable=SC2086 # words
	{
		run timeout 60 "$SHMMAP" $options -a many --filter sed 's/$/!/'
		is "$options, sed: status" "$status:$err" "0:"
		same "$options, sed" "$out_file" answers
		run timeout 60 "$SHMMAP" $options -a many --filter sed -u 's/$/!/'
		same "$options, sed -u" "$out_file" answers
		run timeout 60 "$SHMMAP" $options -a long --filter cat
		same "$options, lines of any length" "$out_file" long
	}
done
head -n 3000 many >few
head -n 3000 answers >few-answers
for options in "-k -j2" "-j2"; do
	# shellcheck disable=SC2086 # words
	{
		run timeout 60 "$SHMMAP" $options -a few --filter sh at-once
		sort -n "$out_file" >got
		same "$options, a shell that answers at once" got few-answers
		run timeout 60 "$SHMMAP" $options -a many --filter \
			awk '{ line[NR] = $0 } END { for (i = 1; i <= NR; i++) print line[i] "!" }'
		sort -n "$out_file" >got
		same "$options, one that answers at the end" got answers
	}
done
run timeout 60 "$SHMMAP" -j3 -a many --filter tac
sort -n "$out_file" >got
same "each slave's lines, backwards" got many
run timeout 60 "$SHMMAP" -k -j2 -a few --filter 'sed "s/$/!/" | cat'
same "a shell line" "$out_file" few-answers
printf 'a\n\nb\n\n\nc' >empties
run "$SHMMAP" -k -a empties --filter sed 's/$/!/'
is "empty records are jobs" "$out" "a!${nl}!${nl}b!${nl}!${nl}!${nl}c!"
run "$SHMMAP" -k -r -a empties --filter sed 's/$/!/'
is "unless -r" "$out" "a!${nl}b!${nl}c!"
run "$SHMMAP" -k -r --tag -j2 -a empties --filter sed 's/$/!/'
is "--tag" "$out" "a${tab}a!${nl}b${tab}b!${nl}c${tab}c!"
run "$SHMMAP" -k --range 5:8 --filter sed 's/$/!/'
is "--range" "$out" "5!${nl}6!${nl}7!"
run timeout 60 "$SHMMAP" -k -j2 --range 100000 --schedule dynamic,50000 --filter cat
seq 0 99999 >wanted
same "a long range" "$out_file" wanted
printf 'a\nb\0c\0' >nul
run "$SHMMAP" -k -0 -a nul --filter sed -z 's/$/!/'
is "-0: lines end with NUL, in and out" "$(tr '\0' '+' <"$out_file")" "a${nl}b!+c!+"
run "$SHMMAP" --filter cat </dev/null
is "no input, no jobs" "$status:$out:$err" "0::"
run "$SHMMAP" -k -a empties -r --filter sh -c 'sed "s/$/!/" | head -c -1'
is "the last answer needs no newline" "$status:$out" "0:a!${nl}b!${nl}c!"
run "$SHMMAP" -k -a empties -r --filter sh -c 'echo noise >&2; exec cat'
is "its errors are not answers" "$out" "a${nl}b${nl}c"
like "but errors" "$err" noise
(printf '1\n'; wait_until 10 grep -qx '1!' trickle && printf '2\n') |
	timeout 30 "$SHMMAP" -k --filter sh at-once >trickle
is "a trickle is passed on at once" "$(cat trickle)" "1!${nl}2!"
awk 'BEGIN { for (i = 0; i < 1048576; i++) printf "x"; print ""
	print "short"
	for (i = 0; i < 1048577; i++) printf "y"; print ""; print "end" }' >huge
awk 'length($0) != 1048577' huge >wanted
for options in -j1 -j2; do
	run timeout 60 "$SHMMAP" -k $options -a huge --filter cat
	same "$options: records up to 1 MiB" "$out_file" wanted
	is "$options: a longer one fails" "$status" 126
	like "$options: and is named" "$err" "^shmmap: job 3: .*longer than"
done
awk 'BEGIN { for (i = 0; i < 40; i++) { for (k = 0; k < 300000; k++) printf "%d", i % 10
	print "" } }' >wide
run timeout 60 "$SHMMAP" -k -j2 -a wide --filter sed 's/.*/&&&&&&&&/'
sed 's/.*/&&&&&&&&/' wide >wanted
same "answers of 2.4 MB" "$out_file" wanted
# a slow filter has hardly more than what it works on: the other takes the rest
cat >slow-or-not <<'SH'
while read -r n; do
	[ "$n" = 1 ] && wait_file=there
	while [ "${wait_file:-}" ] && [ ! -e there ]; do sleep 0.01; done
	wait_file=
	[ "$n" = 180 ] && : >there
	echo "$n"
done
SH
seq 200 >jobs
run timeout 60 "$SHMMAP" -k -j2 -a jobs --filter sh slow-or-not
same "who is slow holds up few others" "$out_file" jobs
done_testing
