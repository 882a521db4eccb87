#include <config.h>

#include "worker/call_reduce.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "engine/take.h"
#include "worker/guard.h"

/* The reduce function of a worker; see call_reduce.h. */

static struct call_reduce *
call_of(struct shmmap_job *job)
{
	return (struct call_reduce *)(void *)job;
}

static void
emit(struct shmmap_job *job, const void *bytes, size_t nbytes)
{
	struct call_reduce *call = call_of(job);

	if (bytes_add(call->out, bytes, nbytes))
		call->is_short = true;
}

static int __attribute__((format(printf, 2, 0)))
print(struct shmmap_job *job, const char *format, va_list arguments)
{
	char *text;
	int n = vasprintf(&text, format, arguments);

	if (n < 0)
		return -1;
	emit(job, text, (size_t)n);
	free(text);
	return n;
}

static int __attribute__((format(printf, 2, 0)))
fail(struct shmmap_job *job, const char *format, va_list arguments)
{
	struct call_reduce *call = call_of(job);

	vsnprintf(call->why, sizeof(call->why), format, arguments);
	call->has_failed = true;
	return 1;
}

static uint64_t
seed(const struct shmmap_job *job)
{
	const struct call_reduce *call =
		(const struct call_reduce *)(const void *)job;

	return take_seed(call->plan->seed, job->number);
}

static const struct shmmap_calls calls = { emit, print, fail, seed };

void
call_reduce_init(struct call_reduce *call, const struct plan *plan,
		 const struct shmmap_worker *worker, struct bytes *out)
{
	*call = (struct call_reduce){
		.job = { .step = plan->range_step,
			 .rank = -1,
			 .np = (int)plan->nslaves,
			 .calls = &calls },
		.plan = plan,
		.function = worker->reduce,
		.out = out,
	};
}

void
call_reduce_release(struct call_reduce *call)
{
	bytes_release(&call->result);
}

static int
complain(const struct call_reduce *call, int result)
{
	char name[256], job[40] = "", returned[40];
	const char *why = call->why;

	if (call->is_short) {
		diag_errno(ENOMEM, "--dlopen");
		return -1;
	}
	if (!call->has_failed) {
		snprintf(returned, sizeof(returned), "returned %d", result);
		why = returned;
	}
	if (call->job.number)
		snprintf(job, sizeof(job),
			 "job %llu: ", (unsigned long long)call->job.number);
	diag("%s%s: reduce: %s", job,
	     diag_name(name, sizeof(name), call->plan->library), why);
	return -1;
}

int
call_reduce(struct call_reduce *call, uint64_t number, uint64_t count)
{
	const struct plan *plan = call->plan;
	int result;

	call->job.number = number;
	call->job.count = count;
	if (plan->is_range && number)
		call->job.value =
			shuffle_value(&plan->shuffle, plan->range_start,
				      plan->range_step, number);
	if (bytes_add(&call->result, "", 1)) {
		call->is_short = true;
		return complain(call, 0);
	}
	guard_call(plan->library, "reduce");
	result = call->function(&call->job, number ? call->result.data : NULL,
				call->result.used - 1);
	guard_called();
	call->result.used = 0;
	if (result || call->has_failed || call->is_short)
		return complain(call, result);
	return 0;
}
