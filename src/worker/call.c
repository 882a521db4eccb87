#include <config.h>

#include "worker/call.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "worker/environment.h"

/*
 * Calling a worker. The results are what it emits: what it prints to standard
 * output goes to standard error (with --ungroup to standard output), so that it
 * is never inside a result.
 */

/* a message of fail(), with what is said around it */
#define MESSAGE_SIZE 720

struct call {
	struct shmmap_job job;
	struct taker *taker;
	const struct slave_setting *setting;
	const struct shmmap_worker *worker;
	struct environment env;
	bool has_failed; /* the worker said so */
	char message[MESSAGE_SIZE];
};

static struct call *
call_of(struct shmmap_job *job)
{
	return (struct call *)(void *)job; /* its first member */
}

static void
emit(struct shmmap_job *job, const void *bytes, size_t nbytes)
{
	take_emit(call_of(job)->taker, bytes, nbytes);
}

static int
print(struct shmmap_job *job, const char *format, va_list arguments)
{
	char small[512];
	char *text = small;
	va_list again;
	int n;

	va_copy(again, arguments);
	n = vsnprintf(small, sizeof(small), format, arguments);
	if (n >= (int)sizeof(small)) {
		text = malloc((size_t)n + 1);
		n = text ? vsnprintf(text, (size_t)n + 1, format, again) : -1;
	}
	va_end(again);
	if (n > 0)
		emit(job, text, (size_t)n);
	if (text != small)
		free(text);
	return n;
}

static int
fail(struct shmmap_job *job, const char *format, va_list arguments)
{
	struct call *call = call_of(job);

	vsnprintf(call->message, sizeof(call->message), format, arguments);
	call->has_failed = true;
	return 1;
}

static uint64_t
seed(const struct shmmap_job *job)
{
	const struct call *call = (const struct call *)(const void *)job;

	return environment_seed(call->setting->plan->seed, job->number);
}

static const struct shmmap_calls calls = { emit, print, fail, seed };

/* Arrays and sections, if the library can use them: then it has libshmmap with
 * it, whose handle is its own matter. */
static void
attach_handle(struct call *call, void *library)
{
	int (*enter)(struct shmmap **);
	void (*follow)(struct shmmap *, const struct shmmap_job *);
	void *attach_symbol = dlsym(library, "shmmap_attach");
	void *follow_symbol = dlsym(library, "shmmap_follow");

	if (!attach_symbol || !follow_symbol)
		return;
	memcpy(&enter, &attach_symbol, sizeof(enter));
	memcpy(&follow, &follow_symbol, sizeof(follow));
	if (enter(&call->job.segment) == 0)
		follow(call->job.segment, &call->job);
}

static int
set_surroundings(struct call *call)
{
	const struct slave_setting *setting = call->setting;
	int error;

	if (dup2(setting->null_fd, STDIN_FILENO) < 0 ||
	    (!setting->plan->ungroup &&
	     dup2(STDERR_FILENO, STDOUT_FILENO) < 0) ||
	    (setting->folder_fd >= 0 && fchdir(setting->folder_fd) < 0))
		return -errno;
	error = environment_init(&call->env, setting->plan, setting->share,
				 setting->rank);
	if (!error)
		environ = call->env.entries;
	return error;
}

int
call_enter(struct call **result, const struct slave_setting *setting,
	   struct taker *taker)
{
	struct call *call = calloc(1, sizeof(*call));
	int error;

	if (!call)
		return -ENOMEM;
	*result = call;
	call->setting = setting;
	call->taker = taker;
	call->worker = &setting->library->worker;
	call->job = (struct shmmap_job){
		.step = setting->plan->range_step,
		.count = 1,
		.rank = (int)setting->rank,
		.np = (int)setting->plan->nslaves,
		.calls = &calls,
	};
	error = set_surroundings(call);
	if (error)
		return error;
	/* signals that end the run are for the worker */
	atomic_store_explicit(&taker->area->group, getpid(),
			      memory_order_relaxed);
	attach_handle(call, setting->library->handle);
	if (call->worker->enter && call->worker->enter(&call->job))
		return -ECANCELED;
	return 0;
}

