#include <config.h>

#include "segment/sections.h"

#include <errno.h>

#include "segment/sections_parts.h"

/* Ordered sections of jobs and in loops. The protocols stand in sections.h. */

/* a slave may raise its bound without waking who waits for it; see sections.h
 */
#define TURN_LOOK_MS 20

/* ---- of jobs ---- */

static _Atomic uint64_t *
pending_of(const struct sections *sections, uint32_t rank)
{
	return &sections->state->slaves[rank].pending;
}

/*
 * The waiter counts itself, then looks at the pendings; we have raised one, and
 * look at the count: with a full fence in between on both sides, at least one
 * sees the other.
 */
static void
wake_turns(const struct sections *sections)
{
	/* F1 (pairs F2 in wait_for_turn) */
	atomic_thread_fence(memory_order_seq_cst);
	if (is_set(&sections->state->turn_waiting))
		wake_all(&sections->state->turn_event);
}

void
sections_will_claim(const struct sections *sections, uint32_t rank,
		    uint64_t lowest)
{
	/* R1 (release, pairs A1 in is_turn): what the job before did in its
	 * section is seen by those after it */
	atomic_store_explicit(pending_of(sections, rank), lowest,
			      memory_order_release);
	/* also the fence that puts this before the claim (I1): who claims a
	 * later job sees our claim, and so this */
	wake_turns(sections);
}

void
sections_claimed(const struct sections *sections, uint32_t rank, uint64_t job)
{
	atomic_store_explicit(pending_of(sections, rank), job,
			      memory_order_release);
	wake_turns(sections);
}

void
sections_idle(const struct sections *sections, uint32_t rank)
{
	sections_claimed(sections, rank, SECTIONS_NEVER);
}

bool
sections_is_later(uint64_t a, uint64_t b)
{
	uint64_t distance = (a - b) & SECTIONS_LOOP_MASK;

	return distance != 0 && distance <= SECTIONS_LOOP_MASK / 2;
}

/* what is waited for: the turn of a job, or of a place in a loop */
struct turn {
	enum { TURN_OF_JOB, TURN_OF_TAKEN, TURN_OF_DEALT } kind;
	uint64_t at;
};

static bool
is_before(uint64_t loop_at, const struct turn *turn)
{
	uint64_t loop = loop_at >> SECTIONS_PIECE_BITS;
	uint64_t own = turn->at >> SECTIONS_PIECE_BITS;

	if (loop_at == SECTIONS_NEVER)
		return false;
	if (loop == own)
		return loop_at < turn->at;
	return turn->kind == TURN_OF_DEALT && sections_is_later(own, loop);
}

/* A1 (acquire, pairs R1 in sections_will_claim, R2 in sections_ordered_end and
 * R4 in sections_loop_at) */
static bool
holds_up(const struct sections *sections, uint32_t rank,
	 const struct turn *turn)
{
	const struct sections_slave *slave = &sections->state->slaves[rank];

	if (turn->kind == TURN_OF_JOB)
		return atomic_load_explicit(&slave->pending,
					    memory_order_acquire) < turn->at;
	return is_before(
		atomic_load_explicit(&slave->loop_at, memory_order_acquire),
		turn);
}

static bool
is_turn(const struct sections *sections, uint32_t rank, const struct turn *turn)
{
	for (uint32_t i = 0; i < sections->np; i++)
		if (i != rank && holds_up(sections, i, turn))
			return false;
	return true;
}

static int
wait_for_turn(const struct sections *sections, uint32_t rank,
	      const struct turn *turn)
{
	static const struct timespec look = { .tv_nsec =
						      TURN_LOOK_MS * 1000000 };
	unsigned spins = sections_spins(sections->np);
	int result = 0;
	uint32_t seen;

	for (; spins > 0; spins--) {
		if (is_turn(sections, rank, turn))
			return 0;
		pause_processor();
	}
	atomic_fetch_add_explicit(&sections->state->turn_waiting, 1,
				  memory_order_relaxed);
	for (;;) {
		seen = atomic_load_explicit(&sections->state->turn_event,
					    memory_order_relaxed);
		/* F2 (pairs F1 in wake_turns) */
		atomic_thread_fence(memory_order_seq_cst);
		if (is_turn(sections, rank, turn))
			break;
		if (is_set(&sections->state->is_over)) {
			result = -ECANCELED;
			break;
		}
		futex_wait(&sections->state->turn_event, seen, &look);
	}
	atomic_fetch_sub_explicit(&sections->state->turn_waiting, 1,
				  memory_order_relaxed);
	return result;
}

int
sections_ordered_begin(const struct sections *sections, uint32_t rank,
		       uint64_t job)
{
	atomic_store_explicit(&sections->state->ordered_used, 1,
			      memory_order_relaxed);
	/* relaxed: our slave stored it before it started us */
	if (rank >= sections->np ||
	    atomic_load_explicit(pending_of(sections, rank),
				 memory_order_relaxed) != job)
		return -EALREADY;
	return wait_for_turn(sections, rank,
			     &(struct turn){ TURN_OF_JOB, job });
}

int
sections_ordered_end(const struct sections *sections, uint32_t rank,
		     uint64_t job, uint64_t next)
{
	uint64_t pending = job;

	if (rank >= sections->np)
		return -EPERM;
	/* R2 (release, pairs A1): what was done inside is seen by the next one.
	 * An exchange, as the slave may have gone on if we are not its job but
	 * something that the job left behind. */
	if (!atomic_compare_exchange_strong_explicit(
		    pending_of(sections, rank), &pending, next,
		    memory_order_release, memory_order_relaxed))
		return -EPERM;
	wake_turns(sections);
	return 0;
}

/* ---- in a loop ---- */

static _Atomic uint64_t *
loop_at(const struct sections *sections, uint32_t rank)
{
	return &sections->state->slaves[rank].loop_at;
}

void
sections_loop_begins(const struct sections *sections, uint32_t rank,
		     uint64_t loop)
{
	uint64_t before = (loop - 1) & SECTIONS_LOOP_MASK;

	/* relaxed, and nobody is woken: who waits for it looks again */
	if (rank < sections->np)
		atomic_store_explicit(loop_at(sections, rank),
				      before << SECTIONS_PIECE_BITS |
					      SECTIONS_PIECE_MASK,
				      memory_order_relaxed);
}

void
sections_loop_at(const struct sections *sections, uint32_t rank, uint64_t loop,
		 uint64_t piece)
{
	if (rank >= sections->np)
		return;
	/* R4 (release, pairs A1): what was done in sections below is seen by
	 * those behind */
	atomic_store_explicit(loop_at(sections, rank),
			      loop << SECTIONS_PIECE_BITS | piece,
			      memory_order_release);
	/* also the fence that puts this before the taking (I1) */
	wake_turns(sections);
}

int
sections_loop_wait(const struct sections *sections, uint32_t rank,
		   uint64_t loop, uint64_t piece, bool is_dealt)
{
	return wait_for_turn(
		sections, rank,
		&(struct turn){ is_dealt ? TURN_OF_DEALT : TURN_OF_TAKEN,
				loop << SECTIONS_PIECE_BITS | piece });
}

void
sections_worker_gone(const struct sections *sections, uint32_t rank)
{
	/* release: as R4 */
	atomic_store_explicit(loop_at(sections, rank), SECTIONS_NEVER,
			      memory_order_release);
	wake_turns(sections);
}
