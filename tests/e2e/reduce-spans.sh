#!/bin/sh
# Results of cheap jobs are folded by the slaves that have many of them at once:
# what comes out is what the master makes of them where it folds all by itself.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"
. "$(dirname "$0")/attached.sh"

called text <<'C'
#include <fcntl.h>
#include <shmmap.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int work(struct shmmap_job *job)
{
	shmmap_emit(job, job->text, job->nbytes);
	if (strcmp(job->text, "0 wait") == 0)
		return close(open("first", O_RDONLY));
	if (strcmp(job->text, "0 go") == 0)
		return close(open("first", O_WRONLY));
	if (strcmp(job->text, "die") == 0)
		abort();
	return strcmp(job->text, "0 fail") == 0 ? 3 : 0;
}
/* the text's number, as it lies in memory */
int number(struct shmmap_job *job)
{
	float numbers[2] = { strtof(job->text, NULL), 1 };
	shmmap_emit(job, numbers, sizeof numbers);
	return 0;
}
C
# whose results the master folds
taker text <<'C'
static int work(struct shmmap *segment, struct shmmap_job *job)
{
	(void)segment;
	shmmap_emit(job, job->text, job->nbytes);
	return 0;
}
C

# all FILE OPTION...: the ways to fold, and their schedules, come to the same
all()
{
	file=$1
	shift
	run timeout 60 "$SHMMAP" -j2 -k -a "$file" "$@" --attach ./text
	{ cat "$out_file" "$err_file"; echo "$status"; } >wanted
	for how in "-j3 --filter" "-j2 --schedule static,2000 --dlopen" \
		"-j3 --backend thread --schedule dynamic,4000 --dlopen"; do
		worker=./text.so
		case $how in *--filter) worker="cat" ;; esac
		# shellcheck disable=SC2086 # words
		run timeout 60 "$SHMMAP" -k -a "$file" "$@" $how $worker
		{ cat "$out_file" "$err_file"; echo "$status"; } >got
		same "$file, $*, $how" got wanted
	done
}

awk 'BEGIN {
	srand(1)
	for (i = 0; i < 30000; i++)
		printf "k%d %.4f %d\n", int(rand() * 30), rand() * 9 - 4, i % 7
	for (; i < 50000; i++)
		printf "k%d 1e%d %d\n", i, i % 300, i % 7 }' >lines
for op in sum:2 mean:2 var:2 min:2 max:2 argmin:3 argmax:2 count first:2 \
	last:2 hist:-4:4:9:2; do
	all lines --reduce "$op"
	all lines --by 1 --reduce "$op"
done
all lines --reduce prod:3
all lines --reduce concat:3
all lines --combine count --by 3 --reduce max
# without an order, where it does not matter
for how in "--filter cat" "--dlopen ./text.so"; do
	for op in sum:2 mean:2 var:2 min:2 argmin:3 "count --by 1"; do
		# shellcheck disable=SC2086 # words
		run timeout 60 "$SHMMAP" -j2 -k -a lines --reduce $op \
			--attach ./text
		cp "$out_file" wanted
		# shellcheck disable=SC2086
		run timeout 60 "$SHMMAP" -j3 -a lines --reduce $op $how
		same "as they come, $op, $how" "$out_file" wanted
	done
done

# what is no value is told, or counted
awk 'NR == 23456 { $2 = "x" } { print }' lines >bad
all bad --reduce sum:2
is "a bad value is told" "$err" \
	"shmmap: job 23456: its result 'x' is not a number"
all bad --by 1 --reduce max:2
awk 'NR % 1000 == 17 { $2 = "x" } NR % 4000 == 4 { $0 = "" } { print }' lines \
	>worse
all worse --reduce var:2 --skip-bad
is "bad values are counted" "$err" "shmmap: --skip-bad: 50 values were skipped"
all worse --by 1 --reduce sum:2 --skip-bad

# numbers as they lie in memory; jobs that come as they like
seq 50000 >numbers
run timeout 60 "$SHMMAP" -j3 -a numbers --result f4:2 --reduce sum \
	--dlopen ./text.so:number
is "items" "$out:$status:$err" "1250025000.0${tab}50000.0:0:"
run timeout 60 "$SHMMAP" -j3 -a numbers --result f4:2 --reduce argmax:1 \
	--dlopen ./text.so:number
is "an item's job" "$out:$status:$err" "50000:0:"
tr '\n' '\0' <numbers >nul
run timeout 60 "$SHMMAP" -j3 -0 -a nul --reduce sum --filter cat
is "answers that end with NUL" "$out:$status:$err" "1250025000:0:"

# what is early is folded on its way to the disk, and comes out in its turn
mkfifo first
awk 'BEGIN {
	print "0 wait"
	for (i = 0; i < 3000000; i++)
		print i % 1000, i
	print "0 go" }' >early
early()
{
	run timeout 60 "$SHMMAP" -k -j2 --schedule dynamic,5000 -a early \
		--reduce "$@" --dlopen ./text.so
}
early sum:1
is "early, a sum" "$out:$status:$err" 1498500000:0:
early last:2
is "early, the last" "$out:$status:$err" go:0:
early argmax:1
is "early, the greatest" "$out:$status:$err" 1001:0:
early count --by 1
is "early, counts" "$(cut -f 2 "$out_file" | sort | uniq -c | tr -s ' \n' ' ')" \
	" 999 3000 1 3002 "

# jobs that fail have results, too; who dies loses its own, and no other
{
	seq 20000
	echo "0 fail"
	echo "die"
	seq 20000
} >mixed
run timeout 60 "$SHMMAP" -k -j2 -a mixed --reduce sum:1 --dlopen ./text.so
is "one fails and one dies" "$status:$out" "3:400020000"
is "they are named" "$(sed -n 's/^shmmap: job \([0-9]*\).*/\1/p' "$err_file" |
	sort | tr '\n' ' ')" "20001 20002 "
done_testing
