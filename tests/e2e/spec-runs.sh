#!/bin/sh
# A spec runs what the same options run.
. "$(dirname "$0")/lib.sh"

export SHM
unset A B OUTER NOSUCH

# spec [OPTION]... [NAME=VALUE]... : runs what stands on standard input
spec()
{
	cat >plan.yaml
	run "$SHMMAP" "$@"
}

spec --spec plan.yaml <<'YAML'
# the jobs are here
jobs: [a, "b c", 'd "e"', 7, true]
ordered: true
slaves: 3
worker:
  exec: [printf, '<%s>\n', '{}']
YAML
is "jobs of a list, words of a list" "$out" \
	"<a>${nl}<b c>${nl}<d \"e\">${nl}<7>${nl}<true>"
is "and no message" "$err" ""

spec --spec plan.yaml <<'YAML'
jobs: [a, b]
ordered: true
worker: 'echo {} | tr a-z A-Z'
YAML
is "a command that is one text goes to the shell" "$out" "A${nl}B"

spec --spec plan.yaml <<'YAML'
jobs: []
worker: echo
YAML
is "no jobs" "$status:$out$err" "0:"

spec --spec plan.yaml <<'YAML'
jobs:
- "one\ntwo"
- three
ordered: true
worker: [printf, '[%s]']
YAML
is "a job of two lines" "$out" "[one${nl}two][three]"

spec --spec plan.yaml <<'YAML'
jobs: ["1\n2", 3]
null: true
ordered: true
worker: {pipe: "tr '\\0' +"}
YAML
is "the delimiter that was asked for" "$out" "1${nl}2+3+"

printf '1\n2\n' >jobs
spec --spec plan.yaml <<'YAML'
jobs: {file: jobs}
worker: {filter: [sed, -u, 's/$/!/']}
ordered: true
YAML
is "jobs of a file, for a filter" "$out" "1!${nl}2!"

spec --spec plan.yaml <<'YAML'
jobs: {range: '2:8:3'}
ordered: true
worker: echo
YAML
is "a range" "$out" "2${nl}5"

printf 'x,y' >stdin
cat >plan.yaml <<'YAML'
jobs: stdin
delimiter: ','
ordered: true
worker: echo
YAML
run "$SHMMAP" --spec plan.yaml <stdin
is "standard input" "$out" "x${nl}y"

run sh -c 'printf "jobs: [1]\nworker: echo\n" | "$1" --spec -' - "$SHMMAP"
is "a spec from standard input" "$out" 1

spec --spec plan.yaml <<'YAML'
jobs: {range: 100000}
worker: {pipe: wc}
YAML
is "what excludes each other is found" "$status" 125

seq 1000 1999 | sed 's/^/- /' | { echo jobs: && cat; } >plan.yaml
printf 'worker: {pipe: cat, block: 1k}\nordered: true\n' >>plan.yaml
run "$SHMMAP" --spec plan.yaml
is "blocks of a list" "$out" "$(seq 1000 1999)"
seq 100000 119999 | sed 's/^/- /' | { echo jobs: && cat; } >plan.yaml
printf 'worker: {pipe: cat, block: -2}\nordered: true\n' >>plan.yaml
run "$SHMMAP" --spec plan.yaml
is "parts of a list" "$out" "$(seq 100000 119999)"

spec --spec plan.yaml <<'YAML'
jobs: [1]
env: {A: 1, B: two words}
wd: /
worker: 'echo {} $A $B $(pwd)'
YAML
is "environment and folder" "$out" "1 1 two words /"

spec --spec plan.yaml <<'YAML'
jobs: [1, 2, 3, 4]
slaves: 2
ordered: true
arrays:
  total: {dtype: i8, scope: reduction(sum), save: total.npy}
  mine: {dtype: f8, shape: [2, 3], scope: private}
  point: {dtype: {x: f8, id: i4}}
  seven: i4:2=7
  like: {init: 'like:seven'}
worker: '"$SHM" add total {} >/dev/null && "$SHM" get seven'
YAML
is "with what was said of them" "$out" "$(yes 7 | head -n 8)"
ok "and saved" test -s total.npy

spec --spec plan.yaml <<'YAML'
jobs: {list: ["a b", "1 2", "3 4"], colsep: ' ', header: ':'}
ordered: true
worker: [echo, '{b}{a}']
YAML
is "a list with a header" "$out$err" "21${nl}43"
spec --spec plan.yaml --seed 5 <<'YAML'
jobs: {list: [n, 1, 2, 3, 4, 5, 6, 7, 8], header: ':', shuf: true}
ordered: true
worker: [echo, '{n}']
YAML
is "a list in random order" "$(echo "$out" | sort)" "$(seq 8)"
isnt "which is another one" "$out" "$(seq 8)"
shuffled=$out
run sh -c '{ echo n; seq 8; } | "$@"' - "$SHMMAP" -k --shuf --seed 5 \
	--header : echo '{n}'
