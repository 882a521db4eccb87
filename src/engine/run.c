#include <config.h>

#include "engine/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/blocks.h"
#include "engine/board.h"
#include "engine/notes.h"
#include "engine/orphans.h"
#include "engine/pool.h"
#include "engine/reduce.h"
#include "engine/reduce_command.h"
#include "engine/results.h"
#include "engine/share.h"
#include "engine/signals.h"
#include "engine/sink.h"
#include "engine/source.h"
#include "engine/surroundings.h"
#include "engine/threads.h"
#include "engine/window.h"

/*
 * The master: one event loop over input, bell, signals, outputs and time. It
 * never waits for anything but poll(2).
 *
 * A run of several steps is one such loop after the other over one segment,
 * each with a board and slaves of its own: when the last slave of a step has
 * ended, all that it wrote is there for the next. A step with a job that failed
 * is the last one.
 *
 * The bell is moderated: when results come fast, the master sleeps for a pause
 * without arming the bell and then takes what has gathered. A lone result is
 * released at once; who needs room rings all the same.
 */

/* two wake-ups with news within BURST_US: pause before the next, the longer the
 * more jobs a pause has brought */
#define BURST_US 3000
#define PAUSE_US 1000
#define PAUSE_MAX_US 4000
#define PAUSE_MANY 16

/* what jobs get to clean up when nobody reads the output any more */
#define READER_GONE_MS 50

/* the same signal twice within this time is one */
#define ONE_SIGNAL_US 5000

enum { POLL_BELL, POLL_INPUT, POLL_SINK, POLLS = POLL_SINK + SINK_POLLS };

struct run {
	const struct plan *plan;
	struct board board;
	struct share share;
	struct source source;
	struct results results;
	struct reduce reduce;
	struct pool pool;
	struct library library;
	struct surroundings around;
	int reduce_fd; /* what the reduce command reads; -1: it has it all */
	struct pollfd polls[POLLS];
	bool is_started;     /* there is a step: board, results, pool, source */
	bool is_readable;    /* the input */
	bool is_progress;    /* results were released since the last wait */
	bool is_quiet;	     /* the last step released nothing */
	int64_t progress_us; /* when they last were */
	int64_t pause_us;    /* the last one of the burst, or 0 */
	uint64_t finished;   /* results before it */

	/* the end before its time */
	bool is_ending;
	bool is_killed;	     /* SIGKILL was sent to all */
	bool is_swept;	     /* what jobs left behind has got the signal */
	bool is_cut;	     /* because the reduce command reads no more */
	int end_signal;	     /* sent to jobs */
	int own_signal;	     /* ends shmmap in the end, or 0 */
	int64_t signal_us;   /* when it came */
	int64_t deadline_us; /* then SIGKILL */
	int64_t reduce_deadline_us; /* the same for the reduce command; 0: it
				     * may go on */
	bool is_reduce_killed;
	int status; /* 125 if shmmap failed; in the end, the run's */
};

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- ending before the time ---- */

/* The reduce command is to end, too, in the same way. */
static void
end_reduce_command(struct run *run, int signal, int32_t grace_ms)
{
	if (run->reduce_deadline_us) {
		run->reduce_deadline_us = now_us();
		return;
	}
	run->reduce_deadline_us = now_us() + grace_ms * INT64_C(1000);
	reduce_command_signal(signal);
}

/* No new jobs; the running ones get signal, and SIGKILL grace_ms later. A
 * second call leaves no grace. */
static void
end_jobs(struct run *run, int signal, int32_t grace_ms)
{
	if (run->is_ending) {
		run->deadline_us = now_us();
		return;
	}
	run->is_ending = true;
	run->end_signal = signal;
	run->deadline_us = now_us() + grace_ms * INT64_C(1000);
	board_raise_stop(&run->board, STOP_RUNNING);
	sections_end(&run->share.sections);
	pool_signal_jobs(&run->pool, signal);
	/* who is stopped can not answer, nor who sleeps for room */
	pool_suspend(&run->pool, false);
	results_wake_all(&run->results);
}

static void
end(struct run *run, int signal, int32_t grace_ms)
{
	end_jobs(run, signal, grace_ms);
	end_reduce_command(run, signal, grace_ms);
}

static void
fail(struct run *run)
{
	run->status = DIAG_EXIT_FAILURE;
	if (!run->is_ending)
		end(run, SIGTERM, run->plan->grace_ms);
}

