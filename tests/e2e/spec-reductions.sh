#!/bin/sh
# Reductions and private arrays of a spec with steps: copies are combined at the
# end of each step, and a step says itself whose an array is.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"

export SHM
called numbers <<'C'
#include <shmmap.h>
#include <inttypes.h>
#include <stdint.h>
/* what the array `total` is for each job; job k adds k to it */
static int tally(struct shmmap *segment, struct shmmap_job *job)
{
	struct shmmap_array *total = shmmap_get(segment, "total");
	int64_t *value = total ? shmmap_data(total) : 0;

	if (!value)
		return shmmap_fail(job, "%s", shmmap_error());
	if (job->text && *job->text == 'r')
		shmmap_printf(job, "%" PRId64 "\n", *value);
	else
		*value += (int64_t)job->number;
	return 0;
}
int work(struct shmmap_job *job)
{
	struct shmmap *segment;
	int status;

	if (shmmap_attach(&segment))
		return shmmap_fail(job, "%s", shmmap_error());
	shmmap_follow(segment, job);
	status = tally(segment, job);
	shmmap_detach(segment);
	return status;
}
C

spec()
{
	cat >plan.yaml
	run "$SHMMAP" "$@" --spec plan.yaml
}

# number FILE: the i8 that is saved in it
number()
{
	tail -c 8 "$1" | od -An -td8 | tr -d ' '
}

for how in '' -j1 --debug; do
	spec $how <<'YAML'
ordered: true
slaves: 3
arrays: {total: {dtype: i8, init: 100, save: total.npy}}
steps:
- {reduction: 'sum:total', jobs: {range: 1:11}, worker: '"$SHM" add total {} >/dev/null'}
- {reduction: 'sum:total', jobs: {range: 1:11}, worker: {dlopen: ./numbers.so}}
- {jobs: [read], worker: '"$SHM" get total; : {}'}
- {jobs: [read], worker: {dlopen: ./numbers.so}}
- {reduction: 'max:total', jobs: [0], worker: '"$SHM" set total 1000; : {}'}
- {jobs: [read], worker: {dlopen: ./numbers.so}, backend: thread}
- {reduction: 'sum:total', jobs: {range: 1:5}, worker: {dlopen: ./numbers.so}, backend: thread}
- {jobs: [x, y], worker: '"$SHM" add total 1 >/dev/null; : {}'}
- {jobs: [read], worker: '"$SHM" get total; : {}'}
YAML
	is "what a step has added is there for the next: $how" \
		"$status:$out$err" "0:210${nl}210${nl}1000${nl}1012"
	is "and saved in the end: $how" "$(number total.npy)" 1012
done

# scopes KEY [OPTION]...: those of x and y in each of three steps, where KEY, or
# the options, is said of all steps
scopes()
{
	key=$1
	shift
	spec "$@" <<YAML
slaves: 2
ordered: true
array: [x=i8, y=i8]
reduction: sum:y
$key
jobs: [0]
worker: '"\$SHM" ls | cut -f 1,5; : {}'
steps:
- {reduction: sum:y}
- {private: y}
- {}
YAML
	scopes=$(printf '%s\n' "$out" | tr '\t\n' '= ')
}

# what is said of all steps, and what a step says instead
scopes "" --private x
is "a step's scopes and no others" "$status:$err$scopes" \
	"0:x=private y=reduction(sum) x=private y=private x=private y=reduction(sum) "
scopes "private: x"
is "also of those that are keys" "$status:$err$scopes" \
	"0:x=shared y=reduction(sum) x=shared y=private x=private y=reduction(sum) "
spec <<'YAML'
ordered: true
slaves: 2
arrays:
  total: {dtype: i8, scope: reduction(sum)}
  own: {dtype: i8, init: 7, scope: private}
jobs: {range: 1:11}
steps:
- {worker: '"$SHM" add total {} >/dev/null'}
- {worker: '"$SHM" add total {} >/dev/null', jobs: {range: 1:3}}
- {worker: '"$SHM" get total; : {}', jobs: [0]}
- {reduction: [], worker: '"$SHM" get total; "$SHM" get own; : {}', jobs: [0]}
- {private: own, worker: '"$SHM" get total; : {}', jobs: [0]}
- {worker: '"$SHM" ls | cut -f 1,5; : {}', jobs: [0]}
YAML
is "scopes of all steps, and of one" "$status:$out$err" \
	"0:0${nl}58${nl}7${nl}58${nl}total${tab}reduction(sum)${nl}own${tab}private"
