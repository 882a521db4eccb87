#include <config.h>

#include "worker/filter.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/cut.h"
#include "engine/window.h"
#include "worker/answers.h"
#include "worker/filter_process.h"
#include "worker/pace.h"
#include "worker/trial.h"

/* Filters: what one is given, and when; what its end means. See filter.h. */

struct filter {
	const struct slave_setting *setting;
	struct taker *taker;
	struct window *window;
	struct filter_process process;
	struct answers answers;
	struct trial trial;
	unsigned refused; /* how often the kernel had no process to give */

	/* what it has been given: up to byte sent_bytes of entry sent_entry */
	uint32_t sent_entry;
	size_t sent_bytes;
	bool is_full; /* the pipe */

	struct pace pace; /* how it answers */
	bool is_in_line;  /* the last byte that came did not end a line */

	bool is_over; /* no more jobs */
};

/* ---- the beginning of a filter ---- */

static int
start(struct filter *filter, struct exec_end *end)
{
	struct taker *taker = filter->taker;

	if (!window_is_empty(filter->window))
		window_drop(taker->board, taker->rank, taker->number - 1);
	if (filter_process_start(&filter->process, end) < 0)
		return -1;
	filter->sent_entry = window_head(filter->window);
	filter->sent_bytes = 0;
	filter->answers.given = filter->answers.answered = 0;
	filter->is_full = filter->is_in_line = false;
	trial_begin(&filter->trial);
	pace_begin(&filter->pace);
	return 0;
}

/* ---- input ---- */

/* the window's jobs before one that is too long for a filter */
static uint64_t
jobs_before_long(const struct filter *filter)
{
	struct window *window = filter->window;
	uint32_t i = window_head(window);

	while (i != window_tail(window) &&
	       !(window_entry(window, i)->flags & CLAIM_TOO_LONG))
		i++;
	return window_jobs_before(window, i);
}

/* The bytes of the entry at hand that may be sent, 0 when there are none, and
 * their jobs: of a part, up to its last job. A record that is too long is never
 * sent. */
static size_t
sendable(const struct filter *filter, const struct window_entry *entry,
	 uint64_t *count)
{
	uint64_t before;

	*count = entry->count;
	if (entry->flags & CLAIM_TOO_LONG)
		return 0;
	if (!filter->trial.jobs)
		return entry->nbytes;
	before = window_jobs_before(filter->window, filter->sent_entry);
	if (before >= filter->trial.jobs)
		return 0;
	return cut_records((unsigned char *)filter->window->texts + entry->at,
			   entry->nbytes, filter->answers.delimiter, false,
			   filter->trial.jobs - before, count);
}

static bool
has_to_send(const struct filter *filter)
{
	const struct window_entry *entry;
	uint64_t count;

	if (filter->process.to_fd < 0 ||
	    filter->sent_entry == window_tail(filter->window))
		return false;
	entry = window_entry(filter->window, filter->sent_entry);
	return filter->sent_bytes < sendable(filter, entry, &count);
}

static void
send_some(struct filter *filter)
{
	while (has_to_send(filter)) {
		struct window_entry *entry =
			window_entry(filter->window, filter->sent_entry);
		uint64_t count;
		size_t all = sendable(filter, entry, &count);
		ssize_t n;

		atomic_store_explicit(&filter->taker->area->phase, PHASE_BEGUN,
				      memory_order_release);
		n = write(filter->process.to_fd,
			  filter->window->texts + entry->at +
				  filter->sent_bytes,
			  all - filter->sent_bytes);
		if (n < 0 && errno == EINTR)
			continue;
		filter->is_full = n < 0 && errno == EAGAIN;
		if (filter->is_full)
			return;
		if (n < 0) {
			/* it reads no more */
			filter_process_end_input(&filter->process);
			return;
		}
		if (filter->sent_bytes == 0) {
			if (filter->answers.given == filter->answers.answered)
				pace_begin(&filter->pace);
			filter->answers.given += count;
		}
		filter->sent_bytes += (size_t)n;
		if (filter->sent_bytes == entry->nbytes) {
			filter->sent_entry++;
			filter->sent_bytes = 0;
		}
	}
}

/* ---- answers ---- */

/* if it has answered all, though its input goes on */
static void
want_less(struct filter *filter)
{
	if (window_is_empty(filter->window) && filter->process.to_fd >= 0)
		pace_relax(&filter->pace);
}

static void
measure(struct filter *filter, uint64_t jobs)
{
	if (jobs > 0)
		take_measured(filter->taker, jobs,
			      pace_answered(&filter->pace, jobs));
}

enum received { RECEIVED_SOME, RECEIVED_END, RECEIVED_TOO_MANY };

