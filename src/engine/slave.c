#include <config.h>

#include "engine/slave.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/blocks.h"
#include "engine/orphans.h"
#include "engine/take.h"
#include "worker/call.h"
#include "worker/exec.h"
#include "worker/filter.h"

/*
 * The slave loop. A slave prints nothing: what there is to say about a job goes
 * into its result. It keeps the dispositions and the mask of whoever started
 * shmmap, so that its jobs get them for nothing, but for signals whose default
 * a handler does not change for the jobs, since exec sets it again: SIGCONT,
 * which tells it of the master's death even if it is stopped, SIGHUP unless it
 * is ignored, and SIGXFSZ, which the master handles already.
 */

struct slave {
	const struct slave_setting *setting;
	struct area *area;
	struct taker taker;
	struct exec_worker *worker; /* but WORKER_DLOPEN */
	struct call *call;	    /* WORKER_DLOPEN */
};

/* for the signal handler */
static struct area *own_area;
static const struct share *own_share;
static pid_t own_master;
static pid_t own_pid;

/* Async-signal-safe. The master is gone: nobody wants the results, and nobody
 * else would end the job. */
static void
die_with_master(void)
{
	int32_t group =
		atomic_load_explicit(&own_area->group, memory_order_relaxed);

	/* where the worker is called the group is our own: we go last */
	if (group > 0 && group != own_pid)
		kill(-group, SIGKILL);
	orphans_kill_all(NULL);
	share_forget(own_share);
	if (group == own_pid)
		kill(-group, SIGKILL);
	_exit(1);
}

static void
on_continue(int number)
{
	int saved = errno;

	(void)number;
	/* the child of a vfork runs this on our memory until it execs; anybody
	 * may send the signal */
	if (getpid() == own_pid && getppid() != own_master)
		die_with_master();
	errno = saved;
}

/* The kernel sends SIGHUP to a stopped group whose last parent has died, before
 * the SIGCONT that would tell us. */
static void
on_hangup(int number)
{
	on_continue(number);
	signal(number, SIG_DFL);
	raise(number);
}

static void
follow_master(pid_t master)
{
	struct sigaction action = { .sa_handler = on_continue,
				    .sa_flags = SA_RESTART };
	struct sigaction found;
	sigset_t heard;

	own_master = master;
	own_pid = getpid();
	sigemptyset(&action.sa_mask);
	sigaction(SIGCONT, &action, NULL);
	action.sa_handler = on_hangup;
	sigaction(SIGHUP, NULL, &found);
	if (found.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	sigemptyset(&heard);
	sigaddset(&heard, SIGCONT);
	sigprocmask(SIG_UNBLOCK, &heard, NULL);
	prctl(PR_SET_PDEATHSIG, SIGCONT);
	if (getppid() != master)
		die_with_master();
}

static void
note(struct slave *slave, uint64_t job, const char *text)
{
	size_t room, nbytes = strlen(text);
	unsigned char *place = stream_place(&slave->taker.stream, &room);

	if (nbytes > room)
		nbytes = room;
	memcpy(place, text, nbytes);
	stream_append(&slave->taker.stream, RECORD_NOTE, job, nbytes);
}

static char *
text_of(const struct slave *slave)
{
	return board_text(slave->setting->board, slave->setting->rank);
}

#define NO_ARGUMENT "its text is no argument: "

/* why the job's text can not be an argument, or its block not be passed on; 0
 * if it can, else the status */
static unsigned
refuse_text(const struct slave *slave, char *why, size_t size)
{
	const struct plan *plan = slave->setting->plan;
	const struct area *area = slave->area;
	size_t text_size = slave->setting->board->text_size, has;
	struct span text = { text_of(slave), area->text_nbytes };

	if (area->text_flags & CLAIM_BLOCK) {
		if (!(area->text_flags & CLAIM_TOO_LONG))
			return 0;
		snprintf(
			why, size,
			"a record is longer than %llu bytes, the longest block",
			(unsigned long long)plan_block_longest(plan));
		return 126;
	}
	if (area->text_flags & CLAIM_TOO_LONG) {
		snprintf(why, size,
			 NO_ARGUMENT "longer than %u bytes, the longest record",
			 PLAN_RECORD_MAX);
		return 126;
	}
	if (area->text_nbytes >= text_size) {
		snprintf(why, size,
			 NO_ARGUMENT
			 "%u bytes, but an argument has at most %zu",
			 area->text_nbytes, text_size - 1);
		return 126;
	}
	if (!columns_are_terminated(&plan->columns) &&
	    memchr(text.start, '\0', text.nbytes)) {
		snprintf(why, size,
			 NO_ARGUMENT "a NUL byte can not be in an argument");
		return 126;
	}
	if (command_lacks(&plan->command, text, &has)) {
		snprintf(why, size,
			 "it has %zu column%s, but the command wants %zu", has,
			 has == 1 ? "" : "s", plan->command.wanted);
		return 126;
	}
	return 0;
}

/* nobody reads the output of job and run (-u): the master ends the run */
static bool
has_lost_reader(void)
{
	struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&output, 1, 0) > 0 && (output.revents & POLLERR);
}

