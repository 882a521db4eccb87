#ifndef SHMMAP_REDUCE_VALUE_H
#define SHMMAP_REDUCE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One number of a result, as its text says it: an integer, exact, or a double,
 * the nearest to the text. A text is a double when it has a point or an
 * exponent, or is inf or nan.
 *
 * Integers have 64 bits where they come from a job, and 128 bits where they are
 * what others came to.
 *
 * Never prints and never exits.
 */

/* the longest text of value_format() and value_format_integer(), with its NUL
 */
#define VALUE_TEXT_SIZE 64

struct value {
	bool is_double;
	bool is_negative; /* an integer that is not 0 */
	uint64_t low;	  /* of an integer ... */
	union {
		uint64_t high; /* ... high * 2^64 + low */
		double number;
	};
};

/*
 * Read all of text. Returns 0, -EINVAL when it is no number, or -ERANGE when an
 * integer does not fit into 64 bits (-2^63 to 2^64 - 1), or a double overflows.
 */
int value_read(const char *text, size_t nbytes, struct value *value);

/* The same, but that an integer has 128 bits and a sign. */
int value_read_wide(const char *text, size_t nbytes, struct value *value);

/* the nearest double */
double value_double(const struct value *value);

/* an integer without its sign */
static inline unsigned __int128
value_amount(const struct value *value)
{
	return (unsigned __int128)value->high << 64 | value->low;
}

/*
 * Below 0, 0 or above as the one is less than the other, exactly. value_compare
 * tells those that are the same apart, so that nothing depends on which came
 * first: an integer is before a double, and -0.0 before both. Not for NaN.
 */
int value_order(const struct value *one, const struct value *other);
int value_compare(const struct value *one, const struct value *other);

/* Write the text of a value, which reads back as the same. Returns its bytes.
 */
size_t value_format(char out[VALUE_TEXT_SIZE], const struct value *value);
size_t value_format_double(char out[VALUE_TEXT_SIZE], double number);
size_t value_format_integer(char out[VALUE_TEXT_SIZE], bool is_negative,
			    unsigned __int128 amount);

#endif
