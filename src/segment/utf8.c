/* UTF-8, strictly. */
#include <config.h>

#include "segment/utf8.h"

#define CODE_MAX 0x10ffffu

bool
utf8_is_character(uint32_t code)
{
	return code <= CODE_MAX && (code < 0xd800 || code > 0xdfff);
}

size_t
utf8_encode(char out[4], uint32_t code)
{
	static const unsigned char leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	size_t i;

	for (i = n; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(leads[n] | code);
	return n;
}

uint32_t
utf8_decode(const unsigned char *text, size_t nbytes, size_t *used)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t code = text[0];
	size_t n, i;

	*used = 1;
	if (code < 0x80)
		return code;
	n = code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : 2;
	if (code < 0xc0 || code > 0xf7 || n > nbytes)
		return UTF8_NONE;
	code &= 0xffu >> (n + 1);
	for (i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return UTF8_NONE;
		code = code << 6 | (text[i] & 0x3fu);
	}
	if (code < least[n] || !utf8_is_character(code))
		return UTF8_NONE;
	*used = n;
	return code;
}
