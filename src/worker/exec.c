#include <config.h>

#include "worker/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "worker/collect.h"
#include "worker/environment.h"
#include "worker/path.h"

/*
 * A process per job. What a job costs beyond vfork, exec and wait is what this
 * file does between them, so it avoids system calls: the slave's own
 * descriptors 0, 1 and 2, its dispositions and its folder are already those of
 * the job, its mask but for SIGCHLD. Only a job that reads a block gets its own
 * standard input (feed.c), and SIGPIPE is blocked then.
 *
 * The pipes live as long as the slave, which holds both ends: there is no end
 * of file. That the job is over comes as SIGCHLD through a signalfd, which also
 * lives as long as the slave: a pidfd per job costs twice what all other calls
 * here cost together. A process that the job leaves behind (we are a subreaper,
 * so it is our child then) could write into the next job's result: the pipes
 * are made anew. What it writes later goes nowhere.
 */

/* what a job could do to an end of a pipe that its successors would feel */
#define STICKY_FLAGS (O_NONBLOCK | O_DIRECT | O_ASYNC | O_APPEND)

struct exec_worker {
	const struct plan *plan;
	const struct board *board;
	struct area *area;
	struct environment env;
	struct expansion expansion;
	struct path path;
	int read_fd[COLLECT_STREAMS];
	int exit_fd; /* readable when a child has ended; -1 if none waits for it
		      */
	int null_fd;
	struct feed feed;
	struct combiner *combiner; /* or NULL: results go as they are */
	sigset_t job_mask;	   /* the slave's without what it blocks */
	pid_t pid;		   /* of the slave */
};

/* what parent and child of a vfork share; the child has the parent's memory */
struct launch {
	struct exec_worker *worker;
	const char *path;
	char **argv;
	int error;
	bool is_cancelled;
};

/* the child's; the parent sleeps meanwhile, and has one child at a time */
static alignas(64) char child_stack[32768];

int
exec_make_pipe(int target, int ours)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	/* dup2 gives target without close-on-exec. It comes last: after a
	 * failure target is what it was. */
	if (fcntl(ends[ours], F_SETFL, O_NONBLOCK) < 0 ||
	    dup2(ends[!ours], target) < 0) {
		int error = errno;

		close(ends[0]);
		close(ends[1]);
		return -error;
	}
	close(ends[!ours]);
	return ends[ours];
}

static int
make_pipes(struct exec_worker *worker)
{
	static const int targets[COLLECT_STREAMS] = { STDOUT_FILENO,
						      STDERR_FILENO };

	for (int i = 0; i < COLLECT_STREAMS; i++) {
		int fd = exec_make_pipe(targets[i], 0);

		if (fd < 0)
			return fd;
		if (worker->read_fd[i] >= 0)
			close(worker->read_fd[i]);
		worker->read_fd[i] = fd;
	}
	return 0;
}

static int
hear_of_ends(struct exec_worker *worker)
{
	sigset_t ends, pipe;

	/* the end of a job that is being fed; write(2) says it as well */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if (worker->plan->worker == WORKER_PIPE)
		sigprocmask(SIG_BLOCK, &pipe, NULL);
	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	worker->exit_fd = signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
	return worker->exit_fd < 0 ? -errno : 0;
}

/* whether there is something to do while a job runs */
static bool
is_watched(const struct exec_worker *worker)
{
	return worker->plan->worker != WORKER_FILTER &&
	       (!worker->plan->ungroup || worker->plan->worker == WORKER_PIPE);
}

