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
 * the others; they are added up in pairs, pairs of pairs, and those.
 */

#define EACH(BYTE) (UINT64_C(0x0101010101010101) * (BYTE))
#define WORD sizeof(uint64_t)
#define BLOCK (8 * WORD)

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

/* The number whose n digits, 1 to 8, are the last bytes of a word; the high bit
 * of some byte of *others is set when one of them is no digit. */
static inline uint64_t
number_of(uint64_t word, unsigned n, uint64_t *others)
{
	unsigned unused = 8 * (WORD - n);
	uint64_t digits = (word ^ EACH('0')) >> unused << unused;

	/* 10...127 have the high bit when 118 is added */
	*others |= ((digits & EACH(0x7f)) + EACH(118)) | digits;
	digits = digits * 10 + (digits >> 8);
	return ((digits & UINT64_C(0xff000000ff)) *
			(100 + (UINT64_C(1000000) << 32)) +
		(digits >> 16 & UINT64_C(0xff000000ff)) *
			(1 + (UINT64_C(10000) << 32))) >>
	       32;
}

/* The number of n digits before end, where 16 bytes can be read. False when
 * it is none. */
static inline bool
read_number(const char *end, size_t n, uint64_t *number)
{
	uint64_t others = 0;

	if (n - 1 >= DIGITS_MAX)
		return false;
	if (n <= WORD) {
		*number = number_of(load(end - WORD), (unsigned)n, &others);
	} else {
		*number = number_of(load(end - 2 * WORD), (unsigned)(n - WORD),
				    &others) *
				  UINT64_C(100000000) +
			  number_of(load(end - WORD), WORD, &others);
	}
	return (others & EACH(0x80)) == 0;
}

/* the same where less than that can be read */
static bool
read_first(const char *line, size_t n, uint64_t *number)
{
	char text[DIGITS_MAX];

	if (n > sizeof(text))
		return false;
	memcpy(text + sizeof(text) - n, line, n);
	return read_number(text + sizeof(text), n, number);
}

size_t
digits_sum(const char *bytes, size_t nbytes, char line_end,
	   struct digits_sum *sum)
{
	const char *line = bytes, *end = bytes + nbytes;
	uint64_t number;

	*sum = (struct digits_sum){ 0 };
	for (const char *block = bytes; (size_t)(end - block) >= BLOCK;
	     block += BLOCK) {
		uint64_t ends = find_in_block(block, line_end), some = 0;

		for (; ends; ends &= ends - 1) {
			const char *at = block + __builtin_ctzll(ends);
			size_t n = (size_t)(at - line);

			/* so near the beginning there is nothing to read before
			 * it, but more of the same behind it */
			if (at - bytes < (ptrdiff_t)DIGITS_MAX) {
				if (!read_first(line, n, &number))
					break;
			} else if (!read_number(at, n, &number)) {
				break;
			}
			some += number;
			sum->count++;
			line = at + 1;
		}
		sum->sum += some;
		if (ends)
			break;
	}
	return (size_t)(line - bytes);
}
