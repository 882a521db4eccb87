/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * total SEGMENT NAME - prints the sum of an array of doubles in a named segment
 *
 * Not a worker: it reads what a run has left, one element after the other.
 */

#include <stdio.h>
#include <string.h>

#include <shmmap.h>

#include "rectangles.h"

int
main(int argc, char *argv[])
{
	struct shmmap *segment;
	struct shmmap_array *array;
	struct sum sum = { 0, 0 };
	const double *data;

	if (argc != 3) {
		fprintf(stderr, "usage: total SEGMENT NAME\n");
		return 1;
	}
	if (shmmap_attach_name(&segment, argv[1]) ||
	    !(array = shmmap_get(segment, argv[2]))) {
		fprintf(stderr, "total: %s\n", shmmap_error());
		return 1;
	}
	if (strcmp(shmmap_dtype(array), "<f8")) {
		fprintf(stderr, "total: array '%s' is not f8\n", argv[2]);
		return 1;
	}
	data = shmmap_data(array);
	for (size_t i = 0; i < shmmap_size(array); i++)
		sum_add(&sum, data[i]);
	printf("%.17g\n", sum.value + sum.lost);
	shmmap_detach(segment);
	return fflush(stdout) != 0;
}
