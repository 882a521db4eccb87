#!/bin/sh
# Every job runs, once, and its result is delivered once.
. "$(dirname "$0")/lib.sh"

many=8000
some=1000
is_sanitized && many=3000 some=500

seq $many >jobs
run "$SHMMAP" -j4 echo <jobs
is "status" "$status" 0
is "$many results, each once" "$(sort -n "$out_file" | cksum)" "$(cksum <jobs)"
is "no message" "$err" ""
seq $((many / 4)) >jobs
run "$SHMMAP" -k -j4 echo <jobs
same "and in order" "$out_file" jobs

# what ran, beside what was delivered
seq $some >jobs
for options in "-j3" "-k -j3" "-j64" "-u -j3"; do
	: >ran
	run "$SHMMAP" $options sh -c 'echo "$1" >>ran; echo "$1"' sh <jobs
	is "$options: every job ran once" "$(sort -n ran | cksum)" \
		"$(cksum <jobs)"
	is "$options: every result came once" \
		"$(sort -n "$out_file" | cksum)" "$(cksum <jobs)"
done

# the input ends while slaves are idle, busy, or more than the jobs
for n in 1 2 3 5; do
	seq $n >jobs
	for j in 1 2 8; do
		run timeout 20 "$SHMMAP" -k -j$j echo <jobs
		same "$n jobs for $j slaves" "$out_file" jobs
	done
done

# an input that comes in pieces which are no records
seq 1000 >jobs
dd if=jobs bs=7 2>/dev/null | "$SHMMAP" -k -j2 echo >got
same "pieces that cut records" got jobs
done_testing
