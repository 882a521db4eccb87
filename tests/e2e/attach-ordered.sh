#!/bin/sh
# --attach: ordered sections in a loop that the slaves share. They come in the
# order of the iterations, whatever the schedule; an iteration may leave its own
# out, and a worker that dies holds nobody up.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/attached.sh"

# Three loops without waiting between them, the one in the middle not ordered.
# In its section an iteration writes its number where the array `seen` ends;
# every `skip`th has none. Before, in it and behind each takes another time, so
# that workers overtake each other.
program ordered <<'C'
#include <inttypes.h>
#include <sched.h>
#include <shmmap.h>
#include <stdio.h>
#include <stdlib.h>
static struct shmmap *segment;
static int64_t *seen, *end;
static void
dawdle(int64_t i)
{
	for (int64_t n = i * 7919 % 13; n > 0; n--)
		sched_yield();
}
static void
loop(int64_t first, int64_t n, enum shmmap_schedule schedule, uint64_t chunk,
     int64_t skip)
{
	struct shmmap_loop loop;
	int64_t from, to;
	if (shmmap_for_ordered(segment, &loop, first, first + n, schedule,
			       chunk))
		exit(98);
	while (shmmap_for_next(&loop, &from, &to))
		for (int64_t i = from; i < to; i++) {
			dawdle(i);
			if (skip && i % skip == 0)
				continue;
			if (shmmap_ordered_begin(segment))
				exit(97);
			seen[(*end)++] = i;
			dawdle(i + 5);
			if (shmmap_ordered_end(segment))
				exit(96);
			dawdle(i + 8);
		}
}
int
main(int argc, char *argv[])
{
	enum shmmap_schedule schedule = argc > 1 ? atoi(argv[1]) : 0;
	uint64_t chunk = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	int64_t skip = argc > 3 ? atoll(argv[3]) : 0, at = 0, wrong = 0;
	struct shmmap_loop other;
	int64_t from, to, parts[2] = { 0, 0 };
	if (shmmap_attach(&segment))
		return 99;
	seen = shmmap_data(shmmap_get(segment, "seen"));
	end = shmmap_data(shmmap_get(segment, "end"));
	loop(0, 200, schedule, chunk, skip);
	if (shmmap_for(segment, &other, 0, 50, schedule, chunk))
		return 98;
	while (shmmap_for_next(&other, &from, &to))
		if (shmmap_ordered_begin(segment) != -1)
			return 95;
	loop(1000, 100, schedule, chunk, skip);
	if (shmmap_barrier(segment))
		return 94;
	if (!shmmap_is_master(segment))
		return 0;
	/* the loops are ordered each, and may overlap */
	for (int64_t i = 0; i < *end; i++) {
		int64_t *part = &parts[seen[i] >= 1000];
		wrong += seen[i] < *part;
		*part = seen[i] + 1;
		at++;
	}
	printf("%" PRId64 " sections, %" PRId64 " wrong\n", at, wrong);
	return 0;
}
C
for slaves in 1 2 5; do
	for schedule in '0 0' '1 0' '1 1' '1 7' '2 1' '2 7' '3 1' '3 10'; do
		run timeout 100 "$SHMMAP" -u -j$slaves -A seen=i8:300 -A end=i8 \
			--attach "./ordered $schedule" </dev/null
		is "$slaves slaves, schedule $schedule" "$status:$out:$err" \
			"0:300 sections, 0 wrong:"
		run timeout 100 "$SHMMAP" -u -j$slaves -A seen=i8:300 -A end=i8 \
			--attach "./ordered $schedule 3" </dev/null
		is "$slaves slaves, schedule $schedule, some without" \
			"$status:$out:$err" "0:200 sections, 0 wrong:"
	done
done

