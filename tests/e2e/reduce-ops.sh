#!/bin/sh
# --reduce OP: what the lines of all results come to, the same for every kind of
# worker, order, schedule and number of slaves.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"

# reduces WANTED WORD...: the jobs of 1 to 200 with these words
reduces()
{
	wanted=$1
	shift
	run sh -c 'seq 200 | timeout 60 "$SHMMAP" "$@"' sh "$@"
	is "$*: result" "$out" "$wanted"
	is "$*: status and errors" "$status:$err" "0:"
}

reduces 20100 --reduce sum echo
reduces 20100 --filter --reduce sum cat
reduces 20100 --pipe --block 50 --reduce sum cat
reduces 20100.0 --filter --reduce sum sed 's/$/.0/'
reduces 100.5 --filter --reduce mean cat
reduces 3350.0 --filter --reduce var cat
reduces 200 --filter --reduce count sed 's/^/x/'
reduces 1 --filter --reduce min cat
reduces 200 --filter --reduce max cat
reduces 1 --filter --reduce argmin cat
reduces 200 --filter --reduce argmax cat
reduces 1 -k --filter --reduce first cat
reduces 200 -k --filter --reduce last cat
reduces "$(seq -s ' ' 200)" -k --filter --reduce concat cat
reduces 0 --filter --reduce prod sed 's/7/0/'
reduces 17 --filter --reduce argmin sed 's/^17$/-1.5/'
reduces "-inf${tab}9${nl}10.0${tab}45${nl}55.0${tab}45${nl}100.0${tab}101" \
	--filter --reduce hist:10:100:2 cat
reduces 20100 --filter --reduce sum:2 sed 's/.*/x & y/'
reduces 20100 -k --tag --filter --reduce sum:2 cat
# several lines, none, and one without its end
reduces 40200 --reduce sum sh -c 'echo $1; echo $1' sh
reduces 10100 --reduce sum sh -c '[ $(($1 % 2)) = 1 ] || echo $1' sh
reduces 20100 --reduce sum printf %s
reduces 0 --reduce sum true
reduces "" --reduce min true
run sh -c 'seq 200 | tr "\n" "\0" | timeout 60 "$SHMMAP" -0 --filter --reduce sum cat'
is "answers that end with a NUL" "$out:$status:$err" "20100:0:"

# called: lines of all sorts, with the number of their job
called lines <<'C'
#include <shmmap.h>
#include <string.h>
int work(struct shmmap_job *job)
{
	switch (job->number % 7) {
	case 0: /* nothing */
		return 0;
	case 1: /* no end */
		shmmap_emit(job, job->text, job->nbytes);
		return 0;
	case 2: /* two lines */
		shmmap_printf(job, "%s\n0\n", job->text);
		return 0;
	case 3: /* in pieces, one of them long */
		shmmap_printf(job, "%.1s", job->text);
		shmmap_printf(job, "%s%30000s\n", job->text + 1, "");
		return 0;
	default:
		shmmap_printf(job, "%s\n", job->text);
		return 0;
	}
}
int batch(struct shmmap_job *job)
{
	for (uint64_t i = 0; i < job->count; i++)
		shmmap_printf(job, "%d\n", (int)(job->value + job->step * i));
	return 0;
}
const struct shmmap_worker batched = { SHMMAP_WORKER, .batch = batch };
C
sum=$(seq 3000 | awk '$1 % 7 { sum += $1 } END { print sum }')
for options in -j1 -j3 "-j2 --schedule static,5" "-k -j2" "-k --schedule guided"; do
	# shellcheck disable=SC2086 # words
	run sh -c 'seq 3000 | timeout 60 "$SHMMAP" "$@"' sh $options \
		--reduce sum --dlopen ./lines.so
	is "called, $options: sum" "$out:$status:$err" "$sum:0:"
	# shellcheck disable=SC2086
	run sh -c 'seq 3000 | timeout 60 "$SHMMAP" "$@"' sh $options \
		--reduce argmax --dlopen ./lines.so
	is "called, $options: the job" "$out:$status:$err" "3000:0:"
	# shellcheck disable=SC2086
	run sh -c 'seq 3000 | sed "s/^2222$/&0/" | timeout 60 "$SHMMAP" "$@"' \
		sh $options --reduce argmax --dlopen ./lines.so
	is "called, $options: another job" "$out:$status:$err" "2222:0:"
done
run timeout 60 "$SHMMAP" --range 1:100001 --reduce sum --dlopen ./lines.so:batched
is "a range, called for all at once" "$out:$status:$err" "5000050000:0:"

