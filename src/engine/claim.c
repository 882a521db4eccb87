#include <config.h>

#include "engine/claim.h"

#include <assert.h>
#include <limits.h>

#include "base/futex.h"
#include "engine/plan.h"

/* The protocol and its invariants stand in claim.h. */

enum { STATE_EMPTY, STATE_READY, STATE_TAKEN };

static_assert(sizeof(struct claim_slot) == 48, "part of the board's layout");
static_assert(PLAN_SLAVES_MAX + STATE_TAKEN < (1 << CLAIM_STATE_BITS),
	      "a rank must fit into a slot's word");
static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "words are shared by processes");

static uint64_t
word_of(uint64_t index, uint64_t state)
{
	return index << CLAIM_STATE_BITS | state;
}

static uint64_t
word_index(uint64_t word)
{
	return word >> CLAIM_STATE_BITS;
}

static uint64_t
word_state(uint64_t word)
{
	return word & ((1u << CLAIM_STATE_BITS) - 1);
}

/* whether batch index is still to come: its slot waits for it, or belongs to
 * the batch of one round before, which its owner has not freed yet */
static bool
is_unpublished(uint64_t word, uint64_t index)
{
	return word <= word_of(index, STATE_EMPTY);
}

static struct claim_slot *
slot_of(struct claim_ring *ring, uint64_t index)
{
	return &ring->slots[index % CLAIM_SLOTS];
}

/* relaxed: it becomes 0 once at most, before anyone takes a batch, who has
 * acquired dealing (A7) */
static uint32_t
dealt(const struct claim_ring *ring)
{
	return atomic_load_explicit(&ring->deal, memory_order_relaxed);
}

void
claim_init(struct claim_ring *ring, uint32_t deal)
{
	atomic_init(&ring->deal, deal);
	atomic_init(&ring->dealing, deal ? DEALING_HELD : DEALING_ON);
	for (uint64_t i = 0; i < CLAIM_SLOTS; i++)
		atomic_init(&ring->slots[i].word, word_of(i, STATE_EMPTY));
	atomic_init(&ring->next, 0);
	atomic_init(&ring->published, 0);
	atomic_init(&ring->published_jobs, 0);
	atomic_init(&ring->low_water, UINT64_MAX);
	atomic_init(&ring->closed, 0);
	atomic_init(&ring->event, 0);
	atomic_init(&ring->waiting, 0);
}

bool
claim_publish(struct claim_ring *ring, const struct batch *batch)
{
	/* relaxed: only the master writes it */
	uint64_t index =
		atomic_load_explicit(&ring->published, memory_order_relaxed);
	struct claim_slot *slot = slot_of(ring, index);

	/* A2 (acquire, pairs R2 in claim_free): the former owner is done with
	 * the slot's fields and its bytes in the arena */
	if (atomic_load_explicit(&slot->word, memory_order_acquire) !=
	    word_of(index, STATE_EMPTY))
		return false;
	slot->batch = *batch;
	atomic_store_explicit(&slot->job, batch->job, memory_order_relaxed);
	/* R1 (release, pairs A1 in claim_next): batch and text are whole before
	 * anyone can take them */
	atomic_store_explicit(&slot->word, word_of(index, STATE_READY),
			      memory_order_release);
	/* relaxed: slaves find batches by the slot's word */
	atomic_store_explicit(&ring->published, index + 1,
			      memory_order_relaxed);
	/* R6 (release, pairs A6 in claim_lowest_job): who finds it has seen the
	 * slot READY, or will */
	atomic_store_explicit(&ring->published_jobs,
			      batch->job + batch->count - 1,
			      memory_order_release);
	return true;
}

/*
 * The sleeper counts itself, then looks at the slots; the master fills a slot,
 * then looks at the count. With a full fence between the two steps on both
 * sides at least one of them sees the other, and event makes the window before
 * the futex call harmless. A slave that dies asleep leaves the count too high,
 * which costs useless wake-ups and nothing else.
 */
void
claim_wake(struct claim_ring *ring, unsigned n)
{
	atomic_fetch_add_explicit(&ring->event, 1, memory_order_seq_cst);
	/* F1 (pairs F2 in claim_sleep) */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&ring->waiting, memory_order_relaxed) != 0)
		futex_wake(&ring->event,
			   n < INT_MAX && !dealt(ring) ? (int)n : INT_MAX);
}

