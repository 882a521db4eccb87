#ifndef SHMMAP_RANGE_H
#define SHMMAP_RANGE_H

#include <stdint.h>

/*
 * A range of numbers, half open as in Python and OpenMP: [START:]STOP[:STEP].
 * START is 0 and STEP 1 unless told; STEP may be negative, not 0. Returns 0
 * with how many numbers there are, or -EINVAL (also when they are 2^63 or
 * more).
 */
int range_parse(const char *text, int64_t *start, int64_t *step,
		uint64_t *count);

#endif