spec --reduction sum:total <<'YAML'
array: total=i8
save: total=total
slaves: 2
jobs: {range: 1:11}
steps:
- {worker: '"$SHM" add total {} >/dev/null'}
- {worker: '"$SHM" add total {} >/dev/null'}
YAML
is "of the command line" "$status:$(number total)" 0:110

# private copies go on as long as they are private
spec <<'YAML'
slaves: 1
array: own=i8=7
steps:
- {private: own, jobs: [1, 2], worker: '"$SHM" add own {} >/dev/null'}
- {private: own, reduction: [], jobs: [0], worker: '"$SHM" get own; : {}'}
- {jobs: [0], worker: '"$SHM" get own; "$SHM" set own 50; : {}'}
- {private: own, jobs: [0], worker: '"$SHM" get own; : {}'}
YAML
is "private copies stay from step to step" "$status:$out$err" \
	"0:10${nl}7${nl}50"
spec <<'YAML'
slaves: 1
array: [own=i8=7, total=i8]
steps:
- {private: own, jobs: [1], worker: '"$SHM" add own {} >/dev/null'}
- {private: own, reduction: 'sum:total', jobs: [3], worker: '"$SHM" add total {} >/dev/null; "$SHM" get own'}
- {private: [own, total], jobs: [0], worker: '"$SHM" get own; "$SHM" get total; : {}'}
YAML
is "also where other arrays change" "$status:$out$err" "0:8${nl}8${nl}3"

# large ones, of all slaves
spec <<'YAML'
slaves: 4
arrays: {x: {dtype: f8, shape: 300001, save: x}}
steps:
- {reduction: 'sum:x', jobs: {range: 1:5}, worker: '"$SHM" set x : {}; "$SHM" barrier'}
- {reduction: 'sum:x', jobs: {range: 1:5}, worker: '"$SHM" barrier; "$SHM" set x : {}; "$SHM" barrier'}
- {jobs: [0], worker: '"$SHM" get x 0; "$SHM" get x -1; : {}'}
YAML
is "each element of a large one" \
	"$status:$err$(od -An -v -tf8 -w8 x | sort -u | tr -d ' ')" 0:20

# a slave that dies: what it has added stays, once
spec <<'YAML'
slaves: 2
array: total=i8
save-always: total=total
steps:
- {reduction: 'sum:total', jobs: {range: 1:11}, worker: '"$SHM" add total {} >/dev/null'}
- {reduction: 'sum:total', jobs: {range: 1:11}, worker: '"$SHM" add total {} >/dev/null; [ {} != 5 ] || kill -9 $PPID'}
- {jobs: [0], worker: 'touch ran {}'}
YAML
is "a slave that is killed" "$status:$(number total)" 137:110
ok "has failed its job, and the run" test ! -e ran

# what is dumped is the same
cat >plan.yaml <<'YAML'
slaves: 2
ordered: true
arrays: {total: {dtype: i8, scope: reduction(sum)}}
steps:
- {worker: '"$SHM" add total {} >/dev/null', jobs: {range: 1:11}}
- {reduction: [], worker: '"$SHM" get total; : {}', jobs: [0]}
YAML
"$SHMMAP" --dump-spec --spec plan.yaml >dumped.yaml
"$SHMMAP" --dump-spec --spec dumped.yaml >again.yaml
same "a dump of it" dumped.yaml again.yaml
is "does the same" "$("$SHMMAP" --spec dumped.yaml)" 55

# what is wrong
for step in "{reduction: 'sum:z'}" "{reduction: 'sum:y'}" \
	'{reduction: "sum:x", private: x}' '{array: z=f8}'; do
	cat >plan.yaml <<-YAML
		array: [x=f8, y=S3]
		jobs: [0]
		worker: x
		steps:
		- {}
		- $step
	YAML
	run "$SHMMAP" --spec plan.yaml
	like "is told where it is: $step" "$status:$err" \
		"^125:plan.yaml:6:[0-9]*: "
done
done_testing