/* jobs inherit the descriptor */
static void
pass_on(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

int
exec_enter(struct exec_worker **result, const struct exec_setting *setting)
{
	struct exec_worker *worker = calloc(1, sizeof(*worker));
	int error;

	if (!worker)
		return -ENOMEM;
	*result = worker;
	worker->plan = setting->plan;
	worker->board = setting->board;
	worker->area = board_area(setting->board, setting->rank);
	worker->read_fd[COLLECT_OUT] = worker->read_fd[COLLECT_ERR] = -1;
	worker->exit_fd = -1;
	worker->null_fd = setting->null_fd;
	sigprocmask(SIG_SETMASK, NULL, &worker->job_mask);
	worker->pid = getpid();
	if (dup2(setting->null_fd, STDIN_FILENO) < 0)
		return -errno;
	if (setting->folder_fd >= 0 && fchdir(setting->folder_fd) < 0)
		return -errno;
	pass_on(setting->share->fd);
	pass_on(setting->share->run_fd);
	error = environment_init(&worker->env, setting->plan, setting->share,
				 getppid(), setting->rank);
	if (!error && setting->plan->worker == WORKER_ATTACH) {
		pass_on(setting->board->fd);
		environment_set_board(&worker->env, setting->board->fd,
				      getppid());
		if (!setting->plan->ungroup &&
		    dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
			error = -errno;
		return error;
	}
	if (error || !is_watched(worker))
		return error;
	if (combiner_is_for(worker->plan)) {
		worker->combiner = combiner_new(worker->plan);
		if (!worker->combiner)
			return -ENOMEM;
	}
	error = hear_of_ends(worker);
	return error || setting->plan->ungroup ? error : make_pipes(worker);
}

/*
 * In the child of vfork, on the parent's memory. Only system calls and stores
 * to launch and to the area. Not instrumented: the stack is one that sanitizers
 * do not know.
 */
static int __attribute__((no_sanitize("address", "undefined", "thread")))
child(void *argument)
{
	struct launch *launch = argument;
	struct exec_worker *worker = launch->worker;

	/* if slave and master die at once, nobody else is left to kill us */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != worker->pid)
		_exit(1);
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, &worker->job_mask, NULL);
	/* F7 (relaxed and the fence in board_is_stopped, pairs F5): either the
	 * master sees our group, or we see that it has stopped the run */
	atomic_store_explicit(&worker->area->group, getpid(),
			      memory_order_relaxed);
	if (board_is_stopped(worker->board, STOP_RUNNING)) {
		launch->is_cancelled = true;
		_exit(1);
	}
	execve(launch->path, launch->argv, worker->env.entries);
	if (errno == ENOEXEC) {
		/* a script without #!: as execvp does */
		char *name = launch->argv[0];

		launch->argv[-1] = (char[]){ "sh" };
		launch->argv[0] = (char *)(uintptr_t)launch->path;
		execve("/bin/sh", launch->argv - 1, worker->env.entries);
		launch->argv[0] = name;
	}
	launch->error = errno;
	_exit(1);
}

/* errors of vfork and exec that pass when others give something back */
static bool
is_shortage(int error)
{
	return error == EAGAIN || error == ENOMEM || error == EMFILE ||
	       error == ENFILE;
}

/* errors of exec that say that there is nothing to run under that name */
static bool
is_no_command(int error)
{
	return error == ENOENT || error == EACCES || error == ENOTDIR ||
	       error == ELOOP || error == ENAMETOOLONG || error == ENOEXEC ||
	       error == EISDIR;
}

static void
end_with_error(const struct exec_worker *worker, int error,
	       struct exec_end *end)
{
	end->error = error;
	end->is_refused = is_shortage(error);
	end->is_missing =
		worker->plan->command.name_is_fixed && is_no_command(error);
	end->status = error == ENOENT ? 127 : 126;
}

/* the process is about to be reaped: its number may then be another's */
static int
reap(struct exec_worker *worker, pid_t pid)
{
	int status = 0;

	atomic_store_explicit(&worker->area->group, 0, memory_order_relaxed);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void
set_phase(const struct exec_worker *worker, enum slave_phase phase)
{
	/* else the phase is the worker's own */
	if (!plan_has_batches(worker->plan))
		atomic_store_explicit(&worker->area->phase, (uint32_t)phase,
				      memory_order_relaxed);
}

/* Start the job. Returns its pid, or -1 after filling end. */
static pid_t
launch(struct exec_worker *worker, struct exec_end *end)
{
	struct launch launch = { .worker = worker,
				 .argv = worker->expansion.argv };
	pid_t pid;

	launch.path = path_find(&worker->path, launch.argv[0],
				worker->plan->command.name_is_fixed,
				environment_get(&worker->env, "PATH"));
	/* from here on the job may have had an effect, or has ended */
	set_phase(worker, PHASE_BEGUN);
	if (!launch.path) {
		end_with_error(worker, errno, end);
		return -1;
	}
	pid = clone(child, child_stack + sizeof(child_stack),
		    CLONE_VM | CLONE_VFORK | SIGCHLD, &launch);
	if (pid >= 0 && !launch.error && !launch.is_cancelled)
		return pid;
	if (pid < 0) {
		end_with_error(worker, errno, end);
	} else {
		reap(worker, pid);
		if (launch.is_cancelled)
			end->is_cancelled = true;
		else
			end_with_error(worker, launch.error, end);
	}
	/* any other error is the job's end */
	if (end->is_refused || end->is_cancelled)
		set_phase(worker, PHASE_CLAIMED);
	return -1;
}

/* start the job, with an input of its own */
static pid_t
launch_fed(struct exec_worker *worker, const struct feed_input *input,
	   struct exec_end *end)
{
	struct feed *feed = &worker->feed;
	int error = feed_open(feed, worker->plan->nslaves);
	pid_t pid;

	if (error) {
		end_with_error(worker, -error, end);
		return -1;
	}
	pid = launch(worker, end);
	feed_leave(worker->null_fd);
	if (pid < 0)
		feed_close(feed);
	else
		feed_begin(feed, input);
	return pid;
}

/* whether the process has ended, now that exit_fd is readable; it stays to be
 * reaped. One SIGCHLD may stand for several children, stopped ones included. */
static bool
has_ended(const struct exec_worker *worker, pid_t pid)
{
	struct signalfd_siginfo news;
	siginfo_t info = { .si_pid = 0 };

	if (read(worker->exit_fd, &news, sizeof(news)) < 0)
		return false;
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG) <
		       0 ||
	       info.si_pid == pid;
}

