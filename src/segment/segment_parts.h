#ifndef SHMMAP_SEGMENT_PARTS_H
#define SHMMAP_SEGMENT_PARTS_H

#include <stdint.h>

#include "segment/segment.h"

/* What making (segment_make.c) and opening (segment.c) a segment share; nobody
 * else's business. */

static inline uint64_t
segment_round_up(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* format into why; returns error */
int segment_complain(char *why, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* crc32 of header (its own field taken for 0, up to owner) and table */
uint32_t segment_checksum(const struct segment_header *header,
			  const struct segment_entry *entries);

/* Map nbytes of fd, big arrays at multiples of a huge page. NULL with errno
 * set. */
unsigned char *segment_map(int fd, uint64_t nbytes);

/* Fill segment->dtypes from its entries; -ENOMEM, -EINVAL. */
int segment_parse_dtypes(struct segment *segment);

#endif
