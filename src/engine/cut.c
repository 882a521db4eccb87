#include <config.h>

#include "engine/cut.h"

#include <string.h>

/*
 * Counting records. Blocks are counted without a branch per byte, so that the
 * compiler can do many bytes at once; only the block in which the batch ends is
 * looked at record by record.
 */

#define BLOCK 128

/* lanes are bytes: no more than 255 rounds between two sums */
static unsigned
count_in_block(const unsigned char *bytes, unsigned char delimiter)
{
	typedef unsigned char lanes __attribute__((vector_size(16)));
	lanes wanted = { 0 }, sum = { 0 };
	unsigned n = 0;

	wanted += delimiter;
	for (unsigned i = 0; i < BLOCK; i += sizeof(lanes)) {
		lanes some;

		memcpy(&some, bytes + i, sizeof(some));
		sum -= (lanes)(some == wanted);
	}
	for (unsigned i = 0; i < sizeof(lanes); i++)
		n += sum[i];
	return n;
}

/* one record after the other */
static size_t
cut_slowly(const unsigned char *bytes, size_t nbytes, unsigned char delimiter,
	   bool skip_empty, uint64_t most, uint64_t *count)
{
	size_t at = 0;

	while (*count < most) {
		const unsigned char *end =
			memchr(bytes + at, delimiter, nbytes - at);

		if (!end)
			break;
		*count += !skip_empty || end > bytes + at;
		at = (size_t)(end - bytes) + 1;
	}
	return at;
}

static const unsigned char *
find_last(const unsigned char *bytes, size_t nbytes, unsigned char delimiter)
{
	while (nbytes > 0)
		if (bytes[--nbytes] == delimiter)
			return bytes + nbytes;
	return NULL;
}

size_t
cut_records(const unsigned char *bytes, size_t nbytes, unsigned char delimiter,
	    bool skip_empty, uint64_t most, uint64_t *count)
{
	const unsigned char *last;
	size_t at = 0, end, more;
	unsigned n;

	*count = 0;
	if (skip_empty)
		return cut_slowly(bytes, nbytes, delimiter, true, most, count);
	for (; nbytes - at >= BLOCK; at += BLOCK) {
		n = count_in_block(bytes + at, delimiter);
		if (n > most - *count)
			break;
		*count += n;
	}
	last = find_last(bytes, at, delimiter);
	end = last ? (size_t)(last - bytes) + 1 : 0;
	more = cut_slowly(bytes + end, nbytes - end, delimiter, false, most,
			  count);
	return end + more;
}

size_t
cut_last(const unsigned char *bytes, size_t nbytes, const unsigned char *recend,
	 size_t recend_size)
{
	size_t before = recend_size - 1;

	while (nbytes > before) {
		const unsigned char *last = memrchr(
			bytes + before, recend[before], nbytes - before);

		if (!last)
			return 0;
		nbytes = (size_t)(last - bytes);
		if (memcmp(last - before, recend, before) == 0)
			return nbytes + 1;
	}
	return 0;
}

size_t
cut_first(const unsigned char *bytes, size_t nbytes,
	  const unsigned char *recend, size_t recend_size)
{
	const unsigned char *found =
		recend_size == 1 ? memchr(bytes, recend[0], nbytes)
				 : memmem(bytes, nbytes, recend, recend_size);

	return found ? (size_t)(found - bytes) + recend_size : 0;
}
