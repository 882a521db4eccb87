#!/bin/sh
# --attach: loops whose iterations the slaves share, and what OpenMP has beside
# them: each iteration is somebody's, once, whatever the schedule.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/attached.sh"

# ---- each iteration once ----

# Loops one after the other, without waiting: each has a part of its own of the
# array `seen`, in which every iteration counts how often it was done. Rank 0
# looks at all of it behind a barrier, adds up, and prints what is wrong.
program each <<'C'
#include <inttypes.h>
#include <shmmap.h>
#include <stdio.h>
static const struct bounds {
	int64_t begin, end;
} bounds[] = { { 0, 1000 },   { -500, 500 }, { 0, 1 },	{ 7, 10 },
	       { -3, -1 },    { 5, 5 },	     { 5, -5 }, { 100, 612 },
	       { INT64_MIN, INT64_MIN + 100 }, { INT64_MAX - 100, INT64_MAX } };
static const uint64_t chunks[] = { 0,	1,	    2,	       7,
				   100, 511,	    512,       5000,
				   1 << 30, INT64_MAX, UINT64_MAX };
#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))
#define MOST 1000
static struct shmmap *segment;
static int wrong;
static uint64_t
length(const struct bounds *b)
{
	return b->end > b->begin ? (uint64_t)b->end - (uint64_t)b->begin : 0;
}
static void
run(struct shmmap_array *seen, size_t first, const struct bounds *b,
    int schedule, uint64_t chunk)
{
	struct shmmap_loop loop;
	int64_t from, to, last = b->begin;
	int32_t one = 1;
	if (shmmap_for(segment, &loop, b->begin, b->end,
		       (enum shmmap_schedule)schedule, chunk)) {
		fprintf(stderr, "%s\n", shmmap_error());
		wrong = 1;
		return;
	}
	while (shmmap_for_next(&loop, &from, &to)) {
		/* chunks are not empty, within, and in order */
		if (from >= to || from < last || to > b->end) {
			fprintf(stderr, "chunk %" PRId64 " to %" PRId64 "\n",
				from, to);
			wrong = 1;
			return;
		}
		last = to;
		for (int64_t i = from; i < to; i++)
			shmmap_add(seen, first + (size_t)((uint64_t)i -
				   (uint64_t)b->begin), &one, NULL);
	}
	if (shmmap_for_next(&loop, &from, &to)) {
		fprintf(stderr, "more after the end\n");
		wrong = 1;
	}
}
int
main(void)
{
	struct shmmap_array *seen;
	int32_t *data;
	if (shmmap_attach(&segment) || !(seen = shmmap_get(segment, "seen")))
		return 99;
	data = shmmap_data(seen);
	for (int pass = 0; pass < 3; pass++) {
		size_t first = 0;
		for (int s = 0; s < 4; s++)
			for (int c = 0; c < COUNT(chunks); c++)
				for (int b = 0; b < COUNT(bounds); b++) {
					run(seen, first, &bounds[b], s, chunks[c]);
					first += MOST;
				}
		if (shmmap_barrier(segment)) {
			fprintf(stderr, "%s\n", shmmap_error());
			return 98;
		}
		first = 0;
		for (int s = 0; shmmap_is_master(segment) && s < 4; s++)
			for (int c = 0; c < COUNT(chunks); c++)
				for (int b = 0; b < COUNT(bounds); b++) {
					uint64_t n = length(&bounds[b]);
					for (uint64_t i = 0; i < MOST; i++)
						if (data[first + i] !=
						    (i < n ? pass + 1 : 0)) {
							fprintf(stderr, "pass %d schedule %d chunk %" PRIu64 " bounds %d iteration %" PRIu64 ": %d times\n",
								pass, s, chunks[c], b, i, (int)data[first + i]);
							return 97;
						}
					first += MOST;
				}
		if (shmmap_barrier(segment))
			return 96;
	}
	if (shmmap_is_master(segment) && !wrong)
		puts("each once");
	return wrong;
}
C
for slaves in 1 2 5; do
	run timeout 60 "$SHMMAP" -u -j$slaves -A seen=i4:440000 \
		--attach ./each </dev/null
	is "all schedules, chunks and bounds, -j$slaves" "$status:$out$err" \
		"0:each once"
