#include <config.h>

#include "front/escape.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Escapes in arguments; see escape.h. */

/* the byte that up to nmost digits name, of which there must be one */
static int
digits(const char **text, int base, size_t nmost)
{
	char found[4] = { 0 };
	char *end;
	long value;
	size_t n = 0;

	while (n < nmost && isxdigit((unsigned char)(*text)[n])) {
		found[n] = (*text)[n];
		n++;
	}
	value = strtol(found, &end, base);
	*text += end - found;
	return end > found && value <= UINT8_MAX ? (int)value : -1;
}

int
escape_next(const char **text)
{
	static const char letters[] = "abfnrtv\\";
	static const char bytes[] = "\a\b\f\n\r\t\v\\";
	const char *letter;

	if (**text != '\\')
		return (unsigned char)*(*text)++;
	++*text;
	if (**text >= '0' && **text <= '9')
		return digits(text, 8, 3);
	if (**text == 'x') {
		++*text;
		return digits(text, 16, 2);
	}
	letter = **text ? strchr(letters, **text) : NULL;
	if (!letter)
		return -1;
	++*text;
	return bytes[letter - letters];
}

int
escape_all(const char *text, char *out, size_t room, size_t *nbytes)
{
	size_t n = 0;

	while (*text) {
		int byte = escape_next(&text);

		if (byte < 0)
			return -1;
		if (n < room)
			out[n] = (char)byte;
		n++;
	}
	*nbytes = n;
	return 0;
}
