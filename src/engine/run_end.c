#include <config.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/combine_command.h"
#include "engine/orphans.h"
#include "engine/reduce_command.h"
#include "engine/run_parts.h"
#include "engine/signals.h"

/* Ending before the time: by a signal, a failure, a reader that has left. */

/* what jobs get to clean up when nobody reads the output any more */
#define READER_GONE_MS 50

/* the same signal twice within this time is one */
#define ONE_SIGNAL_US 5000

/* The commands beside the jobs are to end, too, in the same way. */
static void
end_commands(struct run *run, int signal, int32_t grace_ms)
{
	if (run->reduce_deadline_us) {
		run->reduce_deadline_us = run_now_us();
		return;
	}
	run->reduce_deadline_us = run_now_us() + grace_ms * INT64_C(1000);
	reduce_command_signal(signal);
	combine_command_signal(signal);
}

/* No new jobs; the running ones get signal, and SIGKILL grace_ms later. A
 * second call leaves no grace. */
static void
end_jobs(struct run *run, int signal, int32_t grace_ms)
{
	if (run->is_ending) {
		run->deadline_us = run_now_us();
		return;
	}
	run->is_ending = true;
	run->is_halted = run->is_killed = false;
	run->end_signal = signal;
	run->deadline_us = run_now_us() + grace_ms * INT64_C(1000);
	board_raise_stop(&run->board, STOP_RESULTS);
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
	end_commands(run, signal, grace_ms);
}

void
run_fail(struct run *run)
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
	    run_now_us() - run->signal_us < ONE_SIGNAL_US)
		return;
	if (!run->own_signal) {
		run->own_signal = signal;
		run->signal_us = run_now_us();
	}
	/* a worker in this process does not get it, and would not end */
	end_jobs(run, signal,
		 plan_is_in_master(run->plan) ? 0 : run->plan->grace_ms);
	end_commands(run, signal, run->plan->grace_ms);
}

void
run_take_signals(struct run *run)
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

/* ---- --halt ---- */

static void
say_halt(const struct run *run)
{
	const struct halt *halt = &run->plan->halt;
	uint64_t failed = atomic_load_explicit(&run->board.header->halt.counted,
					       memory_order_relaxed);

	/* what the user waits for is no news; nor is it when all is done */
	if (halt->why != HALT_FAIL ||
	    (source_is_closed(&run->source) &&
	     claim_untaken(&run->board.header->claims) == 0 &&
	     !pool_has_job_to_begin(&run->pool) &&
	     (halt->when == HALT_SOON || !pool_has_begun_job(&run->pool))))
		return;
	diag("--halt: %llu %s failed, %s", (unsigned long long)failed,
	     failed == 1 ? "job has" : "jobs have",
	     halt->when == HALT_NOW ? "the others are ended"
				    : "no more are begun");
}

void
run_know_total(struct run *run)
{
	const struct halt *halt = &run->plan->halt;
	uint64_t total =
		run->has_total ? UINT64_MAX : source_total(&run->source);

	if (total == UINT64_MAX)
		return;
	run->has_total = true;
	/* check_halt() looks whether that was it */
	if (halt->is_percent)
		halt_know_total(&run->board.header->halt, halt, total);
}

/* No job is begun any more. If that is what was asked for, those that run are
 * ended, but not what takes the results. */
static void
check_halt(struct run *run)
{
	struct board_header *header = run->board.header;
	const struct halt *halt = &run->plan->halt;

	run_know_total(run);
	if (!halt_is_reached(&header->halt) || run->is_halted || run->is_ending)
		return;
	run->is_halted = true;
	/* who has reached it may have died before it did so */
	board_raise_stop(&run->board, STOP_CLAIMS);
	say_halt(run);
	if (halt->when != HALT_NOW)
		return;
	run->end_signal = SIGTERM;
	run->deadline_us = run_now_us() + run->plan->grace_ms * INT64_C(1000);
	board_raise_stop(&run->board, STOP_RUNNING);
	sections_end(&run->share.sections);
	pool_end_jobs(&run->pool, SIGTERM);
	/* who is stopped can not end */
	pool_suspend(&run->pool, false);
}

bool
run_has_halted(struct run *run)
{
	if (run->plan->halt.when != HALT_NOW || run->has_halted)
		return true;
	if (!run->is_killed && run_now_us() >= run->deadline_us) {
		run->is_killed = true;
		pool_kill_slaves(&run->pool);
	}
	if (run->pool.alive > 0 || !sweep(run))
		return false;
	/* what has left its job's group, and does not end */
	if (run->is_killed)
		pool_kill_orphans(&run->pool);
	/* what commands beside the jobs leave is not looked at */
	run->has_halted = true;
	return true;
}

/* ---- failures ---- */

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
			/* nobody wants what they would print */
			combine_command_signal(SIGKILL);
			/* a job in this process can not be killed, only left
			 * behind */
			end_jobs(run, SIGTERM,
				 plan_is_in_master(plan) && plan->next
					 ? INT32_MAX
					 : READER_GONE_MS);
			continue;
		}
		if (error == EPIPE && signals_pipe_kills()) {
			run->own_signal = SIGPIPE;
			end(run, SIGTERM, READER_GONE_MS);
			continue;
		}
		diag_errno(error, "%s", names[i]);
		run_fail(run);
	}
}

void
run_check_failures(struct run *run)
{
	check_halt(run);
	check_sink(run);
	if (run->results.error && !run->status) {
		diag_errno(-run->results.error, "temporary file of results");
		run_fail(run);
	}
	if ((run->pool.error || run->reduce.has_failed ||
	     combine_command_has_failed()) &&
	    !run->status)
		run_fail(run);
}

bool
run_has_reduced(struct run *run)
{
	combine_command_end_input();
	if (combine_command_is_alive())
		return false;
	if (!run->plan->reduce.command)
		return true;
	if (run->reduce_fd >= 0) {
		sink_close(SINK_OUT);
		close(run->reduce_fd);
	}
	run->reduce_fd = -1;
	return !reduce_command_is_alive();
}

bool
run_has_ended(struct run *run)
{
	/* slaves that wait for the reader, with jobs that are gone: enough */
	bool is_busy = sink_is_busy();
	bool is_stuck = is_busy && !plan_is_in_master(run->plan) &&
			!pool_has_running_job(&run->pool);
	bool has_reduced;

	/* what the reader does not take is dropped, so that jobs can end */
	if (is_busy)
		results_wake_all(&run->results);

	if (!run->is_killed && (run_now_us() >= run->deadline_us || is_stuck)) {
		pool_kill(&run->pool);
		run->is_killed = true;
	}
	if (!run->is_reduce_killed && run->reduce_deadline_us &&
	    run_now_us() >= run->reduce_deadline_us) {
		reduce_command_signal(SIGKILL);
		combine_command_signal(SIGKILL);
		run->is_reduce_killed = true;
	}
	if (run->pool.alive > 0)
		return false;
	has_reduced = run_has_reduced(run);
	/* a shell that has got its signal may leave what it has begun */
	if (has_reduced && !run->is_swept_last)
		run->is_swept = false;
	run->is_swept_last = has_reduced;
	if (!sweep(run) || !has_reduced)
		return false;
	/* what these commands have begun and left */
	if (run->plan->reduce.command || run->plan->combine.command)
		orphans_kill_all(NULL);
	return true;
}