# a newline anywhere in a result makes it two lines of the one job
called places <<'C'
#include <shmmap.h>
#include <stdlib.h>
#include <string.h>
static size_t length, place;
static int setup(int argc, char **argv)
{
	length = argc > 1 ? (size_t)atoi(argv[1]) : 0;
	place = argc > 2 ? (size_t)atoi(argv[2]) : length;
	return 0;
}
static int work(struct shmmap_job *job)
{
	char text[64];
	if (job->number == 2)
		return shmmap_printf(job, "7\n") != 2;
	memset(text, '0', sizeof(text));
	text[length - 1] = '\n';
	if (place < length)
		text[place] = '\n';
	shmmap_emit(job, text, length);
	return 0;
}
const struct shmmap_worker shmmap_worker = {
	SHMMAP_WORKER, .setup = setup, .work = work
};
C
got=
wanted=
for length in 1 2 3 7 8 9 10 11 17; do
	place=0
	while [ $place -lt $length ]; do
		got="$got $(timeout 60 "$SHMMAP" -j1 --schedule static --range 2 \
			--reduce argmax --dlopen ./places.so $length $place)"
		wanted="$wanted 2"
		place=$((place + 1))
	done
done
is "a newline at every place" "$got" "$wanted"

# slaves that die: what their other jobs have printed is there, under their
# numbers
called_worker
seq 3000 | sed 's/^.*[37]77$/kill/;2776s/.*/9999/' >jobs
for op in sum argmax:1 last; do
	case $op in
	sum) wanted=$(awk '$1 != "kill" { sum += $1 } END { print sum }' jobs) ;;
	argmax*) wanted=2776 ;;
	*) wanted=3000 ;;
	esac
	for options in "-k -j1" "-k -j3" "-k -j2 --schedule static,100"; do
		# shellcheck disable=SC2086 # words
		run timeout 60 "$SHMMAP" $options -a jobs --reduce $op \
			--dlopen ./worker.so
		is "slaves die, $op, $options" "$out:$status" "$wanted:137"
		is "slaves die, $op, $options: all are named" \
			"$(grep -c '^shmmap: job [0-9]*77: .*killed by signal 9 ' "$err_file")" 6
	done
done

# floats: the same bits for every order
awk 'BEGIN {
	srand(5)
	for (i = 0; i < 4000; i++) {
		e = int(rand() * 600) - 300
		printf "%s%.17ge%d\n", rand() < 0.5 ? "-" : "", rand(), e
	}
	for (i = 0; i < 4000; i++)
		printf "%s%.17g\n", rand() < 0.5 ? "-" : "", rand() * 1e3
}' >floats
tail -n 4000 floats >near
sort near >near.sorted
wanted=$(timeout 60 "$SHMMAP" -j1 -k -a near --filter --reduce sum cat)
for options in -j1 -j2 -j5 "-j3 --schedule static" "-j2 --schedule dynamic,1" \
	"-k -j3" "-j2 --schedule guided"; do
	for jobs in near near.sorted; do
		# shellcheck disable=SC2086 # words
		is "sum of $jobs: $options" "$(timeout 60 "$SHMMAP" $options \
			-a $jobs --filter --reduce sum cat)" "$wanted"
	done
done
if has python3; then
	for jobs in near floats; do
		for op in sum mean var; do
			wanted=$(python3 -c '
import math, sys
from fractions import Fraction
x = [float(line) for line in sys.stdin]
n, s = len(x), sum(map(Fraction, x))
q = sum(Fraction(v) ** 2 for v in x)
print(repr({"sum": lambda: math.fsum(x), "mean": lambda: float(s / n),
	"var": lambda: float((n * q - s * s) / (n * (n - 1)))
	}[sys.argv[1]]()))' $op <$jobs 2>python) || wanted=inf
			is "$op of $jobs is Python's" "$(timeout 60 "$SHMMAP" -a $jobs \
				--filter --reduce $op cat)" "$wanted"
		done
	done
else
	skip_one "no python3"
fi

# jobs that fail: what they printed counts, but for half a line
run sh -c 'seq 10 | timeout 60 "$SHMMAP" --reduce sum "$@"' sh \
	sh -c 'echo $1; printf 1000; [ $1 != 3 ]' sh
is "a failed job's lines count, not half a line" "$out" "9055"
is "its status is the run's" "$status" 1
like "it is named" "$err" "^shmmap: job 3: "

# errors of jobs pass
run sh -c 'seq 3 | timeout 60 "$SHMMAP" -k --reduce sum "$@"' sh \
	sh -c 'echo $1; echo "error $1" >&2' sh
is "errors pass by" "$out:$err" "6:error 1${nl}error 2${nl}error 3"

# a result as long as the results
if ! is_sanitized; then
	run sh -c 'seq 1000000 | timeout 60 "$SHMMAP" -k --filter --reduce concat cat |
		tr " " "\n" | cksum'
	is "a text of any length" "$out" "$(seq 1000000 | cksum)"
fi
status_is "an output that is full" 125 sh -c \
	'seq 10 | timeout 60 "$SHMMAP" --reduce sum echo >/dev/full'
like "it is said" "$err" "^shmmap: standard output: "
# much of one job, whose slave folds it
is "signs of a long product" "$(timeout 60 "$SHMMAP" --reduce prod \
	'yes -- -1 | head -n {}' ::: 20001 20002 20003 20005)" -1
done_testing