static void
end_by_signal(struct run *run, int signal)
{
	/* timeout(1) sends it to the process and then to its group */
	if (signal == run->own_signal &&
	    now_us() - run->signal_us < ONE_SIGNAL_US)
		return;
	if (!run->own_signal) {
		run->own_signal = signal;
		run->signal_us = now_us();
	}
	/* a worker in this process does not get it, and would not end */
	end_jobs(run, signal,
		 plan_is_in_master(run->plan) ? 0 : run->plan->grace_ms);
	end_reduce_command(run, signal, run->plan->grace_ms);
}

static void
take_signals(struct run *run)
{
	int signal;

	while ((signal = signals_take()) != 0) {
		switch (signal) {
		case SIGCHLD:
			break;
		case SIGTSTP:
			pool_suspend(&run->pool, true);
			signals_suspend();
			pool_suspend(&run->pool, false);
			break;
		default:
			end_by_signal(run, signal);
		}
	}
}

static void
check_sink(struct run *run)
{
	const struct plan *plan = run->plan;
	static const char *const names[SINK_OUTPUTS] = { "standard output",
							 "standard error" };

	for (int i = 0; i < SINK_OUTPUTS; i++) {
		int error = sink_error(i);

		if (!error || run->is_ending)
			continue;
		if (error == EPIPE && i == SINK_OUT && plan->reduce.command) {
			run->is_cut = true;
			end_jobs(run, SIGTERM, READER_GONE_MS);
			continue;
		}
		if (error == EPIPE && signals_pipe_kills()) {
			run->own_signal = SIGPIPE;
			end(run, SIGTERM, READER_GONE_MS);
			continue;
		}
		diag_errno(error, "%s", names[i]);
		fail(run);
	}
}

static void
check_failures(struct run *run)
{
	check_sink(run);
	if (run->results.error && !run->status) {
		diag_errno(-run->results.error, "temporary file of results");
		fail(run);
	}
	if ((run->pool.error || run->reduce.has_failed) && !run->status)
		fail(run);
}

/* What jobs left behind when they ended by the signal: it has until the
 * deadline. True when there is nothing left. */
static bool
sweep(struct run *run)
{
	if (run->is_killed)
		return true;
	if (!run->is_swept)
		orphans_signal(run->end_signal, NULL);
	run->is_swept = true;
	return orphans_signal(0, NULL) == 0;
}

/* No result comes any more: whether the reduce command, if there is one, has
 * ended, too. It is told by the end of its input. */
static bool
has_reduced(struct run *run)
{
	if (!run->plan->reduce.command)
		return true;
	if (run->reduce_fd >= 0) {
		sink_close(SINK_OUT);
		close(run->reduce_fd);
	}
	run->reduce_fd = -1;
	return !reduce_command_is_alive();
}

/* Whether an ending run has ended. */
static bool
has_ended(struct run *run)
{
	/* slaves that wait for the reader, with jobs that are gone: enough */
	bool is_busy = !sink_flush();
	bool is_stuck = is_busy && !pool_has_running_job(&run->pool);

	/* what the reader does not take is dropped, so that jobs can end */
	if (is_busy)
		results_wake_all(&run->results);

	if (!run->is_killed && (now_us() >= run->deadline_us || is_stuck)) {
		pool_kill(&run->pool);
		run->is_killed = true;
	}
	if (!run->is_reduce_killed && run->reduce_deadline_us &&
	    now_us() >= run->reduce_deadline_us) {
		reduce_command_signal(SIGKILL);
		run->is_reduce_killed = true;
	}
	if (run->pool.alive > 0 || !sweep(run) || !has_reduced(run))
		return false;
	/* what the reduce command has begun and left */
	if (run->plan->reduce.command)
		orphans_kill_all(NULL);
	return true;
}

/* Whether everything is done. */
static bool
is_over(struct run *run)
{
	bool is_stopped = board_is_stopped(&run->board, STOP_CLAIMS);

	if (run->is_ending)
		return has_ended(run);
	if (run->pool.alive > 0 || run->pool.has_orphans)
		return false;
	if (!is_stopped && (!source_is_closed(&run->source) ||
			    claim_untaken(&run->board.header->claims) > 0 ||
			    pool_has_job_left(&run->pool)))
		return false;
	/* in a stopped run a job may be missing that others would wait for */
	if (!results_are_drained(&run->results) &&
	    !(is_stopped && run->is_quiet))
		return false;
	if (!reduce_finish(&run->reduce) || !notes_flush() || !sink_flush())
		return false;
	/* what was written last may have failed */
	check_failures(run);
	/* a message about it comes before the end, too */
	return !run->is_ending && has_reduced(run) && notes_flush() &&
	       sink_flush();
}

