#ifndef SHMMAP_REDUCE_DIGITS_H
#define SHMMAP_REDUCE_DIGITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The sum of lines that are plain integers without a sign, which is what most
 * lines of most sums are: as fast as they come.
 *
 * Never prints and never exits.
 */
struct digits_sum {
	unsigned __int128 sum;
	uint64_t count; /* of lines */
};

/*
 * Add up the lines at bytes, which end with line_end, as long as they are 1 to
 * 16 digits and nothing else. Returns the bytes of those that were added; what
 * follows is something else, or has no end.
 */
size_t digits_sum(const char *bytes, size_t nbytes, char line_end,
		  struct digits_sum *sum);

#endif
