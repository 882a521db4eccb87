#ifndef SHMMAP_REDUCE_BYTES_H
#define SHMMAP_REDUCE_BYTES_H

#include <stddef.h>

/* Bytes that grow at their end; all zero is none. Never prints and never exits.
 */
struct bytes {
	char *data;
	size_t used, size;
};

/* Append. Returns 0 or -ENOMEM, then nothing was. */
int bytes_add(struct bytes *bytes, const void *from, size_t nbytes);

void bytes_release(struct bytes *bytes);

#endif
