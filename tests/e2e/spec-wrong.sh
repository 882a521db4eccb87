#!/bin/sh
# Whatever is wrong with a spec is told at once, each with line and column and
# what is wrong there; nothing is run and the status is 125.
. "$(dirname "$0")/lib.sh"

: >empty
echo 1 >jobs

# wrong DESCRIPTION: the spec on standard input, up to a line ---, and what
# standard error is to be, without the name of the file
wrong()
{
	cat >both
	sed '/^---$/,$d' both >plan.yaml
	sed '1,/^---$/d; s/^\([0-9]*:[0-9]*: \)/plan.yaml:\1/' both >wanted
	run "$SHMMAP" --spec plan.yaml <jobs
	is "$1: status and output" "$status$out" 125
	same "$1: messages" "$err_file" wanted
}

wrong "all at once" <<'YAML'
slavs: 3
ordered: yes
tag: [true]
jobs: {fil: x, file: nofile, slaves: 3}
worker: {filter: cat, dlopen: ./x.so, exce: y}
delimiter: xx
seed: ~
help: true
wd: /nonexistent
env: {A: [1], B: {C: 1}}
slaves: 9
slaves: 8
wurst: x
spec: other.yaml
arrays: {x: f9, y: {shape: 3}, z: {dtype: f8, scope: all}}
grace: forever
---
1:1: unknown key 'slavs' (did you mean 'slaves'?)
2:10: ordered: 'yes' is not true or false
3:6: tag wants a single value, not a list
4:8: unknown key 'fil' in jobs (did you mean 'file'?)
4:22: arg-file: 'nofile': No such file or directory
4:30: key 'slaves' does not belong into jobs
5:23: filter and dlopen exclude each other
5:39: unknown key 'exce' in worker (did you mean 'exec'?)
6:12: delimiter: 'xx' is not one byte
7:7: seed has no value
8:1: 'help' is for the command line only
9:5: wd: '/nonexistent': No such file or directory
10:10: A wants a single value, not a list
10:18: B wants a single value, not a mapping
12:1: key 'slaves' is there twice (first in line 11)
13:1: unknown key 'wurst'
14:1: 'spec' is for the command line only
15:13: array: 'x=f9': no dtype 'f9': one of ? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16 S<n> or {name=dtype,...}
15:17: array y has no dtype
15:54: scope: 'all' is not shared, private or reduction(OP)
shmmap: plan.yaml: 1 more error
YAML

wrong "what is said in two places" <<'YAML'
range: 5
jobs: {range: 6}
dlopen: ./a.so
worker: {dlopen: ./b.so, wd: /}
wd: /tmp
---
2:15: range is there twice (first in line 1)
4:18: dlopen is there twice (first in line 3)
5:5: wd is there twice (first in line 4)
YAML

wrong "what is said of all steps, and of one in another way" <<'YAML'
range: 5
worker: echo
steps:
- {jobs: {range: 6}}
- {range: 6}
---
1:8: range is there twice (first in line 4)
YAML

wrong "what is said of all steps, and replaced by each" <<'YAML'
reduce: hist:x
worker: {filter: [], exec: y}
jobs: {file: nofile}
wd: /nonexistent
tag: maybe
env: {A: [1]}
x-note: {tag: maybe}
steps:
- {reduce: sum, worker: echo, jobs: [1], wd: /, tag: true, env: {}}
- {reduce: max, worker: echo, jobs: [2], wd: /, tag: true, env: {}}
---
1:9: reduce: 'hist:x' is not hist:LO:HI:N, with :COLUMN or not
2:18: filter has no word
2:22: filter and exec exclude each other
3:14: arg-file: 'nofile': No such file or directory
4:5: wd: '/nonexistent': No such file or directory
5:6: tag: 'maybe' is not true or false
6:10: A wants a single value, not a list
YAML

wrong "what is replaced beside what is not" <<'YAML'
reduce: sum:x
tag: maybe
steps:
- {reduce: sum, worker: echo, jobs: [1]}
- 5
- {reduce: max, worker: echo, jobs: [2], schedule: dynamic:5}
---
1:9: reduce: 'sum:x' is not OP, with :COLUMN or not
2:6: tag: 'maybe' is not true or false
5:3: a step is a mapping, not a single value
6:52: schedule: 'dynamic:5' is not static, dynamic, guided or auto, with ,CHUNK or not
YAML

