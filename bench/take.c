/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * take NAME - a program for shmmap --attach: a worker of worker.c, which gets
 * its jobs from shmmap_next()
 */

#include <stdio.h>
#include <string.h>

#include <shmmap.h>

#include "worker.h"

static const struct {
	const char *name;
	const struct shmmap_worker *worker;
} workers[] = {
	{ "text", &text },
	{ "counted", &counted },
	{ "chunk", &chunk },
	{ "populated", &populated },
};

static const struct shmmap_worker *
find_worker(const char *name)
{
	for (size_t i = 0; i < sizeof(workers) / sizeof(workers[0]); i++)
		if (strcmp(workers[i].name, name) == 0)
			return workers[i].worker;
	return NULL;
}

static int
take_all(struct shmmap *segment, const struct shmmap_worker *worker)
{
	struct shmmap_job *job = shmmap_next(segment);

	if (!job)
		return 0;
	if (worker->enter && worker->enter(job))
		return -1;
	for (; job; job = shmmap_next(segment))
		if (shmmap_done(job, worker->work(job)))
			return -1;
	if (worker->leave)
		worker->leave(NULL);
	return 0;
}

int
main(int argc, char *argv[])
{
	const struct shmmap_worker *worker =
		argc == 2 ? find_worker(argv[1]) : NULL;
	struct shmmap *segment;
	int result;

	if (!worker || shmmap_attach(&segment)) {
		fprintf(stderr, "take: no such worker, or not in a run\n");
		return 2;
	}
	result = take_all(segment, worker);
	shmmap_detach(segment);
	return result || fflush(stdout) ? 1 : 0;
}
