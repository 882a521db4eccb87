#include <config.h>

#include "reduce/digits.h"

#include <string.h>

/*
 * Sums of plain integers; see digits.h. Eight bytes are a word of the
 * machine (little endian): the first byte that is no digit is found, and the
 * digits before it are moved to the word's end, zeros coming before them, and
 * added up in pairs, pairs of pairs, and those.
 */

#define EACH(BYTE) (UINT64_C(0x0101010101010101) * (BYTE))
#define WORD sizeof(uint64_t)

/* lines whose sum fits into 64 bits: each is below 10^16 */
#define LINES_MAX 1000

static inline uint64_t
load(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/* the digits '0'...'9' become 0...9, and the high bit of all other bytes is set
 * in *others */
static inline uint64_t
digits_of(uint64_t word, uint64_t *others)
{
	uint64_t digits = word ^ EACH('0');

	/* 10...127 have the high bit when 118 is added; no byte carries into
	 * the next */
	*others = (((digits & EACH(0x7f)) + EACH(118)) | digits) & EACH(0x80);
	return digits;
}

/* the number whose eight digits are the bytes of a word, the first one first */
static inline uint64_t
number_of(uint64_t digits)
{
	digits = digits * 10 + (digits >> 8);
	return ((digits & UINT64_C(0xff000000ff)) *
			(100 + (UINT64_C(1000000) << 32)) +
		(digits >> 16 & UINT64_C(0xff000000ff)) *
			(1 + (UINT64_C(10000) << 32))) >>
	       32;
}

/* the first n digits, 0...8 of them */
static inline uint64_t
first_digits(uint64_t digits, unsigned n)
{
	/* in two steps: 64 is no shift */
	return number_of(digits << (4 * (WORD - n)) << (4 * (WORD - n)));
}

/* The number at bytes, behind which 17 bytes can be read. Returns its digits,
 * 0 unless there are 1 to 16 and then line_end. */
static inline unsigned
read_number(const char *bytes, char line_end, uint64_t *number)
{
	static const uint64_t tens[] = { 1,	  10,	    100,
					 1000,	  10000,    100000,
					 1000000, 10000000, 100000000 };
	uint64_t others, digits = digits_of(load(bytes), &others);
	unsigned n = WORD, more;

	if (others) {
		n = (unsigned)__builtin_ctzll(others) / 8;
		*number = first_digits(digits, n);
	} else {
		*number = number_of(digits);
		digits = digits_of(load(bytes + WORD), &others);
		more = others ? (unsigned)__builtin_ctzll(others) / 8 : WORD;
		*number = *number * tens[more] + first_digits(digits, more);
		n += more;
	}
	return bytes[n] == line_end ? n : 0;
}

size_t
digits_sum(const char *bytes, size_t nbytes, char line_end,
	   struct digits_sum *sum)
{
	const char *at = bytes;
	/* the last from where all that is read is there */
	const char *last = bytes + nbytes - 2 * WORD - 1;
	uint64_t number;
	unsigned n;

	*sum = (struct digits_sum){ 0 };
	if (nbytes < 2 * WORD + 1)
		return 0;
	do {
		uint64_t some = 0, count = 0;

		for (n = 1; at <= last && count < LINES_MAX; count++) {
			n = read_number(at, line_end, &number);
			if (n == 0)
				break;
			some += number;
			at += n + 1;
		}
		sum->sum += some;
		sum->count += count;
	} while (n > 0 && at <= last);
	return (size_t)(at - bytes);
}
