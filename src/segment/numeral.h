#ifndef SHMMAP_NUMERAL_H
#define SHMMAP_NUMERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A number as text, read without rounding, and rounded once to what it becomes;
 * and back, to the shortest text. Whatever the locale is.
 */

/* digits that decide how a number rounds; more only say "and some more". Half
 * way between two subnormal long doubles are 11564. */
#define NUMERAL_DIGITS_MAX 12000

/* the longest text of numeral_shortest(), with its NUL */
#define NUMERAL_TEXT_SIZE 64

enum numeral_width {
	NUMERAL_F2,
	NUMERAL_F4,
	NUMERAL_F8,
	NUMERAL_F16, /* long double, whatever it is */
};

enum numeral_form {
	NUMERAL_DECIMAL,
	NUMERAL_HEX,
	NUMERAL_INFINITE,
	NUMERAL_NAN,
};

/* +-digits * 10^exponent, or, the digits being hexadecimal, 2^exponent */
struct numeral {
	enum numeral_form form;
	bool is_negative;
	int64_t exponent;
	size_t ndigits; /* 0: zero; the first and the last are not 0 */
	/* 0x, digits, and the exponent as strtod() reads it, without a point;
	 * decimal begins behind the 0x */
	char text[NUMERAL_DIGITS_MAX + 40];
};

/*
 * Read a number at *text, not beyond end, and move *text behind it: [+-]1.5e3,
 * .5, 5., 0x1.8p-3, 0x1f, inf, infinity, nan (case does not matter). Returns 0
 * or -EINVAL when there is none.
 */
int numeral_read(struct numeral *numeral, const char **text, const char *end);

/* The amount, without the sign, of an integer. Returns 0, -EINVAL when it is
 * none, or -ERANGE when it does not fit into 128 bits. */
int numeral_integer(const struct numeral *numeral, unsigned __int128 *amount);

/* The nearest number of width, even in a tie; one rounding. Returns 0 or
 * -ERANGE when it overflows. */
int numeral_round(const struct numeral *numeral, enum numeral_width width,
		  long double *value);

/* Write the shortest digits that numeral_round() gives back as value, which is
 * one of width, as Python's repr does: 1.0, 1e-05, -inf, nan. Returns the
 * number of bytes. */
size_t numeral_shortest(char out[NUMERAL_TEXT_SIZE], enum numeral_width width,
			long double value);

#endif
