#include <config.h>

#include "base/base64.h"

#include <string.h>

/* Base64; see base64.h. */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(char *out, const unsigned char *bytes, size_t nbytes)
{
	for (size_t i = 0; i < nbytes; i += 3) {
		size_t left = nbytes - i;
		unsigned group = (unsigned)bytes[i] << 16 |
				 (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
				 (left > 2 ? bytes[i + 2] : 0);

		*out++ = letters[group >> 18];
		*out++ = letters[group >> 12 & 63];
		*out++ = left > 1 ? letters[group >> 6 & 63] : '=';
		*out++ = left > 2 ? letters[group & 63] : '=';
	}
	*out = '\0';
}

long
base64_decode(char *text, size_t nbytes)
{
	unsigned group = 0, count = 0, padding = 0;
	char *out = text;

	for (size_t i = 0; i < nbytes; i++) {
		const char *letter = strchr(letters, text[i]);

		if (text[i] == ' ' || text[i] == '\n')
			continue;
		if (text[i] == '=')
			padding++;
		else if (!letter || !*letter || padding > 0)
			return -1;
		group = group << 6 |
			(padding ? 0 : (unsigned)(letter - letters));
		if (++count % 4 > 0)
			continue;
		if (padding > 2)
			return -1;
		*out++ = (char)(group >> 16);
		if (padding < 2)
			*out++ = (char)(group >> 8 & 255);
		if (padding < 1)
			*out++ = (char)(group & 255);
		group = 0;
	}
	return count % 4 > 0 ? -1 : (long)(out - text);
}