static enum received
receive(struct filter *filter)
{
	static unsigned char buffer[128 << 10];

	for (;;) {
		uint64_t before = filter->answers.answered;
		ssize_t n =
			read(filter->process.from_fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return RECEIVED_SOME;
		if (n == 0)
			return RECEIVED_END;
		filter->is_in_line = buffer[n - 1] != filter->answers.delimiter;
		if (filter->trial.jobs) {
			trial_keep(&filter->trial, buffer, (size_t)n,
				   filter->answers.delimiter);
			continue;
		}
		if (!answers_take(&filter->answers, buffer, (size_t)n))
			return RECEIVED_TOO_MANY;
		want_less(filter);
		measure(filter, filter->answers.answered - before);
		if ((size_t)n < sizeof(buffer))
			return RECEIVED_SOME;
	}
}

/* ---- the end of a filter ---- */

/* A part was tried: its answers count if they are complete. */
static void
judge_part(struct filter *filter, const struct exec_end *end)
{
	uint64_t part = filter->trial.jobs;
	char why[128];

	if (filter->is_in_line)
		filter->trial.lines++; /* the last line needs no newline */
	if (!filter->trial.is_spoilt && end->status == 0 &&
	    filter->trial.lines == part) {
		filter->trial.jobs = 0;
		filter->answers.given = part;
		filter->answers.answered = 0;
		if (filter->is_in_line)
			filter->trial.bytes[filter->trial.nbytes++] =
				filter->answers.delimiter;
		answers_take(&filter->answers, filter->trial.bytes,
			     filter->trial.nbytes);
		filter->trial.jobs = 2 * part;
	} else if (part > 1) {
		filter->trial.jobs = part / 2;
	} else {
		filter_process_describe(end, why, sizeof(why));
		if (end->status == 0 && filter->trial.lines != 1)
			snprintf(why, sizeof(why), "gave %llu lines for it",
				 (unsigned long long)filter->trial.lines);
		else if (end->status == 0)
			snprintf(why, sizeof(why), "no memory for its answer");
		answers_fail(&filter->answers, end->status, why);
	}
	if (window_is_empty(filter->window))
		filter->trial.jobs = 0;
}

/* it has ended, and not all that it was given is answered */
static void
look_at_rest(struct filter *filter, const struct exec_end *end, bool was_ended)
{
	uint64_t open = filter->answers.given - filter->answers.answered;

	if (filter->is_in_line && open > 0 && end->status == 0) {
		/* the last line needs no newline */
		answers_end_line(&filter->answers);
		open--;
	}
	if (was_ended && end->status == 0) {
		for (; open > 0; open--)
			answers_fail(&filter->answers, end->status,
				     "no line came for it, or for one "
				     "before it");
		return;
	}
	if (open == 0)
		return;
	/* what came of a line that was not ended is nobody's */
	answers_drop_part(&filter->answers);
	filter->trial.jobs = open;
}

/* The filter's output has ended. Returns the slave's exit status if that is the
 * end for this slave, else -1. */
static int
finish(struct filter *filter)
{
	struct area *area = filter->taker->area;
	bool was_ended = filter->process.to_fd < 0 && !has_to_send(filter) &&
			 filter->sent_entry == window_tail(filter->window);
	struct exec_end end = { .status = 0 };

	filter_process_finish(&filter->process, &end);
	if (board_is_stopped(filter->taker->board, STOP_RUNNING))
		return SLAVE_HALTED;
	if (filter->trial.jobs) {
		judge_part(filter, &end);
		return -1;
	}
	look_at_rest(filter, &end, was_ended);
	if (end.status == 0 || filter->trial.jobs)
		return -1;
	/* all is answered, and it complains all the same */
	atomic_store_explicit(&area->phase, PHASE_CLAIMED,
			      memory_order_release);
	area->worker_end = end.status | (uint32_t)end.signal << 8;
	return SLAVE_WORKER_DIED;
}

/* ---- serving ---- */

/* whether the filter is to have more */
static bool
wants_more(const struct filter *filter)
{
	if (filter->is_over || filter->trial.jobs ||
	    (filter->process.pid && filter->process.to_fd < 0) ||
	    !window_has_room(filter->window))
		return false;
	return !filter->is_full &&
	       filter->answers.open < pace_most(&filter->pace);
}

/* claim what the filter is to have; may sleep when it has nothing */
static void
claim_more(struct filter *filter)
{
	struct taker *taker = filter->taker;

	while (wants_more(filter)) {
		bool was_empty = window_is_empty(filter->window);
		enum take take = TAKE_BATCH;

		if (was_empty) {
			atomic_store_explicit(&taker->area->phase,
					      PHASE_WAITING,
					      memory_order_release);
			if (!take_batch(taker))
				take = TAKE_OVER;
		} else {
			take = take_batch_now(taker);
		}
		take_idle(taker);
		if (take == TAKE_OVER)
			filter->is_over = true;
		if (take != TAKE_BATCH)
			return;
		filter->answers.open +=
			window_entry(filter->window,
				     window_tail(filter->window) - 1)
				->count;
		if (was_empty)
			take_open(taker, answers_first(&filter->answers)->job);
	}
}

/* the filter has answered nothing for a while */
static void
on_silence(struct filter *filter)
{
	pace_silence(&filter->pace);
	if (filter->trial.jobs || has_to_send(filter) ||
	    !filter_process_has_read(&filter->process) ||
	    filter->answers.given == filter->answers.answered)
		return;
	if (!window_has_room(filter->window)) {
		/* then it must answer */
		filter_process_end_input(&filter->process);
		return;
	}
	pace_stall(&filter->pace, filter->answers.open);
	/* it has read them in no time; if it works on one of them, the answer
	 * will say how long that took */
	take_measured(filter->taker, filter->answers.open, 1);
}

/* a record that is too long for a filter is the first of the window */
static bool
refuse_long(struct filter *filter)
{
	if (window_is_empty(filter->window) ||
	    !(answers_first(&filter->answers)->flags & CLAIM_TOO_LONG))
		return false;
	answers_fail(&filter->answers, 126, "longer than the longest record");
	want_less(filter);
	if (filter->process.pid)
		filter->sent_entry = window_head(filter->window);
	return true;
}

static int
wait_for_answers(struct filter *filter)
{
	struct pollfd polls[] = { { .fd = filter->process.from_fd,
				    .events = POLLIN },
				  { .fd = -1, .events = POLLOUT } };
	struct timespec patience = {
		.tv_nsec = pace_patience_ns(&filter->pace),
	};
	int n;

	if (has_to_send(filter))
		polls[1].fd = filter->process.to_fd;
	if (!filter->trial.jobs)
		pace_gather(&filter->pace,
			    filter->answers.given - filter->answers.answered);
	n = ppoll(polls, 2, &patience, NULL);
	if (n == 0)
		on_silence(filter);
	if (polls[1].revents)
		send_some(filter);
	if (n <= 0 || !polls[0].revents)
		return -1;
	switch (receive(filter)) {
	case RECEIVED_SOME:
		return -1;
	case RECEIVED_END:
		return finish(filter);
	case RECEIVED_TOO_MANY:
		break;
	}
	/* there is no saying since when its lines were another job's */
	kill(-filter->process.pid, SIGKILL);
	filter->taker->area->worker_end = WORKER_END_TOO_MANY | 1;
	atomic_store_explicit(&filter->taker->area->phase, PHASE_CLAIMED,
			      memory_order_release);
	return SLAVE_WORKER_DIED;
}

/* One round: claim, send, receive. Returns the slave's exit status at its end,
 * else -1. */
static int
step(struct filter *filter)
{
	struct exec_end end;

	claim_more(filter);
	if (!window_is_empty(filter->window) &&
	    (take_is_asked(filter->taker) || filter->taker->ends == ENDS_ALONE))
		take_let_out(filter->taker, filter->taker->number);
	while (refuse_long(filter))
		;
	if (!filter->process.pid && window_is_empty(filter->window))
		return filter->is_over ? SLAVE_FINISHED : -1;
	if (filter->trial.jobs && filter->trial.jobs > jobs_before_long(filter))
		filter->trial.jobs = jobs_before_long(filter);
	if (filter->process.pid == 0 && start(filter, &end) < 0) {
		if (end.is_refused)
			return slave_starve(filter->setting, end.error,
					    &filter->refused);
		filter->taker->area->worker_end = (uint32_t)end.error << 16;
		return end.is_cancelled ? SLAVE_FINISHED : SLAVE_WORKER_DIED;
	}
	send_some(filter);
	if (!has_to_send(filter) && (filter->is_over || filter->trial.jobs))
		filter_process_end_input(&filter->process);
	return wait_for_answers(filter);
}

int
filter_serve(const struct slave_setting *setting, struct taker *taker,
	     struct exec_worker *exec, bool has_jobs)
{
	struct filter filter = {
		.setting = setting,
		.taker = taker,
		.window = window_of(taker->board, taker->rank),
		.process = { .exec = exec,
			     .null_fd = setting->null_fd,
			     .to_fd = -1,
			     .from_fd = -1 },
	};
	int status = -1;
	sigset_t pipes;

	/* the filter gets the mask as it was */
	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipes, NULL);
	answers_init(&filter.answers, taker, setting->plan);
	/* they may have killed it */
	if (has_jobs)
		filter.trial.jobs = answers_inherit(&filter.answers);
	while (status < 0)
		status = step(&filter);
	take_idle(taker);
	return status;
}
