#include <config.h>

#include "segment/sections.h"

#include <errno.h>
#include <sched.h>

#include "segment/sections_parts.h"

/* The protocols stand in sections.h. */

/* The word of the barrier. Counts above np come from workers that were broken
 * off between two steps; they vanish with their generation. */
#define COUNT_BITS 15
#define COUNT_MASK ((UINT32_C(1) << COUNT_BITS) - 1)
#define BROKEN (UINT32_C(1) << COUNT_BITS)
#define GENERATION_SHIFT (COUNT_BITS + 1)

#define SPINS 4000
#define SPINS_PER_YIELD 64

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

unsigned
sections_spins(uint32_t np)
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
	unsigned spins = sections_spins(sections->np);
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
