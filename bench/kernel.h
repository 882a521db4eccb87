/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdint.h>
#include <time.h>

/* What a cheap job does: the same in worker.c, in shmmap's slaves, and in
 * cheap-openmp.c, in threads. */

/* Its number, which the compiler does not know to be that: it can neither
 * foresee the sum of many nor take several at once. One instruction, or none,
 * above the loop around it. */
static inline uint64_t
kernel(int64_t number)
{
	uint64_t value = (uint64_t)number;

	__asm__ volatile("" : "+r"(value));
	return value;
}

/* keep a processor busy for ns nanoseconds of the clock */
static inline void
spin(int64_t ns)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - start.tv_sec) * INT64_C(1000000000) + now.tv_nsec -
		       start.tv_nsec <
	       ns);
}

#endif
