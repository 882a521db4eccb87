#!/bin/sh
# --dlopen: results, orders, schedules, ranges, arrays and sections of workers
# that are called.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"
. "$(dirname "$0")/records.sh"

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

check_records --dlopen ./worker.so
run env OMP_SCHEDULE=dynamic,9 "$SHMMAP" -k -a many --dlopen ./worker.so
same "OMP_SCHEDULE" "$out_file" many
called sizes <<'C'
#include <shmmap.h>
static int batch(struct shmmap_job *job)
{
	shmmap_printf(job, "%d:%d ", (int)job->value, (int)job->count);
	return 0;
}
const struct shmmap_worker shmmap_worker = { SHMMAP_WORKER, .batch = batch };
C
for value in "dynamic,4" " dynamic,4 " "${tab}Dynamic,4"; do
	run env OMP_SCHEDULE="$value" "$SHMMAP" -k --range 10 --dlopen ./sizes.so
	is "OMP_SCHEDULE='$value'" "$out$err" "0:4 4:4 8:2 "
done
for parts in "1 10 0:10" "2 10 0:5 5:5" "3 10 0:4 4:4 8:2" "4 3 0:1 1:1 2:1"; do
	slaves=${parts%% *}
	parts=${parts#* }
	run "$SHMMAP" -k -j$slaves --schedule static --range ${parts%% *} \
		--dlopen ./sizes.so
	is "static, a range for $slaves slaves" "$out$err" "${parts#* } "
done
run env OMP_SCHEDULE=sometimes "$SHMMAP" -k -a many --dlopen ./worker.so
same "a malformed OMP_SCHEDULE: the results" "$out_file" many
like "and a warning" "$err" "^shmmap: OMP_SCHEDULE: 'sometimes'"
run env OMP_SCHEDULE= "$SHMMAP" -k -a many --dlopen ./worker.so
same "an empty OMP_SCHEDULE: the results" "$out_file" many
is "and no warning" "$err" ""
is "a worker of ranges alone gets records one by one" \
	"$(printf 'a
b
c
' | "$SHMMAP" -k --dlopen ./number.so:in_batches)" \
	"1:0${nl}2:0${nl}3:0"
run "$SHMMAP" -j2 --range 3 --dlopen ./worker.so </dev/null
isnt "a range has no text" "$status" 0

# ---- ranges ----

for symbol in work in_batches; do
	check_ranges --dlopen ./number.so:$symbol
done
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