wrong "scopes that each step replaces" <<'YAML'
arrays: {x: f8}
reduction: [sum:x, sun:x]
steps:
- {worker: echo, jobs: [1], private: x}
- {worker: echo, jobs: [2], reduction: []}
---
2:13: reduction: 'sun:x': 'sun' is no operation: one of sum prod min max and or xor
YAML

wrong "and those of the arrays themselves" <<'YAML'
arrays: {x: {dtype: f8, scope: all}, y: {dtype: f8, shap: 3}}
steps:
- {worker: echo, jobs: [1], private: x}
- {worker: echo, jobs: [2], reduction: []}
---
1:32: scope: 'all' is not shared, private or reduction(OP)
1:53: unknown key 'shap' in y (did you mean 'shape'?)
YAML

# each for itself, and for nothing else
cat >plan.yaml <<'YAML'
ordered: true
ungroup: true
worker: {filter: cat}
private: x
arrays: {x: {dtype: i8, scope: reduction(sum), save: x.npy}}
steps:
- {worker: 'echo a{}', jobs: [1], ungroup: false, reduction: []}
- {worker: 'echo b{}', jobs: [2], ungroup: false, reduction: 'max:x'}
YAML
status_is "what is replaced does not count" 0 "$SHMMAP" --spec plan.yaml
is "and is not run" "$out$err" "a1${nl}b2"

wrong "keys that belong elsewhere" <<'YAML'
product: [[1], [2]]
exec: x
jobs: {exec: x, dtype: f8}
worker: {zip: [[1]], jobs: [1], arrays: {}}
---
1:1: key 'product' belongs into jobs
2:1: key 'exec' belongs into worker
3:8: key 'exec' belongs into worker
3:17: key 'dtype' belongs into arrays
4:10: key 'zip' belongs into jobs
4:22: key 'jobs' does not belong into worker
4:33: key 'arrays' does not belong into worker
YAML

wrong "types" <<'YAML'
jobs: 5
worker: {exec: {cmd: x}, filter: []}
arrays: [x=f8]
slaves: [1]
save: {x: }
array: [[x], {y: f8}]
---
1:7: jobs wants a list, stdin, or a mapping such as {file: FILE}
2:16: exec wants a command, a single text or a list of words
2:26: exec and filter exclude each other
3:9: arrays wants a mapping of names, not a list
4:9: slaves wants a single value, not a list
5:11: x has no value
6:9: array wants a single value, not a list
6:14: array wants a single value, not a mapping
YAML

wrong "values that look like options" <<'YAML'
seed: 'no --seed'
worker: x
---
1:7: seed: 'no --seed' is not a number from 0 to 2^64 - 1
YAML

wrong "jobs" <<'YAML'
jobs: [a, ~, [b], {c: d}]
worker: {exec: [a, ~, [b]]}
---
1:11: a job has no value
1:14: a job wants a single value, not a list
1:19: a job wants a single value, not a mapping
2:20: a word of the command has no value
2:23: a word of the command wants a single value, not a list
YAML

wrong "lists" <<'YAML'
worker: x
jobs: {product: [[a, ":::"], 5, {file: jobs}, {fil: x}, [[x], ~]], zip: []}
---
2:22: an item can not be :::
2:30: a list is wanted, or {file: FILE}, not a single value
2:47: a list is wanted, or {file: FILE}, not a mapping
2:58: an item wants a single value, not a list
2:63: an item has no value
2:73: zip wants a list of lists
YAML

wrong "files" <<'YAML'
worker: x
jobs: {product: [[a], {file: nofile}], split: '@nothing,2'}
arrays: {x: {dtype: f8, save: nofolder/x}}
save: {x: nofolder/y}
---
2:30: file: 'nofile': No such file or directory
3:31: save: x: nofolder/x: No such file or directory
4:8: save: x: nofolder/y: No such file or directory
YAML

wrong "records of a file" <<'YAML'
worker: x
jobs: {split: '@nothing,2'}
---
2:15: split: nothing: No such file or directory
YAML

wrong "names" <<'YAML'
worker: x
env: {A=B: c}
arrays:
  x=S9: y
  z: {dtype: {a: f8, "b=f8,c": f8}}
save: {z=z: z}
---
2:7: 'A=B': a name with a =
4:3: 'x=S9': a name with a =
5:22: 'b=f8,c': a name with a =
6:8: 'z=z': a name with a =
YAML