/* ---- the loop ---- */

/* whether slaves without a job will never have one */
static bool
is_last_job(const struct run *run)
{
	return run->board.nslaves == 1 ||
	       (source_is_closed(&run->source) &&
		claim_untaken(&run->board.header->claims) == 0 &&
		pool_busy(&run->pool) <= 1);
}

/* whether fewer than np slaves are there, and no more will be */
static bool
is_short(const struct run *run)
{
	if (run->pool.alive >= run->board.nslaves)
		return false;
	return run->pool.limit < run->board.nslaves ||
	       board_is_stopped(&run->board, STOP_CLAIMS) ||
	       (source_is_closed(&run->source) &&
		claim_untaken(&run->board.header->claims) == 0 &&
		!pool_has_job_left(&run->pool));
}

/* one round of everything; true when something was moved */
static bool
step(struct run *run, bool is_readable)
{
	uint64_t published = run->source.published;
	bool is_progress;

	pool_reap(&run->pool);
	if (!run->is_ending && source_step(&run->source, is_readable) < 0)
		fail(run);
	pool_start_needed(&run->pool);
	if (is_short(run))
		sections_set_short(&run->share.sections);
	if (run->results.current < 0)
		notes_flush();
	is_progress = results_step(&run->results, is_last_job(run));
	check_failures(run);
	run->is_progress |= is_progress;
	run->is_quiet = !is_progress;
	return is_progress || run->source.published > published;
}

static void
fill_polls(struct run *run)
{
	run->polls[POLL_BELL] =
		(struct pollfd){ .fd = run->board.bell_fd, .events = POLLIN };
	run->polls[POLL_INPUT] =
		(struct pollfd){ .fd = run->source.fd, .events = POLLIN };
	if (run->is_ending || !source_wants_input(&run->source))
		run->polls[POLL_INPUT].fd = -1;
	sink_poll(run->polls + POLL_SINK, !run->is_ending);
}

/* when somebody is to be killed, or INT64_MAX */
static int64_t
next_deadline_us(const struct run *run)
{
	int64_t next = run->is_killed ? INT64_MAX : run->deadline_us;

	if (run->reduce_deadline_us && !run->is_reduce_killed &&
	    run->reduce_deadline_us < next)
		next = run->reduce_deadline_us;
	return next;
}

/* how long to sleep at most, in us; -1: until something happens */
static int64_t
patience_us(struct run *run)
{
	int64_t now = now_us(), next;
	int ms;

	if (run->is_ending) {
		next = next_deadline_us(run);
		if (next == INT64_MAX)
			return -1;
		return next > now ? next - now : 0;
	}
	ms = pool_check_shortage(&run->pool, now / 1000);
	return ms < 0 ? -1 : ms * INT64_C(1000);
}

static void
sleep_until_news(struct run *run, int64_t us)
{
	struct timespec timeout = { us / 1000000, us % 1000000 * 1000 };

	fill_polls(run);
	if (ppoll(run->polls, POLLS, us < 0 ? NULL : &timeout, NULL) <= 0)
		return; /* time, or a signal */
	run->is_readable = run->polls[POLL_INPUT].revents != 0;
	sink_polled(run->polls + POLL_SINK);
}

/* how long to pause when results come fast, else 0 */
static int64_t
next_pause_us(struct run *run)
{
	int64_t before = run->progress_us;
	int64_t us = run->pause_us;
	bool is_many = run->results.finished - run->finished >= PAUSE_MANY;

	run->finished = run->results.finished;
	run->pause_us = 0;
	if (!run->is_progress)
		return 0;
	run->is_progress = false;
	run->progress_us = now_us();
	if (run->progress_us - before >= BURST_US + us)
		return 0;
	run->pause_us = us && is_many ? 2 * us : PAUSE_US;
	if (run->pause_us > PAUSE_MAX_US)
		run->pause_us = PAUSE_MAX_US;
	return run->pause_us;
}

