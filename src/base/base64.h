#ifndef SHMMAP_BASE64_H
#define SHMMAP_BASE64_H

#include <stddef.h>

/* Bytes as text, as MIME and YAML's !!binary have them. */

/* bytes that base64_encode() writes, its NUL included */
#define BASE64_SIZE(nbytes) (((nbytes) + 2) / 3 * 4 + 1)

void base64_encode(char *out, const unsigned char *bytes, size_t nbytes);

/* Decode in place, where white space may stand between the letters. Returns how
 * many bytes there are, never more than letters, or -1: it is none. */
long base64_decode(char *text, size_t nbytes);

#endif
