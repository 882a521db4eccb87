/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RECTANGLES_H
#define RECTANGLES_H

#include <math.h>
#include <stddef.h>

/* What is integrated and how: used by integrate.c, total.c and, for comparison,
 * bench/integrate-openmp.c and bench/worker.c. */

/* rectangles of one job */
#define CHUNK ((size_t)1 << 20)

/* A sum that does not lose what is rounded off (Neumaier 1974): the error is
 * about that of one addition, however many there are. No -ffast-math. */
struct sum {
	double value;
	double lost;
};

static inline void
sum_add(struct sum *sum, double term)
{
	double value = sum->value + term;

	if (fabs(sum->value) >= fabs(term))
		sum->lost += (sum->value - value) + term;
	else
		sum->lost += (term - value) + sum->value;
	sum->value = value;
}

/* 4 / (1 + x^2) from 0 to 1: pi */
static inline double
f(double x)
{
	return 4 / (1 + x * x);
}

/* Areas of rectangles start to stop-1, of n in all, into y; returns their sum.
 * The height is that in the middle. */
static inline double
rectangles(double *y, size_t start, size_t stop, size_t n)
{
	double width = 1.0 / (double)n;
	struct sum sum = { 0, 0 };

	for (size_t i = start; i < stop; i++) {
		y[i] = f(((double)i + 0.5) * width) * width;
		sum_add(&sum, y[i]);
	}
	return sum.value + sum.lost;
}

#endif
