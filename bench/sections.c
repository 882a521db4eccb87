/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sections critical|named|barrier COUNT	as a worker of shmmap
 * sections ordered COUNT WAIT_US	likewise
 * sections mutex|pthread-barrier|futex COUNT [PROCESSES]
 *
 * What a section costs, in nanoseconds: one line of each process, measured by
 * itself. The first four use libshmmap; all np workers of the run take part:
 *
 *	critical	begin, add to a word, end; COUNT times in each process.
 *			Per section, those of all processes counted.
 *	named		the same, of a section with a name.
 *	barrier		COUNT times. Per barrier.
 *	ordered		one hand-over per job, from just before end in the job
 *			before until begin returns, which was waiting for at
 *			least WAIT_US then. Needs 2 slaves and COUNT jobs, of
 *			which the first one prints nothing.
 *
 * critical and named need -A times=u8, and ordered -A times=u8:COUNT.
 *
 * The others are the floor of these, without shmmap, in PROCESSES (2) children:
 *
 *	mutex		a robust process-shared mutex of the C library
 *	pthread-barrier	a process-shared barrier of the same
 *	futex		a turn that two processes hand over, each with a wait
 *			and a wake-up and nothing else; per hand-over
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <shmmap.h>

/* how long a job waits for the next one to come */
enum { PATIENCE_NS = 1000000000 };

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "sections: %s: %s\n", what, why);
	exit(1);
}

static long long
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void
print(long long ns, long count)
{
	printf("%.2f\n", (double)ns / (double)count);
	fflush(stdout);
}

/* ---- shmmap's ---- */

static void
must(int error)
{
	if (error)
		die("libshmmap", shmmap_error());
}

/* The word is in the segment, as what a section protects mostly is. */
static void
critical(struct shmmap *segment, const char *name, long count)
{
	struct shmmap_array *array = shmmap_get(segment, "times");
	volatile uint64_t *word;
	long long start;

	if (!array)
		die("libshmmap", shmmap_error());
	word = shmmap_data(array);
	must(shmmap_barrier(segment));
	start = now_ns();
	for (long i = 0; i < count; i++) {
		must(shmmap_critical_begin(segment, name));
		*word += 1;
		must(shmmap_critical_end(segment, name));
	}
	must(shmmap_barrier(segment));
	print(now_ns() - start, count * shmmap_np(segment));
	if (*word != (uint64_t)(count * shmmap_np(segment)))
		die("critical", "the count is wrong");
}

static void
barrier(struct shmmap *segment, long count)
{
	long long start;

	must(shmmap_barrier(segment));
	start = now_ns();
	for (long i = 0; i < count; i++)
		must(shmmap_barrier(segment));
	print(now_ns() - start, count);
}

/* Wait until the job after this one has been in begin for so long, or does not
 * come. */
static void
wait_for_next(_Atomic uint64_t *times, long job, long count, long wait_ns)
{
	long long start = now_ns();

	while (job < count && !atomic_load(&times[job]) &&
	       now_ns() - start < PATIENCE_NS)
		sched_yield();
	start = now_ns();
	while (now_ns() - start < wait_ns)
		continue;
}

/* times[job-1] says first that the job is there, then when it left. The job
 * before stores the latter before it leaves, so that it is there when begin has
 * returned. */
static void
ordered(struct shmmap *segment, long count, long wait_ns)
{
	struct shmmap_array *array = shmmap_get(segment, "times");
	long job = (long)shmmap_job(segment);
	_Atomic uint64_t *times;
	/* also the first call, which costs more */
	long long entered = now_ns();

	if (!array || shmmap_size(array) < (size_t)count || job > count)
		die("ordered", "no array times=u8:COUNT");
	times = shmmap_data(array);
	atomic_store(&times[job - 1], 1);
	must(shmmap_ordered_begin(segment));
	entered = now_ns();
	if (job > 1)
		print(entered - (long long)atomic_load(&times[job - 2]), 1);
	wait_for_next(times, job, count, wait_ns);
	atomic_store(&times[job - 1], (uint64_t)now_ns());
	must(shmmap_ordered_end(segment));
}

