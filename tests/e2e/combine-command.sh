#!/bin/sh
# --combine COMMAND: a process for each slave that reads its results; what these
# print is reduced.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

seq 1000 >jobs
combined()
{
	run timeout 60 "$SHMMAP" "$@"
}
for options in "-j1 --filter" "-j3 --filter" "-k -j2 --filter" --debug -j3 -k \
	"--pipe --block 200"; do
	worker='cat'
	case $options in *--filter | --pipe*) ;; *) worker='echo' ;; esac
	# shellcheck disable=SC2086 # words
	combined $options -a jobs --combine 'wc -l' --reduce sum $worker
	is "lines, $options" "$out:$status:$err" "1000:0:"
	# shellcheck disable=SC2086
	combined $options -a jobs --combine 'echo begin; cat' --reduce sort $worker
	is "to a command, $options" "$(printf '%s\n' "$out" | grep -v begin)" \
		"$(sort jobs)"
	le "at most one process for each slave, $options" \
		"$(printf '%s\n' "$out" | grep -c begin)" "$(nproc)0"
done
combined -k -j3 -a jobs --combine 'sort -nc && echo sorted' --reduce 'sort -u' \
	--filter cat
is "in order they are in order" "$out:$status:$err" "sorted:0:"
combined -j2 -a jobs --combine 'cat; echo end' --reduce \
	'awk "/end/ { n++ } END { print n, NR - n }"' --filter cat
like "what they print is not mixed" "$out" "^[12] 1000$"
combined -j2 -a jobs --combine 'printf "1 "; cat >/dev/null; printf 2' \
	--reduce sum:2 --filter cat
like "a line without its end" "$out" '^[24]$'
combined -k -j2 --reduce cat --combine cat sh -c 'echo "$1"; echo "e$1" >&2' sh \
	::: 1 2
is "standard error is not combined" "$(printf '%s\n' "$out" | sort):$err" \
	"1${nl}2:e1${nl}e2"
combined --combine 'echo x' --reduce count true ::: 1 2
is "nothing to combine" "$out:$status" "0:0"
combined -j2 -a jobs --by 1 --combine 'awk "{ n[\$1 % 3]++ }
	END { for (i in n) print i, n[i] }"' --reduce sum:2 --filter cat
is "keys are those of what they print" "$out" "0${tab}333${nl}1${tab}334${nl}2${tab}333"
combined -j2 --result u2 --combine "tr a b" --reduce max printf ::: aa aa ba
is "so is their type" "$out:$status" "25186:0"

# more than pipes hold, to some that are slow; nothing is in a hurry
run sh -c 'seq 6 | timeout 100 "$SHMMAP" -j3 --combine "sleep 0.1; wc -l" \
	--reduce sum sh -c "seq 200000"'
is "nothing is lost" "$out:$status:$err" "1200000:0:"
run sh -c 'seq 3 | timeout 100 "$SHMMAP" -j3 --combine cat --reduce \
	"sleep 0.1; wc -l" sh -c "seq 200000"'
is "nor to a slow one behind them" "$out:$status:$err" "600000:0:"

# they need not read all
combined -j1 -a jobs --combine 'head -n 3' --reduce 'tr "\n" " "' echo
is "one that has enough" "$out:$status:$err" "1 2 3 :0:"
run sh -c 'yes | head -n 300000 | timeout 60 "$SHMMAP" -j2 --combine "read -r x; echo 1" \
	--reduce sum --filter cat'
le "some that have enough" "$out" 2
is "status and errors" "$status:$err" "0:"

# P3: a slave's death does not matter to what was handed over
# shellcheck disable=SC2016
combined -j2 -a jobs --combine 'wc -l' --reduce sum sh -c \
	'[ "$1" != 500 ] || kill -9 "$PPID"; echo "$1"' sh