static void
note_failure(struct slave *slave, uint64_t job, const struct exec_end *end)
{
	const char *name = plan_worker_name(slave->setting->plan);
	struct board_header *header = slave->setting->board->header;
	char quoted[256], shown[256], text[1024];

	diag_name(shown, sizeof(shown), name);
	columns_quote(
		&slave->setting->plan->columns, quoted, sizeof(quoted),
		(struct span){ text_of(slave), slave->area->text_nbytes });
	if (end->input_error) {
		snprintf(text, sizeof(text),
			 "job %llu: its input can not be passed on: %s",
			 (unsigned long long)job, strerror(end->input_error));
	} else if (end->is_missing) {
		/* all slaves find out at once; the first one speaks */
		if (atomic_exchange_explicit(&header->command_failed, 1,
					     memory_order_relaxed))
			return;
		snprintf(text, sizeof(text), "job %llu: %s: %s",
			 (unsigned long long)job, shown, strerror(end->error));
	} else if (end->error) {
		snprintf(text, sizeof(text),
			 "job %llu: %s: %s, its text was %s",
			 (unsigned long long)job, shown, strerror(end->error),
			 quoted);
	} else if (end->signal) {
		/* the user, who ended the run, need not be told */
		if (board_is_stopped(slave->setting->board, STOP_RUNNING) ||
		    (end->signal == SIGPIPE && has_lost_reader()))
			return;
		snprintf(text, sizeof(text),
			 "job %llu: %s: killed by signal %d (%s), its text was "
			 "%s",
			 (unsigned long long)job, shown, end->signal,
			 strsignal(end->signal), quoted);
	} else {
		snprintf(text, sizeof(text),
			 "job %llu: %s: exited with status %u",
			 (unsigned long long)job, shown, end->status);
	}
	note(slave, job, text);
}

/* remember the failure that was first in time */
static void
keep_first_failure(const struct slave *slave, uint64_t job, unsigned status)
{
	uint64_t none = 0;

	atomic_compare_exchange_strong_explicit(
		&slave->setting->board->header->first_failure, &none,
		job << 16 | status, memory_order_relaxed, memory_order_relaxed);
}

static void
finish(struct slave *slave, uint64_t job, const struct exec_end *end)
{
	if (end->status) {
		note_failure(slave, job, end);
		keep_first_failure(slave, job, end->status);
		if (end->is_missing)
			board_raise_stop(slave->setting->board, STOP_CLAIMS);
	}
	stream_finish(&slave->taker.stream, job, 1, end->status);
	stream_tell(&slave->taker.stream, job,
		    end->status	      ? NEWS_FAILURE
		    : end->has_output ? NEWS_RESULT
				      : NEWS_END);
}

