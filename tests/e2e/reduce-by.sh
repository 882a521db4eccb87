#!/bin/sh
# --by: a result for each key, in the order of the keys' bytes.
. "$(dirname "$0")/lib.sh"

awk 'BEGIN { for (i = 1; i <= 20000; i++) print "key" (i * 7919) % 1013, i }' >pairs
awk '{ sum[$1] += $2 } END { for (k in sum) printf "%s\t%d\n", k, sum[k] }' pairs |
	sort >wanted
for options in -j1 -j3 "-k -j2"; do
	# shellcheck disable=SC2086 # words
	run timeout 60 "$SHMMAP" $options -a pairs --filter --reduce sum:2 --by 1 cat
	same "sums by key, $options" "$out_file" wanted
	is "sums by key, $options: status and errors" "$status:$err" "0:"
done

# words: counted by each block, added up here
# shellcheck disable=SC2016
words='{ for (i = 1; i <= NF; i++) n[$i]++ }
	END { for (w in n) print w, n[w] }'
cat "$top_srcdir/HACKING" "$top_srcdir/COPYING" >text
run timeout 60 "$SHMMAP" -a text --pipe --block 3k --reduce sum:2 --by 1 awk "$words"
tr -s ' \t' '\n' <text | grep . | sort | uniq -c |
	awk '{ print $2 "\t" $1 }' | sort >wanted
same "words" "$out_file" wanted
is "words: status and errors" "$status:$err" "0:"

run sh -c 'printf "b x\na 1\na 3\nb 2\n" |
	timeout 60 "$SHMMAP" --filter --reduce mean:2 --by 1 --skip-bad cat'
is "bad lines are left out" "$out" "a${tab}2.0${nl}b${tab}2.0"
is "and counted" "$status:$err" "0:shmmap: --skip-bad: 1 value was skipped"
run sh -c 'seq 9 | timeout 60 "$SHMMAP" -k --filter --reduce last:2 --by 1 \
	sed "s/.*/&0 &/;s/^[1-5]0/x/;s/^[6-9]0/a/"'
is "other operations" "$out" "a${tab}9${nl}x${tab}5"
run sh -c 'timeout 60 "$SHMMAP" --filter --reduce sum:2 --by 1 cat </dev/null'
is "no keys" "$out:$status:$err" ":0:"

# more than a pipe holds
run sh -c 'seq 100000 | timeout 60 "$SHMMAP" --filter --reduce count --by 1 cat |
	{ sleep 0.1; cksum; }'
is "a slow reader" "$out" "$(seq 100000 | sed "s/\$/${tab}1/" | sort | cksum)"
done_testing