done
# one time more than there should be is seen
run timeout 60 "$SHMMAP" -u -j2 -A seen=i4:440000=1 --attach ./each </dev/null
is "a wrong count is seen" "$status" 97

# all numbers there are, too many to do something for each: their number by the
# chunks' lengths, modulo 2^64
program all <<'C'
#include <inttypes.h>
#include <shmmap.h>
#include <stdlib.h>
int main(int argc, char *argv[])
{
	struct shmmap *segment;
	struct shmmap_loop loop;
	int64_t from, to;
	uint64_t n = 0;
	if (shmmap_attach(&segment) || argc < 3)
		return 99;
	if (shmmap_for(segment, &loop, INT64_MIN, INT64_MAX,
		       (enum shmmap_schedule)atoi(argv[1]),
		       strtoull(argv[2], NULL, 10)))
		return 98;
	while (shmmap_for_next(&loop, &from, &to)) {
		if (from >= to)
			return 97;
		n += (uint64_t)to - (uint64_t)from;
	}
	return shmmap_add(shmmap_get(segment, "n"), 0, &n, NULL) != 0;
}
C
for slaves in 1 2 5; do
	for schedule in "0 0" "1 0" "3 0" "3 1000" "2 100000000000000000" \
		"1 100000000000000000" "0 9223372036854775808" \
		"1 18446744073709551615"; do
		rm -f n
		# shellcheck disable=SC2086 # words
		run timeout 20 "$SHMMAP" -j$slaves -A n=u8 --save n=n \
			--attach ./all $schedule </dev/null
		is "all numbers, -j$slaves, schedule $schedule" \
			"$status:$err:$(od -An -tu8 n | tr -d ' ')" \
			"0::18446744073709551615"
	done
done

# ---- sums, with jobs beside them or without ----

program sums <<'C'
#include <shmmap.h>
#include <stdlib.h>
int main(int argc, char *argv[])
{
	struct shmmap *segment;
	struct shmmap_job *job;
	struct shmmap_array *total;
	struct shmmap_loop loop;
	int64_t from, to, *own;
	int schedule = argc > 1 ? atoi(argv[1]) : 0;
	uint64_t chunk = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	if (shmmap_attach(&segment))
		return 99;
	own = shmmap_data(shmmap_get(segment, "own"));
	total = shmmap_get(segment, "total");
	if (shmmap_for(segment, &loop, -1000, 100000,
		       (enum shmmap_schedule)schedule, chunk))
		return 98;
	while (shmmap_for_next(&loop, &from, &to))
		for (int64_t i = from; i < to; i++)
			*own += i;
	if (shmmap_barrier(segment))
		return 97;
	shmmap_add(total, 0, own, NULL);
	while ((job = shmmap_next(segment)))
		shmmap_printf(job, "%s\n", job->text);
	return 0;
}
C
seq 2000 >jobs
for slaves in 1 2 5; do
	for schedule in 0 1 2 3; do
		for chunk in 0 1 13 1000 1000000; do
			rm -f own total
			run timeout 60 "$SHMMAP" -k -j$slaves -A own=i8 \
				-A total=i8 --reduction sum:own \
				--save own=own --save total=total -a jobs \
				--attach ./sums $schedule $chunk
			what="-j$slaves, schedule $schedule,$chunk"
			is "$what: sums" "$status:$err:$(od -An -td8 own |
				tr -d ' '):$(od -An -td8 total | tr -d ' ')" \
				"0::4999449500:4999449500"
			same "$what: jobs after it" "$out_file" jobs
		done
	done
done

# ---- who gets what ----