static void
wait_for_news(struct run *run)
{
	/* who debugs sees each result before the next job begins */
	bool is_prompt = run->is_ending || run->plan->backend == BACKEND_MASTER;
	int64_t pause_us = is_prompt ? 0 : next_pause_us(run);

	run->is_readable = false;
	if (pause_us) {
		/* many cheap jobs, or all blocks that there is room for, may be
		 * gone before the pause is over */
		if (run->plan->worker != WORKER_EXEC) {
			source_ask_for_bell(&run->source);
			atomic_thread_fence(memory_order_seq_cst);
			if (!run->is_ending &&
			    source_step(&run->source, false) < 0)
				fail(run);
		}
		sleep_until_news(run, pause_us);
	} else {
		source_ask_for_bell(&run->source);
		board_bell_arm(&run->board);
		/* what came before the bell was armed rang no bell */
		if (!step(run, false) && !is_over(run))
			sleep_until_news(run, patience_us(run));
	}
	board_bell_disarm(&run->board);
}

static void
loop(struct run *run)
{
	do {
		wait_for_news(run);
		take_signals(run);
		step(run, run->is_readable);
	} while (!is_over(run));
}

static bool
is_dealt(const struct plan *plan)
{
	return plan->schedule.kind == SCHEDULE_STATIC;
}

static size_t
text_size_for(const struct plan *plan)
{
	if (plan->worker == WORKER_FILTER)
		return sizeof(struct window);
	return plan_has_batches(plan) ? BOARD_BATCH_TEXT_SIZE : BOARD_TEXT_SIZE;
}

static int
make_board(struct board *board, const struct plan *plan)
{
	bool has_batches = plan_has_batches(plan);
	bool has_blocks = plan->worker == WORKER_PIPE;
	struct board_setting setting = {
		.nslaves = plan->nslaves,
		.arena_size = has_blocks    ? blocks_arena_size(plan)
			      : has_batches ? BOARD_BATCH_ARENA_SIZE
					    : BOARD_ARENA_SIZE,
		.text_size = text_size_for(plan),
		.deal = is_dealt(plan) ? plan->nslaves : 0,
		/* valgrind has no other way to map it twice */
		.has_fd = plan->worker == WORKER_ATTACH ||
			  plan->backend == BACKEND_MASTER,
	};
	int error = board_init(board, &setting);

	if (error) {
		diag_errno(-error, "memory for %u slaves", plan->nslaves);
		return error;
	}
	board->header->jobs = (struct board_jobs){
		.delimiter = plan->delimiter,
		.skip_empty = plan->skip_empty,
		.are_many = has_batches,
		.has_windows = plan->worker == WORKER_FILTER,
		.ordered = plan->ordered,
		.tag = plan->tag,
		.are_lines = plan->reduce.is_on,
		.result_size = (uint32_t)typed_size(&plan->reduce.item),
		.is_range = plan->is_range,
		.range_start = plan->range_start,
		.range_step = plan->range_step,
		.shuffle = plan->is_range ? plan->shuffle
					  : (struct shuffle){ .count = 0 },
		.seed = plan->seed,
		.master = getpid(),
		.by_signal = has_batches,
	};
	return 0;
}

/* the exit status, when all is over */
static int
final_status(const struct run *run)
{
	int reduced = (int)reduce_command_status();
	int status = (int)results_status(&run->results);

	if (run->status)
		return run->status;
	/* jobs that were ended because the command has have not failed */
	if (run->is_cut)
		return reduced;
	return status ? status : reduced;
}

static int
load_library(struct run *run)
{
	const struct plan *plan = run->plan;

	if (plan->worker != WORKER_DLOPEN)
		return 0;
	if (library_load(&run->library, plan->library))
		return -1;
	if (library_setup(&run->library, plan->library, plan->words,
			  plan->nwords) == 0)
		return 0;
	library_unload(&run->library);
	return -1;
}

/* one step: everything but the segment, which is there */
static int
start(struct run *run, const struct plan *plan)
{
	int error = make_board(&run->board, plan);

	if (error)
		return error;
	for (unsigned rank = 0; is_dealt(plan) && rank < plan->nslaves; rank++)
		sections_claimed(&run->share.sections, rank, 1);
	reduce_init(&run->reduce, plan, &run->library.worker);
	run->board.header->jobs.are_alone = run->reduce.is_called;
	error = results_init(&run->results, plan, &run->board, &run->reduce);
	if (error) {
		diag_errno(-error, "memory for %u slaves", plan->nslaves);
		goto board;
	}
	error = pool_init(&run->pool, plan, &run->board, &run->share,
			  &run->library, &run->results);
	if (error)
		goto results;
	error = source_init(&run->source, plan, &run->board,
			    run->around.standard[0]);
	if (error)
		goto pool;
	run->pool.input_fd = run->source.file_fd;
	run->is_started = true;
	return 0;
pool:
	pool_release(&run->pool);
results:
	results_release(&run->results);
board:
	reduce_release(&run->reduce);
	board_release(&run->board);
	return error;
}

