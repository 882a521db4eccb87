/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * integrate-openmp THREADS RECTANGLES
 *
 * What examples/integrate does, in one process with threads of OpenMP: the same
 * chunks of the same kernel, handed out one by one, into the same kind of
 * mapping; a shared sum in a critical section; the partial sums printed.
 */

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../examples/integrate/rectangles.h"

static double *
map(size_t n)
{
	int fd = memfd_create("integrate", MFD_CLOEXEC);
	void *base;

	if (fd < 0 || ftruncate(fd, (off_t)(n * sizeof(double))))
		return MAP_FAILED;
	base = mmap(NULL, n * sizeof(double), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	if (base != MAP_FAILED)
		madvise(base, n * sizeof(double), MADV_HUGEPAGE);
	return base;
}

int
main(int argc, char *argv[])
{
	int nthreads = argc == 3 ? atoi(argv[1]) : 0;
	size_t n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	size_t nchunks = (n + CHUNK - 1) / CHUNK;
	double *parts, *y, sum = 0;

	if (nthreads < 1 || n < 1) {
		fprintf(stderr, "usage: integrate-openmp THREADS RECTANGLES\n");
		return 2;
	}
	parts = calloc(nchunks, sizeof(*parts));
	y = map(n);
	if (!parts || y == MAP_FAILED) {
		perror("integrate-openmp");
		return 1;
	}
#pragma omp parallel for schedule(dynamic) num_threads(nthreads)
	for (size_t i = 0; i < nchunks; i++) {
		size_t start = i * CHUNK;
		size_t stop = n - start < CHUNK ? n : start + CHUNK;

		parts[i] = rectangles(y, start, stop, n);
#pragma omp critical
		sum += parts[i];
	}
	for (size_t i = 0; i < nchunks; i++)
		printf("%.17g\n", parts[i]);
	return sum > 3.14 && sum < 3.15 ? fflush(stdout) != 0 : 1;
}
