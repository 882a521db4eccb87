#ifndef SHMMAP_CRC32_H
#define SHMMAP_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The CRC-32 of IEEE 802.3, zlib and zip: go on with crc (0 at first) over
 * nbytes more. */
uint32_t crc32_update(uint32_t crc, const void *data, size_t nbytes);

#endif
