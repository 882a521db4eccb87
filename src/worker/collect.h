#ifndef SHMMAP_COLLECT_H
#define SHMMAP_COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/command.h"
#include "engine/stream.h"
#include "worker/combiner.h"
#include "worker/tag.h"

/*
 * What a job prints, from the pipes of its slave into the slave's stream. The
 * pipes' read ends are non-blocking.
 */

enum { COLLECT_OUT, COLLECT_ERR, COLLECT_STREAMS };

/* the result of the job that is running */
struct collector {
	const int *read_fd; /* COLLECT_STREAMS of them; -1: none */
	struct stream_writer *stream;
	const struct command_job *job;
	struct combiner *combiner; /* takes standard output, or NULL */
	bool is_tagged;
	bool has_output; /* there was some */
	struct tag tags[COLLECT_STREAMS];
};

/* Move what one pipe holds, at most nbytes, into the stream. Returns how much
 * it was; 0 when the pipe is empty. */
size_t collect(struct collector *collector, int which, size_t nbytes);

/* What the job had written when it ended, and no more: something it left
 * behind may still be writing. */
void collect_rest(struct collector *collector);

#endif