void
claim_close(struct claim_ring *ring)
{
	/* R3 (release, pairs A3 in claim_sleep and in the slave's loop): all
	 * batches were published before */
	atomic_store_explicit(&ring->closed, 1, memory_order_release);
	claim_wake(ring, INT_MAX);
}

/* move the hint past a batch that is seen to be taken; it may lose the race to
 * somebody who moves it as well */
static void
next_pass(struct claim_ring *ring, uint64_t index)
{
	/* R5 (release, pairs A5 in claim_hint): who finds the hint moved sees
	 * what the taker of this batch stored before it took it */
	atomic_compare_exchange_strong_explicit(&ring->next, &index, index + 1,
						memory_order_release,
						memory_order_relaxed);
}

static uint64_t
next_hint(const struct claim_ring *ring)
{
	/* A5 (acquire, pairs R5 in next_pass) */
	return atomic_load_explicit(&ring->next, memory_order_acquire);
}

void
claim_set_low_water(struct claim_ring *ring, uint64_t index)
{
	/* relaxed: the master's fence in board_bell_arm follows (F4) */
	atomic_store_explicit(&ring->low_water, index, memory_order_relaxed);
}

enum dealing
claim_dealing(const struct claim_ring *ring)
{
	/* A7 (acquire, pairs R7 in set_dealing): deal is what it will be */
	return (enum dealing)atomic_load_explicit(&ring->dealing,
						  memory_order_acquire);
}

static void
set_dealing(struct claim_ring *ring, enum dealing dealing)
{
	if (claim_dealing(ring) == dealing)
		return;
	/* R7 (release, pairs A7 in claim_dealing) */
	atomic_store_explicit(&ring->dealing, dealing, memory_order_release);
	claim_wake(ring, INT_MAX);
}

void
claim_begin_dealing(struct claim_ring *ring)
{
	if (claim_dealing(ring) == DEALING_HELD)
		set_dealing(ring, DEALING_ON);
}

void
claim_deal_short(struct claim_ring *ring)
{
	if (!dealt(ring))
		return;
	if (claim_dealing(ring) == DEALING_HELD) {
		/* relaxed: released by R7 */
		atomic_store_explicit(&ring->deal, 0, memory_order_relaxed);
		set_dealing(ring, DEALING_ON);
	} else {
		set_dealing(ring, DEALING_SHORT);
	}
}

/* with deal: move the hint over all that are taken */
static void
pass_taken(struct claim_ring *ring)
{
	for (;;) {
		uint64_t index = next_hint(ring);
		uint64_t word = atomic_load_explicit(
			&slot_of(ring, index)->word, memory_order_relaxed);

		if (is_unpublished(word, index) ||
		    word == word_of(index, STATE_READY))
			return;
		next_pass(ring, index);
	}
}

/* The first batch that rank may take; *word is its slot's. False when none is
 * published. */
static bool
find_next(struct claim_ring *ring, uint32_t rank, uint64_t *index,
	  uint64_t *word)
{
	/* a hint: every decision is made on the slot's word */
	uint64_t next = next_hint(ring);
	uint32_t deal = dealt(ring);
	uint64_t step = deal ? deal : CLAIM_SLOTS;

	*index = next;
	if (deal)
		*index += (rank + step - next % step) % step;
	for (; *index < next + CLAIM_SLOTS; *index += step) {
		/* A1 (acquire, pairs R1 in claim_publish) */
		*word = atomic_load_explicit(&slot_of(ring, *index)->word,
					     memory_order_acquire);
		if (is_unpublished(*word, *index))
			return false;
		if (!deal || *word == word_of(*index, STATE_READY))
			return true;
	}
	return false;
}

uint64_t
claim_lowest_job(struct claim_ring *ring, uint32_t rank)
{
	for (;;) {
		/* A6 (acquire, pairs R6 in claim_publish): before the hint, so
		 * that it counts no batch that the hint does not know */
		uint64_t jobs = atomic_load_explicit(&ring->published_jobs,
						     memory_order_acquire);
		uint64_t index, word, job;
		const struct claim_slot *slot;

		if (!find_next(ring, rank, &index, &word))
			return jobs + 1;
		if (word_index(word) != index) {
			/* who took it died, or went on elsewhere, before it
			 * moved the hint */
			next_pass(ring, index);
			continue;
		}
		slot = slot_of(ring, index);
		job = atomic_load_explicit(&slot->job, memory_order_relaxed);
		/* it was read before the slot was used again */
		atomic_thread_fence(memory_order_acquire);
		if (word_index(atomic_load_explicit(
			    &slot->word, memory_order_relaxed)) == index)
			return job;
	}
}