int
slave_starve(const struct slave_setting *setting, int error, unsigned *times)
{
	struct area *area = board_area(setting->board, setting->rank);
	struct timespec pause = { .tv_nsec = 50000000 };

	if (!atomic_exchange_explicit(&area->starved, (uint32_t)error,
				      memory_order_relaxed))
		board_ring_loudly(setting->board);
	if (board_is_stopped(setting->board, STOP_CLAIMS))
		return SLAVE_FINISHED;
	if (atomic_load_explicit(&area->retire, memory_order_relaxed))
		return SLAVE_RETIRED;
	if (*times < 6)
		pause.tv_nsec = 1000000L << (*times)++;
	nanosleep(&pause, NULL);
	return -1;
}

/* Try until the kernel lets us begin the job. Returns -1, or the exit status if
 * we gave up: the job stays claimed, for whoever comes after us. */
static int
work_until_begun(struct slave *slave, const struct command_job *job,
		 const struct feed_input *input, struct exec_end *end)
{
	unsigned times = 0;
	int status;

	for (;;) {
		exec_work(slave->worker, job, input, &slave->taker.stream, end);
		if (!end->is_refused)
			break;
		status = slave_starve(slave->setting, end->error, &times);
		if (status >= 0)
			return status;
	}
	atomic_store_explicit(&slave->area->starved, 0, memory_order_relaxed);
	return end->is_cancelled ? SLAVE_FINISHED : -1;
}

static void
free_block(void *slave)
{
	take_free_block(&((struct slave *)slave)->taker);
}

/* what the job is to read; NULL when it is no block */
static const struct feed_input *
find_input(struct slave *slave, struct feed_input *input)
{
	const struct board *board = slave->setting->board;
	const struct batch *batch = &slave->taker.claim.batch;
	const unsigned char *bytes =
		board->arena + batch->place % board->arena_size;
	const struct block_part *part = (const void *)bytes;

	if (!slave->taker.has_claim)
		return NULL;
	*input = (struct feed_input){ .file_fd = slave->setting->input_fd,
				      .release = free_block,
				      .owner = slave };
	if (batch->flags & CLAIM_PART) {
		input->offset = part->offset;
		input->nbytes = part->nbytes;
	} else {
		input->bytes = bytes;
		input->nbytes = batch->nbytes;
	}
	return input;
}

/* Returns -1, or the exit status when the run is over for this slave. */
static int
run_job(struct slave *slave)
{
	struct area *area = slave->area;
	uint64_t number =
		atomic_load_explicit(&area->job, memory_order_relaxed);
	struct command_job job = { text_of(slave), area->text_nbytes, number,
				   slave->setting->rank };
	struct exec_end end = { .status = 0 };
	struct feed_input input;
	char why[128], text[256];
	size_t room;
	int status;

	end.status = refuse_text(slave, why, sizeof(why));
	if (end.status) {
		/* from here on its end is being told */
		atomic_store_explicit(&area->phase, PHASE_BEGUN,
				      memory_order_relaxed);
		snprintf(text, sizeof(text), "job %llu: %s",
			 (unsigned long long)number, why);
		take_free_block(&slave->taker);
		note(slave, number, text);
		keep_first_failure(slave, number, end.status);
		sections_job_ended(&slave->taker.sections, slave->setting->rank,
				   true);
		stream_finish(&slave->taker.stream, number, 1, end.status);
		stream_tell(&slave->taker.stream, number, NEWS_FAILURE);
		return -1;
	}
	/* the job's end finds room even if it prints nothing */
	stream_place(&slave->taker.stream, &room);
	status = work_until_begun(slave, &job, find_input(slave, &input), &end);
	if (status >= 0)
		return status;
	sections_job_ended(&slave->taker.sections, slave->setting->rank,
			   end.status != 0);
	if (board_is_halted(slave->setting->board))
		return SLAVE_HALTED;
	finish(slave, number, &end);
	return -1;
}

