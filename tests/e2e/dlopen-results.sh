#!/bin/sh
# --dlopen: results, orders, schedules, ranges, arrays and sections of workers
# that are called.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"

called_worker
called number <<'C'
#include <shmmap.h>
int work(struct shmmap_job *job)
{
	shmmap_printf(job, "%llu:%lld\n", (unsigned long long)job->number,
		      (long long)job->value);
	return 0;
}
static int batch(struct shmmap_job *job)
{
	for (unsigned long i = 0; i < job->count; i++)
		shmmap_printf(job, "%llu:%lld\n",
			      (unsigned long long)(job->number + i),
			      (long long)(job->value + (long)i * job->step));
	return 0;
}
const struct shmmap_worker in_batches = { SHMMAP_WORKER, .batch = batch };
C

# ---- records ----

seq 20000 >many
for schedule in auto static static,7 dynamic dynamic,100 guided guided,5 \
	nonmonotonic:dynamic,3 MONOTONIC:Static,1000; do
	for slaves in 1 3; do
		"$SHMMAP" -k -j$slaves --schedule $schedule -a many \
			--dlopen ./worker.so >got
		same "-k -j$slaves $schedule" got many
		"$SHMMAP" -j$slaves --schedule $schedule --dlopen ./worker.so \
			<many | sort -n >got
		same "-j$slaves $schedule" got many
	done
done
run env OMP_SCHEDULE=dynamic,9 "$SHMMAP" -k -a many --dlopen ./worker.so
same "OMP_SCHEDULE" "$out_file" many
run env OMP_SCHEDULE=sometimes "$SHMMAP" -k -a many --dlopen ./worker.so
same "a malformed OMP_SCHEDULE: the results" "$out_file" many
like "and a warning" "$err" "^shmmap: OMP_SCHEDULE: 'sometimes'"
printf 'a\n\n\nb\n\nlast' >empties
run "$SHMMAP" -k --schedule dynamic,4 -a empties --dlopen ./worker.so
is "empty records are jobs" "$out" "a$nl$nl${nl}b$nl${nl}last"
run "$SHMMAP" -k -r --schedule dynamic,4 -a empties --dlopen ./worker.so
is "unless -r" "$out" "a${nl}b${nl}last"
printf 'a\0b\nc\0' >nul
run "$SHMMAP" -k -0 -a nul --dlopen ./worker.so
is "-0" "$out" "a${nl}b${nl}c"
run "$SHMMAP" -k --tag -j2 -a empties -r --dlopen ./worker.so
is "--tag" "$out" "a${tab}a${nl}b${tab}b${nl}last${tab}last"
awk 'BEGIN { for (i = 0; i < 1048576; i++) printf "x"; print ""
	print "short"
	for (i = 0; i < 1048577; i++) printf "y"; print ""; print "end" }' >long
run "$SHMMAP" -k -a long --dlopen ./worker.so
awk 'length($0) != 1048577' long >wanted
same "records up to 1 MiB" "$out_file" wanted
is "a longer one fails" "$status" 126
like "and is named" "$err" "^shmmap: job 3: longer than"
awk 'BEGIN { for (i = 1; i <= 300; i++) print i % 7 ? i : "long " i * 100 }' >mixed
awk '/long/ { for (n = $2; n > 0; n--) print "0123456789abcde" } { print }' \
	mixed >wanted
for slaves in 1 2 5; do
	"$SHMMAP" -k -j$slaves --schedule dynamic,20 -a mixed \
		--dlopen ./worker.so >got
	same "large results among small ones, -j$slaves" got wanted
done
(printf '1\n'; wait_until 10 grep -qx 1 trickle && printf '2\n') |
	"$SHMMAP" -k --dlopen ./worker.so >trickle
is "a trickle is passed on at once" "$(cat trickle)" "1${nl}2"
run "$SHMMAP" -j2 --range 3 --dlopen ./worker.so </dev/null
isnt "a range has no text" "$status" 0

# ---- ranges ----

