#!/bin/sh
# The steps of a spec run one after the other over the same segment; what one
# has written, the next one finds.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"
. "$(dirname "$0")/called.sh"

export SHM
called_worker

spec()
{
	cat >plan.yaml
	run "$SHMMAP" "$@" --spec plan.yaml
}

spec <<'YAML'
ordered: true
slaves: 2
arrays:
  x: {dtype: i8, shape: 4, save: x.npy}
  total: {dtype: i8, scope: reduction(sum), save: total.npy}
steps:
- jobs: {range: 0:4}
  worker: '"$SHM" set x {} $(({} * {}))'
- jobs: [a, b]
  worker: {filter: [sed, -u, 's/$/!/']}
- jobs: {range: 0:4}
  tag: true
  worker: '"$SHM" add total $("$SHM" get x {}) >/dev/null; "$SHM" get x {}'
- jobs: [1]
  worker: {pipe: '"$SHM" get x'}
- jobs: [one, two]
  worker: {dlopen: ./worker.so}
YAML
is "each step finds what was written" "$out" "a!${nl}b!
0${tab}0${nl}1${tab}1${nl}2${tab}4${nl}3${tab}9
0${nl}1${nl}4${nl}9${nl}one${nl}two"
is "nothing else is said" "$status$err" 0
is "what is saved is what there is in the end" \
	"$(tail -c 32 x.npy | od -An -td8 -w8 | tr -d ' ' | tr '\n' ' ')" "0 1 4 9 "
is "reductions too" "$(tail -c 8 total.npy | od -An -td8 | tr -d ' ')" 14

# the steps do not overlap: each job of the second finds all files of the first
mkdir done
spec <<'YAML'
slaves: 4
jobs: {range: 0:100}
steps:
- worker: touch done/{}
- worker: 'test "$(ls done | wc -l)" = 100 && echo {}'
YAML
is "all of a step is done before the next" "$(echo "$out" | sort -n)" "$(seq 0 99)"

# sections begin anew
spec <<'YAML'
slaves: 3
jobs: {range: 0:9}
steps:
- worker: '"$SHM" ordered echo a{}'
- worker: '"$SHM" ordered echo b{} >>log'
- {jobs: {range: 0:3}, worker: '"$SHM" barrier && echo c{}', ordered: true}
- {jobs: {range: 0:3}, worker: '"$SHM" barrier && echo d{}', ordered: true}
YAML
is "jobs in order, in each step" "$(cat log)" "$(seq 0 8 | sed 's/^/b/')"
is "barriers, in each step" "$(grep '[cd]' "$out_file" | tr '\n' ' ')" \
	"c0 c1 c2 d0 d1 d2 "

spec -k <<'YAML'
array: x=f8:10
steps:
- {worker: echo, jobs: {split: 'x,2'}}
- {worker: echo, jobs: {split: 'x,3'}}
YAML
is "slices of an array, in each step" "$out" "0 5${nl}5 10${nl}0 4${nl}4 7${nl}7 10"

# slaves of all kinds
for how in '' -j1 --debug; do
	spec -k $how <<'YAML'
slaves: 3
jobs: [a, b]
arrays: {n: {dtype: i4, scope: reduction(sum), save: n.npy}}
steps:
- {worker: {dlopen: ./worker.so}, backend: thread}
- worker: '"$SHM" add n 1 >/dev/null; echo +{}'
- {worker: {dlopen: ./worker.so}}
- {worker: {filter: cat}}
YAML
	is "slaves of all kinds: $how" "$out" \
		"a${nl}b${nl}+a${nl}+b${nl}a${nl}b${nl}a${nl}b"
	is "nothing is said: $how" "$status$err" 0
	is "the copies are one: $how" \
		"$(tail -c 4 n.npy | od -An -td4 | tr -d ' ')" 2
done

# each has its own reduce
spec <<'YAML'
steps:
- {worker: echo, jobs: {range: 5}, reduce: sum}
- {worker: echo, jobs: {range: 3}, ordered: true}
- {worker: echo, jobs: {range: 10}, reduce: wc -l}
- {worker: echo, jobs: {range: 3}, reduce: max}
- {worker: echo, jobs: [last]}
YAML
is "results are reduced step by step" "$status:$out$err" \
	"0:10${nl}0${nl}1${nl}2${nl}10${nl}2${nl}last"
spec <<'YAML'
steps:
- {worker: echo, jobs: {range: 5}, reduce: 'cat; exit 7'}
- {worker: touch, jobs: [ran]}
YAML
is "one that fails ends the run" "$status" 7
ok "before the next step" test ! -e ran

# what the whole says is for each step that does not say it
spec -k <<'YAML'
env: {A: whole}
jobs: [x]
worker: echo $A {}
steps:
- {}
- {env: {A: own}}
- {worker: 'echo $A-{}', jobs: [y]}
YAML
is "keys of the whole" "$out" "whole x${nl}own x${nl}whole-y"
spec -k --range 1:3 <<'YAML'
steps:
- {jobs: [a], worker: echo}
- {worker: 'echo +{}'}
YAML
is "the command line" "$out" "1${nl}2${nl}+1${nl}+2"

