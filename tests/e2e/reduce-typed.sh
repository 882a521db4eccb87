#!/bin/sh
# --result: results are numbers as they lie in memory.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"

called numbers <<'C'
#include <shmmap.h>
#include <stdlib.h>
#include <string.h>
int f8(struct shmmap_job *job)
{
	double x = atof(job->text);
	shmmap_emit(job, &x, sizeof x);
	return 0;
}
/* two in as many bytes as a double */
int f4(struct shmmap_job *job)
{
	float x[2] = { strtof(job->text, NULL), 1 };
	shmmap_emit(job, x, sizeof x);
	return 0;
}
/* the job, its negative, its square; some jobs twice, in two pieces, or not */
int i8(struct shmmap_job *job)
{
	int64_t n = atoi(job->text), all[3] = { n, -n, n * n };
	if (n % 10 == 3)
		return 0;
	if (n % 10 == 7)
		shmmap_emit(job, all, sizeof all);
	shmmap_emit(job, all, 5);
	shmmap_emit(job, (char *)all + 5, sizeof all - 5);
	if (n % 1000 == 0)
		shmmap_emit(job, all, n == 1000 ? 9 : 0);
	return n == 1000 && getenv("FAIL") != NULL;
}
int bytes(struct shmmap_job *job)
{
	shmmap_emit(job, "\xff\x80\1", 3);
	return 0;
}
C

seq 999 >jobs
sums=$(awk '$1 % 10 != 3 {
	n = $1 % 10 == 7 ? 2 : 1; a += n * $1; c += n * $1 * $1
} END { printf "%d\t%d\t%d", a, -a, c }' jobs)
for options in -j1 -j3 "-k -j2 --schedule static,7"; do
	# shellcheck disable=SC2086 # words
	reduced()
	{
		run timeout 60 "$SHMMAP" $options -a jobs "$@"
	}
	reduced --reduce sum --result i8:3 --dlopen ./numbers.so:i8
	is "$options: columns" "$out:$status:$err" "$sums:0:"
	reduced --reduce max:3 --result i8:3 --dlopen ./numbers.so:i8
	is "$options: a column" "$out:$status:$err" "998001:0:"
	reduced --reduce argmin:2 --result i8:3 --dlopen ./numbers.so:i8
	is "$options: a job" "$out:$status:$err" "999:0:"
	reduced --reduce sum --result f8 --dlopen ./numbers.so:f8
	is "$options: doubles" "$out:$status:$err" "499500.0:0:"
	reduced --reduce sum --result f4:2 --dlopen ./numbers.so:f4
	is "$options: two floats" "$out:$status:$err" \
		"499500.0${tab}999.0:0:"
done
awk 'BEGIN { srand(3); for (i = 0; i < 5000; i++)
	printf "%.17ge%d\n", rand() - 0.5, rand() * 100 }' >floats
for op in sum mean var min count; do
	is "the same as of text: $op" "$(timeout 60 "$SHMMAP" -a floats --reduce $op \
		--result f8 --dlopen ./numbers.so:f8)" \
		"$(timeout 60 "$SHMMAP" -a floats --filter --reduce $op cat)"
done
for type in 'i1:-1 -128 1' 'u1:255 128 1' '?:1 1 1'; do
	is "$type" "$(echo 1 | timeout 60 "$SHMMAP" --reduce sum \
		--result "${type%%:*}:3" --dlopen ./numbers.so:bytes)" \
		"$(echo "${type#*:}" | tr ' ' '\t')"
done

# any command's
is "a command" "$(seq 4 | timeout 60 "$SHMMAP" --reduce prod --result f4 \
	printf '\000\000\000@%.0s')" 16.0
is "nothing" "$(seq 4 | timeout 60 "$SHMMAP" --reduce sum --result u2:2 true)" \
	"0${tab}0"
is "nothing, and what is not whole" "$(seq 2 | timeout 60 "$SHMMAP" --skip-bad \
	--reduce sum --result f8 'printf abc; : {}' 2>&1)" \
	"0${nl}shmmap: --skip-bad: 2 values were skipped"
is "nothing, of which there is no least" \
	"$(seq 4 | timeout 60 "$SHMMAP" --reduce min --result u2:2 true)" ""
# of any length
seq 100000 >many
timeout 60 "$SHMMAP" -k -a many --dlopen ./numbers.so:f8 >raw
is "many in one result" "$(echo raw | timeout 60 "$SHMMAP" --reduce sum \
	--result f8 cat)" 5000050000.0

# not whole
seq 2000 >jobs
run timeout 60 "$SHMMAP" -a jobs --reduce sum --result i8:3 --dlopen ./numbers.so:i8
is "a part: status and output" "$status:$out" "125:"
is "a part: message" "$err" \
	"shmmap: job 1000: its result is not whole values of i8:3 (24 bytes each)"
run timeout 60 "$SHMMAP" -a jobs --reduce count:1 --result i8:3 --skip-bad \
	--dlopen ./numbers.so:i8
is "a part: counted" "$out:$status:$err" \
	"2000:0:shmmap: --skip-bad: 1 value was skipped"
FAIL=1 run timeout 60 "$SHMMAP" -a jobs --reduce count:1 --result i8:3 \
	--dlopen ./numbers.so:i8
is "a part, of a job that failed" "$out:$status" "2000:1"

refused()
{
	named=$1
	shift
	status_is "$*: status" 125 "$SHMMAP" "$@" touch ran </dev/null
	is "$*: one line" "$(wc -l <"$err_file")" 1
	like "$*: it names $named" "$err" "^shmmap: .*$named"
}
for type in x c8 S4 f8: f8:0 f8:x f8:99999 f8:1.0 '{x=f8}'; do
	refused "--result: '" --reduce sum --result "$type"
done
refused "result needs --reduce" --result f8
refused "result needs --reduce" --result f8 --reduce cat
refused "--result and --by" --result f8 --reduce sum --by 1
refused "--result and --tag" --result f8 --reduce sum --tag
refused "--result and --filter" --result f8 --reduce sum --filter
refused "has no column 3" --result f8:2 --reduce sum:3
refused "hist.* one column" --result f8:2 --reduce hist:0:1:2
refused "concat exclude" --result f8:2 --reduce concat
not_ok "nothing was run" test -e ran
done_testing
