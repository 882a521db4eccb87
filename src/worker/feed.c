#include <config.h>

#include "worker/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/pipe.h"

/* Feeding a job; see feed.h. SIGPIPE is blocked in the slave. */

/* how long bytes are held: to write them takes less, where the job takes them
 */
#define HOLD_MS 20
#define HOLD_MS_PER_MIB 1

/* Room in the pipe: a quarter of a block, unless told. With many slaves the
 * usual: they would take a good part of what a user's pipes hold together. */
#define PIPE_SIZE (256 << 10)
#define PIPE_SLAVES_MAX 64

#define COPY_SIZE ((size_t)64 << 10)
#define SPLICE_MAX ((uint64_t)1 << 30)

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
feed_open(struct feed *feed, unsigned nslaves)
{
	int ends[2], error;

	*feed = (struct feed){ .fd = -1 };
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	if (nslaves <= PIPE_SLAVES_MAX)
		pipe_widen(ends[1], PIPE_SIZE);
	if (fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0 ||
	    dup2(ends[0], STDIN_FILENO) < 0) {
		error = errno;
		close(ends[0]);
		close(ends[1]);
		return -error;
	}
	close(ends[0]);
	feed->fd = ends[1];
	feed->is_open = true;
	return 0;
}

void
feed_leave(int null_fd)
{
	/* as long as we had the read end, too, the end of all readers would go
	 * unnoticed */
	dup2(null_fd, STDIN_FILENO);
}

static void
release(struct feed *feed)
{
	if (feed->is_held)
		feed->input.release(feed->input.owner);
	feed->is_held = false;
}

void
feed_begin(struct feed *feed, const struct feed_input *input)
{
	feed->input = *input;
	feed->is_held = true;
	feed->hold_until_ms = now_ms() + HOLD_MS +
			      (int64_t)(input->nbytes >> 20) * HOLD_MS_PER_MIB;
	if (!input->bytes)
		release(feed);
}

void
feed_close(struct feed *feed)
{
	if (feed->is_open)
		close(feed->fd);
	feed->is_open = false;
	release(feed);
	free(feed->copy);
	feed->copy = NULL;
}

static ssize_t
copy_file(struct feed *feed)
{
	static unsigned char buffer[COPY_SIZE];
	uint64_t left = feed->input.nbytes;
	ssize_t n = pread(feed->input.file_fd, buffer,
			  left < sizeof(buffer) ? left : sizeof(buffer),
			  (off_t)feed->input.offset);

	if (n == 0)
		errno = ENODATA;
	if (n <= 0)
		return -1;
	return write(feed->fd, buffer, (size_t)n);
}

/* the file's pages, without a copy */
static ssize_t
splice_file(struct feed *feed)
{
	uint64_t left = feed->input.nbytes;
	off_t offset = (off_t)feed->input.offset;
	ssize_t n;

	if (feed->has_to_copy)
		return copy_file(feed);
	n = splice(feed->input.file_fd, &offset, feed->fd, NULL,
		   left < SPLICE_MAX ? left : SPLICE_MAX, SPLICE_F_NONBLOCK);
	if (n < 0 && (errno == EINVAL || errno == ENOSYS)) {
		feed->has_to_copy = true;
		return copy_file(feed);
	}
	/* somebody has made the file shorter */
	if (n == 0)
		errno = ENODATA;
	return n > 0 ? n : -1;
}

/* the job takes its time: others need the room */
static void
let_go(struct feed *feed)
{
	feed->copy = malloc(feed->input.nbytes);
	if (!feed->copy)
		return;
	memcpy(feed->copy, feed->input.bytes, feed->input.nbytes);
	feed->input.bytes = feed->copy;
	release(feed);
}

void
feed_step(struct feed *feed)
{
	struct feed_input *input = &feed->input;
	ssize_t n = input->bytes ? write(feed->fd, input->bytes, input->nbytes)
				 : splice_file(feed);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		/* a job need not read all of it */
		if (errno != EPIPE)
			feed->error = errno;
		feed_close(feed);
		return;
	}
	if (n > 0) {
		input->nbytes -= (uint64_t)n;
		input->offset += (uint64_t)n;
		if (input->bytes)
			input->bytes += n;
	}
	if (input->nbytes == 0)
		feed_close(feed);
	else if (feed->is_held && now_ms() >= feed->hold_until_ms)
		let_go(feed);
}

int
feed_patience_ms(const struct feed *feed)
{
	int64_t left = feed->hold_until_ms - now_ms();

	if (!feed->is_open || !feed->is_held)
		return -1;
	/* no memory: try again some time */
	return left > 0 ? (int)left : HOLD_MS;
}
