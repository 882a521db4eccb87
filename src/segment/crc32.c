#include <config.h>

#include "segment/crc32.h"

/* The reflected polynomial of IEEE 802.3, four bits at a time: a table of 16
 * words is enough for tables of arrays. */

#define POLYNOMIAL UINT32_C(0xedb88320)

static uint32_t
shift(uint32_t crc, unsigned bits)
{
	for (; bits > 0; bits--)
		crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
	return crc;
}

uint32_t
crc32_update(uint32_t crc, const void *data, size_t nbytes)
{
	const unsigned char *byte = data;
	uint32_t table[16];

	for (unsigned i = 0; i < 16; i++)
		table[i] = shift(i, 4);
	crc = ~crc;
	for (; nbytes > 0; nbytes--, byte++) {
		crc = crc >> 4 ^ table[(crc ^ *byte) & 15];
		crc = crc >> 4 ^ table[(crc ^ *byte >> 4) & 15];
	}
	return ~crc;
}
