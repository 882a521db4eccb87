#include <config.h>

#include "engine/take.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "engine/window.h"

/* Taking jobs from the board; see take.h. */

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static enum take_ends
ends_of(const struct board_jobs *jobs)
{
	/* where the end of each job is counted, it is told at once */
	if (jobs->are_alone ||
	    (jobs->halt.when != HALT_NEVER && jobs->halt.why != HALT_FAIL))
		return ENDS_ALONE;
	if (jobs->result_size)
		return ENDS_SIZE;
	/* a filter's answers are lines */
	return jobs->are_lines && !jobs->has_windows ? ENDS_LINE : ENDS_ANYHOW;
}

int
take_init(struct taker *taker, const struct board *board,
	  const struct sections *sections, unsigned rank)
{
	*taker = (struct taker){ .board = board,
				 .area = board_area(board, rank),
				 .rank = rank,
				 .ends = ends_of(&board->header->jobs),
				 .sections = *sections };
	taker->spare = malloc(STREAM_PAYLOAD_MAX);
	if (!taker->spare)
		return -ENOMEM;
	return stream_writer_init(&taker->stream, board, rank);
}

void
take_release(struct taker *taker)
{
	stream_writer_release(&taker->stream);
	free(taker->spare);
}

uint64_t
take_seed(uint64_t run_seed, uint64_t job)
{
	uint64_t z = run_seed + job * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) >> 1;
}

/* ---- batches ---- */

static struct claim_ring *
claims_of(const struct taker *taker)
{
	return &taker->board->header->claims;
}

static void
free_claim(struct taker *taker, const struct claim *claim)
{
	if (claim_free(claims_of(taker), claim))
		board_ring_loudly(taker->board);
}

/* the batch's text was taken out of the arena; a block stays there */
static void
free_text(struct taker *taker, const struct claim *claim)
{
	if (claim->batch.flags & CLAIM_BLOCK) {
		taker->claim = *claim;
		taker->has_claim = true;
	} else {
		free_claim(taker, claim);
	}
}

/* take the claimed batch's text out of the arena */
static void
keep(struct taker *taker, const struct claim *claim)
{
	if (taker->board->header->jobs.has_windows)
		window_keep(taker->board, taker->rank, claim);
	else
		batch_keep(taker->board, taker->rank, claim);
	sections_claimed(&taker->sections, taker->rank, claim->batch.job);
	/* release: whoever replaces us finds the text whole. It learns of our
	 * death through the kernel; this keeps the compiler in order. In a
	 * window others may have begun. */
	if (atomic_load_explicit(&taker->area->phase, memory_order_relaxed) !=
		    PHASE_BEGUN ||
	    !taker->board->header->jobs.has_windows)
		atomic_store_explicit(&taker->area->phase, PHASE_CLAIMED,
				      memory_order_release);
	free_text(taker, claim);
}

void
take_free_block(struct taker *taker)
{
	if (taker->has_claim)
		free_claim(taker, &taker->claim);
	taker->has_claim = false;
}

/* the first job of the batch that was kept last */
static uint64_t
last_kept(const struct taker *taker)
{
	struct window *window = window_of(taker->board, taker->rank);

	if (!taker->board->header->jobs.has_windows)
		return atomic_load_explicit(&taker->area->job,
					    memory_order_relaxed);
	if (window_is_empty(window))
		return 0;
	return window_entry(window, window_tail(window) - 1)->job;
}

bool
take_inherited(struct taker *taker)
{
	struct area *area = taker->area;
	bool has_batch =
		atomic_load_explicit(&area->phase, memory_order_relaxed) ==
		PHASE_CLAIMED;
	struct claim claim;

	if (!claim_taken_by(claims_of(taker), taker->rank, &claim))
		return has_batch;
	if (has_batch && claim.batch.job == last_kept(taker))
		free_text(taker, &claim);
	else
		keep(taker, &claim);
	return true;
}

/* before a claim: no job below this one can be ours */
static void
announce_claim(struct taker *taker)
{
	sections_will_claim(&taker->sections, taker->rank,
			    claim_lowest_job(claims_of(taker), taker->rank));
}

void
take_idle(struct taker *taker)
{
	sections_idle(&taker->sections, taker->rank);
}