expect_range() # START STOP STEP
{
	awk -v a="$1" -v b="$2" -v s="$3" 'BEGIN {
		for (v = a; s > 0 ? v < b : v > b; v += s)
			printf "%d:%d\n", ++n, v }'
}
for range in 0:1000:1 5:10000:3 10:-10:-1 3:3:1 -5:1:2; do
	IFS=: read -r start stop step <<END
$range
END
	expect_range "$start" "$stop" "$step" >wanted
	for symbol in work in_batches; do
		for schedule in auto static dynamic,6 guided; do
			"$SHMMAP" -k -j3 --schedule $schedule --range $range \
				--dlopen ./number.so:$symbol >got
			same "$range $symbol $schedule" got wanted
		done
	done
done
run "$SHMMAP" -k --range 9223372036854775805:9223372036854775807 \
	--dlopen ./number.so:work
is "up to the greatest number" "$out" \
	"1:9223372036854775805${nl}2:9223372036854775806"
run "$SHMMAP" -k -j2 --range 3 --tag --dlopen ./number.so:work
is "its tags" "$out" "0${tab}1:0${nl}1${tab}2:1${nl}2${tab}3:2"
run "$SHMMAP" -k --range 2:9:3 echo v
is "for commands" "$out" "v 2${nl}v 5${nl}v 8"
for bad in "" x 1:x 1:2:0 1:2:3:4 99999999999999999999 : 1: \
	-9223372036854775808:9223372036854775807; do
	status_is "--range '$bad': status" 125 "$SHMMAP" --range "$bad" true
	like "--range '$bad': is said" "$err" "^shmmap: --range: "
done
for bad in "" never dynamic, dynamic,0 dynamic,x auto,1,2 monotonic; do
	status_is "--schedule '$bad': status" 125 \
		"$SHMMAP" --schedule "$bad" true
	like "--schedule '$bad': is said" "$err" "^shmmap: --schedule: "
done

# ---- arrays and sections ----

called sums <<'C'
#include <shmmap.h>
int work(struct shmmap_job *job)
{
	struct shmmap_array *sum, *last, *own;
	double one = 1;
	if (!job->segment)
		return shmmap_fail(job, "no segment");
	if (shmmap_job(job->segment) != job->number ||
	    shmmap_rank(job->segment) != job->rank ||
	    shmmap_seed(job->segment) != shmmap_job_seed(job))
		return shmmap_fail(job, "another job");
	sum = shmmap_get(job->segment, "sum");
	last = shmmap_get(job->segment, "last");
	own = shmmap_get(job->segment, "own");
	*(double *)shmmap_data(own) += (double)job->number;
	shmmap_add(sum, 0, &one, NULL);
	if (job->number % 5 == 0)
		return 0; /* some skip the section */
	if (shmmap_ordered_begin(job->segment))
		return shmmap_fail(job, "%s", shmmap_error());
	if (*(int64_t *)shmmap_data(last) >= (int64_t)job->number)
		return shmmap_fail(job, "not in order");
	*(int64_t *)shmmap_data(last) = (int64_t)job->number;
	if (shmmap_ordered_end(job->segment) ||
	    shmmap_ordered_begin(job->segment) == 0)
		return shmmap_fail(job, "twice");
	return 0;
}
C
for options in "-j1" "-j2" "-j4 --schedule dynamic,10" "-j3 --schedule static"; do
	# shellcheck disable=SC2086 # words
	run timeout 60 "$SHMMAP" $options -A sum=f8 -A last=i8 -A own=f8 \
		--reduction sum:own --save sum=s --save last=l --save own=o \
		--range 3000 --dlopen ./sums.so
	is "$options: sections in order" "$status:$err" "0:"
	is "$options: atomic sum, last job, reduction" \
		"$(od -An -tf8 s | tr -d ' ') $(od -An -td8 l | tr -d ' ') \
$(od -An -tf8 o | tr -d ' ')" "3000 2999 4501500"
done
done_testing