static int
start(struct slave *slave)
{
	const struct slave_setting *setting = slave->setting;
	struct exec_setting exec = { setting->plan,    setting->board,
				     setting->share,   setting->rank,
				     setting->null_fd, setting->folder_fd };
	int error;

	error = take_init(&slave->taker, setting->board,
			  &setting->share->sections, setting->rank);
	if (error)
		return error;
	if (setting->plan->worker == WORKER_DLOPEN)
		return call_enter(&slave->call, setting, &slave->taker);
	return exec_enter(&slave->worker, &exec);
}

/* A process takes this slave's jobs. Returns the slave's exit status. */
static int
attend(struct slave *slave)
{
	struct exec_end end;
	unsigned times = 0;
	int status;

	for (;;) {
		exec_for_many(slave->worker, &end);
		if (!end.is_refused)
			break;
		status = slave_starve(slave->setting, end.error, &times);
		if (status >= 0)
			return status;
	}
	if (end.is_cancelled ||
	    (end.status == 0 &&
	     atomic_load_explicit(&slave->area->phase, memory_order_relaxed) !=
		     PHASE_BEGUN))
		return SLAVE_FINISHED;
	slave->area->worker_end = end.error ? (uint32_t)end.error << 16
					    : end.status | (uint32_t)end.signal
								   << 8;
	return SLAVE_WORKER_DIED;
}

/* the jobs of this slave, to the last; returns its exit status */
static int
serve(struct slave *slave)
{
	bool has_job = take_inherited(&slave->taker);
	int status;

	if (slave->setting->plan->worker == WORKER_FILTER)
		return filter_serve(slave->setting, &slave->taker,
				    slave->worker, has_job);
	while (has_job || take_batch(&slave->taker)) {
		has_job = false;
		if (slave->call) {
			call_batch(slave->call);
			if (slave->setting->plan->backend == BACKEND_MASTER)
				stream_drain(&slave->taker.stream);
			continue;
		}
		status = run_job(slave);
		if (status > SLAVE_FINISHED)
			return status;
		if (status == SLAVE_FINISHED)
			break;
	}
	if (slave->call)
		call_leave(slave->call);
	/* a claimed job may be left, which nobody will run */
	if (board_is_stopped(slave->setting->board, STOP_CLAIMS))
		take_idle(&slave->taker);
	return SLAVE_FINISHED;
}

int
slave_settle(const struct slave_setting *setting)
{
	own_area = board_area(setting->board, setting->rank);
	own_share = setting->share;
	/* a group of its own: what the terminal or kill(1) sends to shmmap's
	 * group is for the master to pass on */
	setpgid(0, 0);
	follow_master(setting->master);
	orphans_adopt();
	return setting->plan->worker == WORKER_DLOPEN ? call_settle(setting)
						      : 0;
}

/* why a slave can not start */
static int
refuse_start(const struct slave_setting *setting, int error)
{
	atomic_store_explicit(
		&board_area(setting->board, setting->rank)->starved,
		(uint32_t)-error, memory_order_relaxed);
	return SLAVE_NOT_STARTED;
}

int
slave_live(const struct slave_setting *setting)
{
	struct slave slave = { .setting = setting,
			       .area = board_area(setting->board,
						  setting->rank) };
	int error = start(&slave), status;

	if (!error && setting->plan->worker == WORKER_ATTACH)
		return attend(&slave);
	status = error ? refuse_start(setting, error) : serve(&slave);
	/* a process ends with what it has; a thread's goes on */
	if (plan_has_threads(setting->plan) && slave.call) {
		call_release(slave.call);
		take_release(&slave.taker);
	}
	return status;
}

void
slave_run(const struct slave_setting *setting)
{
	int error = slave_settle(setting);
	int status = error ? refuse_start(setting, error) : slave_live(setting);

	slave_leave(setting, status);
	_exit(status);
}
