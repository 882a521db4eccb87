#include <config.h>

#include "segment/sections.h"

#include <errno.h>
#include <sched.h>

#include "base/futex.h"

/* The protocols stand in sections.h. */

/* The word of the barrier. Counts above np come from workers that were broken
 * off between two steps; they vanish with their generation. */
#define COUNT_BITS 15
#define COUNT_MASK ((UINT32_C(1) << COUNT_BITS) - 1)
#define BROKEN (UINT32_C(1) << COUNT_BITS)
#define GENERATION_SHIFT (COUNT_BITS + 1)

/* Looks at a word before sleeping: a wake-up through the kernel costs more than
 * most hand-overs take. None when somebody else needs the processor. */
#define SPINS 4000
#define SPINS_PER_YIELD 64

/* a slave may raise its bound without waking who waits for it; see sections.h
 */
#define TURN_LOOK_MS 20

size_t
sections_size(uint32_t np)
{
	return sizeof(struct sections_state) +
	       np * sizeof(struct sections_slave);
}

void
sections_init(struct sections_state *state, uint32_t np)
{
	state->np = np;
	for (uint32_t rank = 0; rank < np; rank++)
		atomic_init(&state->slaves[rank].pending, SECTIONS_NEVER);
}

static void
pause_processor(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* how often to look before sleeping, with so many processes at it */
static unsigned
spins_for(uint32_t np)
{
	static _Atomic int processors;
	cpu_set_t set;
	/* relaxed: whoever finds 0 finds out the same number */
	int n = atomic_load_explicit(&processors, memory_order_relaxed);

	if (n == 0) {
		n = sched_getaffinity(0, sizeof(set), &set) ? 1
							    : CPU_COUNT(&set);
		atomic_store_explicit(&processors, n, memory_order_relaxed);
	}
	return np <= (uint32_t)n ? SPINS : 0;
}

static bool
is_set(const _Atomic uint32_t *flag)
{
	return atomic_load_explicit(flag, memory_order_relaxed) != 0;
}

static void
wake_all(_Atomic uint32_t *event)
{
	/* release: what they wait for was stored before */
	atomic_fetch_add_explicit(event, 1, memory_order_release);
	futex_wake(event, INT_MAX);
}

/* ---- ordered ---- */

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
	unsigned spins = spins_for(sections->np);
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

/* ---- ordered in a loop ---- */

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

/* ---- barrier ---- */

static uint32_t
generation(uint32_t word)
{
	return word >> GENERATION_SHIFT;
}

static uint32_t
next_generation(uint32_t word, uint32_t broken)
{
	return (generation(word) + 1) << GENERATION_SHIFT | broken;
}

/* end the generation of word, in which somebody waits */
static void
break_barrier(const struct sections *sections)
{
	uint32_t word = atomic_load_explicit(&sections->state->barrier,
					     memory_order_relaxed);

	while ((word & COUNT_MASK) != 0)
		if (atomic_compare_exchange_weak_explicit(
			    &sections->state->barrier, &word,
			    next_generation(word, BROKEN), memory_order_seq_cst,
			    memory_order_relaxed)) {
			wake_all(&sections->state->barrier_event);
			break;
		}
}

/* how the generation of word ended; it has */
static int
end_of_barrier(uint32_t word, uint32_t now)
{
	/* only a break can end a generation that we have not come to */
	bool is_broken =
		now & BROKEN ||
		generation(now) != generation(next_generation(word, 0));

	return is_broken ? -EPIPE : 0;
}

static int
wait_at_barrier(const struct sections *sections, uint32_t word)
{
	unsigned spins = spins_for(sections->np);
	uint32_t seen, now;

	for (;;) {
		seen = atomic_load_explicit(&sections->state->barrier_event,
					    memory_order_acquire);
		/* A3 (acquire, pairs R3 in sections_barrier): what others did
		 * before the barrier */
		now = atomic_load_explicit(&sections->state->barrier,
					   memory_order_acquire);
		if (generation(now) != generation(word))
			return end_of_barrier(word, now);
		if (spins > 0) {
			/* others may need the processor to come here */
			if (--spins % SPINS_PER_YIELD == 0)
				sched_yield();
			else
				pause_processor();
			continue;
		}
		/* F4 (pairs F3 in sections_set_short): our arrival was counted
		 * before this */
		atomic_thread_fence(memory_order_seq_cst);
		if (is_set(&sections->state->is_short) ||
		    is_set(&sections->state->is_over))
			break_barrier(sections);
		else
			futex_wait(&sections->state->barrier_event, seen, NULL);
	}
}

int
sections_barrier(const struct sections *sections, uint32_t rank)
{
	_Atomic uint32_t *arrived;
	uint32_t word, last;
	int result;

	if (rank >= sections->np)
		return -EINVAL;
	arrived = &sections->state->slaves[rank].arrived;
	word = atomic_load_explicit(&sections->state->barrier,
				    memory_order_relaxed);
	/* relaxed: read by our slave when we are dead, or by the master when
	 * that is; before the next step all the same, which is seq_cst */
	atomic_store_explicit(arrived, generation(word) + 1,
			      memory_order_relaxed);
	/* R3 (release, pairs A3 and the acquire of the last one to come) */
	word = atomic_fetch_add_explicit(&sections->state->barrier, 1,
					 memory_order_seq_cst);
	/* another one may have begun since we looked */
	atomic_store_explicit(arrived, generation(word) + 1,
			      memory_order_relaxed);
	last = word + 1;
	if ((last & COUNT_MASK) != sections->np)
		result = wait_at_barrier(sections, word);
	else if (atomic_compare_exchange_strong_explicit(
			 &sections->state->barrier, &last,
			 next_generation(word, 0), memory_order_seq_cst,
			 memory_order_acquire)) {
		wake_all(&sections->state->barrier_event);
		result = 0;
	} else {
		result = end_of_barrier(word, last);
	}
	atomic_store_explicit(arrived, 0, memory_order_relaxed);
	return result < 0 && is_set(&sections->state->is_over) ? -ECANCELED
							       : result;
}

/* the worker of rank has ended */
static void
leave_barrier(const struct sections *sections, uint32_t rank, bool has_failed)
{
	_Atomic uint32_t *arrived = &sections->state->slaves[rank].arrived;
	uint32_t inside = atomic_load_explicit(arrived, memory_order_relaxed);
	uint32_t word = atomic_load_explicit(&sections->state->barrier,
					     memory_order_relaxed);

	if (inside)
		atomic_store_explicit(arrived, 0, memory_order_relaxed);
	if (inside == generation(word) + 1 || has_failed)
		break_barrier(sections);
}

void
sections_job_ended(const struct sections *sections, uint32_t rank,
		   bool has_failed)
{
	leave_barrier(sections, rank, has_failed);
	sections_idle(sections, rank);
}

void
sections_job_failed(const struct sections *sections, uint32_t rank)
{
	leave_barrier(sections, rank, true);
}

void
sections_slave_died(const struct sections *sections, uint32_t rank,
		    bool has_job)
{
	leave_barrier(sections, rank, true);
	if (!has_job)
		sections_idle(sections, rank);
}

bool
sections_set_short(const struct sections *sections)
{
	if (is_set(&sections->state->is_short))
		return false;
	atomic_store_explicit(&sections->state->is_short, 1,
			      memory_order_relaxed);
	/* F3 (pairs F4 in wait_at_barrier) */
	atomic_thread_fence(memory_order_seq_cst);
	break_barrier(sections);
	return true;
}

void
sections_end(const struct sections *sections)
{
	atomic_store_explicit(&sections->state->is_over, 1,
			      memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst); /* as F3, and F1 */
	break_barrier(sections);
	wake_all(&sections->state->turn_event);
}

/* ---- single ---- */

int
sections_single(const struct sections *sections, uint32_t rank)
{
	uint64_t call, taken;

	if (rank >= sections->np)
		return -EINVAL;
	call = atomic_fetch_add_explicit(&sections->state->slaves[rank].singles,
					 1, memory_order_relaxed);
	/* acquire and release: who takes the next one sees what was done in
	 * this one before it was taken */
	taken = atomic_load_explicit(&sections->state->singles,
				     memory_order_acquire);
	while (taken <= call)
		if (atomic_compare_exchange_weak_explicit(
			    &sections->state->singles, &taken, call + 1,
			    memory_order_acq_rel, memory_order_acquire))
			return 1;
	return 0;
}