static void
release(struct run *run)
{
	source_release(&run->source);
	pool_release(&run->pool);
	results_release(&run->results);
	reduce_release(&run->reduce);
	board_release(&run->board);
}

/* What is there before the first step. */
static int
prepare(struct run *run)
{
	int error = load_library(run);

	if (error)
		return error;
	orphans_adopt();
	error = share_init(&run->share, run->plan);
	if (error)
		goto library;
	error = start(run, run->plan);
	if (error == 0)
		return 0;
	share_release(&run->share);
library:
	library_unload(&run->library);
	return error;
}

/* the step's output: the run's, or the input of a command */
static int
open_output(struct run *run)
{
	const char *command = run->plan->reduce.command;
	int fd = run->around.standard[1];

	if (command) {
		fd = reduce_command_start(command, fd);
		if (fd < 0)
			return -1;
		run->reduce_fd = fd;
	}
	sink_release();
	sink_init(fd, run->around.standard[2]);
	return 0;
}

static void
close_output(struct run *run)
{
	sink_release();
	if (run->reduce_fd >= 0)
		close(run->reduce_fd);
	run->reduce_fd = -1;
	reduce_command_forget();
}

/* Run the step; its status is the run's. */
static void
carry_out(struct run *run)
{
	loop(run);
	run->status = final_status(run);
	/* its reader has left: as if it were ours */
	if (run->status == 128 + SIGPIPE && run->is_cut && !run->own_signal &&
	    signals_pipe_kills())
		run->own_signal = SIGPIPE;
}

/* The step that follows, with what the segment is now. False if there is none,
 * or it can not begin; run->is_started tells whether there is a step to be
 * released. */
static bool
advance(struct run *run)
{
	const struct plan *plan = run->plan->next;

	if (!plan || run->status || run->own_signal)
		return false;
	signals_set_bell(-1);
	close_output(run);
	/* for messages, until the next step has its own */
	sink_init(run->around.standard[1], run->around.standard[2]);
	threads_end();
	release(run);
	library_unload(&run->library);
	surroundings_return(&run->around);
	*run = (struct run){ .plan = plan,
			     .share = run->share,
			     .around = run->around,
			     .reduce_fd = -1 };
	share_advance(&run->share);
	if (load_library(run) == 0 && start(run, plan) == 0) {
		signals_set_bell(run->board.bell_fd);
		if (open_output(run) == 0)
			return true;
	}
	run->status = DIAG_EXIT_FAILURE;
	return false;
}

static void
carry_out_all(struct run *run)
{
	if (share_publish(&run->share) < 0)
		fail(run);
	notes_start();
	do
		carry_out(run);
	while (advance(run));
	/* results that the reader never took do not hold up a message */
	if (!sink_flush())
		sink_abandon(SINK_OUT);
	notes_flush();
	sink_flush();
	notes_stop();
}

int
run(const struct plan *plan)
{
	static struct run run;

	run = (struct run){ .plan = plan, .reduce_fd = -1 };
	if (surroundings_keep(&run.around, plan) || prepare(&run) < 0)
		return DIAG_EXIT_FAILURE;
	signals_init(run.board.bell_fd);
	if (open_output(&run) == 0)
		carry_out_all(&run);
	else
		run.status = DIAG_EXIT_FAILURE;
	surroundings_return(&run.around);
	if (run.pool.has_abandoned) {
		share_forget(&run.share);
		if (run.own_signal)
			signals_end_by(run.own_signal);
		_exit(run.status);
	}
	threads_end();
	if (run.is_started)
		release(&run);
	close_output(&run);
	if (share_finish(&run.share, run.status != 0 || run.own_signal) &&
	    !run.status)
		run.status = DIAG_EXIT_FAILURE;
	share_release(&run.share);
	library_unload(&run.library);
	if (run.own_signal)
		signals_end_by(run.own_signal);
	if (threads_called_exit()) {
		fflush(NULL);
		_exit(run.status);
	}
	return run.status;
}
