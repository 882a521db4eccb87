#include <config.h>

#include "engine/combine_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/pipe.h"
#include "engine/beside.h"
#include "engine/spill.h"

/* The processes that results are given to before they are reduced; see
 * combine_command.h. */

/* What a pipe holds if the kernel allows it: the result of a block, so that
 * while the one process reads it the others get theirs. */
#define PIPE_SIZE (1 << 20)

struct process {
	pid_t pid;	 /* 0: it is not alive */
	int input_fd;	 /* that it reads the other end of; -1: none */
	int output_fd;	 /* the file; -1: it was never begun */
	bool is_full;	 /* its pipe */
	uint64_t offset; /* up to where the file was read */
};

static const char *line;
static struct process *all; /* by rank, n of them */
static unsigned n, reading, nalive, nfull;
static int epoll_fd = -1; /* readable when a pipe that was full is not */
static bool is_failed, is_signalled;

int
combine_command_init(const char *command, unsigned nslaves)
{
	line = command;
	n = reading = nalive = nfull = 0;
	is_failed = is_signalled = false;
	if (!command)
		return 0;
	all = calloc(nslaves, sizeof(*all));
	epoll_fd = all ? epoll_create1(EPOLL_CLOEXEC) : -1;
	if (epoll_fd < 0) {
		diag_errno(errno, "--combine");
		free(all);
		all = NULL;
		return -1;
	}
	n = nslaves;
	for (unsigned i = 0; i < n; i++)
		all[i].input_fd = all[i].output_fd = -1;
	return 0;
}

static void
end_input(struct process *process)
{
	if (process->input_fd >= 0)
		close(process->input_fd);
	process->input_fd = -1;
	nfull -= process->is_full;
	process->is_full = false;
}

void
combine_command_release(void)
{
	for (unsigned i = 0; i < n; i++) {
		end_input(&all[i]);
		if (all[i].output_fd >= 0)
			close(all[i].output_fd);
		beside_forget(all[i].pid);
	}
	free(all);
	all = NULL;
	line = NULL;
	n = nalive = 0;
	if (epoll_fd >= 0)
		close(epoll_fd);
	epoll_fd = -1;
}

bool
combine_command_is_on(void)
{
	return line != NULL;
}

/* its file, or -1 after a diagnostic */
static int
open_output(struct process *process)
{
	process->output_fd = spill_create();
	if (process->output_fd >= 0)
		return 0;
	diag_errno(-process->output_fd, "--combine: a file in %s",
		   diag_named(spill_folder()));
	return -1;
}

/* its pipe, of which only our end does not block, and its file; -1 after a
 * diagnostic */
static int
open_ends(struct process *process, int ends[2])
{
	if (open_output(process))
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		diag_errno(errno, "--combine");
		return -1;
	}
	if (fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0) {
		diag_errno(errno, "--combine");
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	pipe_widen(ends[1], PIPE_SIZE);
	return 0;
}

static int
start(struct process *process)
{
	struct epoll_event events = { .data.ptr = process };
	int ends[2];

	if (open_ends(process, ends))
		return -1;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ends[1], &events)) {
		diag_errno(errno, "--combine");
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	process->pid =
		beside_start("--combine", line, ends[0], process->output_fd);
	close(ends[0]);
	process->input_fd = ends[1];
	if (process->pid < 0) {
		end_input(process);
		process->pid = 0;
		return -1;
	}
	nalive++;
	return 0;
}

/* Ask to be told when there is room; once. */
static void
await_room(struct process *process)
{
	struct epoll_event events = { .events = EPOLLOUT | EPOLLONESHOT,
				      .data.ptr = process };

	if (process->is_full)
		return;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, process->input_fd, &events)) {
		diag_errno(errno, "--combine");
		is_failed = true;
		return;
	}
	process->is_full = true;
	nfull++;
}

size_t
combine_command_put(unsigned rank, const void *bytes, size_t nbytes)
{
	struct process *process = &all[rank];
	ssize_t written;

	if (is_failed || is_signalled)
		return nbytes;
	if (process->output_fd < 0 && start(process)) {
		is_failed = true;
		return nbytes;
	}
	if (process->input_fd < 0)
		return nbytes;
	do
		written = write(process->input_fd, bytes, nbytes);
	while (written < 0 && errno == EINTR);
	if (written < 0 && errno != EAGAIN) {
		/* it has had enough */
		end_input(process);
		return nbytes;
	}
	if (written < (ssize_t)nbytes)
		await_room(process);
	return written < 0 ? 0 : (size_t)written;
}

bool
combine_command_is_busy(void)
{
	return nfull > 0;
}

bool
combine_command_is_full(unsigned rank)
{
	return nfull > 0 && all[rank].is_full;
}

void
combine_command_poll(struct pollfd *poll)
{
	*poll = (struct pollfd){ .fd = nfull > 0 ? epoll_fd : -1,
				 .events = POLLIN };
}

void
combine_command_polled(const struct pollfd *poll)
{
	struct epoll_event events[16];
	int count;

	if (poll->fd < 0 || !poll->revents)
		return;
	count = epoll_wait(epoll_fd, events, 16, 0);
	for (int i = 0; i < count; i++) {
		struct process *process = events[i].data.ptr;

		nfull -= process->is_full;
		process->is_full = false;
	}
}

void
combine_command_end_input(void)
{
	for (unsigned i = 0; i < n; i++)
		end_input(&all[i]);
}

bool
combine_command_is_alive(void)
{
	for (unsigned i = 0; i < n && nalive > 0; i++) {
		if (all[i].pid > 0 && !beside_is_alive(all[i].pid)) {
			beside_forget(all[i].pid);
			all[i].pid = 0;
			nalive--;
		}
	}
	return nalive > 0;
}

bool
combine_command_reaped(pid_t pid, int how)
{
	unsigned status = beside_status(how);

	for (unsigned i = 0; i < n; i++) {
		if (all[i].pid != pid)
			continue;
		beside_forget(pid);
		all[i].pid = 0;
		nalive--;
		if (status != 0 && !is_signalled) {
			if (!is_failed)
				beside_complain("--combine", line, how);
			is_failed = true;
		}
		return true;
	}
	return false;
}

void
combine_command_signal(int signal)
{
	is_signalled = true;
	for (unsigned i = 0; i < n; i++)
		if (all[i].pid > 0)
			beside_signal(all[i].pid, signal);
}

bool
combine_command_has_failed(void)
{
	return is_failed;
}

ssize_t
combine_command_read(char *bytes, size_t nbytes, bool *is_last)
{
	struct process *process = &all[reading];
	ssize_t got = 0;

	*is_last = false;
	if (process->output_fd >= 0)
		got = pread(process->output_fd, bytes, nbytes,
			    (off_t)process->offset);
	if (got < 0)
		return errno == EINTR
			       ? combine_command_read(bytes, nbytes, is_last)
			       : -errno;
	process->offset += (uint64_t)got;
	if (got == 0)
		*is_last = ++reading == n;
	return got;
}