program parts <<'C'
#include <inttypes.h>
#include <shmmap.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char *argv[])
{
	struct shmmap *segment;
	struct shmmap_loop loop;
	int64_t from, to;
	if (shmmap_attach(&segment) || argc < 4)
		return 99;
	if (shmmap_for(segment, &loop, 0, atoll(argv[1]),
		       (enum shmmap_schedule)atoi(argv[2]),
		       strtoull(argv[3], NULL, 10)))
		return 98;
	while (shmmap_for_next(&loop, &from, &to))
		printf("%d %" PRId64 " %" PRId64 "\n", shmmap_rank(segment),
		       from, to);
	return fflush(stdout) != 0;
}
C
parts() # SLAVES END SCHEDULE CHUNK
{
	timeout 20 "$SHMMAP" -u "-j$1" --attach ./parts "$2" "$3" "$4" \
		</dev/null 2>&1 | sort -n -k 2
}
is "static: one part each" "$(parts 3 9 1 0)" "0 0 3${nl}1 3 6${nl}2 6 9"
is "static,2: in turn" "$(parts 2 7 1 2)" \
	"0 0 2${nl}1 2 4${nl}0 4 6${nl}1 6 7"
is "static: fewer than slaves" "$(parts 5 2 1 0)" "0 0 1${nl}1 1 2"
is "dynamic: one by one" "$(parts 3 4 2 0 | cut -d ' ' -f 2-)" \
	"0 1${nl}1 2${nl}2 3${nl}3 4"
is "dynamic,3" "$(parts 2 8 2 3 | cut -d ' ' -f 2-)" "0 3${nl}3 6${nl}6 8"
is "guided: what is left by the slaves" \
	"$(parts 2 16 3 0 | cut -d ' ' -f 2-)" \
	"0 8${nl}8 12${nl}12 14${nl}14 15${nl}15 16"
parts 2 100 3 10 | awk '{ print $3 - $2 }' | sed '$d' >sizes
ok "guided,10: at least that, but for the last" awk '
	$1 < 10 { exit 1 } END { exit NR < 3 }' sizes
parts 2 1000 0 0 | awk '{ print $3 - $2 }' >sizes
ok "auto: large ones first" awk '
	NR > 1 && $1 > last { exit 1 } { last = $1 } END { exit NR < 5 }' sizes

# ---- many loops in a row ----

program many <<'C'
#include <shmmap.h>
int main(void)
{
	struct shmmap *segment;
	struct shmmap_array *total;
	struct shmmap_loop loop;
	int64_t from, to, sum = 0;
	if (shmmap_attach(&segment) || !(total = shmmap_get(segment, "total")))
		return 99;
	for (int n = 0; n < 100000; n++) {
		if (shmmap_for(segment, &loop, n, n + n % 8,
			       (enum shmmap_schedule)(n % 4),
			       (uint64_t)(n / 4 % 4)))
			return 98;
		while (shmmap_for_next(&loop, &from, &to))
			for (int64_t i = from; i < to; i++)
				sum += i - n + 1;
	}
	return shmmap_add(total, 0, &sum, NULL) ? 97 : 0;
}
C
for slaves in 1 2 5; do
	rm -f total
	run timeout 60 "$SHMMAP" -j$slaves -A total=i8 --save total=total \
		--attach ./many </dev/null
	# of 8 loops in a row: the sums up to 0, 1, ... 7 make 84
	is "100000 loops, -j$slaves" \
		"$status:$err:$(od -An -td8 total | tr -d ' ')" "0::1050000"
done

# ---- barrier, single, master, critical, ordered ----

