#include <config.h>

#include "worker/answers.h"

#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "engine/cut.h"
#include "worker/span_combiner.h"

/* Answers to jobs; see answers.h. */

void
answers_init(struct answers *answers, struct taker *taker,
	     const struct plan *plan)
{
	*answers = (struct answers){
		.taker = taker,
		.window = window_of(taker->board, taker->rank),
		.plan = plan,
		.delimiter = taker->board->header->jobs.delimiter,
	};
	taker->combiner = span_combiner_new(plan);
}

struct window_entry *
answers_first(const struct answers *answers)
{
	return window_entry(answers->window, window_head(answers->window));
}

uint64_t
answers_inherit(struct answers *answers)
{
	struct window *window = answers->window;

	take_open(answers->taker, answers_first(answers)->job);
	answers->open = window_jobs_before(window, window_tail(window));
	return answers->open;
}

/* entries whose jobs are answered go, with their span; the next one's is opened
 */
static void
pass_entry(struct answers *answers)
{
	struct taker *taker = answers->taker;

	while (!window_is_empty(answers->window)) {
		const struct window_entry *entry = answers_first(answers);

		if (entry->job + entry->count > taker->number)
			return;
		take_close(taker);
		window_drop(taker->board, taker->rank,
			    entry->job + entry->count - 1);
		if (!window_is_empty(answers->window))
			take_open(taker, answers_first(answers)->job);
		else
			atomic_store_explicit(&taker->area->phase,
					      PHASE_WAITING,
					      memory_order_release);
	}
}

/* the jobs of the first entry that are not answered */
static uint64_t
left_in_entry(const struct answers *answers)
{
	const struct window_entry *entry = answers_first(answers);

	return entry->job + entry->count - answers->taker->number;
}

/* One line, or what there is of it, that does not fit into the span. Returns
 * its bytes. */
static size_t
take_long_line(struct answers *answers, const unsigned char *bytes,
	       size_t nbytes)
{
	const unsigned char *end = memchr(bytes, answers->delimiter, nbytes);
	size_t n = end ? (size_t)(end - bytes) + 1 : nbytes;

	take_emit(answers->taker, bytes, n);
	if (end) {
		take_line_end(answers->taker, 0, NULL);
		answers->answered++;
		answers->open--;
	}
	return n;
}

bool
answers_take(struct answers *answers, const unsigned char *bytes, size_t nbytes)
{
	struct taker *taker = answers->taker;
	bool is_simple = !taker->board->header->jobs.tag;

	while (nbytes > 0) {
		uint64_t most, count = 0;
		size_t n = taker->room - taker->used;

		if (answers->answered == answers->given)
			return false;
		most = left_in_entry(answers);
		if (most > answers->given - answers->answered)
			most = answers->given - answers->answered;
		n = n < nbytes ? n : nbytes;
		if (is_simple && !taker->is_split)
			n = cut_records(bytes, n, answers->delimiter, false,
					most, &count);
		if (count > 0) {
			take_lines(taker, bytes, n, count);
			answers->answered += count;
			answers->open -= count;
		} else {
			if (!is_simple) {
				const char *text;
				size_t length =
					window_text(taker->board, taker->rank,
						    taker->number, &text);

				taker->text = (char *)(uintptr_t)text;
				taker->end = taker->text + length;
			}
			n = take_long_line(answers, bytes, nbytes);
		}
		bytes += n;
		nbytes -= n;
		pass_entry(answers);
	}
	return true;
}

void
answers_fail(struct answers *answers, unsigned status, const char *why)
{
	struct taker *taker = answers->taker;
	char quoted[256], shown[256], message[1024];
	const char *text;
	size_t nbytes =
		window_text(taker->board, taker->rank, taker->number, &text);

	diag_quote(quoted, sizeof(quoted), text, nbytes, 60);
	snprintf(message, sizeof(message), "job %llu: %s: %s, its text was %s",
		 (unsigned long long)taker->number,
		 diag_name(shown, sizeof(shown),
			   plan_worker_name(answers->plan)),
		 why, quoted);
	take_line_end(taker, status ? status : 1, message);
	answers->open--;
	pass_entry(answers);
}

void
answers_end_line(struct answers *answers)
{
	take_emit(answers->taker, &answers->delimiter, 1);
	take_line_end(answers->taker, 0, NULL);
	answers->answered++;
	answers->open--;
	pass_entry(answers);
}

void
answers_drop_part(struct answers *answers)
{
	struct taker *taker = answers->taker;

	take_close(taker);
	window_drop(taker->board, taker->rank, taker->number - 1);
	take_open(taker, taker->number);
}
