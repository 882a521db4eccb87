/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * timer [-i FILE | -p FILE] [-o FILE | -c | -f] [-r REPEATS] COMMAND [ARG]...
 *
 * Runs COMMAND and writes one line, to file descriptor 3 if that is open,
 * else to standard error: nanoseconds of one run, by the monotonic clock,
 * from just before the process is made until it has been waited for, and
 * the bytes counted with -c. The timer's own start is not part of it.
 *
 *	-i FILE		standard input of COMMAND; else /dev/null
 *	-p FILE		the same through a pipe, filled before the clock
 *			starts; FILE is at most what a pipe holds
 *	-o FILE		standard output of COMMAND; else /dev/null
 *	-c		standard output is a pipe that the timer reads and
 *			counts, until the end of file
 *	-f		the same, but the time ends with the first byte
 *	-r REPEATS	runs it so often and writes the mean
 *
 * The exit status is COMMAND's (128+N for signal N), of the first run that
 * failed; 125 when the timer itself failed.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 * 1024, RESULT_FD = 3 };

static const char *input_path = "/dev/null";
static const char *output_path = "/dev/null";
static bool input_is_pipe;
static bool output_is_counted;
static bool time_is_to_first_byte;
static char block[BLOCK_BYTES];

static void
die(const char *what)
{
	fprintf(stderr, "timer: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static long long
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* The read end of a pipe that holds all that fd has to give. */
static int
pipe_filled(int fd)
{
	int ends[2];
	ssize_t n;

	n = read(fd, block, sizeof(block));
	if (n < 0)
		die(input_path);
	close(fd);
	if (pipe2(ends, O_CLOEXEC) || write(ends[1], block, (size_t)n) != n)
		die("pipe");
	close(ends[1]);
	return ends[0];
}

static int
open_input(void)
{
	int fd = open(input_path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(input_path);
	return input_is_pipe ? pipe_filled(fd) : fd;
}

static int
open_output(int *count_fd)
{
	int ends[2];
	int fd;

	if (output_is_counted) {
		if (pipe2(ends, O_CLOEXEC))
			die("pipe");
		*count_fd = ends[0];
		return ends[1];
	}
	*count_fd = -1;
	fd = open(output_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		die(output_path);
	return fd;
}

/* *first_ns is when the first of them came */
static long long
count_bytes(int fd, long long *first_ns)
{
	long long nbytes = 0;
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0) {
		if (nbytes == 0)
			*first_ns = now_ns();
		nbytes += n;
	}
	if (n < 0)
		die("read");
	close(fd);
	return nbytes;
}

static int
wait_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("wait");
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

/* Not inlined: nothing of the caller's is live across the vfork. */
__attribute__((noinline)) static pid_t
start(char **argv, int in_fd, int out_fd)
{
	pid_t pid = vfork();

	if (pid < 0)
		die("vfork");
	if (pid == 0) {
		dup2(in_fd, STDIN_FILENO);
		dup2(out_fd, STDOUT_FILENO);
		close(RESULT_FD);
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

/* One run: returns its exit status, adds its time and its bytes. */
static int
run(char **argv, long long *time_ns, long long *nbytes)
{
	int count_fd;
	int in_fd = open_input();
	int out_fd = open_output(&count_fd);
	long long start_ns = now_ns(), end_ns = 0;
	pid_t pid = start(argv, in_fd, out_fd);
	int status;

	close(in_fd);
	close(out_fd);
	if (count_fd >= 0)
		*nbytes += count_bytes(count_fd, &end_ns);
	status = wait_status(pid);
	if (!time_is_to_first_byte || end_ns == 0)
		end_ns = now_ns();
	*time_ns += end_ns - start_ns;
	return status;
}

int
main(int argc, char **argv)
{
	long long time_ns = 0, nbytes = 0;
	int repeats = 1, status = 0;
	int result_fd, option, i;

	result_fd = fcntl(RESULT_FD, F_GETFD) < 0 ? STDERR_FILENO : RESULT_FD;
	while ((option = getopt(argc, argv, "+i:p:o:cfr:")) != -1) {
		switch (option) {
		case 'i':
			input_path = optarg;
			break;
		case 'p':
			input_path = optarg;
			input_is_pipe = true;
			break;
		case 'o':
			output_path = optarg;
			break;
		case 'f':
			time_is_to_first_byte = true;
			/* fall through */
		case 'c':
			output_is_counted = true;
			break;
		case 'r':
			repeats = atoi(optarg);
			break;
		default:
			return 125;
		}
	}
	if (optind == argc || repeats < 1) {
		fprintf(stderr, "timer: no command, or no repeats\n");
		return 125;
	}
	for (i = 0; i < repeats && !status; i++)
		status = run(argv + optind, &time_ns, &nbytes);
	dprintf(result_fd, "%lld %lld\n", time_ns / i, nbytes / i);
	return status;
}
