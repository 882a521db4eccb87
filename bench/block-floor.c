/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * block-floor [-j N] [-b BYTES] [-a FILE] COMMAND [ARG]...
 *
 * The least that a dispatcher of blocks has to do: N processes that each take
 * the next block, start COMMAND, feed it the block and wait for it, until there
 * are no more. A block is BYTES (1 MiB) and ends behind the last newline in
 * them. The output of COMMAND is not collected, it prints for itself.
 *
 *	-a FILE		each block is looked for in the file and goes from it to
 *			the pipe by splice(2): nothing is copied
 *	else		standard input, one process reading at a time, and what
 *			is behind the newline is left for the next one
 *
 * A line is shorter than 64 KiB. COMMAND is searched in PATH.
 *
 * Exit status 0; 1 when a command failed; 2 for everything else.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 64 * 1024, PIPE_BYTES = 1024 * 1024 };

/* What the processes share, all of it under the lock. */
static struct shared {
	pthread_mutex_t lock;
	off_t offset;  /* of the next block in the file */
	size_t nrest;  /* bytes of the input behind the last block */
	int is_at_end; /* of the input */
	char rest[LINE_MAX_BYTES];
} * shared;

static size_t block_bytes = 1024 * 1024;
static char *block;
static char **command;
static int file_fd = -1;
static off_t file_bytes;

static void
die(const char *what)
{
	fprintf(stderr, "block-floor: %s: %s\n", what, strerror(errno));
	_exit(2);
}

/* ---- what the next block is ---- */

/* How many of these bytes are whole lines; at the end all of them. */
static size_t
whole_lines(const char *bytes, size_t nbytes, int is_at_end)
{
	const char *newline = memrchr(bytes, '\n', nbytes);

	if (is_at_end)
		return nbytes;
	if (!newline)
		die("a line is too long");
	return (size_t)(newline + 1 - bytes);
}

/* The next block of standard input, into `block`. Returns its size. */
static size_t
read_block(void)
{
	size_t filled = shared->nrest, nbytes;
	ssize_t n = 1;

	memcpy(block, shared->rest, filled);
	while (filled < block_bytes && !shared->is_at_end) {
		n = read(STDIN_FILENO, block + filled, block_bytes - filled);
		if (n < 0)
			die("read");
		shared->is_at_end = n == 0;
		filled += (size_t)n;
	}
	nbytes = whole_lines(block, filled, shared->is_at_end);
	shared->nrest = filled - nbytes;
	if (shared->nrest > sizeof(shared->rest))
		die("a line is too long");
	memcpy(shared->rest, block + nbytes, shared->nrest);
	return nbytes;
}

/* The next block of the file; *start is where it is. Returns its size. */
static size_t
find_block(off_t *start)
{
	char tail[LINE_MAX_BYTES];
	off_t stop = shared->offset + (off_t)block_bytes, from;
	size_t ntail;

	*start = shared->offset;
	if (stop >= file_bytes) {
		stop = file_bytes;
	} else {
		from = stop - (off_t)sizeof(tail);
		if (from < *start)
			from = *start;
		ntail = (size_t)(stop - from);
		if (pread(file_fd, tail, ntail, from) != (ssize_t)ntail)
			die("read");
		stop = from + (off_t)whole_lines(tail, ntail, 0);
	}
	shared->offset = stop;
	return (size_t)(stop - *start);
}

/* Returns the size of the block, 0 when there is none. */
static size_t
take_block(off_t *start)
{
	size_t nbytes;

	pthread_mutex_lock(&shared->lock);
	nbytes = file_fd < 0 ? read_block() : find_block(start);
	pthread_mutex_unlock(&shared->lock);
	return nbytes;
}

/* ---- a job ---- */

/* Not inlined: nothing of the caller's is live across the vfork. */
__attribute__((noinline)) static pid_t
start_command(int input_fd)
{
	pid_t pid = vfork();

	if (pid == 0) {
		dup2(input_fd, STDIN_FILENO);
		execvp(command[0], command);
		_exit(127);
	}
	return pid;
}

/* A command need not read all of it. */
static void
feed(int fd, size_t nbytes, off_t start)
{
	const char *from = block;
	ssize_t n;

	while (nbytes > 0) {
		if (file_fd < 0)
			n = write(fd, from, nbytes);
		else
			n = splice(file_fd, &start, fd, NULL, nbytes, 0);
		if (n < 0 && errno == EPIPE)
			return;
		if (n <= 0)
			die("feed");
		from += n;
		nbytes -= (size_t)n;
	}
}

static int
run_block(size_t nbytes, off_t start)
{
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	(void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	pid = start_command(ends[0]);
	if (pid < 0)
		die("vfork");
	close(ends[0]);
	feed(ends[1], nbytes, start);
	close(ends[1]);
	if (waitpid(pid, &status, 0) < 0)
		die("wait");
	return status != 0;
}

static int
run_all(void)
{
	int failed = 0;
	off_t start = 0;
	size_t nbytes;

	while ((nbytes = take_block(&start)) > 0)
		failed |= run_block(nbytes, start);
	return failed;
}

/* ---- all of them ---- */

static void
open_file(const char *path)
{
	struct stat status;

	file_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file_fd < 0 || fstat(file_fd, &status))
		die(path);
	file_bytes = status.st_size;
}

static void
make_shared(void)
{
	pthread_mutexattr_t attributes;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	block = malloc(block_bytes);
	if (shared == MAP_FAILED || !block)
		die("memory");
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->lock, &attributes);
}

static int
wait_all(void)
{
	int failed = 0, status;

	while (wait(&status) > 0)
		failed |= status != 0;
	return failed;
}

int
main(int argc, char *argv[])
{
	int option, nprocesses = 2;

	while ((option = getopt(argc, argv, "+j:b:a:")) != -1) {
		if (option == 'j')
			nprocesses = atoi(optarg);
		else if (option == 'b')
			block_bytes = strtoull(optarg, NULL, 10);
		else if (option == 'a')
			open_file(optarg);
		else
			return 2;
	}
	command = argv + optind;
	if (!command[0] || nprocesses < 1 || block_bytes < LINE_MAX_BYTES) {
		fprintf(stderr, "block-floor: no command, or small blocks\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	make_shared();
	for (int i = 0; i < nprocesses; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0)
			_exit(run_all());
	}
	return wait_all();
}