wrong "lists of two kinds" <<'YAML'
worker: x
jobs: {product: [[a]], zip: [[b]]}
---
2:24: product and zip exclude each other
YAML

wrong "lists and jobs" <<'YAML'
worker: x
jobs: {product: [[a]], list: [b]}
---
2:17: product and a list of jobs exclude each other
YAML

wrong "lists and a file" <<'YAML'
worker: x
jobs: {product: [[a]], file: jobs}
---
2:17: product and arg-file exclude each other
YAML

wrong "lists and a range" <<'YAML'
worker: x
jobs: {zip: [[a]], range: 5}
---
2:13: zip and range exclude each other
YAML

wrong "slices and jobs" <<'YAML'
worker: x
jobs: {list: [a], split: 10}
---
2:26: a list of jobs and split exclude each other
YAML

wrong "a header that is not there" <<'YAML'
worker: x
jobs: {list: [], header: ':'}
---
2:26: header: the list of jobs is empty
YAML

wrong "standard input of several steps" <<'YAML'
steps:
- {worker: x, jobs: {product: [[1], {file: '-'}]}}
- {worker: x, shuf: true}
---
3:3: no jobs: an earlier step has read standard input
YAML

printf 'worker: x\nshuf: true\n' >plan.yaml
run sh -c '"$1" --spec - <plan.yaml' - "$SHMMAP"
is "jobs and spec from the same input" "$status$err" \
	"125shmmap: --spec -: standard input is the spec, and can not be the jobs"

wrong "a list that is none" <<'YAML'
jobs: {list: a}
worker: []
---
1:14: list wants a list, not a single value
2:9: worker has no word
YAML

