/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * integrate CHUNK - a worker of shmmap: one chunk of an integral
 *
 * Fills its part of the shared array y, adds the part's sum to the shared
 * scalar sum, and prints it: its result, with all digits that it has.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shmmap.h>

#include "rectangles.h"

static int
fail(const char *what)
{
	fprintf(stderr, "integrate: %s\n", what);
	return 1;
}

/* an array of doubles */
static struct shmmap_array *
doubles(struct shmmap *segment, const char *name)
{
	struct shmmap_array *array = shmmap_get(segment, name);

	return array && strcmp(shmmap_dtype(array), "<f8") == 0 ? array : NULL;
}

/* 1 when the worker before died between reading and writing: then total can
 * not be relied on, which is a failure here. */
static int
add(struct shmmap *segment, double *total, double part)
{
	int result = shmmap_critical_begin(segment, "sum");

	if (result < 0)
		return result;
	*total += part;
	shmmap_critical_end(segment, "sum");
	return result;
}

static int
integrate(struct shmmap *segment, const char *chunk)
{
	struct shmmap_array *y = doubles(segment, "y");
	struct shmmap_array *sum = doubles(segment, "sum");
	size_t n, start, stop;
	double part;
	char *end;

	if (!y || !sum)
		return fail("no arrays y and sum of f8");
	n = shmmap_size(y);
	start = strtoumax(chunk, &end, 10) * CHUNK;
	if (end == chunk || *end || start >= n)
		return fail("no such chunk");
	stop = n - start < CHUNK ? n : start + CHUNK;
	part = rectangles(shmmap_data(y), start, stop, n);
	if (add(segment, shmmap_data(sum), part))
		return fail("the sum is not whole");
	printf("%.17g\n", part);
	return fflush(stdout) ? fail("output lost") : 0;
}

int
main(int argc, char *argv[])
{
	struct shmmap *segment;
	int status;

	if (argc != 2)
		return fail("usage: integrate CHUNK");
	if (shmmap_attach(&segment))
		return fail(shmmap_error());
	status = integrate(segment, argv[1]);
	shmmap_detach(segment);
	return status;
}