is "a slave is killed" "$out:$status" "999:137"
# shellcheck disable=SC2016
combined -j2 -a jobs --combine 'wc -l' --reduce sum sh -c \
	'echo; [ "$1" != 500 ] || exit 3' sh
is "a job fails: what it printed counts" "$out:$status" "1000:3"

# their failure is the run's
failing()
{
	wanted=$1
	shift
	combined -j2 -a jobs --reduce 'cat >/dev/null; echo all' "$@" --filter cat
	is "$2: status" "$status" 125
	is "$2: it is said once" "$(printf '%s\n' "$err" | grep shmmap:)" \
		"shmmap: --combine: $wanted"
	unlike "$2: it is not taken for all" "$out" all
}
failing "'cat; exit 7': exited with status 7" --combine 'cat; exit 7'
failing "'exit 7': exited with status 7" --combine 'exit 7'
failing "'./nosuch': exited with status 127" --combine ./nosuch
combined -j1 -a jobs --reduce sum --combine 'kill -9 $$' --filter cat
is "it is killed" "$status:$err" \
	"125:shmmap: --combine: 'kill -9 \$\$': killed by signal 9 (Killed)"
combined -a jobs --reduce sum --combine 'sed s/5/x/' echo
is "what is no number" "$status:$out" "125:"
like "it is said" "$err" "^shmmap: --combine: its result '.*x.*' is not a number$"
combined -a jobs --reduce sum --skip-bad --combine 'sed s/^5$/x/' echo
is "it is left out" "$out:$status:$err" \
	"500495:0:shmmap: --skip-bad: 1 value was skipped"
combined -a jobs --combine cat --reduce 'head -n 1 >/dev/null; exit 5' echo
is "the one behind them fails" "$status:$err" \
	"5:shmmap: --reduce: 'head -n 1 >/dev/null; exit 5': exited with status 5"
TMPDIR=/nonexistent combined -j1 -a jobs --combine cat --reduce sum echo
is "no file" "$status:$err" "125:shmmap: --combine: a file in /nonexistent: No such file or directory"

# steps, each with its own
cat >plan.yaml <<'YAML'
steps:
- {worker: echo, jobs: {range: 5}, combine: wc -l, reduce: sum}
- {worker: echo, jobs: {range: 3}, reduce: max}
- {worker: echo, jobs: {range: 7}, combine: cat, reduce: wc -l}
YAML
combined --spec plan.yaml
is "steps" "$out:$status:$err" "5${nl}2${nl}7:0:"

# they do not listen: signals are answered all the same
mkfifo began
for signal in 2:INT 15:TERM; do
	number=${signal%:*} name=${signal#*:}
	token=$(new_token)
	TOKEN=$token start "$SHMMAP" -j1 --grace 1000 --reduce cat \
		--combine 'echo >began; exec sleep 1000' yes >out 2>err <jobs
	read -r _ <began
	kill -"$name" "$master"
	ended
	is "$name: it ends by it" "$end" "signal $number"
	is "$name: nothing is said" "$(cat out err)" ""
	no_process_left "$token" "$name: nothing is left"
done
token=$(new_token)
TOKEN=$token start "$SHMMAP" -j1 --grace 0.1 --reduce cat \
	--combine 'trap "" TERM; echo >began; while :; do sleep 1000; done' \
	yes >out 2>err <jobs
read -r _ <began
kill -TERM "$master"
ended
is "it does not listen: killed after the grace time" "$end" "signal 15"
no_process_left "$token"
token=$(new_token)
TOKEN=$token start "$SHMMAP" -j1 --reduce cat \
	--combine 'echo >began; exec sleep 1000' yes >out 2>err <jobs
read -r _ <began
kill -KILL "$master"
ended
no_process_left "$token" "they do not outlive shmmap"
IGNORE=CHLD start timeout 60 "$SHMMAP" -j1 -a jobs --combine 'wc -l' --reduce sum \
	echo >out 2>err
ended
is "children that vanish" "$end:$(cat out err)" "exit 0:1000"
done_testing