# phases: in each all add to a cell of their own, meet, and read those of the
# others, which must be of this phase
program phases <<'C'
#include <shmmap.h>
#include <stdio.h>
static int complain(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, shmmap_error());
	return 1;
}
int main(void)
{
	struct shmmap *segment;
	struct shmmap_job *job;
	struct shmmap_loop loop;
	int64_t from, to, *cell, *count;
	int np, rank;
	if (shmmap_attach(&segment))
		return 99;
	np = shmmap_np(segment);
	rank = shmmap_rank(segment);
	cell = shmmap_data(shmmap_get(segment, "cell"));
	count = shmmap_data(shmmap_get(segment, "count"));
	for (int phase = 1; phase <= 200; phase++) {
		cell[rank] = phase;
		if (shmmap_barrier(segment))
			return complain("barrier");
		for (int i = 0; i < np; i++)
			if (cell[i] != phase)
				return complain("another phase");
		if (shmmap_single(segment) == 1)
			count[0]++;
		if (shmmap_is_master(segment))
			count[1]++;
		if (shmmap_for(segment, &loop, 0, 10, SHMMAP_DYNAMIC, 1))
			return complain("for");
		while (shmmap_for_next(&loop, &from, &to)) {
			if (shmmap_critical_begin(segment, NULL))
				return complain("critical");
			count[2] += to - from;
			if (shmmap_critical_end(segment, NULL))
				return complain("critical's end");
		}
		if (shmmap_barrier(segment))
			return complain("second barrier");
	}
	while ((job = shmmap_next(segment))) {
		if (shmmap_ordered_begin(segment))
			return complain("ordered");
		if (++count[3] != (int64_t)job->number)
			return complain("not in order");
		if (shmmap_ordered_end(segment))
			return complain("ordered's end");
		shmmap_done(job, 0);
	}
	return 0;
}
C
for slaves in 1 2 5; do
	for options in "" "--schedule dynamic,10" "--schedule static"; do
		rm -f count
		# shellcheck disable=SC2086 # words
		run timeout 60 "$SHMMAP" -j$slaves $options -A cell=i8:5 \
			-A count=i8:4 --save count=count --range 500 \
			--attach ./phases
		is "-j$slaves $options: single, master, critical, ordered" \
			"$status:$err:$(od -An -v -td8 count | tr -s ' \n' ' ')" \
			"0:: 200 200 2000 500 "
	done
done

# a loop while a job is at hand
taker between <<'C'
#include <inttypes.h>
static int work(struct shmmap *segment, struct shmmap_job *job)
{
	struct shmmap_loop loop;
	int64_t from, to;
	if (shmmap_for(segment, &loop, 0, 4, SHMMAP_DYNAMIC, 2))
		return shmmap_fail(job, "%s", shmmap_error());
	while (shmmap_for_next(&loop, &from, &to))
		shmmap_printf(job, "%" PRId64 "-%" PRId64 " ", from, to);
	shmmap_printf(job, "in %" PRIu64 "\n", job->number);
	return 0;
}
C
run timeout 20 "$SHMMAP" -j1 -k --range 3 --attach ./between
is "in a job" "$status:$err:$out" \
	"0::0-2 2-4 in 1${nl}0-2 2-4 in 2${nl}0-2 2-4 in 3"

# a worker that dies breaks the barrier behind the loop
program dies <<'C'
#include <shmmap.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
int main(int argc, char *argv[])
{
	struct shmmap *segment;
	struct shmmap_loop loop;
	int64_t from, to;
	int result;
	(void)argv;
	if (shmmap_attach(&segment))
		return 99;
	if (shmmap_for(segment, &loop, 0, 1000, SHMMAP_STATIC, 10))
		return 98;
	while (shmmap_for_next(&loop, &from, &to))
		if (shmmap_rank(segment) == 1 && from >= 500) {
			kill(argc > 1 ? getppid() : getpid(), SIGKILL);
			pause();
		}
	result = shmmap_barrier(segment);
	printf("%d\n", result == -EPIPE);
	return 0;
}
C
run timeout 20 "$SHMMAP" -u -j3 --attach ./dies </dev/null
is "a worker dies in a loop: the barrier is broken for the others" "$out" \
	"1${nl}1"
is "and the status is its signal" "$status" 137
like "which is said" "$err" '^shmmap: \./dies: was killed by signal 9'
run timeout 20 "$SHMMAP" -u -j3 --attach ./dies slave </dev/null
is "its slave dies: the barrier is broken for the others" "$out" "1${nl}1"
is "and the status is its signal" "$status" 137
is "which is said" "$err" "shmmap: slave 1 was killed by signal 9 (Killed)"
done_testing
