/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cheap-openmp THREADS CHUNK NUMBERS [NS]
 *
 * What worker.c does with cheap jobs, in one process with threads of OpenMP and
 * schedule(dynamic,CHUNK): sums the kernel over the numbers from 0 to NUMBERS-1
 * and prints the sum; with NS, is busy for so many nanoseconds for each.
 */

#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel.h"

int
main(int argc, char *argv[])
{
	int64_t numbers[4] = { 0 };
	int64_t chunk, stop;
	uint64_t sum = 0;

	for (int i = 1; i < argc && i <= 4; i++)
		numbers[i - 1] = atoll(argv[i]);
	chunk = numbers[1];
	stop = numbers[2];
	if (numbers[0] < 1 || chunk < 1 || stop < 1) {
		fprintf(stderr,
			"usage: cheap-openmp THREADS CHUNK NUMBERS [NS]\n");
		return 2;
	}
	if (numbers[3] > 0) {
#pragma omp parallel for schedule(dynamic, chunk) num_threads((int)numbers[0])
		for (int64_t i = 0; i < stop; i++)
			spin(numbers[3]);
		return 0;
	}
#pragma omp parallel for schedule(dynamic, chunk)                              \
	num_threads((int)numbers[0]) reduction(+ : sum)
	for (int64_t i = 0; i < stop; i++)
		sum += kernel(i);
	printf("%" PRIu64 "\n", sum);
	return fflush(stdout) != 0;
}