/* ---- without shmmap ---- */

struct floor {
	pthread_mutex_t mutex;
	pthread_barrier_t barrier;
	_Alignas(64) _Atomic uint32_t turn;
	_Alignas(64) volatile uint64_t word;
};

static void
floor_init(struct floor *floor, unsigned nprocesses)
{
	pthread_mutexattr_t mutex;
	pthread_barrierattr_t barrier;

	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
	pthread_barrierattr_init(&barrier);
	pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
	if (pthread_mutex_init(&floor->mutex, &mutex) ||
	    pthread_barrier_init(&floor->barrier, &barrier, nprocesses))
		die("floor", "no mutex or barrier");
}

static void
lock_mutex(struct floor *floor, long count)
{
	for (long i = 0; i < count; i++) {
		if (pthread_mutex_lock(&floor->mutex))
			die("floor", "mutex");
		floor->word += 1;
		pthread_mutex_unlock(&floor->mutex);
	}
}

static void
pass_barrier(struct floor *floor, long count)
{
	for (long i = 0; i < count; i++)
		pthread_barrier_wait(&floor->barrier);
}

static void
hand_over(struct floor *floor, uint32_t me, long count)
{
	for (long i = 0; i < count; i++) {
		while (atomic_load(&floor->turn) != me)
			syscall(SYS_futex, &floor->turn, FUTEX_WAIT, 1 - me,
				NULL, NULL, 0);
		atomic_store(&floor->turn, 1 - me);
		syscall(SYS_futex, &floor->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
}

static void
floor_process(struct floor *floor, const char *what, uint32_t me,
	      long nprocesses, long count)
{
	int is_barrier = strcmp(what, "pthread-barrier") == 0;
	long long start;

	pthread_barrier_wait(&floor->barrier);
	start = now_ns();
	if (strcmp(what, "mutex") == 0)
		lock_mutex(floor, count);
	else if (is_barrier)
		pass_barrier(floor, count);
	else
		hand_over(floor, me, count);
	pthread_barrier_wait(&floor->barrier);
	print(now_ns() - start, is_barrier ? count : count * nprocesses);
}

static void
run_floor(const char *what, long count, unsigned nprocesses)
{
	struct floor *floor = mmap(NULL, sizeof(*floor), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	if (floor == MAP_FAILED)
		die("floor", strerror(errno));
	floor_init(floor, nprocesses);
	for (uint32_t i = 0; i < nprocesses; i++) {
		if (fork() == 0) {
			floor_process(floor, what, i, (long)nprocesses, count);
			exit(0);
		}
	}
	while (wait(&status) > 0)
		if (status)
			die("floor", "a process failed");
}

static void
run_worker(const char *what, long count, long wait_ns)
{
	struct shmmap *segment;

	if (shmmap_attach(&segment))
		die("libshmmap", shmmap_error());
	if (strcmp(what, "critical") == 0)
		critical(segment, NULL, count);
	else if (strcmp(what, "named") == 0)
		critical(segment, "bench", count);
	else if (strcmp(what, "barrier") == 0)
		barrier(segment, count);
	else
		ordered(segment, count, wait_ns);
	shmmap_detach(segment);
}

int
main(int argc, char *argv[])
{
	static const char *const of_shmmap[] = { "critical", "named", "barrier",
						 "ordered", NULL };
	static const char *const of_floor[] = { "mutex", "pthread-barrier",
						"futex", NULL };
	long count = argc > 2 ? atol(argv[2]) : 0;
	long more = argc > 3 ? atol(argv[3]) : 2;

	for (int i = 0; count > 0 && of_shmmap[i]; i++) {
		if (strcmp(argv[1], of_shmmap[i]) == 0) {
			run_worker(argv[1], count, more * 1000);
			return 0;
		}
	}
	for (int i = 0; count > 0 && of_floor[i]; i++) {
		if (strcmp(argv[1], of_floor[i]) == 0) {
			run_floor(argv[1], count, (unsigned)more);
			return 0;
		}
	}
	die("usage", "sections KIND COUNT [PROCESSES | WAIT_US]");
}
