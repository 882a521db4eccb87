#include <config.h>

#include "front/document_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "segment/utf8.h"

/* The bytes of a document; see document_text.h. */

/* what YAML lets stand in a text */
static bool
is_printable(uint32_t code)
{
	if (code < 0x20)
		return code == '\t' || code == '\n' || code == '\r';
	return code < 0x7f || code == 0x85 ||
	       (code >= 0xa0 && code != 0xfeff && code != 0xfffe &&
		code != 0xffff);
}

int
document_check(const char *bytes, size_t nbytes, struct faults *faults)
{
	struct place at = { 1, 1 };
	const unsigned char *text = (const unsigned char *)bytes;
	size_t used, before = faults->count;
	unsigned told = 0;

	for (size_t i = 0; i < nbytes; i += used) {
		uint32_t code = utf8_decode(text + i, nbytes - i, &used);

		if (code == '\n') {
			at.line++;
			at.column = 1;
			continue;
		}
		if (told < at.line && code == UTF8_NONE)
			faults_add(faults, at, "byte 0x%02x is not UTF-8",
				   text[i]);
		else if (told < at.line && !is_printable(code))
			faults_add(faults, at,
				   "character U+%04X can only stand as an "
				   "escape in double quotes",
				   (unsigned)code);
		if (code == UTF8_NONE || !is_printable(code))
			told = at.line;
		at.column++;
	}
	return faults->count > before ? -1 : 0;
}

char
document_byte(const char *bytes, size_t nbytes, struct place place)
{
	const char *at = bytes, *end = at + nbytes;
	unsigned line = place.line, column = place.column;
	size_t used;

	for (; line > 1; line--) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return '\0';
		at++;
	}
	for (; at < end && column > 1; column--) {
		utf8_decode((const unsigned char *)at, (size_t)(end - at),
			    &used);
		at += used;
	}
	return at < end ? *at : '\0';
}
