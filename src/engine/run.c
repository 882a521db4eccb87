#include <config.h>

#include "engine/run.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/blocks.h"
#include "engine/combine_command.h"
#include "engine/notes.h"
#include "engine/orphans.h"
#include "engine/reduce_command.h"
#include "engine/run_parts.h"
#include "engine/signals.h"
#include "engine/threads.h"
#include "engine/window.h"

/*
 * A run of several steps is one event loop after the other over one segment,
 * each with a board and slaves of its own: when the last slave of a step has
 * ended, all that it wrote is there for the next. A step with a job that failed
 * is the last one.
 */

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
	const struct plan_reduce *folded = plan_folded(plan);
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
		.are_lines = folded->is_on,
		.result_size = (uint32_t)typed_size(&folded->item),
		.is_range = plan->is_range,
		.range_start = plan->range_start,
		.range_step = plan->range_step,
		.shuffle = plan->is_range ? plan->shuffle
					  : (struct shuffle){ .count = 0 },
		.seed = plan->seed,
		.halt = plan->halt,
		.master = getpid(),
		.by_signal = has_batches,
	};
	halt_init(&board->header->halt, &plan->halt);
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
	/* what was looked for was found, whatever has failed before */
	if (run->is_halted && run->plan->halt.why == HALT_SUCCESS)
		return reduced;
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
	run_know_total(run);
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
	const struct plan *plan = run->plan;
	const char *command = plan->reduce.command;
	int fd = run->around.standard[1];

	if (combine_command_init(plan->combine.command, plan->nslaves))
		return -1;
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
	combine_command_release();
}

/* Run the step; its status is the run's. */
static void
carry_out(struct run *run)
{
	run_loop(run);
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
	if (share_advance(&run->share, plan) == 0 && load_library(run) == 0 &&
	    start(run, plan) == 0) {
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
		run_fail(run);
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
	signals_look();
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
