#include <config.h>

#include <stddef.h>

#include "engine/combine_command.h"
#include "engine/notes.h"
#include "engine/run_parts.h"

/*
 * The master: one event loop over input, bell, signals, outputs and time. It
 * never waits for anything but poll(2).
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

/* how often slaves are asked for results that wait for the end of a batch; they
 * give them between two jobs */
#define HELD_US 100000

/* Whether everything is done. */
static bool
is_over(struct run *run)
{
	bool is_stopped = board_is_stopped(&run->board, STOP_CLAIMS);

	if (run->is_ending)
		return run_has_ended(run);
	if (run->is_halted && !run_has_halted(run))
		return false;
	if (run->pool.alive > 0 || run->pool.has_orphans)
		return false;
	if (!is_stopped && (!source_is_closed(&run->source) ||
			    claim_untaken(&run->board.header->claims) > 0 ||
			    pool_has_job_left(&run->pool)))
		return false;
	if (!results_are_drained(&run->results) ||
	    !reduce_finish(&run->reduce) || !notes_flush() || !sink_flush())
		return false;
	/* what was written last may have failed */
	run_check_failures(run);
	/* a message about it comes before the end, too */
	return !run->is_ending && run_has_reduced(run) && notes_flush() &&
	       sink_flush();
}

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
		run_fail(run);
	pool_start_needed(&run->pool);
	if (is_short(run))
		pool_stays_short(&run->pool);
	if (run->results.current < 0)
		notes_flush();
	is_progress = results_step(&run->results, is_last_job(run));
	run_check_failures(run);
	run->is_progress |= is_progress;
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
	combine_command_poll(&run->polls[POLL_COMBINE]);
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
	int64_t now = run_now_us(), next;
	int ms;

	if (!run->is_ending && reduce_has_more(&run->reduce))
		return 0;
	if (run->is_ending || (run->is_halted && !run->has_halted &&
			       run->plan->halt.when == HALT_NOW)) {
		next = next_deadline_us(run);
		if (next == INT64_MAX)
			return -1;
		return next > now ? next - now : 0;
	}
	ms = pool_check_shortage(&run->pool, now / 1000);
	return ms < 0 ? -1 : ms * INT64_C(1000);
}

/* Where batches have several jobs, and not all are done: ask the slaves for
 * the results of those that are. Returns in how many us to do so again, or
 * INT64_MAX. */
static int64_t
ask_for_results(struct run *run)
{
	int64_t now;

	if (run->source.jobs == run->source.published ||
	    run->results.finished == run->source.jobs)
		return INT64_MAX;
	now = run_now_us();
	if (now - run->asked_us >= HELD_US) {
		run->asked_us = now;
		/* relaxed: it is seen at some time */
		atomic_fetch_add_explicit(&run->board.header->asked, 1,
					  memory_order_relaxed);
	}
	return run->asked_us + HELD_US - now;
}

static void
sleep_until_news(struct run *run, int64_t us)
{
	int64_t asked_us = ask_for_results(run);
	struct timespec timeout;

	if (asked_us != INT64_MAX && (us < 0 || us > asked_us))
		us = asked_us;
	timeout = (struct timespec){ us / 1000000, us % 1000000 * 1000 };
	fill_polls(run);
	if (ppoll(run->polls, POLLS, us < 0 ? NULL : &timeout, NULL) <= 0)
		return; /* time, or a signal */
	run->is_readable = run->polls[POLL_INPUT].revents != 0;
	combine_command_polled(&run->polls[POLL_COMBINE]);
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
	run->progress_us = run_now_us();
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
				run_fail(run);
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

void
run_loop(struct run *run)
{
	do {
		wait_for_news(run);
		run_take_signals(run);
		step(run, run->is_readable);
	} while (!is_over(run));
}
