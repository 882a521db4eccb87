#include <config.h>

#include "worker/trial.h"

#include <stdlib.h>
#include <string.h>

#include "engine/cut.h"

/* Answers that are kept; see trial.h. */

/* of a part of several jobs */
#define TRIED_SIZE ((size_t)1 << 20)

void
trial_begin(struct trial *trial)
{
	trial->nbytes = 0;
	trial->lines = 0;
	trial->is_spoilt = false;
}

static bool
make_room(struct trial *trial, size_t nbytes)
{
	size_t size = trial->size ? trial->size : TRIED_SIZE + 1;
	unsigned char *grown;

	while (size < trial->nbytes + nbytes)
		size *= 2;
	if (size == trial->size)
		return true;
	grown = realloc(trial->bytes, size);
	if (!grown)
		return false;
	trial->bytes = grown;
	trial->size = size;
	return true;
}

void
trial_keep(struct trial *trial, const unsigned char *bytes, size_t nbytes,
	   unsigned char delimiter)
{
	uint64_t count;

	if (trial->jobs > 1 && nbytes > TRIED_SIZE - trial->nbytes)
		trial->is_spoilt = true;
	if (trial->is_spoilt || !make_room(trial, nbytes + 1)) {
		trial->is_spoilt = true;
		return;
	}
	memcpy(trial->bytes + trial->nbytes, bytes, nbytes);
	trial->nbytes += nbytes;
	cut_records(bytes, nbytes, delimiter, false, UINT64_MAX, &count);
	trial->lines += count;
}
