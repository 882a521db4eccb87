#include <config.h>

#include "engine/slave.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/orphans.h"
#include "engine/stream.h"
#include "worker/exec.h"

/*
 * The slave loop. A slave prints nothing: what there is to say about a job goes
 * into its result. It keeps the dispositions and the mask of whoever started
 * shmmap, so that its jobs get them for nothing, but for signals whose default
 * a handler does not change for the jobs, since exec sets it again: SIGCONT,
 * which tells it of the master's death even if it is stopped, SIGHUP unless it
 * is ignored, and SIGXFSZ, which a file for results that grows too big may
 * raise.
 */

struct slave {
	const struct slave_setting *setting;
	const struct sections *sections;
	struct claim_ring *claims;
	struct area *area;
	struct stream_writer stream;
	struct exec_worker *worker;
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

	if (group > 0)
		kill(-group, SIGKILL);
	orphans_kill_all();
	share_forget(own_share);
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
on_nothing(int signal)
{
	(void)signal;
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
	action.sa_handler = on_nothing;
	sigaction(SIGXFSZ, &action, NULL);
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
free_claim(struct slave *slave, const struct claim *claim)
{
	if (claim_free(slave->claims, claim))
		board_ring_loudly(slave->setting->board);
}

/* take the claimed batch's text out of the arena */
static void
keep_text(struct slave *slave, const struct claim *claim)
{
	struct area *area = slave->area;
	size_t nbytes = claim->nbytes;

	area->text_flags = claim->flags;
	area->text_nbytes = claim->nbytes;
	if (nbytes > BOARD_TEXT_SIZE - 1)
		nbytes = BOARD_TEXT_SIZE - 1;
	memcpy(area->text,
	       slave->setting->board->arena + claim->place % BOARD_ARENA_SIZE,
	       nbytes);
	area->text[nbytes] = '\0';
	atomic_store_explicit(&area->job, claim->index + 1,
			      memory_order_relaxed);
	sections_claimed(slave->sections, slave->setting->rank,
			 claim->index + 1);
	/* release: whoever replaces us finds the text whole. It learns of our
	 * death through the kernel; this keeps the compiler in order. */
	atomic_store_explicit(&area->phase, PHASE_CLAIMED,
			      memory_order_release);
	free_claim(slave, claim);
}

/* what a dead predecessor claimed and did not begin; true if there is a job */
static bool
inherit(struct slave *slave)
{
	struct area *area = slave->area;
	bool has_job =
		atomic_load_explicit(&area->phase, memory_order_relaxed) ==
		PHASE_CLAIMED;
	struct claim claim;

	if (!claim_taken_by(slave->claims, slave->setting->rank, &claim))
		return has_job;
	if (has_job &&
	    claim.index + 1 ==
		    atomic_load_explicit(&area->job, memory_order_relaxed))
		free_claim(slave, &claim);
	else
		keep_text(slave, &claim);
	return true;
}

/* before a claim: no job below this one can be ours */
static void
announce_claim(struct slave *slave)
{
	sections_will_claim(slave->sections, slave->setting->rank,
			    claim_hint(slave->claims) + 1);
}

/* sleep until there is a job, and take it; false when there will be none */
static bool
claim_job(struct slave *slave)
{
	const struct board *board = slave->setting->board;
	struct claim claim;

	atomic_store_explicit(&slave->area->phase, PHASE_WAITING,
			      memory_order_relaxed);
	for (;;) {
		/* acquire: pairs R3 in claim_close; closed is looked at first,
		 * so that finding nothing after it means there is nothing */
		bool is_closed = atomic_load_explicit(&slave->claims->closed,
						      memory_order_acquire);

		if (board_is_stopped(board, STOP_CLAIMS))
			break;
		announce_claim(slave);
		if (claim_next(slave->claims, slave->setting->rank, &claim)) {
			keep_text(slave, &claim);
			return true;
		}
		sections_idle(slave->sections, slave->setting->rank);
		if (is_closed)
			break;
		claim_sleep(slave->claims, &board->header->stop);
	}
	sections_idle(slave->sections, slave->setting->rank);
	return false;
}

static void
note(struct slave *slave, uint64_t job, const char *text)
{
	size_t room, nbytes = strlen(text);
	unsigned char *place = stream_place(&slave->stream, &room);

	if (nbytes > room)
		nbytes = room;
	memcpy(place, text, nbytes);
	stream_append(&slave->stream, RECORD_NOTE, job, nbytes);
}

/* why the job's text can not be an argument; 0 if it can, else the status */
static unsigned
refuse_text(const struct area *area, char *why, size_t size)
{
	if (area->text_flags & CLAIM_TOO_LONG) {
		snprintf(why, size, "longer than %u bytes, the longest record",
			 PLAN_RECORD_MAX);
		return 126;
	}
	if (area->text_nbytes >= BOARD_TEXT_SIZE) {
		snprintf(why, size, "%u bytes, but an argument has at most %zu",
			 area->text_nbytes, BOARD_TEXT_SIZE - 1);
		return 126;
	}
	if (memchr(area->text, '\0', area->text_nbytes)) {
		snprintf(why, size, "a NUL byte can not be in an argument");
		return 126;
	}
	return 0;
}

static void
note_failure(struct slave *slave, uint64_t job, const struct exec_end *end)
{
	const char *name = slave->setting->plan->command.name;
	struct board_header *header = slave->setting->board->header;
	char quoted[256], shown[256], text[1024];

	diag_name(shown, sizeof(shown), name);
	diag_quote(quoted, sizeof(quoted), slave->area->text,
		   slave->area->text_nbytes, 60);
	if (end->is_missing) {
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
		if (board_is_stopped(slave->setting->board, STOP_RUNNING))
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
	stream_finish(&slave->stream, job, end->status);
	stream_tell(&slave->stream, job,
		    (end->has_output && !slave->setting->plan->ordered) ||
			    end->status);
}

static void
sleep_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* Try until the kernel lets us begin the job. False if we gave up: the job
 * stays claimed, for whoever comes after us. */
static bool
work_until_begun(struct slave *slave, const struct command_job *job,
		 struct exec_end *end)
{
	struct area *area = slave->area;

	for (long delay_ms = 1;; delay_ms = delay_ms < 50 ? 2 * delay_ms : 50) {
		exec_work(slave->worker, job, &slave->stream, end);
		if (!end->is_refused)
			break;
		if (!atomic_exchange_explicit(&area->starved,
					      (uint32_t)end->error,
					      memory_order_relaxed))
			board_ring_loudly(slave->setting->board);
		if (board_is_stopped(slave->setting->board, STOP_CLAIMS))
			return false;
		if (atomic_load_explicit(&area->retire, memory_order_relaxed))
			_exit(SLAVE_RETIRED);
		sleep_ms(delay_ms);
	}
	atomic_store_explicit(&area->starved, 0, memory_order_relaxed);
	return !end->is_cancelled;
}

/* false when the run is over for this slave */
static bool
run_job(struct slave *slave)
{
	struct area *area = slave->area;
	uint64_t number =
		atomic_load_explicit(&area->job, memory_order_relaxed);
	struct command_job job = { area->text, area->text_nbytes, number,
				   slave->setting->rank };
	struct exec_end end = { .status = 0 };
	char why[128], text[256];
	size_t room;

	end.status = refuse_text(area, why, sizeof(why));
	if (end.status) {
		/* from here on its end is being told */
		atomic_store_explicit(&area->phase, PHASE_BEGUN,
				      memory_order_relaxed);
		snprintf(text, sizeof(text),
			 "job %llu: its text is no argument: %s",
			 (unsigned long long)number, why);
		note(slave, number, text);
		keep_first_failure(slave, number, end.status);
		sections_job_ended(slave->sections, slave->setting->rank, true);
		stream_finish(&slave->stream, number, end.status);
		stream_tell(&slave->stream, number, true);
		return true;
	}
	/* the job's end finds room even if it prints nothing */
	stream_place(&slave->stream, &room);
	if (!work_until_begun(slave, &job, &end))
		return false;
	sections_job_ended(slave->sections, slave->setting->rank,
			   end.status != 0);
	finish(slave, number, &end);
	return true;
}

static int
start(struct slave *slave)
{
	const struct slave_setting *setting = slave->setting;
	struct exec_setting exec = { setting->plan,    setting->board,
				     setting->share,   setting->rank,
				     setting->null_fd, setting->folder_fd };
	int error;

	/* a group of its own: what the terminal or kill(1) sends to shmmap's
	 * group is for the master to pass on */
	setpgid(0, 0);
	follow_master(setting->master);
	orphans_adopt();
	error = stream_writer_init(&slave->stream, setting->board,
				   setting->rank);
	return error ? error : exec_enter(&slave->worker, &exec);
}

void
slave_run(const struct slave_setting *setting)
{
	struct slave slave = { .setting = setting,
			       .sections = &setting->share->sections,
			       .claims = &setting->board->header->claims,
			       .area = board_area(setting->board,
						  setting->rank) };
	int error;
	bool has_job;

	own_area = slave.area;
	own_share = setting->share;
	error = start(&slave);
	if (error) {
		atomic_store_explicit(&slave.area->starved, (uint32_t)-error,
				      memory_order_relaxed);
		_exit(SLAVE_NOT_STARTED);
	}
	has_job = inherit(&slave);
	while (has_job || claim_job(&slave)) {
		if (!run_job(&slave))
			break;
		has_job = false;
	}
	/* in a stopped run a claimed job may be left, which nobody will run */
	sections_idle(slave.sections, setting->rank);
	_exit(SLAVE_FINISHED);
}
