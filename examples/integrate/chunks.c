/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chunks.c:fill, chunks.c:total - workers of shmmap --dlopen
 *
 *	fill	a job is a number, the first of CHUNK rectangles: their areas go
 *		into the array y, the sum of them is added to the array sum, and
 *		is the result
 *	total	a job is "START STOP": the result is the sum of this part of y
 */

#include <shmmap.h>
#include <stdio.h>
#include <string.h>

#include "rectangles.h"

/* of this slave */
static double *y, *sum;
static size_t n;

/* an array of doubles, NULL if there is none of this name */
static struct shmmap_array *
doubles(struct shmmap_job *job, const char *name)
{
	struct shmmap_array *array =
		job->segment ? shmmap_get(job->segment, name) : NULL;

	return array && strcmp(shmmap_dtype(array), "<f8") == 0 ? array : NULL;
}

static int
enter(struct shmmap_job *job)
{
	struct shmmap_array *y_array = doubles(job, "y");
	struct shmmap_array *sum_array = doubles(job, "sum");

	if (!y_array || !sum_array) {
		fprintf(stderr, "chunks.c: no arrays y and sum of f8\n");
		return 1;
	}
	y = shmmap_data(y_array);
	n = shmmap_size(y_array);
	sum = shmmap_data(sum_array);
	return 0;
}

static int
do_fill(struct shmmap_job *job)
{
	size_t start = (size_t)job->value;
	double part;

	if (job->text || job->value < 0 || start >= n)
		return shmmap_fail(job, "not a number of a rectangle");
	part = rectangles(y, start, n - start < CHUNK ? n : start + CHUNK, n);
	/* 1: who was in there before has died, the sum is not whole */
	if (shmmap_critical_begin(job->segment, "sum"))
		return shmmap_fail(job, "the sum is not whole");
	*sum += part;
	shmmap_critical_end(job->segment, "sum");
	shmmap_printf(job, "%.17g\n", part);
	return 0;
}

static int
do_total(struct shmmap_job *job)
{
	struct sum part = { 0, 0 };
	size_t start, stop;

	if (!job->text || sscanf(job->text, "%zu %zu", &start, &stop) != 2 ||
	    stop > n)
		return shmmap_fail(job, "not a part of y");
	for (size_t i = start; i < stop; i++)
		sum_add(&part, y[i]);
	shmmap_printf(job, "%.17g\n", part.value + part.lost);
	return 0;
}

const struct shmmap_worker fill = { SHMMAP_WORKER, .enter = enter,
				    .work = do_fill };
const struct shmmap_worker total = { SHMMAP_WORKER, .enter = enter,
				     .work = do_total };
