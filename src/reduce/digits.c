#include <config.h>

#include "reduce/digits.h"

#include <stdbool.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * Sums of plain integers; see digits.h. Eight bytes are a word of the machine
 * (little endian). The ends of lines are looked for in blocks, so that finding
 * the next line does not wait for this one to be read. The digits of a line are
 * the last bytes of the word before its end, which are kept, zeros in place of
 * the others. Those of all lines of a block are added up place by place, and
 * only the sums in pairs, pairs of pairs, and those.
 */

#define EACH(BYTE) (UINT64_C(0x0101010101010101) * (BYTE))
#define WORD sizeof(uint64_t)

/* 24 lines with a digit at the most */
#define BLOCK (6 * WORD)

/* the longest number */
#define DIGITS_MAX (2 * WORD)

static inline uint64_t
load(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

#ifdef __SSE2__

/* bit i: byte i of the block is that one */
static inline uint64_t
find_in_block(const char *block, char wanted)
{
	const __m128i all = _mm_set1_epi8(wanted);
	uint64_t found = 0;

	for (unsigned i = 0; i < BLOCK; i += sizeof(all)) {
		__m128i bytes = _mm_loadu_si128(
			(const __m128i *)(const void *)(block + i));
		__m128i equal = _mm_cmpeq_epi8(bytes, all);

		found |= (uint64_t)_mm_movemask_epi8(equal) << i;
	}
	return found;
}

#else

/* bit i: byte i of the word is the one that each byte of wanted is */
static inline uint64_t
find_in_word(uint64_t word, uint64_t wanted)
{
	uint64_t others = word ^ wanted;

	/* the high bit of each byte: it is not 0; no byte carries into the next
	 */
	others |= (others & EACH(0x7f)) + EACH(0x7f);
	/* the eight high bits are gathered in the highest byte */
	return (~others >> 7 & EACH(1)) * UINT64_C(0x0102040810204080) >> 56;
}

/* bit i: byte i of the block is that one */
static inline uint64_t
find_in_block(const char *block, char wanted)
{
	const uint64_t all = EACH((uint64_t)(unsigned char)wanted);
	uint64_t found = 0;

	for (unsigned i = 0; i < BLOCK / WORD; i++)
		found |= find_in_word(load(block + i * WORD), all)
			 << (i * WORD);
	return found;
}

#endif

/* the same for the last bytes, which are fewer than a block */
static uint64_t
find_in_rest(const char *rest, size_t nbytes, char wanted)
{
	char block[BLOCK];

	memset(block, ~wanted, sizeof(block));
	memcpy(block, rest, nbytes);
	return find_in_block(block, wanted);
}

/* Sums of digits, place by place: byte i is that of the places i of all lines.
 * A block has fewer lines than would make one of them 256. */
struct places {
	uint64_t high, low; /* 10^15...10^8, 10^7...1 */
};

/* What the places of a word come to. Pairs of them are below 11 * 256, and so
 * on: nothing gets into the next. */
static inline uint64_t
value_of(uint64_t places)
{
	const uint64_t pairs = UINT64_C(0x00ff00ff00ff00ff);
	const uint64_t fours = UINT64_C(0x0000ffff0000ffff);

	places = (places & pairs) * 10 + (places >> 8 & pairs);
	places = (places & fours) * 100 + (places >> 16 & fours);
	return (places & UINT32_MAX) * 10000 + (places >> 32);
}

/* the last n bytes of a word; a shift by a number that is not known is slower
 * than to look it up */
#define LAST(N) (UINT64_MAX << 8 * (WORD - (N)))
static const uint64_t last[WORD + 1] = {
	0,	 LAST(1), LAST(2), LAST(3), LAST(4),
	LAST(5), LAST(6), LAST(7), LAST(8),
};

/* The n digits, 1 to 8, that are the last bytes of a word; the high bit of some
 * byte of *others is set when one of them is no digit. */
static inline uint64_t
digits_of(uint64_t word, size_t n, uint64_t *others)
{
	uint64_t digits = (word ^ EACH('0')) & last[n];

	/* 10...127 have the high bit when 118 is added */
	*others |= ((digits & EACH(0x7f)) + EACH(118)) | digits;
	return digits;
}

/* Add the number of n digits before end, where 16 bytes can be read. False when
 * it is none. */
static inline bool
add_number(const char *end, size_t n, struct places *places)
{
	uint64_t others = 0, high = 0, low;

	if (n - 1 >= DIGITS_MAX)
		return false;
	if (n <= WORD) {
		low = digits_of(load(end - WORD), n, &others);
	} else {
		high = digits_of(load(end - 2 * WORD), n - WORD, &others);
		low = digits_of(load(end - WORD), WORD, &others);
	}
	if (others & EACH(0x80))
		return false;
	places->high += high;
	places->low += low;
	return true;
}

/* the same where less than that can be read */
static bool
add_first(const char *line, size_t n, struct places *places)
{
	char text[DIGITS_MAX];

	if (n > sizeof(text))
		return false;
	memcpy(text + sizeof(text) - n, line, n);
	return add_number(text + sizeof(text), n, places);
}

size_t
digits_sum(const char *bytes, size_t nbytes, char line_end,
	   struct digits_sum *sum)
{
	const char *line = bytes;
	struct digits_sum total = { 0 };

	for (size_t i = 0; i < nbytes; i += BLOCK) {
		const char *block = bytes + i;
		size_t left = nbytes - i;
		uint64_t ends = left < BLOCK
					? find_in_rest(block, left, line_end)
					: find_in_block(block, line_end);
		struct places places = { 0, 0 };

		for (; ends; ends &= ends - 1) {
			const char *at = block + __builtin_ctzll(ends);
			size_t n = (size_t)(at - line);

			/* so near the beginning there is nothing to read before
			 * it, but more of the same behind it */
			if (at - bytes < (ptrdiff_t)DIGITS_MAX) {
				if (!add_first(line, n, &places))
					break;
			} else if (!add_number(at, n, &places)) {
				break;
			}
			total.count++;
			line = at + 1;
		}
		total.sum += value_of(places.high) * UINT64_C(100000000) +
			     value_of(places.low);
		if (ends)
			break;
	}
	*sum = total;
	return (size_t)(line - bytes);
}