wrong "arrays" <<'YAML'
arrays:
  a: {dtype: f8, shap: 3}
  b: {dtype: {x: [f8]}}
  c: {dtype: f8, shape: [2, [3]]}
  d: {dtype: f8, scope: reduction(sun)}
  e: {dtype: f8, scope: reduction(sum}
  f: {init: '@nofile.npy'}
  a: f8
worker: x
---
2:18: unknown key 'shap' in a (did you mean 'shape'?)
3:18: dtype wants a single value, not a list
4:29: shape wants a single value, not a list
6:25: scope: 'reduction(sum' is not shared, private or reduction(OP)
7:3: array: 'f=@nofile.npy': nofile.npy: No such file or directory
8:3: key 'a' is there twice (first in line 2)
YAML

# of what the options say together
wrong "a reduction" <<'YAML'
arrays:
  d: {dtype: f8, scope: reduction(sun)}
worker: x
---
2:25: reduction: 'sun:d': 'sun' is no operation: one of sum prod min max and or xor
YAML

wrong "nothing to run" <<'YAML'
jobs: [1]
---
1:1: no worker: nothing to run
YAML

wrong "conflict of sources" <<'YAML'
jobs: [1]
arg-file: jobs
worker: x
---
2:11: arg-file and a list of jobs exclude each other
YAML

wrong "conflict of options" <<'YAML'
worker: x
ordered: true
ungroup: true
---
3:1: ungroup and ordered exclude each other
YAML

wrong "conflict of workers" <<'YAML'
filter: true
worker: {exec: x}
---
2:16: exec and filter exclude each other
YAML

wrong "conflict of keys" <<'YAML'
filter: true
pipe: true
worker: x
---
2:1: filter and pipe exclude each other
YAML

wrong "what needs something else" <<'YAML'
worker: x
keep: true
---
2:1: keep needs a name to be found by (segment NAME)
YAML

wrong "a command" <<'YAML'
worker: {exec: ['echo', '{2}']}
jobs: [1]
---
1:16: {2}: jobs have one column
YAML

wrong "a delimiter in a job" <<'YAML'
delimiter: ','
jobs: [a, "b,c", d]
worker: x
---
2:11: a job with the delimiter in it
YAML

wrong "variables" <<'YAML'
jobs: ["${A}", "${env:NOSUCH}", "${A B}", "${B:-c", "${}", "${1}"]
worker: 'echo ${x##*.}'
---
1:8: a job: variable 'A' is not set (NAME=VALUE behind the file)
1:16: a job: 'NOSUCH' is not in the environment
1:33: a job: '${A B}' is no variable, ${NAME}, ${env:NAME} or ${NAME:-TEXT} (for the shell: $${NAME})
1:43: a job: '${B:-c' is no variable, ${NAME}, ${env:NAME} or ${NAME:-TEXT} (for the shell: $${NAME})
1:53: a job: '${}' is no variable, ${NAME}, ${env:NAME} or ${NAME:-TEXT} (for the shell: $${NAME})
1:60: a job: '${1}' is no variable, ${NAME}, ${env:NAME} or ${NAME:-TEXT} (for the shell: $${NAME})
2:9: a word of the command: '${x##*.}' is no variable, ${NAME}, ${env:NAME} or ${NAME:-TEXT} (for the shell: $${NAME})
YAML

# YAML that is none
wrong "a list" <<'YAML'
- worker
---
1:1: a mapping of keys is wanted, not a list
YAML

wrong "nothing" <<'YAML'
# nothing
---
1:1: nothing in it
YAML

printf 'worker: x\n---\nworker: y\n' >plan.yaml
run "$SHMMAP" --spec plan.yaml
is "two documents" "$status$err" "125plan.yaml:2:1: a second document"

wrong "a bracket" <<'YAML'
jobs: [1, 2
worker: x
---
2:7: did not find expected ',' or ']' (while parsing a flow sequence)
YAML

wrong "indentation" <<'YAML'
worker: x
 jobs: 1
---
2:6: mapping values are not allowed in this context
YAML

wrong "a key that is a list" <<'YAML'
worker: x
[a, b]: c
? {d: e}
: f
---
2:1: a key must be a single word
YAML

wrong "aliases" <<'YAML'
worker: *w
---
1:9: alias 'w' stands for nothing
YAML

wrong "an alias in itself" <<'YAML'
jobs: &a [1, *a]
worker: x
---
1:14: an alias in what it stands for
YAML

wrong "a tag" <<'YAML'
worker: !!python/object x
---
1:9: tag 'tag:yaml.org,2002:python/object' has no meaning here
YAML

wrong "base64" <<'YAML'
worker: !!binary 'YQ='
---
1:9: no base64
YAML

wrong "a merge" <<'YAML'
arrays: {<<: 5}
---
1:14: << wants an alias or a list of aliases of mappings
YAML

wrong "merges" <<'YAML'
x-a: &a {b: 1}
env: {<<: [*a, {c: 1}, 5]}
---
2:24: << wants an alias or a list of aliases of mappings
YAML

wrong "a NUL" <<'YAML'
worker: "a\0b"
---
1:9: a NUL in a text
YAML

tab=$(printf '\t')
wrong "tabs" <<YAML
worker:
${tab}exec: x
---
2:1: a tab in the indentation (blanks are wanted)
YAML

printf 'worker: \377x\n# \303\251 \300 \377\nwd: \001\n' >plan.yaml
run "$SHMMAP" --spec plan.yaml
is "bad bytes" "$err" "plan.yaml:1:9: byte 0xff is not UTF-8
plan.yaml:2:5: byte 0xc0 is not UTF-8
plan.yaml:3:5: character U+0001 can only stand as an escape in double quotes"
printf '\357\273\277worker: x\nworkr: \303\251\303\251\nslaves: [\303\251, x]\n' >plan.yaml
run "$SHMMAP" --spec plan.yaml
is "a byte order mark, columns of characters" "$err" \
	"plan.yaml:2:1: unknown key 'workr' (did you mean 'worker'?)
plan.yaml:3:9: slaves wants a single value, not a list"

# bombs
{
	echo 'x-0: &a0 ["lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol"]'
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		l="*a$((i - 1))"
		echo "x-$i: &a$i [$l, $l, $l, $l, $l, $l, $l, $l]"
	done
	echo 'worker: x'
} >plan.yaml
status_is "a bomb of aliases" 125 timeout 20 "$SHMMAP" --spec plan.yaml
like "is refused" "$err" '^plan.yaml:9:[0-9]*: aliases make this document too large$'
is "once" "$(wc -l <"$err_file")" 1
{
	printf 'x-a: &a "%1048576s"\nx-b:\n' x
	yes -- '- *a' | head -n 200
} >plan.yaml
status_is "a long text that stands for many" 125 timeout 20 \
	"$SHMMAP" --spec plan.yaml
like "is refused, too" "$err" \
	'^plan.yaml:[0-9]*:3: aliases make this document too large$'
awk 'BEGIN {
	print "x-a: &a"; for (i = 0; i < 20000; i++) print "  k" i ": 1"
	print "env:"; for (i = 0; i < 100000; i++) print "  <<: *a"
}' >plan.yaml
status_is "a bomb of merged keys" 125 timeout 20 "$SHMMAP" --spec plan.yaml
like "is refused, too" "$err" '^plan.yaml:[0-9]*:7: aliases make this document too large$'
awk 'BEGIN {
	print "x-a: &a"; for (i = 0; i < 50000; i++) print "  k" i ": 1"
	print "x-b:\n  <<: *a"; for (i = 0; i < 50000; i++) print "  l" i ": 1"
	print "worker: x"
}' >plan.yaml
status_is "many merged keys are read in the end" 0 timeout 20 \
	"$SHMMAP" --dump-spec --spec plan.yaml
