#ifndef SHMMAP_UTF8_H
#define SHMMAP_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */

/* what begins no character */
#define UTF8_NONE UINT32_MAX

/* whether code is a character, as far as it can be encoded */
bool utf8_is_character(uint32_t code);

/* encode a character; returns the bytes it has */
size_t utf8_encode(char out[4], uint32_t code);

/* The character at text, of which there are nbytes bytes, at least 1; UTF8_NONE
 * when none begins there. *used is how many bytes it has, then 1. */
uint32_t utf8_decode(const unsigned char *text, size_t nbytes, size_t *used);

#endif
