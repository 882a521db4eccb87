#include <config.h>

#include "engine/notes.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "engine/sink.h"

/* Queue of diagnostics; see notes.h. */

/* the sink takes a piece of this size whole or not at all */
#define PIECE_SIZE 4096

/* one message finds room when there is no memory */
static char first[PIECE_SIZE];
static char *queue = first;
static size_t used, sent, size = sizeof(first);

static void
free_queue(void)
{
	if (queue != first)
		free(queue);
}

static void
add(void *context, const char *line, size_t nbytes)
{
	(void)context;
	if (size - used < nbytes) {
		char *larger = malloc(2 * size + nbytes);

		if (!larger)
			return; /* no memory for a message: no message */
		memcpy(larger, queue, used);
		free_queue();
		queue = larger;
		size = 2 * size + nbytes;
	}
	memcpy(queue + used, line, nbytes);
	used += nbytes;
}

void
notes_start(void)
{
	diag_redirect(add, NULL);
}

bool
notes_flush(void)
{
	while (sent < used) {
		size_t n = used - sent < PIECE_SIZE ? used - sent : PIECE_SIZE;

		n = sink_put(SINK_ERR, queue + sent, n);
		if (n == 0)
			return false;
		sent += n;
	}
	used = sent = 0;
	return true;
}

void
notes_stop(void)
{
	diag_redirect(NULL, NULL);
	free_queue();
	queue = first;
	size = sizeof(first);
	used = sent = 0;
}