yes '# nothing' | head -c 67108865 >plan.yaml
status_is "a file of more than 64 MiB" 125 timeout 20 "$SHMMAP" --spec plan.yaml
is "is not read" "$err" "shmmap: --spec: plan.yaml: File too large"
awk 'BEGIN { printf "jobs: "; for (i = 0; i < 100000; i++) printf "[" }' \
	>plan.yaml
status_is "what is nested deeply" 125 timeout 20 "$SHMMAP" --spec plan.yaml
is "is refused, too" "$err" "plan.yaml:1:22: nested too deeply"
awk 'BEGIN { for (i = 0; i < 1000; i++) print "x-" i ": &a" i " 1" }' \
	>plan.yaml
status_is "many anchors" 125 "$SHMMAP" --spec plan.yaml
is "are refused, too" "$err" "plan.yaml:257:8: too many anchors"

# 20 of many
awk 'BEGIN { for (i = 1; i <= 25; i++) print "zzz" i ": 1" }' >plan.yaml
run "$SHMMAP" --spec plan.yaml
is "20 messages, and how many more" "$(wc -l <"$err_file")" 21
is "the last" "$(tail -n 1 "$err_file")" "shmmap: plan.yaml: 5 more errors"

# A warning of the environment does not take the place of what is wrong, and is
# not told for each step.
printf 'jobs: [a]\nworker: echo\nslaves: 99999\n' >plan.yaml
OMP_SCHEDULE=odd status_is "an error beside a warning" 125 \
	"$SHMMAP" --spec plan.yaml
like "is told" "$err" "^plan.yaml:3:9: slaves: '99999' is not a number"
like "and so is the warning" "$err" \
	"^shmmap: OMP_SCHEDULE: 'odd' is not a schedule; ignored\$"
printf 'steps:\n- {jobs: [a], worker: echo}\n- {jobs: [b], worker: echo}\n' \
	>plan.yaml
OMP_SCHEDULE=odd OMP_NUM_THREADS=x NSLOTS=y status_is "warnings and steps" 0 \
	"$SHMMAP" --spec plan.yaml
is "each variable is warned of once" "$(cut -d : -f 2 "$err_file")" \
	" OMP_SCHEDULE$nl NSLOTS$nl OMP_NUM_THREADS"

# the file, and the words behind it
wrong_words()
{
	wanted=$1
	shift
	status_is "$*: status" 125 "$SHMMAP" "$@" <jobs
	is "$*: message" "$err" "shmmap: $wanted"
}
echo 'worker: echo ${A:-a}' >plan.yaml
wrong_words "--spec: nofile.yaml: No such file or directory" --spec nofile.yaml
wrong_words "--spec: .: Is a directory" --spec .
wrong_words "--spec: 'echo' is not NAME=VALUE" --spec plan.yaml echo
wrong_words "--spec: '=1' is not NAME=VALUE" --spec plan.yaml =1
wrong_words "--spec: '1=1' is not NAME=VALUE" --spec plan.yaml 1=1
wrong_words "--spec: plan.yaml has no variable 'B'" --spec plan.yaml A=1 B=2
wrong_words "--spec: 'plan.yaml' is a second one" \
	--spec plan.yaml --spec plan.yaml
run sh -c 'echo "worker: echo" | "$1" --spec -' - "$SHMMAP"
is "jobs and spec from standard input" "$status$err" \
	"125shmmap: --spec -: standard input is the spec, and can not be the jobs"
ok "nothing was run" test ! -e ran
done_testing