bool
claim_next(struct claim_ring *ring, uint32_t rank, struct claim *claim)
{
	uint64_t index, word;

	if (claim_dealing(ring) == DEALING_HELD)
		return false;
	if (dealt(ring))
		pass_taken(ring);
	while (find_next(ring, rank, &index, &word)) {
		struct claim_slot *slot = slot_of(ring, index);

		if (word != word_of(index, STATE_READY)) {
			next_pass(ring, index);
			continue;
		}
		/* acquire on success again: same pair A1, R1 */
		if (!atomic_compare_exchange_strong_explicit(
			    &slot->word, &word,
			    word_of(index, STATE_TAKEN + rank),
			    memory_order_acquire, memory_order_relaxed))
			continue;
		*claim = (struct claim){ index, slot->batch };
		if (dealt(ring))
			pass_taken(ring);
		else
			next_pass(ring, index);
		return true;
	}
	return false;
}

bool
claim_free(struct claim_ring *ring, const struct claim *claim)
{
	/* R2 (release, pairs A2 in claim_publish and A4 in claim_is_free): what
	 * was read from the slot and the arena was read before */
	atomic_store_explicit(&slot_of(ring, claim->index)->word,
			      word_of(claim->index + CLAIM_SLOTS, STATE_EMPTY),
			      memory_order_release);
	/* F9 (pairs F4 in board_bell_arm): the master, before it sleeps for
	 * want of room, sees the free slot, or we see that it wants to know */
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load_explicit(&ring->low_water, memory_order_relaxed) <=
		       claim->index &&
	       atomic_exchange_explicit(&ring->low_water, UINT64_MAX,
					memory_order_relaxed) != UINT64_MAX;
}

void
claim_sleep(struct claim_ring *ring, uint32_t rank,
	    const _Atomic uint32_t *stop)
{
	uint32_t seen =
		atomic_load_explicit(&ring->event, memory_order_seq_cst);
	uint64_t index, word;

	atomic_fetch_add_explicit(&ring->waiting, 1, memory_order_seq_cst);
	/* F2 (pairs F1 in claim_wake) */
	atomic_thread_fence(memory_order_seq_cst);
	/* A3 (acquire, pairs R3 in claim_close) */
	if (!atomic_load_explicit(stop, memory_order_relaxed) &&
	    (claim_dealing(ring) == DEALING_HELD ||
	     (claim_dealing(ring) == DEALING_ON &&
	      !find_next(ring, rank, &index, &word) &&
	      !atomic_load_explicit(&ring->closed, memory_order_acquire))))
		futex_wait(&ring->event, seen, NULL);
	atomic_fetch_sub_explicit(&ring->waiting, 1, memory_order_relaxed);
}

uint64_t
claim_first_dealt(struct claim_ring *ring, uint32_t rank)
{
	uint64_t index, word;

	return find_next(ring, rank, &index, &word) ? index : UINT64_MAX;
}

uint64_t
claim_untaken(const struct claim_ring *ring)
{
	uint64_t next = atomic_load_explicit(&ring->next, memory_order_relaxed);

	return atomic_load_explicit(&ring->published, memory_order_relaxed) -
	       next;
}

bool
claim_is_free(const struct claim_ring *ring, uint64_t index)
{
	/* A4 (acquire, pairs R2 in claim_free): the arena may be overwritten */
	return word_index(atomic_load_explicit(
		       &ring->slots[index % CLAIM_SLOTS].word,
		       memory_order_acquire)) > index;
}

bool
claim_taken_by(struct claim_ring *ring, uint32_t rank, struct claim *claim)
{
	for (unsigned i = 0; i < CLAIM_SLOTS; i++) {
		struct claim_slot *slot = &ring->slots[i];
		/* acquire: pairs R1, as the dead slave's own take did */
		uint64_t word =
			atomic_load_explicit(&slot->word, memory_order_acquire);

		if (word_state(word) != STATE_TAKEN + (uint64_t)rank)
			continue;
		*claim = (struct claim){ word_index(word), slot->batch };
		return true;
	}
	return false;
}