static void
collect_until_end(struct exec_worker *worker, struct collector *collector,
		  pid_t pid)
{
	struct feed *feed = &worker->feed;
	struct pollfd polls[] = {
		{ .fd = worker->exit_fd, .events = POLLIN },
		{ .fd = worker->read_fd[COLLECT_OUT], .events = POLLIN },
		{ .fd = worker->read_fd[COLLECT_ERR], .events = POLLIN },
		{ .events = POLLOUT },
	};
	int n;

	for (;;) {
		polls[3].fd = feed->is_open ? feed->fd : -1;
		n = poll(polls, 4, feed_patience_ms(feed));
		if (n < 0)
			continue; /* EINTR, or no memory for a moment */
		if (feed->is_open && (n == 0 || polls[3].revents))
			feed_step(feed);
		if (polls[0].revents && has_ended(worker, pid))
			break;
		for (int i = 0; i < COLLECT_STREAMS; i++)
			if (polls[1 + i].revents)
				collect(collector, i, SIZE_MAX);
	}
	collect_rest(collector);
}

/* reap what the job left to us; true when something of it is still alive */
static bool
has_left_something(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0);
	return pid == 0;
}

/* A job may have made its output non-blocking, which is a property of the
 * pipe's end and not of the job: the next one would lose what it writes to a
 * full pipe. */
static void
make_blocking(void)
{
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		int flags = fcntl(fd, F_GETFL);

		if (flags >= 0 && flags & STICKY_FLAGS)
			fcntl(fd, F_SETFL, flags & ~STICKY_FLAGS);
	}
}

static void
end_with_status(int status, struct exec_end *end)
{
	if (WIFSIGNALED(status)) {
		end->signal = WTERMSIG(status);
		end->status = 128 + (unsigned)end->signal;
	} else {
		end->status = (unsigned)WEXITSTATUS(status);
	}
}

/* its group stays on the board until it has ended */
static void
await_end(pid_t pid)
{
	while (waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT) < 0 &&
	       errno == EINTR)
		;
}

pid_t
exec_start(struct exec_worker *worker, struct exec_end *end)
{
	struct command_job no_job = { .text = (char[]){ "" } };

	*end = (struct exec_end){ .status = 0 };
	if (command_expand(&worker->plan->command, &no_job,
			   &worker->expansion) < 0) {
		end_with_error(worker, ENOMEM, end);
		return -1;
	}
	return launch(worker, end);
}

void
exec_finish(struct exec_worker *worker, pid_t pid, struct exec_end *end)
{
	await_end(pid);
	end_with_status(reap(worker, pid), end);
}

void
exec_for_many(struct exec_worker *worker, struct exec_end *end)
{
	pid_t pid = exec_start(worker, end);

	if (pid >= 0)
		exec_finish(worker, pid, end);
}

void
exec_work(struct exec_worker *worker, const struct command_job *job,
	  const struct feed_input *input, struct stream_writer *stream,
	  struct exec_end *end)
{
	struct collector collector = { .read_fd = worker->read_fd,
				       .stream = stream,
				       .job = job,
				       .combiner = worker->combiner,
				       .is_tagged = worker->plan->tag };
	bool is_grouped = !worker->plan->ungroup;
	pid_t pid;

	*end = (struct exec_end){ .status = 0 };
	environment_set_job(&worker->env, job->number);
	if (command_expand(&worker->plan->command, job, &worker->expansion) <
	    0) {
		end_with_error(worker, ENOMEM, end);
		return;
	}
	pid = input ? launch_fed(worker, input, end) : launch(worker, end);
	if (pid < 0)
		return;
	if (is_watched(worker)) {
		if (collector.combiner)
			combiner_begin(collector.combiner, stream, job->number);
		collect_until_end(worker, &collector, pid);
		if (collector.combiner)
			combiner_end(collector.combiner);
	} else {
		await_end(pid);
	}
	end_with_status(reap(worker, pid), end);
	end->has_output = collector.has_output;
	end->input_error = worker->feed.error;
	if (end->input_error && !end->status)
		end->status = DIAG_EXIT_FAILURE;
	feed_close(&worker->feed);
	if (is_grouped)
		make_blocking();
	/* without new pipes (no descriptors left) the old ones have to do */
	if (has_left_something() && is_grouped)
		make_pipes(worker);
}