printf '1\n2\n' >jobs
cat >plan.yaml <<'YAML'
ordered: true
steps:
- {worker: echo}
- {jobs: {file: jobs}, worker: echo +}
YAML
run "$SHMMAP" --spec plan.yaml <jobs
is "one reads standard input" "$out" "1${nl}2${nl}+ 1${nl}+ 2"

# failures
spec <<'YAML'
jobs: [1]
array: x=i4:2=5
save: x=saved
save-always: x=always
steps:
- worker: 'echo one; : {}'
- worker: 'exit 3; {}'
- worker: touch ran {}
YAML
is "a step that failed is the last one" "$status:$out" "3:one"
ok "no job of the next was run" test ! -e ran
ok "what is saved of a run that failed is saved" test -s always
ok "what is not is not" test ! -e saved
spec <<'YAML'
jobs: [1]
steps:
- worker: 'echo one; : {}'
- worker: {dlopen: ./nolib.so}
- worker: touch ran {}
YAML
is "a step that can not begin" "$status:$out" "125:one"
like "is said" "$err" '^shmmap: .*nolib.so'
is "once" "$(wc -l <"$err_file")" 1
spec <<'YAML'
jobs: [1]
steps:
- {worker: 'rm nojobs; : {}'}
- {worker: echo, jobs: {file: nojobs}}
YAML
like "a file that is not there in the beginning" "$err" "^plan.yaml:4:"

# a signal in a later step, and the reader gone
cat >plan.yaml <<'YAML'
jobs: [1]
steps:
- worker: 'echo one; : {}'
- worker: 'touch began; sleep 1000; : {}'
- worker: touch ran {}
YAML
token=$(new_token)
TOKEN=$token start "$SHMMAP" --spec plan.yaml >got 2>got.err
wait_until 20 test -e began
kill -s TERM "$master"
ended
is "a signal ends the run" "$end" "signal 15"
ok "not only the step" test ! -e ran
no_process_left "$token"

# what is dumped is the same
cat >plan.yaml <<'YAML'
slaves: 3
array: x=i4=7
env: {A: 1}
steps:
- {jobs: [a, b], worker: 'echo {} $A', ordered: true}
- {jobs: {range: 0:2}, worker: {filter: cat}, ordered: true, env: {A: 2}}
- {jobs: [c], worker: '"$SHM" get x; : {}'}
YAML
"$SHMMAP" --dump-spec --spec plan.yaml >dumped.yaml
"$SHMMAP" --dump-spec --spec dumped.yaml >again.yaml
same "a dump of steps" dumped.yaml again.yaml
run "$SHMMAP" --spec plan.yaml
cp "$out_file" direct
run "$SHMMAP" --spec dumped.yaml
same "does the same" "$out_file" direct
is "which is something" "$(wc -l <direct)" 5

# what is wrong
cat >plan.yaml <<'YAML'
slavs: 2
arrays: {x: f9}
steps:
- jobs: [1]
  slaves: 3
- 5
- worker: x
  arrays: {y: f8}
  tagg: true
  steps: []
YAML
run "$SHMMAP" --spec plan.yaml
is "all is told, and once" "$err" \
	"plan.yaml:1:1: unknown key 'slavs' (did you mean 'slaves'?)
plan.yaml:2:13: array: 'x=f9': no dtype 'f9': one of ? i1 i2 i4 i8 u1 u2 u4 u8 \
f2 f4 f8 c8 c16 S<n> or {name=dtype,...}
plan.yaml:5:3: key 'slaves' does not belong into a step
plan.yaml:6:3: a step is a mapping, not a single value
plan.yaml:8:3: key 'arrays' does not belong into a step
plan.yaml:9:3: unknown key 'tagg' (did you mean 'tag'?)
plan.yaml:10:3: key 'steps' does not belong into a step"
# the reduce command of a late step is no orphan, either
{
	echo steps:
	seq 70 | sed "s/.*/- {jobs: [x], worker: 'true', reduce: cat}/"
	# shellcheck disable=SC2016
	echo '- {jobs: [x], worker: "kill -9 $PPID", reduce: "cat; echo alive"}'
} >many
spec <many
is "many steps with reduce commands" "$out:$status" "alive:137"
spec <<'YAML'
worker: x
steps:
- {}
- {tag: true}
YAML
is "two can not read standard input" "$err" \
	"plan.yaml:4:3: no jobs: an earlier step has read standard input"
spec <<'YAML'
steps: []
YAML
is "no steps" "$err" "plan.yaml:1:8: steps wants a list of mappings"
spec <<'YAML'
jobs: [1]
steps:
- {worker: x}
- {tag: true}
YAML
is "a step without a worker" "$err" "plan.yaml:4:3: no worker: nothing to run"
done_testing