void
call_leave(struct call *call)
{
	call->job.number = 0;
	call->job.text = NULL;
	if (call->worker->leave)
		call->worker->leave(&call->job);
	/* what it printed; the slave ends without exit(3) */
	fflush(NULL);
}

static void
end_badly(struct call *call, int result)
{
	unsigned status = result > 0 && result < 256 ? (unsigned)result : 1;
	const char *why = call->message;
	char returned[40], quoted[256], shown[256], number[BATCH_NUMBER_SIZE];
	char text[MESSAGE_SIZE + 600];

	if (!call->has_failed) {
		snprintf(returned, sizeof(returned), "returned %d", result);
		why = returned;
	}
	if (call->job.text)
		diag_quote(quoted, sizeof(quoted), call->job.text,
			   call->job.nbytes, 60);
	else
		diag_quote(quoted, sizeof(quoted), number,
			   batch_number(call->taker->board, call->job.number,
					number),
			   60);
	snprintf(text, sizeof(text), "job %llu: %s: %s, its text was %s",
		 (unsigned long long)call->job.number,
		 diag_name(shown, sizeof(shown), call->setting->plan->library),
		 why, quoted);
	call->has_failed = false;
	take_fail(call->taker, status, text);
}

static void
refuse_long(struct call *call)
{
	char text[200];

	if (!take_next(call->taker))
		return;
	snprintf(text, sizeof(text),
		 "job %llu: longer than %u bytes, the longest record",
		 (unsigned long long)call->taker->number, PLAN_RECORD_MAX);
	take_fail(call->taker, 126, text);
}

static void
call_range(struct call *call)
{
	struct taker *taker = call->taker;
	const struct plan *plan = call->setting->plan;
	int result;

	if (!take_range(taker))
		return;
	call->job.number = taker->number;
	call->job.count = taker->at_once;
	call->job.value =
		(int64_t)((uint64_t)plan->range_start +
			  (taker->number - 1) * (uint64_t)plan->range_step);
	result = call->worker->batch(&call->job);
	call->job.count = 1;
	if (result || call->has_failed)
		end_badly(call, result);
	else
		take_done(taker);
}

static void
call_numbers(struct call *call)
{
	struct taker *taker = call->taker;
	struct shmmap_job *job = &call->job;
	int (*work)(struct shmmap_job *) = call->worker->work;
	uint64_t start = (uint64_t)call->setting->plan->range_start;
	uint64_t step = (uint64_t)call->setting->plan->range_step;

	while (take_next(taker)) {
		int result;

		job->number = taker->number;
		job->value = (int64_t)(start + (job->number - 1) * step);
		result = work(job);
		if (__builtin_expect(result || call->has_failed, 0))
			end_badly(call, result);
		else
			take_done(taker);
	}
}

static void
call_texts(struct call *call)
{
	struct taker *taker = call->taker;
	struct shmmap_job *job = &call->job;
	int (*work)(struct shmmap_job *) = call->worker->work;

	while (take_next(taker)) {
		int result;

		job->number = taker->number;
		job->text = taker->text;
		job->nbytes = (size_t)(taker->end - taker->text);
		result = work(job);
		if (__builtin_expect(result || call->has_failed, 0))
			end_badly(call, result);
		else
			take_done(taker);
	}
}

void
call_batch(struct call *call)
{
	struct taker *taker = call->taker;
	const struct plan *plan = call->setting->plan;

	take_begin(taker);
	if (taker->area->text_flags & CLAIM_TOO_LONG)
		refuse_long(call);
	else if (!plan->is_range)
		call_texts(call);
	else if (call->worker->batch)
		call_range(call);
	else
		call_numbers(call);
	take_end(taker);
}
