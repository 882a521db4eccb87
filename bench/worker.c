/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worker.so:NAME, and workers of take.c
 *
 *	nothing		does nothing
 *	text		emits the job's text
 *	line		emits the job's text and a newline
 *	counted		counts; each slave prints how many jobs it had
 *	each, batch	sum of the kernel over a range, job by job and many at
 *			once; each slave prints its part
 *	spinning	busy for $SPIN_NS nanoseconds by the clock
 *	chunk		what a job of examples/integrate does
 *	populated	the same, the pages of the job mapped at once beforehand
 *
 * What slaves print is theirs to see with `shmmap -u`.
 */

#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <shmmap.h>

#include "../examples/integrate/rectangles.h"
#include "kernel.h"
#include "worker.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#endif

/* of this slave */
static uint64_t total;

static void
print_total(struct shmmap_job *job)
{
	(void)job;
	printf("%" PRIu64 "\n", total);
}

/* ---- calls ---- */

static int
do_nothing(struct shmmap_job *job)
{
	(void)job;
	return 0;
}

static int
emit_text(struct shmmap_job *job)
{
	shmmap_emit(job, job->text, job->nbytes);
	return 0;
}

static int
emit_line(struct shmmap_job *job)
{
	shmmap_emit(job, job->text, job->nbytes);
	shmmap_emit(job, "\n", 1);
	return 0;
}

static int
count(struct shmmap_job *job)
{
	(void)job;
	total++;
	return 0;
}

const struct shmmap_worker nothing = { SHMMAP_WORKER, .work = do_nothing };
const struct shmmap_worker text = { SHMMAP_WORKER, .work = emit_text };
const struct shmmap_worker line = { SHMMAP_WORKER, .work = emit_line };
const struct shmmap_worker counted = { SHMMAP_WORKER, .work = count,
				       .leave = print_total };

/* ---- ranges ---- */

static int
add_one(struct shmmap_job *job)
{
	total += kernel(job->value);
	return 0;
}

static int
add_many(struct shmmap_job *job)
{
	int64_t start = job->value, stop = start + (int64_t)job->count;
	uint64_t sum = 0;

	for (int64_t i = start; i < stop; i++)
		sum += kernel(i);
	total += sum;
	return 0;
}

const struct shmmap_worker each = { SHMMAP_WORKER, .work = add_one,
				    .leave = print_total };
const struct shmmap_worker batch = { SHMMAP_WORKER, .batch = add_many,
				     .leave = print_total };

/* ---- time ---- */

static int64_t spin_ns;

static int
set_time(int argc, char *argv[])
{
	spin_ns = argc == 2 ? atoll(argv[1]) : 0;
	return spin_ns < 1;
}

static int
do_spin(struct shmmap_job *job)
{
	(void)job;
	spin(spin_ns);
	return 0;
}

const struct shmmap_worker spinning = { SHMMAP_WORKER, .setup = set_time,
					.work = do_spin };

/* ---- an integral ---- */

static double *y, *sum;
static size_t n;

static int
find_arrays(struct shmmap_job *job)
{
	struct shmmap_array *y_array, *sum_array;

	if (!job->segment)
		return 1;
	y_array = shmmap_get(job->segment, "y");
	sum_array = shmmap_get(job->segment, "sum");
	if (!y_array || !sum_array)
		return 1;
	y = shmmap_data(y_array);
	sum = shmmap_data(sum_array);
	n = shmmap_size(y_array);
	return 0;
}

static int
integrate(struct shmmap_job *job, int is_populated)
{
	size_t start = strtoumax(job->text, NULL, 10) * CHUNK;
	size_t stop = n - start < CHUNK ? n : start + CHUNK;
	double part;

	/* A chunk is whole pages, all but the last. They are there already, so
	 * to read them maps 16 at a time, and to write one maps that one; the
	 * mapping is a shared one, so what was read may be written. */
	if (is_populated)
		(void)madvise(y + start, (stop - start) * sizeof(*y),
			      MADV_POPULATE_READ);
	part = rectangles(y, start, stop, n);
	if (shmmap_critical_begin(job->segment, "sum"))
		return shmmap_fail(job, "the sum is not whole");
	*sum += part;
	shmmap_critical_end(job->segment, "sum");
	shmmap_printf(job, "%.17g\n", part);
	return 0;
}

static int
do_chunk(struct shmmap_job *job)
{
	return integrate(job, 0);
}

static int
do_populated(struct shmmap_job *job)
{
	return integrate(job, 1);
}

const struct shmmap_worker chunk = { SHMMAP_WORKER, .enter = find_arrays,
				     .work = do_chunk };
const struct shmmap_worker populated = { SHMMAP_WORKER, .enter = find_arrays,
					 .work = do_populated };
