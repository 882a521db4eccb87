#include <config.h>

#include "worker/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/cut.h"
#include "engine/window.h"

/* Filters; see filter.h. */

/* work that may be unanswered, by how long answers have taken */
#define FLIGHT_NS 2000000

/* so long without an answer is a stall, if the filter has read all */
#define STALL_MS 2

/* how often to look for new jobs while answers are awaited */
#define LOOK_MS 50

/* of its pipes */
#define PIPE_SIZE (256 << 10)

/* answers of a part of several jobs that is tried as a whole */
#define TRIED_SIZE ((size_t)1 << 20)

struct filter {
	const struct slave_setting *setting;
	struct taker *taker;
	struct exec_worker *exec;
	struct window *window;
	char delimiter;

	/* the process */
	pid_t pid;	  /* 0: there is none */
	unsigned refused; /* how often the kernel had none to give */
	int to_fd;	  /* -1: its input has ended */
	int from_fd;

	/* what it has been given: up to byte sent_bytes of entry sent_entry */
	uint32_t sent_entry;
	size_t sent_bytes;
	bool is_full;	   /* the pipe */
	uint64_t given;	   /* jobs, whole or in part */
	uint64_t answered; /* of them */
	uint64_t open;	   /* jobs in the window that are not answered */

	/* how it answers */
	uint64_t job_ns; /* by its last answers; 0: unknown */
	uint64_t more;	 /* jobs that it may have because it has stalled */
	int64_t mark_ns; /* of its last answer, or first job */
	unsigned stalls; /* in a row */

	bool is_over; /* no more jobs */

	/* a part that is tried as a whole; 0: none */
	uint64_t part;
	unsigned char *tried; /* its answers */
	size_t tried_size, tried_nbytes;
	uint64_t tried_lines;
	bool is_spoilt;	 /* the answers are too many, or too long */
	bool is_in_line; /* the last byte that came did not end a line */
};

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static const char *
name_of(const struct filter *filter)
{
	return plan_worker_name(filter->setting->plan);
}

/* ---- the process ---- */

static int
make_pipe(int target, int ours)
{
	int fd = exec_make_pipe(target, ours);

	/* a smaller one is slower and no more */
	if (fd >= 0)
		fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
	return fd;
}

