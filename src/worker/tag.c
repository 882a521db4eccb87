#include <config.h>

#include "worker/tag.h"

#include <string.h>

/* Tagging lines; see tag.h. */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* the tag's bytes, which have NUL bytes between columns only */
static void
copy_text(unsigned char *to, const char *text, size_t nbytes)
{
	for (size_t i = 0; i < nbytes; i++)
		to[i] = text[i] ? (unsigned char)text[i] : ' ';
}

/* write the tag, or as much of it as fits; returns the bytes used */
static size_t
put_tag(struct tag *tag, const struct command_job *job, unsigned char *to,
	size_t room)
{
	size_t n = least(job->nbytes - least(tag->written, job->nbytes), room);

	copy_text(to,
		  job->text + (tag->written < job->nbytes ? tag->written : 0),
		  n);
	tag->written += n;
	if (tag->written == job->nbytes && n < room) {
		to[n++] = '\t';
		tag->written = 0;
		tag->is_in_line = true;
	}
	return n;
}

void
tag_append(struct tag *tag, struct stream_writer *stream, enum record_kind kind,
	   const struct command_job *job, const unsigned char *bytes,
	   size_t nbytes)
{
	while (nbytes > 0) {
		size_t room, used = 0;
		unsigned char *place = stream_place(stream, &room);

		while (nbytes > 0 && used < room) {
			const unsigned char *newline;
			size_t n;

			if (!tag->is_in_line) {
				used += put_tag(tag, job, place + used,
						room - used);
				continue;
			}
			n = least(nbytes, room - used);
			newline = memchr(bytes, '\n', n);
			if (newline) {
				n = (size_t)(newline - bytes) + 1;
				tag->is_in_line = false;
			}
			memcpy(place + used, bytes, n);
			used += n;
			bytes += n;
			nbytes -= n;
		}
		stream_append(stream, kind, job->number, used);
	}
}
