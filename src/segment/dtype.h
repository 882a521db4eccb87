#ifndef SHMMAP_DTYPE_H
#define SHMMAP_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Element types, as NumPy has them. A dtype has one canonical text, the string
 * or list that NumPy writes into .npy files (its "descr"), always little
 * endian: '<f8', '|b1', '|S12', [('x', '<f8'), ('id', '<i4')]. That text is
 * what stands in a segment's table; a scalar's stands there without quotes. It
 * is UTF-8, for the names of fields.
 *
 * On the command line it is written so that no shell needs quotes:
 *
 *	? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16 S<n> {x=f8,id=i4}
 *
 * Files may hold more than the command line can write: U<n> (UCS-4 text), V<n>
 * (bytes without a type), f16 and c32 (long double), M8[...] and m8[...]
 * (times), and records with padding, nested records and subarrays. These are
 * carried, saved and mapped; element.h says which can be read and printed.
 *
 * Nothing here prints or exits.
 */

/* the canonical text with its NUL; a longer one is an error */
#define DTYPE_TEXT_SIZE 1024

/* fields of a record, those of nested records included */
#define DTYPE_FIELDS_MAX 64

enum dtype_kind {
	DTYPE_BOOL = 'b',
	DTYPE_INT = 'i',
	DTYPE_UINT = 'u',
	DTYPE_FLOAT = 'f',
	DTYPE_COMPLEX = 'c',
	DTYPE_BYTES = 'S', /* NUL-padded bytes */
	DTYPE_TEXT = 'U',  /* NUL-padded UCS-4 */
	DTYPE_VOID = 'V',  /* bytes without a type; also padding */
	DTYPE_TIME = 'M',  /* a point in time, int64 in the unit of its text */
	DTYPE_SPAN = 'm',  /* a length of time, likewise */
	DTYPE_RECORD = '{',
};

/* one scalar field of a record, nested ones with their path: outer.inner, and
 * outer[0].inner in a subarray of records, whose fields are each there */
struct dtype_field {
	char name[64];
	enum dtype_kind kind; /* never DTYPE_RECORD */
	uint32_t nbytes;      /* of one element of the field */
	uint32_t count;	      /* elements; 1 but for a subarray */
	uint32_t offset;      /* from the begin of the record */
	bool is_swapped;      /* as that of the dtype, for each field */
};

struct dtype {
	enum dtype_kind kind;
	uint32_t itemsize; /* bytes of one element, at least 1 */
	bool is_swapped;   /* read from a big-endian descr: elements have to go
			    * through dtype_swap() once; text is little-endian
			    * all the same */
	uint32_t nfields;  /* of a record, without padding; else 0 */
	struct dtype_field fields[DTYPE_FIELDS_MAX];
	char text[DTYPE_TEXT_SIZE]; /* canonical */
};

/*
 * Parse what the command line writes, nbytes of text. Returns 0; -EINVAL when
 * it is no dtype (unknown letter, size that NumPy does not have, S0, a field
 * name twice or not an identifier, an empty record), -ERANGE when it is too
 * big (DTYPE_FIELDS_MAX, DTYPE_TEXT_SIZE, itemsize above INT32_MAX).
 */
int dtype_parse(struct dtype *dtype, const char *text, size_t nbytes);

/*
 * Parse a descr as NumPy writes it into a file: a string in quotes or a list of
 * tuples, a Python literal, nbytes of it in UTF-8; also a scalar's without
 * quotes, as in a segment's table. Byte orders <, >, | and = are taken, > sets
 * is_swapped. Returns 0, -EINVAL when it is none, -ENOTSUP for types that are
 * pointers or unknown ('O') and for what is not carried (names that can not be
 * printed or have a backslash, titles, subarrays without an element), -ERANGE
 * as above and when the path of a field is above 63 bytes. Never reads outside
 * [text, text + nbytes), whatever the bytes are.
 */
int dtype_parse_descr(struct dtype *dtype, const char *text, size_t nbytes);

/* The text for the command line and for messages: f8, S12, {x=f8,id=i4}; where
 * the command line has none, the canonical text. Always terminates out of size
 * bytes (DTYPE_TEXT_SIZE is enough) and returns it. */
char *dtype_name(char *out, size_t size, const struct dtype *dtype);

/* change the byte order of count elements in place; no-op unless is_swapped.
 * data need not be aligned. */
void dtype_swap(const struct dtype *dtype, void *data, size_t count);

/* whether two describe the same bytes (is_swapped is not looked at) */
bool dtype_is_same(const struct dtype *a, const struct dtype *b);

/* whether a character, UTF8_NONE being none, can stand in the name of a field:
 * no control character */
bool dtype_is_shown(uint32_t code);

/* an identifier: [A-Za-z_][A-Za-z0-9_]*, 1 to 63 bytes; for names of arrays.
 * Those of fields, as the command line writes them, may have other letters of
 * Unicode, too. */
bool dtype_is_name(const char *text, size_t nbytes);

#endif
