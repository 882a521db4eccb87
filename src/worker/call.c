#include <config.h>

#include "worker/call.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/given.h"
#include "worker/environment.h"
#include "worker/guard.h"
#include "worker/span_combiner.h"

/*
 * Calling a worker. The results are what it emits: what it prints to standard
 * output goes to standard error (with --ungroup to standard output), so that it
 * is never inside a result.
 */

struct call {
	struct given given;
	struct taker *taker;
	const struct slave_setting *setting;
	const struct shmmap_worker *worker;
	void (*detach)(struct shmmap *);
};

/* Arrays and sections, if the library can use them: then it has libshmmap with
 * it, whose handle is its own matter. */
static void
attach_handle(struct call *call, void *library)
{
	int (*enter)(struct shmmap **);
	void (*follow)(struct shmmap *, const struct shmmap_job *);
	void *attach_symbol = dlsym(library, "shmmap_attach");
	void *follow_symbol = dlsym(library, "shmmap_follow");
	void *detach_symbol = dlsym(library, "shmmap_detach");

	if (!attach_symbol || !follow_symbol || !detach_symbol)
		return;
	memcpy(&call->detach, &detach_symbol, sizeof(call->detach));
	memcpy(&enter, &attach_symbol, sizeof(enter));
	memcpy(&follow, &follow_symbol, sizeof(follow));
	if (enter(&call->given.job.segment) == 0)
		follow(call->given.job.segment, &call->given.job);
}

int
call_settle(const struct slave_setting *setting)
{
	/* the process has one, until the next step's */
	static struct environment env;
	int error;

	environment_release(&env);
	if (dup2(setting->null_fd, STDIN_FILENO) < 0 ||
	    (!setting->plan->ungroup &&
	     dup2(STDERR_FILENO, STDOUT_FILENO) < 0) ||
	    (setting->folder_fd >= 0 && fchdir(setting->folder_fd) < 0))
		return -errno;
	error = environment_init(&env, setting->plan, setting->share,
				 setting->master, setting->rank);
	if (!error)
		environ = env.entries;
	return error;
}

/* Returns 0, or -ECANCELED when the worker refuses; why stands in the draft. */
static int
enter(struct call *call)
{
	struct given *given = &call->given;
	const struct slave_setting *setting = call->setting;

	int result;

	if (!call->worker->enter)
		return 0;
	result = call->worker->enter(&given->job);
	if (guard_is_copy())
		guard_end_copy(given->name, "enter()", 0);
	if (result == 0 && !given->has_failed)
		return 0;
	strcpy((char *)board_draft(setting->board, setting->rank),
	       given->has_failed ? given->message : "");
	return -ECANCELED;
}

int
call_enter(struct call **result, const struct slave_setting *setting,
	   struct taker *taker)
{
	struct call *call = calloc(1, sizeof(*call));

	if (!call)
		return -ENOMEM;
	*result = call;
	call->setting = setting;
	call->taker = taker;
	call->worker = &setting->library->worker;
	taker->combiner = span_combiner_new(setting->plan);
	given_init(&call->given, taker, setting->plan->library);
	/* signals that end the run are for the worker */
	if (getpid() != setting->master)
		atomic_store_explicit(&taker->area->group, getpid(),
				      memory_order_relaxed);
	attach_handle(call, setting->library->handle);
	guard_arm(&call->given);
	return enter(call);
}

void
call_leave(struct call *call)
{
	atomic_store_explicit(&call->taker->area->phase, PHASE_LEAVING,
			      memory_order_relaxed);
	given_pause(&call->given);
	call->given.job.number = 0;
	call->given.job.text = NULL;
	if (call->worker->leave)
		call->worker->leave(&call->given.job);
	if (guard_is_copy())
		guard_end_copy(call->given.name, "leave()", 0);
	/* what it printed; the slave ends without exit(3) */
	fflush(NULL);
}

void
call_release(struct call *call)
{
	if (call && call->given.job.segment)
		call->detach(call->given.job.segment);
	if (call)
		span_combiner_free(call->taker->combiner);
	guard_disarm();
	free(call);
}

static void
end(struct call *call, int result)
{
	if (guard_is_copy())
		guard_end_copy(call->given.name, "its job",
			       call->given.job.number);
	given_end(&call->given, result);
}

static void
call_range(struct call *call)
{
	struct given *given = &call->given;

	if (!take_range(call->taker))
		return;
	given_take(given);
	given->job.count = call->taker->at_once;
	end(call, call->worker->batch(&given->job));
	given->job.count = 1;
}

static void
call_each(struct call *call)
{
	struct given *given = &call->given;
	int (*work)(struct shmmap_job *) =
		call->worker->work ? call->worker->work : call->worker->batch;

	while (take_next(call->taker)) {
		given_take(given);
		end(call, work(&given->job));
	}
}

void
call_batch(struct call *call)
{
	struct taker *taker = call->taker;

	take_begin(taker);
	given_resume(&call->given);
	if (taker->area->text_flags & CLAIM_TOO_LONG)
		given_refuse_long(&call->given);
	else if (call->setting->plan->is_range && call->worker->batch &&
		 call->setting->plan->shuffle.count == 0)
		call_range(call);
	else
		call_each(call);
	take_end(taker);
}
