/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory [-i MS] [-t SECONDS] [-o FILE] COMMAND [ARG]...
 *
 * Runs COMMAND and samples, every MS milliseconds (default 5), the sum of
 * Pss (smaps_rollup) of the process and of those of its descendants that
 * run the same program: a dispatcher's master and slaves, and not its jobs.
 * Pss counts a page that k of them share as 1/k in each, so the sum counts
 * each page once. COMMAND has to be the program itself: with a script that
 * execs it, the script's interpreter is what gets measured.
 *
 * When COMMAND ends, writes one line to FILE (default: standard error):
 *
 *	MAX EARLY SAMPLES PROCESSES STATUS
 *
 * the greatest sum in KiB of the run and of its first second, the number of
 * samples, the most processes seen at once, COMMAND's exit status (128+N
 * for signal N) or `stopped`: it was still there after SECONDS and was
 * ended, by SIGTERM and two seconds later by SIGKILL.
 *
 * A child between vfork and exec has its parent's memory, not memory of its
 * own; kcmp tells. Where the kernel has no kcmp it is counted twice, which
 * shows as sums that jump by a slave's size.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EARLY_MS = 1000, KILL_MS = 2000, PATH_BYTES = 96 };

struct sum {
	long long pss_kib;
	int processes;
};

static struct stat program;

static void
die(const char *what)
{
	fprintf(stderr, "memory: %s: %s\n", what, strerror(errno));
	exit(125);
}

static long long
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Whether the process runs the program that we started; it may be gone. */
static bool
is_own(pid_t pid)
{
	char path[PATH_BYTES];
	struct stat exe;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return !stat(path, &exe) && exe.st_dev == program.st_dev &&
	       exe.st_ino == program.st_ino;
}

static bool
has_memory_of(pid_t child, pid_t parent)
{
	return parent && syscall(SYS_kcmp, child, parent, KCMP_VM, 0, 0) == 0;
}

/* 0 when the process is gone. */
static long long
read_pss_kib(pid_t pid)
{
	char path[PATH_BYTES], line[256];
	long long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Pss: %lld kB", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

static void sum_tree(struct sum *sum, pid_t pid, pid_t parent);

static void
sum_children(struct sum *sum, pid_t pid, const char *thread)
{
	char path[PATH_BYTES];
	FILE *file;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/children", (int)pid,
		 thread);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fscanf(file, "%d", &child) == 1)
		sum_tree(sum, child, pid);
	fclose(file);
}

static void
sum_tree(struct sum *sum, pid_t pid, pid_t parent)
{
	char path[PATH_BYTES];
	struct dirent *entry;
	long long kib;
	DIR *tasks;

	if (!is_own(pid) || has_memory_of(pid, parent))
		return;
	kib = read_pss_kib(pid);
	if (!is_own(pid))
		return; /* became a job while we looked */
	sum->pss_kib += kib;
	sum->processes++;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	if (!tasks)
		return;
	while ((entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			sum_children(sum, pid, entry->d_name);
	closedir(tasks);
}

/* Each maximum on its own: they need not be of the same sample. */
static void
sum_max(struct sum *max, const struct sum *sum)
{
	if (sum->pss_kib > max->pss_kib)
		max->pss_kib = sum->pss_kib;
	if (sum->processes > max->processes)
		max->processes = sum->processes;
}

/*
 * Starts the command and returns once its exec is done, which the closing
 * of a close-on-exec pipe tells.
 */
static pid_t
start(char **argv, const sigset_t *mask)
{
	char path[PATH_BYTES];
	int ends[2];
	int error;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, mask, NULL);
		execvp(argv[0], argv);
		error = errno;
		if (write(ends[1], &error, sizeof(error)) < 0)
			_exit(126);
		_exit(127);
	}
	close(ends[1]);
	if (read(ends[0], &error, sizeof(error)) == sizeof(error)) {
		errno = error;
		die(argv[0]);
	}
	close(ends[0]);
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (stat(path, &program))
		die(path);
	return pid;
}

static void
check_kernel(void)
{
	if (access("/proc/thread-self/children", R_OK))
		die("/proc/thread-self/children");
	if (access("/proc/self/smaps_rollup", R_OK))
		die("/proc/self/smaps_rollup");
}

static long
parse_number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || end == text || value < 1) {
		fprintf(stderr, "memory: '%s' is not a positive number\n",
			text);
		exit(125);
	}
	return value;
}

int
main(int argc, char **argv)
{
	struct sum max = { 0, 0 }, sum;
	long interval_ms = 5, limit_ms = 0, samples = 0;
	long long start_ms, early_kib = 0, passed_ms;
	struct timespec interval = { 0, 0 };
	const char *out_path = NULL;
	sigset_t child_ends, mask;
	FILE *out = stderr;
	bool stopped = false;
	int option, status;
	pid_t pid;

	while ((option = getopt(argc, argv, "+i:t:o:")) != -1) {
		switch (option) {
		case 'i':
			interval_ms = parse_number(optarg);
			break;
		case 't':
			limit_ms = 1000 * parse_number(optarg);
			break;
		case 'o':
			out_path = optarg;
			break;
		default:
			return 125;
		}
	}
	if (optind == argc) {
		fprintf(stderr, "memory: no command\n");
		return 125;
	}
	check_kernel();
	if (out_path && !(out = fopen(out_path, "we")))
		die(out_path);
	interval.tv_sec = interval_ms / 1000;
	interval.tv_nsec = interval_ms % 1000 * 1000000;

	sigemptyset(&child_ends);
	sigaddset(&child_ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ends, &mask);
	start_ms = now_ms();
	pid = start(argv + optind, &mask);

	/* Our own ends of its pipes would keep a dead pipeline alive. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);

	while (waitpid(pid, &status, WNOHANG) == 0) {
		sum = (struct sum){ 0, 0 };
		sum_tree(&sum, pid, 0);
		sum_max(&max, &sum);
		samples++;
		passed_ms = now_ms() - start_ms;
		if (passed_ms <= EARLY_MS)
			early_kib = max.pss_kib;
		if (limit_ms && passed_ms > limit_ms) {
			kill(pid, stopped ? SIGKILL : SIGTERM);
			stopped = true;
			limit_ms = passed_ms + KILL_MS;
		}
		sigtimedwait(&child_ends, NULL, &interval);
	}

	fprintf(out, "%lld %lld %ld %d ", max.pss_kib, early_kib, samples,
		max.processes);
	if (stopped)
		fprintf(out, "stopped\n");
	else
		fprintf(out, "%d\n",
			WIFSIGNALED(status) ? 128 + WTERMSIG(status)
					    : WEXITSTATUS(status));
	return 0;
}