enum take
take_batch_now(struct taker *taker)
{
	struct claim_ring *claims = claims_of(taker);
	/* acquire: pairs R3 in claim_close; closed is looked at first, so that
	 * finding nothing after it means there is nothing */
	bool is_closed =
		atomic_load_explicit(&claims->closed, memory_order_acquire);
	/* so is this */
	bool is_held = claim_dealing(claims) == DEALING_HELD;
	struct claim claim;

	if (!board_is_stopped(taker->board, STOP_CLAIMS)) {
		announce_claim(taker);
		if (claim_next(claims, taker->rank, &claim)) {
			keep(taker, &claim);
			return TAKE_BATCH;
		}
		/* what is dealt to us later may come before jobs that others
		 * have by then: what we announced stays, and when something is
		 * published we are woken to announce more */
		if (is_held ||
		    (!is_closed &&
		     atomic_load_explicit(&claims->deal, memory_order_relaxed)))
			return claim_dealing(claims) == DEALING_SHORT
				       ? TAKE_OVER
				       : TAKE_NOTHING;
	} else {
		is_closed = true;
	}
	take_idle(taker);
	return is_closed ? TAKE_OVER : TAKE_NOTHING;
}

bool
take_batch(struct taker *taker)
{
	enum take take;

	atomic_store_explicit(&taker->area->phase, PHASE_WAITING,
			      memory_order_relaxed);
	while ((take = take_batch_now(taker)) == TAKE_NOTHING)
		claim_sleep(claims_of(taker), taker->rank,
			    &taker->board->header->stop);
	return take == TAKE_BATCH;
}

/* ---- jobs ---- */

void
take_begin(struct taker *taker)
{
	struct area *area = taker->area;
	uint64_t first = atomic_load_explicit(&area->job, memory_order_relaxed);

	take_open(taker, first);
	taker->number = first - 1;
	taker->last = taker->number + area->count;
	taker->text = board_text(taker->board, taker->rank);
	taker->end = taker->text - 1;
	taker->is_split = taker->is_in_line = false;
	taker->began_ns = now_ns();
	atomic_store_explicit(&area->at_once, 1, memory_order_relaxed);
	atomic_store_explicit(&area->phase, PHASE_BEGUN, memory_order_release);
}

bool
take_next_rare(struct taker *taker)
{
	const struct board_jobs *jobs = &taker->board->header->jobs;
	char *base = board_text(taker->board, taker->rank);
	uint64_t number = taker->number + taker->at_once;

	if (!jobs->is_range) {
		do {
			taker->text = taker->end + 1;
			taker->end = memchr(taker->text, jobs->delimiter,
					    (size_t)(base +
						     taker->area->text_nbytes +
						     1 - taker->text));
		} while (jobs->skip_empty && taker->end == taker->text);
		atomic_store_explicit(&taker->area->end,
				      (uint32_t)(taker->end - base),
				      memory_order_release);
	}
	atomic_store_explicit(&taker->area->at, number, memory_order_release);
	taker->number = number;
	if (!jobs->is_range)
		*taker->end = '\0';
	/* relaxed: see sections.h; a first use that is seen late is seen at the
	 * next job */
	if (atomic_load_explicit(&taker->sections.state->ordered_used,
				 memory_order_relaxed))
		sections_claimed(&taker->sections, taker->rank, number);
	return true;
}

bool
take_range(struct taker *taker)
{
	uint64_t all = taker->last - taker->number;

	atomic_store_explicit(&taker->area->at_once, all, memory_order_release);
	if (!take_next(taker))
		return false;
	taker->at_once = all;
	return true;
}

void
take_end(struct taker *taker)
{
	struct area *area = taker->area;
	uint64_t ran = taker->number + taker->at_once -
		       atomic_load_explicit(&area->job, memory_order_relaxed);

	take_close(taker);
	take_measured(taker, ran, (uint64_t)(now_ns() - taker->began_ns));
}

void
take_measured(struct taker *taker, uint64_t jobs, uint64_t ns)
{
	struct area *area = taker->area;

	/* relaxed: a hint for the master, written by us alone */
	atomic_store_explicit(
		&area->busy_ns,
		atomic_load_explicit(&area->busy_ns, memory_order_relaxed) + ns,
		memory_order_relaxed);
	atomic_store_explicit(
		&area->ran,
		atomic_load_explicit(&area->ran, memory_order_relaxed) + jobs,
		memory_order_relaxed);
}