/* our 0 and 1 are nobody's again, so that the ends of the pipes show */
static void
forget_ends(const struct filter *filter)
{
	dup2(filter->setting->null_fd, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
}

static int
start(struct filter *filter, struct exec_end *end)
{
	*end = (struct exec_end){ .error = 0 };
	if (!window_is_empty(filter->window))
		window_drop(filter->taker->board, filter->taker->rank,
			    filter->taker->number - 1);
	filter->to_fd = make_pipe(STDIN_FILENO, 1);
	filter->from_fd =
		filter->to_fd < 0 ? filter->to_fd : make_pipe(STDOUT_FILENO, 0);
	if (filter->from_fd < 0) {
		end->error = -filter->from_fd;
		end->is_refused = true;
		end->status = 126;
	} else {
		filter->pid = exec_start(filter->exec, end);
	}
	forget_ends(filter);
	if (filter->from_fd >= 0 && filter->pid > 0) {
		filter->sent_entry = window_head(filter->window);
		filter->sent_bytes = 0;
		filter->given = filter->answered = 0;
		filter->is_full = false;
		filter->tried_nbytes = 0;
		filter->tried_lines = 0;
		filter->is_spoilt = filter->is_in_line = false;
		filter->mark_ns = now_ns();
		return 0;
	}
	filter->pid = 0;
	if (filter->to_fd >= 0)
		close(filter->to_fd);
	if (filter->from_fd >= 0)
		close(filter->from_fd);
	return -1;
}

static void
end_input(struct filter *filter)
{
	if (filter->to_fd >= 0)
		close(filter->to_fd);
	filter->to_fd = -1;
}

/* ---- input ---- */

/* the window's jobs before one that is too long for a filter */
static uint64_t
jobs_before_long(const struct filter *filter)
{
	struct window *window = filter->window;
	uint64_t n = 0;

	for (uint32_t i = window_head(window); i != window_tail(window); i++) {
		if (window_entry(window, i)->flags & CLAIM_TOO_LONG)
			break;
		n += window_entry(window, i)->count;
	}
	return n;
}

/* The bytes of the entry at hand that may be sent, 0 when there are none, and
 * their jobs: of a part, up to its last job. A record that is too long is never
 * sent. */
static size_t
sendable(const struct filter *filter, const struct window_entry *entry,
	 uint64_t *count)
{
	uint64_t before = 0;

	*count = entry->count;
	if (entry->flags & CLAIM_TOO_LONG)
		return 0;
	if (!filter->part)
		return entry->nbytes;
	for (uint32_t i = window_head(filter->window); i != filter->sent_entry;
	     i++)
		before += window_entry(filter->window, i)->count;
	if (before >= filter->part)
		return 0;
	return cut_records((unsigned char *)filter->window->texts + entry->at,
			   entry->nbytes, (unsigned char)filter->delimiter,
			   false, filter->part - before, count);
}

static bool
has_to_send(const struct filter *filter)
{
	const struct window_entry *entry;
	uint64_t count;

	if (filter->to_fd < 0 ||
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
		n = write(filter->to_fd,
			  filter->window->texts + entry->at +
				  filter->sent_bytes,
			  all - filter->sent_bytes);
		if (n < 0 && errno == EINTR)
			continue;
		filter->is_full = n < 0 && errno == EAGAIN;
		if (filter->is_full)
			return;
		if (n < 0) {
			end_input(filter); /* it reads no more */
			return;
		}
		if (filter->sent_bytes == 0) {
			if (filter->given == filter->answered)
				filter->mark_ns = now_ns();
			filter->given += count;
		}
		filter->sent_bytes += (size_t)n;
		if (filter->sent_bytes == entry->nbytes) {
			filter->sent_entry++;
			filter->sent_bytes = 0;
		}
	}
}

/* whether the filter has read all that it was given */
static bool
has_read_all(const struct filter *filter)
{
	int left = 0;

	return filter->to_fd >= 0 && !has_to_send(filter) &&
	       ioctl(filter->to_fd, FIONREAD, &left) == 0 && left == 0;
}

/* ---- answers ---- */

/* the first job that is not answered */
static struct window_entry *
first_entry(const struct filter *filter)
{
	return window_entry(filter->window, window_head(filter->window));
}

/* entries whose jobs are answered go, with their span; the next one's is opened
 */
static void
pass_entry(struct filter *filter)
{
	struct taker *taker = filter->taker;

	while (!window_is_empty(filter->window)) {
		const struct window_entry *entry = first_entry(filter);

		if (entry->job + entry->count > taker->number)
			return;
		take_close(taker);
		window_drop(taker->board, taker->rank,
			    entry->job + entry->count - 1);
		if (!window_is_empty(filter->window))
			take_open(taker, first_entry(filter)->job);
		else
			atomic_store_explicit(&taker->area->phase,
					      PHASE_WAITING,
					      memory_order_release);
	}
	/* it has answered all, though its input goes on: no need of so much */
	if (filter->to_fd >= 0)
		filter->more /= 2;
}

/* the jobs of the first entry that are not answered */
static uint64_t
left_in_entry(const struct filter *filter)
{
	const struct window_entry *entry = first_entry(filter);

	return entry->job + entry->count - filter->taker->number;
}

/* One line, or what there is of it, that does not fit into the span. Returns
 * its bytes. */
static size_t
take_long_line(struct filter *filter, const unsigned char *bytes, size_t nbytes)
{
	const unsigned char *end = memchr(bytes, filter->delimiter, nbytes);
	size_t n = end ? (size_t)(end - bytes) + 1 : nbytes;

	take_emit(filter->taker, bytes, n);
	if (end) {
		take_line_end(filter->taker, 0, NULL);
		filter->answered++;
		filter->open--;
	}
	return n;
}

/* Answers, as they come. False when they are more than there are jobs. */
static bool
take_answers(struct filter *filter, const unsigned char *bytes, size_t nbytes)
{
	struct taker *taker = filter->taker;
	bool is_simple = !taker->board->header->jobs.tag;

	while (nbytes > 0) {
		uint64_t most, count = 0;
		size_t n = taker->room - taker->used;

		if (filter->answered == filter->given)
			return false;
		most = left_in_entry(filter);
		if (most > filter->given - filter->answered)
			most = filter->given - filter->answered;
		n = n < nbytes ? n : nbytes;
		if (is_simple && !taker->is_split)
			n = cut_records(bytes, n,
					(unsigned char)filter->delimiter, false,
					most, &count);
		if (count > 0) {
			take_lines(taker, bytes, n, count);
			filter->answered += count;
			filter->open -= count;
		} else {
			if (!is_simple) {
				const char *text;
				size_t length =
					window_text(taker->board, taker->rank,
						    taker->number, &text);

				taker->text = (char *)(uintptr_t)text;
				taker->end = taker->text + length;
			}
			n = take_long_line(filter, bytes, nbytes);
		}
		bytes += n;
		nbytes -= n;
		pass_entry(filter);
	}
	return true;
}

static bool
make_tried_room(struct filter *filter, size_t nbytes)
{
	size_t size = filter->tried_size ? filter->tried_size : TRIED_SIZE + 1;
	unsigned char *grown;

	while (size < filter->tried_nbytes + nbytes)
		size *= 2;
	if (size == filter->tried_size)
		return true;
	grown = realloc(filter->tried, size);
	if (!grown)
		return false;
	filter->tried = grown;
	filter->tried_size = size;
	return true;
}

/* Answers of a part that is tried as a whole. */
static void
keep_tried(struct filter *filter, const unsigned char *bytes, size_t nbytes)
{
	uint64_t count;

	if (filter->part > 1 && nbytes > TRIED_SIZE - filter->tried_nbytes)
		filter->is_spoilt = true;
	if (filter->is_spoilt || !make_tried_room(filter, nbytes + 1)) {
		filter->is_spoilt = true;
		return;
	}
	memcpy(filter->tried + filter->tried_nbytes, bytes, nbytes);
	filter->tried_nbytes += nbytes;
	cut_records(bytes, nbytes, (unsigned char)filter->delimiter, false,
		    UINT64_MAX, &count);
	filter->tried_lines += count;
}

static void
measure(struct filter *filter, uint64_t jobs)
{
	int64_t now = now_ns();
	uint64_t ns = (uint64_t)(now - filter->mark_ns);

	if (jobs == 0)
		return;
	filter->mark_ns = now;
	filter->stalls = 0;
	take_measured(filter->taker, jobs, ns);
	ns /= jobs;
	filter->job_ns = filter->job_ns ? (3 * filter->job_ns + ns) / 4 : ns;
	if (filter->job_ns == 0)
		filter->job_ns = 1;
}

enum received { RECEIVED_SOME, RECEIVED_END, RECEIVED_TOO_MANY };

static enum received
receive(struct filter *filter)
{
	static unsigned char buffer[128 << 10];

	for (;;) {
		uint64_t before = filter->answered;
		ssize_t n = read(filter->from_fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return RECEIVED_SOME;
		if (n == 0)
			return RECEIVED_END;
		filter->is_in_line = buffer[n - 1] != filter->delimiter;
		if (filter->part) {
			keep_tried(filter, buffer, (size_t)n);
			continue;
		}
		if (!take_answers(filter, buffer, (size_t)n))
			return RECEIVED_TOO_MANY;
		measure(filter, filter->answered - before);
		if ((size_t)n < sizeof(buffer))
			return RECEIVED_SOME;
	}
}

/* ---- the end of a filter ---- */

static void
fail_job(struct filter *filter, const char *why)
{
	struct taker *taker = filter->taker;
	char quoted[256], shown[256], message[1024];
	const char *text;
	size_t nbytes =
		window_text(taker->board, taker->rank, taker->number, &text);

	diag_quote(quoted, sizeof(quoted), text, nbytes, 60);
	snprintf(message, sizeof(message), "job %llu: %s: %s, its text was %s",
		 (unsigned long long)taker->number,
		 diag_name(shown, sizeof(shown), name_of(filter)), why, quoted);
	take_line_end(taker, 1, message);
	filter->open--;
	pass_entry(filter);
}

static void
describe_end(const struct exec_end *end, char *why, size_t size)
{
	if (end->signal)
		snprintf(why, size, "killed by signal %d (%s)", end->signal,
			 strsignal(end->signal));
	else if (end->status)
		snprintf(why, size, "exited with status %u", end->status);
	else
		snprintf(why, size, "ended without an answer");
}

/* A part was tried: its answers count if they are complete. */
static void
judge_part(struct filter *filter, const struct exec_end *end)
{
	uint64_t part = filter->part;
	char why[128];

	if (filter->is_in_line)
		filter->tried_lines++; /* the last line needs no newline */
	if (!filter->is_spoilt && end->status == 0 &&
	    filter->tried_lines == part) {
		filter->part = 0;
		filter->given = part;
		filter->answered = 0;
		if (filter->is_in_line)
			filter->tried[filter->tried_nbytes++] =
				(unsigned char)filter->delimiter;
		take_answers(filter, filter->tried, filter->tried_nbytes);
		filter->part = 2 * part;
	} else if (part > 1) {
		filter->part = part / 2;
	} else {
		describe_end(end, why, sizeof(why));
		if (end->status == 0 && filter->tried_lines != 1)
			snprintf(why, sizeof(why), "gave %llu lines for it",
				 (unsigned long long)filter->tried_lines);
		else if (end->status == 0)
			snprintf(why, sizeof(why), "no memory for its answer");
		fail_job(filter, why);
	}
	if (window_is_empty(filter->window))
		filter->part = 0;
}

/* it has ended, and not all that it was given is answered */
static void
look_at_rest(struct filter *filter, const struct exec_end *end, bool was_ended)
{
	uint64_t open = filter->given - filter->answered;

	if (filter->is_in_line && open > 0 && end->status == 0) {
		/* the last line needs no newline; a result does */
		take_emit(filter->taker, &filter->delimiter, 1);
		take_line_end(filter->taker, 0, NULL);
		filter->answered++;
		filter->open--;
		pass_entry(filter);
		open--;
	}
	if (was_ended && end->status == 0) {
		for (; open > 0; open--)
			fail_job(filter, "no line came for it, or for one "
					 "before it");
		return;
	}
	if (open == 0)
		return;
	/* what came of a line that was not ended is nobody's */
	take_close(filter->taker);
	window_drop(filter->taker->board, filter->taker->rank,
		    filter->taker->number - 1);
	take_open(filter->taker, filter->taker->number);
	filter->part = open;
}

/* The filter's output has ended. Returns the slave's exit status if that is the
 * end for this slave, else -1. */
static int
finish(struct filter *filter)
{
	struct area *area = filter->taker->area;
	bool was_ended = filter->to_fd < 0 && !has_to_send(filter) &&
			 filter->sent_entry == window_tail(filter->window);
	struct exec_end end = { .status = 0 };

	end_input(filter);
	close(filter->from_fd);
	exec_finish(filter->exec, filter->pid, &end);
	filter->pid = 0;
	if (board_is_stopped(filter->taker->board, STOP_RUNNING))
		return SLAVE_FINISHED;
	if (filter->part) {
		judge_part(filter, &end);
		return -1;
	}
	look_at_rest(filter, &end, was_ended);
	if (end.status == 0 || filter->part)
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
	uint64_t most = 1;

	if (filter->is_over || filter->part ||
	    (filter->pid && filter->to_fd < 0) ||
	    !window_has_room(filter->window))
		return false;
	if (filter->is_full)
		return false;
	if (filter->job_ns && FLIGHT_NS / filter->job_ns > most)
		most = FLIGHT_NS / filter->job_ns;
	if (filter->more > most)
		most = filter->more;
	return filter->open < most;
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
		filter->open += window_entry(filter->window,
					     window_tail(filter->window) - 1)
					->count;
		if (was_empty)
			take_open(taker, first_entry(filter)->job);
	}
}

/* the filter has answered nothing for a while */
static void
on_silence(struct filter *filter)
{
	filter->stalls++;
	if (filter->part || !has_read_all(filter) ||
	    filter->given == filter->answered)
		return;
	if (!window_has_room(filter->window)) {
		end_input(filter); /* then it must answer */
		return;
	}
	filter->more = 2 * filter->open;
	filter->stalls = 0;
	/* it has read them in no time; if it works on one of them, the answer
	 * will say how long that took */
	take_measured(filter->taker, filter->open, 1);
}

/* a record that is too long for a filter is the first of the window */
static bool
refuse_long(struct filter *filter)
{
	if (window_is_empty(filter->window) ||
	    !(first_entry(filter)->flags & CLAIM_TOO_LONG))
		return false;
	fail_job(filter, "longer than the longest record");
	if (filter->pid)
		filter->sent_entry = window_head(filter->window);
	return true;
}

static int
wait_for_answers(struct filter *filter)
{
	struct pollfd polls[] = { { .fd = filter->from_fd, .events = POLLIN },
				  { .fd = -1, .events = POLLOUT } };
	int patience = filter->stalls < 8 ? STALL_MS : LOOK_MS;
	int n;

	if (has_to_send(filter))
		polls[1].fd = filter->to_fd;
	n = poll(polls, 2, patience);
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
	kill(-filter->pid, SIGKILL);
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
	while (refuse_long(filter))
		;
	if (!filter->pid && window_is_empty(filter->window))
		return filter->is_over ? SLAVE_FINISHED : -1;
	if (filter->part && filter->part > jobs_before_long(filter))
		filter->part = jobs_before_long(filter);
	if (filter->pid == 0 && start(filter, &end) < 0) {
		if (end.is_refused)
			return slave_starve(filter->setting, end.error,
					    &filter->refused);
		filter->taker->area->worker_end = (uint32_t)end.error << 16;
		return end.is_cancelled ? SLAVE_FINISHED : SLAVE_WORKER_DIED;
	}
	send_some(filter);
	if (!has_to_send(filter) && (filter->is_over || filter->part))
		end_input(filter);
	return wait_for_answers(filter);
}

int
filter_serve(const struct slave_setting *setting, struct taker *taker,
	     struct exec_worker *exec, bool has_jobs)
{
	struct filter filter = {
		.setting = setting,
		.taker = taker,
		.exec = exec,
		.window = window_of(taker->board, taker->rank),
		.delimiter = (char)taker->board->header->jobs.delimiter,
		.to_fd = -1,
		.from_fd = -1,
	};
	int status = -1;
	sigset_t pipes;

	/* the filter gets the mask as it was */
	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipes, NULL);
	if (has_jobs) {
		/* they may have killed it */
		take_open(taker, first_entry(&filter)->job);
		for (uint32_t i = window_head(filter.window);
		     i != window_tail(filter.window); i++)
			filter.open += window_entry(filter.window, i)->count;
		filter.part = filter.open;
	}
	while (status < 0)
		status = step(&filter);
	take_idle(taker);
	return status;
}
