#include <config.h>

#include "engine/given.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"
#include "engine/plan.h"

/* Jobs as workers see them; see given.h. */

static struct given *
given_of(struct shmmap_job *job)
{
	return (struct given *)(void *)job;
}

static void
emit(struct shmmap_job *job, const void *bytes, size_t nbytes)
{
	if (given_of(job)->is_at_hand)
		take_emit(given_of(job)->taker, bytes, nbytes);
}

static int __attribute__((format(printf, 2, 0)))
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
	return given_of(job)->is_at_hand ? n : -1;
}

static int __attribute__((format(printf, 2, 0)))
fail(struct shmmap_job *job, const char *format, va_list arguments)
{
	struct given *given = given_of(job);

	vsnprintf(given->message, sizeof(given->message), format, arguments);
	diag_make_line(given->message);
	given->has_failed = true;
	return 1;
}

static uint64_t
seed(const struct shmmap_job *job)
{
	const struct given *given = (const struct given *)(const void *)job;

	return take_seed(given->taker->board->header->jobs.seed, job->number);
}

static const struct shmmap_calls calls = { emit, print, fail, seed };

void
given_init(struct given *given, struct taker *taker, const char *name)
{
	*given = (struct given){
		.job = { .step = taker->board->header->jobs.range_step,
			 .count = 1,
			 .rank = (int)taker->rank,
			 .np = (int)taker->board->nslaves,
			 .calls = &calls },
		.taker = taker,
		.name = name,
	};
}

void
given_fail(struct given *given, int result)
{
	unsigned status = result > 0 && result < 256 ? (unsigned)result : 1;
	const struct taker *taker = given->taker;
	const char *why = given->message;
	char returned[40], quoted[256], shown[256], number[BATCH_NUMBER_SIZE];
	char text[GIVEN_MESSAGE_SIZE + 600];

	if (!given->has_failed) {
		snprintf(returned, sizeof(returned), "returned %d", result);
		why = returned;
	}
	if (taker->board->header->jobs.is_range)
		diag_quote(quoted, sizeof(quoted), number,
			   batch_number(taker->board, taker->number, number),
			   60);
	else
		diag_quote(quoted, sizeof(quoted), taker->text,
			   (size_t)(taker->end - taker->text), 60);
	snprintf(text, sizeof(text), "job %llu: %s: %s, its text was %s",
		 (unsigned long long)taker->number,
		 diag_name(shown, sizeof(shown), given->name), why, quoted);
	take_fail(given->taker, status, text);
	given->has_failed = false;
}

void
given_refuse_long(struct given *given)
{
	char text[200];

	if (!take_next(given->taker))
		return;
	snprintf(text, sizeof(text),
		 "job %llu: longer than %u bytes, the longest record",
		 (unsigned long long)given->taker->number, PLAN_RECORD_MAX);
	take_fail(given->taker, 126, text);
}