# Rank 0 has the first iteration and waits until the others have the next ones,
# so that they wait for its section; then it dies, in the section or before.
# What they print is what they did in their sections.
program dies <<'C'
#include <shmmap.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int
main(int argc, char *argv[])
{
	struct shmmap *segment;
	struct shmmap_loop loop;
	int64_t from, to;
	_Atomic int64_t *taken;
	if (shmmap_attach(&segment) || argc < 3)
		return 99;
	taken = shmmap_data(shmmap_get(segment, "taken"));
	if (shmmap_for_ordered(segment, &loop, 0, 3,
			       *argv[1] == 's' ? SHMMAP_STATIC : SHMMAP_DYNAMIC,
			       1))
		return 98;
	/* in place of the one that has died */
	if (atomic_load(taken) >= 3)
		return 0;
	/* the pieces are dealt by rank, or taken in its order */
	while (atomic_load(taken) < shmmap_rank(segment))
		usleep(1000);
	while (shmmap_for_next(&loop, &from, &to)) {
		atomic_fetch_add(taken, 1);
		if (from == 0) {
			if (strcmp(argv[2], "inside") == 0 &&
			    shmmap_ordered_begin(segment))
				return 97;
			while (atomic_load(taken) < 3)
				usleep(1000);
			usleep(20000);
			kill(strcmp(argv[2], "slave") ? getpid() : getppid(),
			     SIGKILL);
			pause();
		}
		if (shmmap_ordered_begin(segment))
			return 96;
		printf("%d\n", (int)from);
		fflush(stdout);
		shmmap_ordered_end(segment);
	}
	return 0;
}
C
for schedule in static dynamic; do
	for how in inside before slave; do
		run timeout 100 "$SHMMAP" -u -j3 -A taken=i8 \
			--attach "./dies $schedule $how" </dev/null
		is "$schedule: dies, $how: the others go on, in order" \
			"$status:$out" "137:1${nl}2"
	done
done

# an open input: the slave is replaced, and the run may go on for ever
mkfifo input
for schedule in static dynamic; do
	timeout 100 "$SHMMAP" -u -j3 -A taken=i8 -a input \
		--attach "./dies $schedule before" >got 2>got.err &
	pid=$!
	exec 9>input
	wait_until 60 sh -c '[ "$(wc -l <got)" = 2 ]'
	exec 9>&-
	wait $pid
	is "$schedule: dies, and another takes its place" "$?:$(cat got)" \
		"137:1${nl}2"
done

# Behind its section an iteration waits for the section of the next one.
program overlap <<'C'
#include <shmmap.h>
#include <stdatomic.h>
#include <unistd.h>
int
main(void)
{
	struct shmmap *segment;
	struct shmmap_loop loop;
	int64_t from, to;
	_Atomic int64_t *taken;
	if (shmmap_attach(&segment))
		return 99;
	taken = shmmap_data(shmmap_get(segment, "taken"));
	if (shmmap_for_ordered(segment, &loop, 0, 2, SHMMAP_DYNAMIC, 1))
		return 98;
	while (atomic_load(taken) < shmmap_rank(segment))
		usleep(1000);
	while (shmmap_for_next(&loop, &from, &to)) {
		atomic_fetch_add(taken, 1);
		if (shmmap_ordered_begin(segment))
			return 97;
		if (from == 1)
			atomic_fetch_add(taken, 10);
		shmmap_ordered_end(segment);
		while (from == 0 && atomic_load(taken) < 12)
			usleep(1000);
	}
	return 0;
}
C
status_is "the next section may begin where this one ends" 0 \
	timeout 60 "$SHMMAP" -u -j2 -A taken=i8 --attach ./overlap </dev/null

program wrong <<'C'
#include <errno.h>
#include <shmmap.h>
#include <stdio.h>
int
main(void)
{
	struct shmmap *segment;
	struct shmmap_loop loop;
	int64_t from, to;
	if (shmmap_attach(&segment))
		return 99;
	if (shmmap_for_ordered(segment, &loop, 0, 2, SHMMAP_DYNAMIC, 1))
		return 98;
	printf("%d", shmmap_ordered_begin(segment) == -EALREADY);
	shmmap_for_next(&loop, &from, &to);
	printf("%d", shmmap_ordered_end(segment) == -EPERM);
	printf("%d", shmmap_ordered_begin(segment) == 0);
	printf("%d", shmmap_ordered_end(segment) == 0);
	printf("%d", shmmap_ordered_end(segment) == -EPERM);
	printf("%d", shmmap_ordered_begin(segment) == -EALREADY);
	shmmap_for_next(&loop, &from, &to);
	printf("%d", shmmap_for_next(&loop, &from, &to) == 0);
	printf("%d\n", shmmap_ordered_begin(segment) == -EPERM);
	printf("%d\n", shmmap_for_ordered(segment, &loop, 0, 2, 4, 1));
	return 0;
}
C
run "$SHMMAP" -u -j1 --attach ./wrong </dev/null
is "what is out of place is refused" "$status:$out" "0:11111111${nl}-22"
done_testing
