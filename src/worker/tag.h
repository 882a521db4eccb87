#ifndef SHMMAP_TAG_H
#define SHMMAP_TAG_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/command.h"
#include "engine/stream.h"

/* --tag: each line of a result begins with the job's text and a tab. */

/* one output of one job; zeroed it stands before the first line */
struct tag {
	bool is_in_line;
	size_t written; /* bytes of the tag that this line has already */
};

/* Slave: append bytes of the job's output to the stream, with tags. */
void tag_append(struct tag *tag, struct stream_writer *stream,
		enum record_kind kind, const struct command_job *job,
		const unsigned char *bytes, size_t nbytes);

#endif
