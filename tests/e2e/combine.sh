#!/bin/sh
# --combine: what results come to is what --reduce gets in place of them.
. "$(dirname "$0")/lib.sh"

seq 1000 >jobs
combined()
{
	run timeout 60 "$SHMMAP" "$@"
}
for options in "-j1 --filter" "-j3 --filter" "-k -j2 --filter" --debug -j2; do
	worker='cat'
	case $options in *--filter) ;; *) worker='echo' ;; esac
	# shellcheck disable=SC2086 # words
	combined $options -a jobs --combine count --reduce sum $worker
	is "count, sum, $options" "$out:$status:$err" "1000:0:"
	# shellcheck disable=SC2086
	combined $options -a jobs --combine max --reduce cat $worker
	is "to a command, $options" "$(printf '%s\n' "$out" | sort -n | tail -n 1)" 1000
	le "which gets few lines, $options" "$(printf '%s\n' "$out" | wc -l)" 999
	is "and nothing else, $options" "$status:$err" "0:"
done
combined -a jobs --pipe --block 300 --combine sum --reduce sum cat
is "sum, sum" "$out" 500500
combined -k -a jobs --combine first --reduce concat --filter cat
is "first, concat" "${out%% *}" 1
combined -k -a jobs --combine last --reduce last --filter cat
is "last, last" "$out" 1000

# keys: the lines are key, tab, value, wherever the key was
awk 'BEGIN { for (i = 1; i <= 20000; i++) print i, "key" (i * 7919) % 1013 }' >pairs
awk '{ sum[$2] += $1 } END { for (k in sum) printf "%s\t%d\n", k, sum[k] }' pairs |
	sort >wanted
for worker in --filter "--pipe --block 9k"; do
	for reduce in sum sum:2 cat sort; do
		# shellcheck disable=SC2086
		combined -j2 -a pairs $worker --by 2 --combine sum:1 --reduce $reduce cat
		same "by key, $worker, $reduce" "$out_file" wanted
		is "by key, $worker, $reduce: status and errors" "$status:$err" "0:"
	done
done
combined -j2 -a pairs --filter --by 2 --combine count --reduce max cat
is "another operation" "$(wc -l <"$out_file")" 1013
combined -k -a jobs --combine hist:1:1001:2 --reduce sum:2 --by 1 --filter \
	sed 's/.*/x &/'
is "a histogram wants its column" "$status:$err" \
	"125:shmmap: job 1: its result 'x 1' is not a number"

# What is combined has as many bits as what it is reduced to.
most=18446744073709551615
for reduce in sum:36893488147419103233 max:36893488147419103233 first:36893488147419103233 mean:3.6893488147419103e+19; do
	combined --combine sum --reduce "${reduce%%:*}" echo ::: $most $most 3
	is "sum of more than 64 bits, ${reduce%%:*}" "$out:$status:$err" \
		"${reduce#*:}:0:"
done
combined --combine sum --reduce sum echo ::: -9223372036854775808 \
	-9223372036854775808
is "a negative one" "$out:$status:$err" "-18446744073709551616:0:"
combined --combine prod --reduce max echo ::: $most -1 $most
is "a product" "$out:$status:$err" "-340282366920938463426481119284349108225:0:"
combined --combine sum:2 --reduce sum --by 1 printf 'a %s\nb %s\n' ::: $most 1 \
	::: $most 1
is "for each key" "$out:$status:$err" \
	"a${tab}36893488147419103232${nl}b${tab}36893488147419103232:0:"
combined --combine cat --reduce sum echo ::: 340282366920938463463374607431768211455 1 -5
is "also from a command" "$out:$status:$err" "340282366920938463463374607431768211451:0:"
combined --combine cat --reduce sum echo ::: 340282366920938463463374607431768211455 1
is "a sum of more" "$status:$out:$err" \
	"125::shmmap: --reduce: the sum does not fit into 128 bits"
combined --combine cat --reduce sum echo ::: 340282366920938463463374607431768211456
is "a part of more" "$status:$out:$err" \
	"125::shmmap: --combine: its result '340282366920938463463374607431768211456' does not fit into 128 bits"
combined --combine sum --reduce sum echo ::: 18446744073709551616
is "and of a job" "$status:$out:$err" \
	"125::shmmap: job 1: its result '18446744073709551616' does not fit into 64 bits"

# many keys are handed over before the end
if ! is_sanitized; then
	run sh -c 'seq 2500000 | timeout 60 "$SHMMAP" --filter --by 1 \
		--combine count --reduce "wc -l" cat'
	is "many keys" "$out:$status" "2500000:0"
fi

combined -j2 --combine sum --result u1:2 --reduce sum:2 printf ::: ab cd
is "numbers in memory" "$out:$status" "198:0"
combined -a jobs --combine sum:2 --reduce sum --tag --filter cat
is "tags" "$out" 500500
combined --combine sum --reduce cat true ::: a b
is "nothing printed is nothing added" "$out:$status" "0:0"
cat >plan.yaml <<'YAML'
steps:
- {worker: echo, jobs: {range: 5}, combine: sum, reduce: cat}
- {worker: echo, jobs: {range: 3}, combine: count, reduce: sum}
YAML
combined --spec plan.yaml
is "steps" "$out:$status:$err" "10${nl}3:0:"

# wrong
combined --combine sum --reduce sum echo ::: 1 x
is "no number" "$status:$out:$err" \
	"125::shmmap: job 2: its result 'x' is not a number"
combined --combine sum --reduce 'cat; echo end' --skip-bad echo ::: 1 x 2
is "it is left out" "$out:$status:$err" \
	"3${nl}end:0:shmmap: --skip-bad: 1 value was skipped"
combined --combine sum --reduce sum:2 echo ::: 1
is "no such column in what is combined" "$status:$out:$err" \
	"125::shmmap: --combine: its result '1' has no column 2"
combined --combine first --reduce sum echo ::: x
is "what is combined is no number" "$status:$err" \
	"125:shmmap: --combine: its result 'x' is not a number"
combined --combine prod --reduce cat echo ::: 18446744073709551615 \
	18446744073709551615 2
is "too large" "$status:$out:$err" \
	"125::shmmap: --combine: the product does not fit into 128 bits"
refused()
{
	wanted=$1
	shift
	combined "$@" echo ::: 1
	is "$*" "$status:$out:$err" "125::shmmap: $wanted"
}
refused "--combine needs --reduce" --combine sum
refused "--combine and --reduce argmin exclude each other" --combine sum \
	--reduce argmin
refused "--combine and --reduce argmax exclude each other" --combine sum \
	--reduce argmax
refused "--combine: 'sum:0' is not OP, with :COLUMN or not" --combine sum:0 \
	--reduce sum
refused "--combine: ' ' is neither an operation nor a command" --combine ' ' \
	--reduce sum
refused "--combine: a result of u1:2 has no column 3" --combine sum:3 \
	--reduce sum --result u1:2
refused "--ungroup and --reduce exclude each other" -u --combine sum --reduce sum
for op in mean var argmin argmax concat; do
	refused "--combine: '$op' is none of sum, prod, min, max, count, first, last and hist, whose parts can be reduced, and no command" \
		--combine $op --reduce sum
done
done_testing
