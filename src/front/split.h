#ifndef SHMMAP_FRONT_SPLIT_H
#define SHMMAP_FRONT_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/plan.h"

/*
 * --split NAME[,CHUNKS]: the jobs are nearly equal slices of an array along its
 * first dimension, each START and STOP, as numpy.array_split and sharedmem's
 * zipsplit cut them. NAME may also be a number of things, or @FILE: as many as
 * FILE has records. Several splits go on together.
 */

struct split {
	const char *text; /* as given */
	size_t nbytes;	  /* of NAME */
	uint64_t chunks;  /* 0: not told */
};

/* those of a command line; zeroed is none */
struct splits {
	struct split *splits;
	size_t count;
};

/* Remember one. 0, or -1 after a diagnostic. */
int splits_add(struct splits *splits, const char *argument);

/*
 * Arrays and the number of slaves are known, which is how many chunks there are
 * unless told: each split becomes a list of the product, which is linked, and
 * with is_named its columns become NAME.start and NAME.stop. Returns 0, or -1
 * after a diagnostic.
 */
int splits_settle(const struct splits *splits, struct plan *plan,
		  bool is_named);

/* Lists were appended to the product behind them: each must have one item,
 * which is repeated, or one for each chunk. 0, or -1 after a diagnostic. */
int splits_check(const struct splits *splits, const struct product *product);

void splits_release(struct splits *splits);

#endif