is "that of records" "$out" "$shuffled"
run sh -c '"$1" --dump-spec --spec plan.yaml | "$1" --seed 5 --spec -' - "$SHMMAP"
is "also when it is dumped" "$out" "$shuffled"

# lists
printf 'x\ny\n' >lines
spec --spec plan.yaml <<'YAML'
jobs: {product: [[a, "b c"], {file: lines}]}
ordered: true
worker: [echo, '{1}+{2}']
YAML
is "a product" "$out" "a+x${nl}a+y${nl}b c+x${nl}b c+y"
spec --spec plan.yaml <<'YAML'
worker: {filter: cat}
ordered: true
jobs: {zip: [[a, b, c], {file: lines}]}
YAML
is "a zip" "$out" "a${tab}x${nl}b${tab}y"
spec --spec plan.yaml <<'YAML'
steps:
- {worker: echo, jobs: {product: [[1], [2]]}, ordered: true}
- {worker: echo, jobs: {split: '10,3'}, ordered: true}
- {worker: echo, jobs: {range: 4, shuf: true}, seed: 3}
- {worker: [echo, '{n}'], jobs: {zip: [[n, 7]], header: ':'}}
YAML
is "other sources, in steps" "$(echo "$out" | sort)" \
	"0${nl}0 4${nl}1${nl}1 2${nl}2${nl}3${nl}4 7${nl}7${nl}7 10"

# variables
cat >plan.yaml <<'YAML'
jobs: ["${A}", "${B:-none}", "${env:OUTER}", "${env:NOSUCH:-no}", "$${A} $A"]
slaves: ${N:-2}
ordered: true
worker: [echo]
YAML
run env OUTER=out "$SHMMAP" --spec plan.yaml A='a ${B}'
is "variables" "$out" "a \${B}${nl}none${nl}out${nl}no${nl}\${A} \$A"
run env OUTER= "$SHMMAP" --spec plan.yaml A=1 A= B=2 N=1
is "empty ones, and the last of two" "$out" \
	"${nl}2${nl}${nl}no${nl}\${A} \$A"

printf 'jobs: ["${A:-${B:-x}.${C}}"]\nworker: echo\n' >plan.yaml
run "$SHMMAP" --spec plan.yaml C=2
is "variables in the text of another one" "$out" "x.2"
run "$SHMMAP" --spec plan.yaml A=1 B=3 C=2
is "which are in use, needed or not" "$out$err" 1

# the command line and a spec
cat >plan.yaml <<'YAML'
jobs: [1, 2]
slaves: nonsense
ordered: true
env: {A: 1}
worker: 'echo {}$A$B'
YAML
run "$SHMMAP" -j1 --env B=2 --spec plan.yaml
is "options take the place of keys, and add to lists" "$out" "112${nl}212"
run "$SHMMAP" -j1 --env A=3 --spec plan.yaml
is "a variable of the environment takes the place of that one" "$out" \
	"13${nl}23"
run "$SHMMAP" -j1 --range 5:7 --spec plan.yaml
is "jobs too" "$out" "51${nl}61"
spec -j1 --range 5:7 --spec plan.yaml <<'YAML'
jobs: {split: '10,2'}
worker: echo
YAML
is "and slices" "$out$err" "5${nl}6"

printf 'a,b\nc\0' >records
for key in "delimiter: ','" '"null": true'; do
	printf '%s\n' "$key" 'arg-file: records' 'worker: [printf, "[%s]"]' \
		'ordered: true' >plan.yaml
	for option in "-d b" -0 "-d ,"; do
		# shellcheck disable=SC2086 # two words
		run "$SHMMAP" $option --spec plan.yaml
		cp "$out_file" from-spec
		# shellcheck disable=SC2086
		run "$SHMMAP" $option -k -a records printf '[%s]'
		same "$option and $key: the option" from-spec "$out_file"
	done
done
spec -A y=i4 --save x=mine --save y=its --spec plan.yaml <<'YAML'
jobs: [1]
arrays: {x: {dtype: i4, init: 7, save: not-mine}}
worker: 'true'
YAML
is "what is saved: the option's file" "$(echo *mine its)" "mine its"

# anchors and aliases
spec --spec plan.yaml <<'YAML'
x-jobs: &jobs [1, 2]
x-array: &array {dtype: i4, shape: 3}
jobs: *jobs
ordered: true
arrays:
  a: *array
  b: {<<: *array, init: 5}
worker: '"$SHM" get b; : {}'
YAML
is "anchors, aliases and merged keys" "$out" "$(yes 5 | head -n 6)"
spec --spec plan.yaml <<'YAML'
x-a: &a {A: 1, B: 2}
x-b: &b {B: 3, C: 4, D: 5}
jobs: [1]
env: {<<: [*a, *b], D: 6}
worker: 'echo $A $B $C $D; : {}'
YAML
is "several that are merged: the first one counts" "$out" "1 2 4 6"
done_testing
