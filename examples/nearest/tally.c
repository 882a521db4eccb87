/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tally TOWNS - a worker of shmmap --attach: for jobs "LAT LON", counts in the
 * shared array counts, of u8, how often each town is the nearest
 *
 * It runs once for each slave and takes its jobs itself. As a reduction, counts
 * is the slave's own copy, to which nobody else adds.
 */

#include <shmmap.h>
#include <stdio.h>
#include <string.h>

#include "towns.h"

static int
fail(const char *what)
{
	fprintf(stderr, "tally: %s\n", what);
	return 1;
}

int
main(int argc, char *argv[])
{
	struct shmmap *segment;
	struct shmmap_array *array;
	struct shmmap_job *job;
	uint64_t *counts;

	if (argc != 2)
		return fail("usage: tally TOWNS");
	if (towns_read(argv[1]))
		return 1;
	if (shmmap_attach(&segment))
		return fail(shmmap_error());
	array = shmmap_get(segment, "counts");
	if (!array || strcmp(shmmap_dtype(array), "<u8") != 0 ||
	    shmmap_size(array) < ntowns)
		return fail("no array counts of u8 for all towns");
	counts = shmmap_data(array);
	while ((job = shmmap_next(segment))) {
		double lat, lon, km;

		if (towns_parse(job->text, &lat, &lon)) {
			shmmap_fail(job, "not a latitude and a longitude");
			continue;
		}
		counts[towns_nearest(lat, lon, &km)]++;
	}
	if (*shmmap_error())
		return fail(shmmap_error());
	shmmap_detach(segment);
	return 0;
}
