#include <config.h>

#include "worker/collect.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Collecting what a job prints; see collect.h. */

static const enum record_kind kinds[COLLECT_STREAMS] = { RECORD_OUT,
							 RECORD_ERR };

size_t
collect(struct collector *collector, int which, size_t nbytes)
{
	int fd = collector->read_fd[which];
	unsigned char buffer[16384];
	unsigned char *place;
	size_t room;
	ssize_t n;

	if (collector->combiner && which == COLLECT_OUT) {
		room = combiner_read(collector->combiner, fd, nbytes);
		collector->has_output |= room > 0;
		return room;
	}
	if (collector->is_tagged) {
		room = sizeof(buffer);
		place = buffer;
	} else {
		place = stream_place(collector->stream, &room);
	}
	do
		n = read(fd, place, nbytes < room ? nbytes : room);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	collector->has_output = true;
	if (collector->is_tagged)
		tag_append(&collector->tags[which], collector->stream,
			   kinds[which], collector->job, buffer, (size_t)n);
	else
		stream_append(collector->stream, kinds[which],
			      collector->job->number, (size_t)n);
	stream_tell(collector->stream, collector->job->number, NEWS_PIECE);
	return (size_t)n;
}

void
collect_rest(struct collector *collector)
{
	for (int i = 0; i < COLLECT_STREAMS; i++) {
		int left = 0;

		ioctl(collector->read_fd[i], FIONREAD, &left);
		while (left > 0) {
			size_t n = collect(collector, i, (size_t)left);

			if (n == 0)
				break;
			left -= (int)n;
		}
	}
}
