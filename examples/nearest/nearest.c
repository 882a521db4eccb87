/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nearest.c TOWNS - a worker of shmmap --dlopen: for a job "LAT LON", the
 * nearest town and how many km it is away
 *
 * setup() reads the list once; the slaves are forked from who has read it.
 */

#include <shmmap.h>
#include <stdio.h>

#include "towns.h"

static int
setup(int argc, char *argv[])
{
	if (argc != 2) {
		fprintf(stderr, "usage: --dlopen nearest.c TOWNS\n");
		return 1;
	}
	return towns_read(argv[1]);
}

static int
work(struct shmmap_job *job)
{
	double lat, lon, km;
	size_t i;

	if (towns_parse(job->text, &lat, &lon))
		return shmmap_fail(job, "not a latitude and a longitude");
	i = towns_nearest(lat, lon, &km);
	shmmap_printf(job, "%s %.1f\n", towns[i].name, km);
	return 0;
}

const struct shmmap_worker shmmap_worker = { SHMMAP_WORKER, .setup = setup,
					     .work = work };
