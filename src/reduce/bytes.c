#include <config.h>

#include "reduce/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
bytes_add(struct bytes *bytes, const void *from, size_t nbytes)
{
	size_t size = 2 * bytes->size + nbytes;
	char *data;

	if (nbytes > bytes->size - bytes->used) {
		data = realloc(bytes->data, size);
		if (!data)
			return -ENOMEM;
		bytes->data = data;
		bytes->size = size;
	}
	if (nbytes > 0)
		memcpy(bytes->data + bytes->used, from, nbytes);
	bytes->used += nbytes;
	return 0;
}

void
bytes_release(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}
