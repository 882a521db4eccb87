#include <config.h>

#include "engine/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Standard output and error; see sink.h for how each kind is written to. */

/* pieces below this are copied and collected */
#define SMALL_SIZE 8192

enum kind {
	KIND_CLOSED,	  /* what is put is lost */
	KIND_PLAIN,	  /* blocks for a moment at most */
	KIND_NONBLOCKING, /* our own description, with O_NONBLOCK */
	KIND_SOCKET,
	KIND_SHARED, /* would block, and is shared: a little after each poll */
};

struct output {
	int fd;
	enum kind kind;
	bool has_reader; /* whose end poll can see */
	bool is_full;
	int error;
	size_t used, sent; /* of bytes */
	unsigned char bytes[65536];
};

static struct output outputs[SINK_OUTPUTS];

/* a description of our own for what fd is, or -1 */
static int
open_anew(int fd, const struct stat *as)
{
	char path[32];
	struct stat opened;
	int own;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own < 0)
		return -1;
	if (fstat(own, &opened) == 0 && opened.st_dev == as->st_dev &&
	    opened.st_ino == as->st_ino)
		return own;
	close(own);
	return -1;
}

static void
output_init(struct output *output, int fd)
{
	struct stat st;
	int own;

	output->fd = fd;
	output->kind = KIND_PLAIN;
	if (fstat(fd, &st) < 0)
		return;
	output->has_reader = S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode);
	if (S_ISSOCK(st.st_mode)) {
		output->kind = KIND_SOCKET;
	} else if (S_ISFIFO(st.st_mode) || isatty(fd)) {
		own = open_anew(fd, &st);
		output->kind = own < 0 ? KIND_SHARED : KIND_NONBLOCKING;
		if (own >= 0)
			output->fd = own;
	}
}

void
sink_init(int out_fd, int err_fd)
{
	output_init(&outputs[SINK_OUT], out_fd);
	output_init(&outputs[SINK_ERR], err_fd);
}

void
sink_release(void)
{
	for (int i = 0; i < SINK_OUTPUTS; i++)
		sink_close(i);
}

/* a shared description: what poll allows can be written without blocking, if
 * nobody else who shares it is quicker */
static ssize_t
write_shared(int fd, const void *bytes, size_t nbytes)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };

	if (poll(&ready, 1, 0) <= 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(fd, bytes, nbytes < PIPE_BUF ? nbytes : PIPE_BUF);
}

static ssize_t
write_some(const struct output *output, const void *bytes, size_t nbytes)
{
	switch (output->kind) {
	case KIND_SOCKET:
		return send(output->fd, bytes, nbytes,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	case KIND_SHARED:
		return write_shared(output->fd, bytes, nbytes);
	case KIND_CLOSED:
		return (ssize_t)nbytes;
	case KIND_PLAIN:
	case KIND_NONBLOCKING:
		break;
	}
	return write(output->fd, bytes, nbytes);
}

/* Write until all is written or the output is full; after an error everything
 * counts as written. Returns the bytes done with. */
static size_t
write_all(struct output *output, const void *bytes, size_t nbytes)
{
	const unsigned char *from = bytes;
	size_t left = nbytes;

	while (left > 0 && !output->error && !output->is_full) {
		ssize_t n = write_some(output, from, left);

		if (n >= 0) {
			from += n;
			left -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			output->is_full = true;
		} else if (errno != EINTR) {
			output->error = errno;
		}
	}
	return output->error ? nbytes : nbytes - left;
}

static bool
flush(struct output *output)
{
	output->sent += write_all(output, output->bytes + output->sent,
				  output->used - output->sent);
	if (output->sent < output->used)
		return false;
	output->sent = output->used = 0;
	return true;
}

void
sink_close(int which)
{
	struct output *output = &outputs[which];

	if (output->kind == KIND_NONBLOCKING)
		close(output->fd);
	*output = (struct output){ .fd = -1, .kind = KIND_CLOSED };
}

void
sink_abandon(int which)
{
	outputs[which].used = outputs[which].sent = 0;
}

size_t
sink_put(int which, const void *bytes, size_t nbytes)
{
	struct output *output = &outputs[which];

	if (!flush(&outputs[SINK_OUTPUTS - 1 - which]))
		return 0;
	if (nbytes >= SMALL_SIZE)
		return flush(output) ? write_all(output, bytes, nbytes) : 0;
	if (nbytes > sizeof(output->bytes) - output->used && !flush(output))
		return 0;
	memcpy(output->bytes + output->used, bytes, nbytes);
	output->used += nbytes;
	return nbytes;
}

bool
sink_flush(void)
{
	/* at most one of them holds anything */
	return flush(&outputs[SINK_OUT]) && flush(&outputs[SINK_ERR]);
}

bool
sink_is_busy(void)
{
	/* a large piece is not collected: what was not taken of it is with who
	 * gave it, until poll(2) says that there is room */
	return !sink_flush() || outputs[SINK_OUT].is_full ||
	       outputs[SINK_ERR].is_full;
}

void
sink_poll(struct pollfd polls[SINK_POLLS], bool watch_reader)
{
	for (int i = 0; i < SINK_OUTPUTS; i++) {
		const struct output *output = &outputs[i];
		bool watch = i == SINK_OUT && watch_reader &&
			     output->has_reader && !output->error;

		polls[i] = (struct pollfd){ .fd = -1 };
		if (output->is_full || watch)
			polls[i].fd = output->fd;
		if (output->is_full)
			polls[i].events = POLLOUT;
	}
}

void
sink_polled(const struct pollfd polls[SINK_POLLS])
{
	for (int i = 0; i < SINK_OUTPUTS; i++) {
		struct output *output = &outputs[i];

		if (polls[i].fd < 0 || !polls[i].revents)
			continue;
		output->is_full = false;
		if (output->has_reader && !output->error &&
		    polls[i].revents & (POLLERR | POLLHUP))
			output->error = EPIPE;
	}
}

int
sink_error(int which)
{
	return outputs[which].error;
}
