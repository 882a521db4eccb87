#include <config.h>

#include "engine/claim.h"

#include <assert.h>
#include <limits.h>

#include "base/futex.h"
#include "engine/plan.h"

/* The protocol and its invariants stand in claim.h. */

enum { STATE_EMPTY, STATE_READY, STATE_TAKEN };

static_assert(sizeof(struct claim_slot) == 24, "part of the board's layout");
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

void
claim_init(struct claim_ring *ring)
{
	for (uint64_t i = 0; i < CLAIM_SLOTS; i++)
		atomic_init(&ring->slots[i].word, word_of(i, STATE_EMPTY));
	atomic_init(&ring->next, 0);
	atomic_init(&ring->published, 0);
	atomic_init(&ring->low_water, UINT64_MAX);
	atomic_init(&ring->closed, 0);
	atomic_init(&ring->event, 0);
	atomic_init(&ring->waiting, 0);
}

bool
claim_publish(struct claim_ring *ring, uint64_t place, uint32_t nbytes,
	      uint32_t flags)
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
	slot->place = place;
	slot->nbytes = nbytes;
	slot->flags = flags;
	/* R1 (release, pairs A1 in claim_next): batch and text are whole before
	 * anyone can take them */
	atomic_store_explicit(&slot->word, word_of(index, STATE_READY),
			      memory_order_release);
	/* relaxed: slaves find batches by the slot's word */
	atomic_store_explicit(&ring->published, index + 1,
			      memory_order_relaxed);
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
		futex_wake(&ring->event, n < INT_MAX ? (int)n : INT_MAX);
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

uint64_t
claim_hint(const struct claim_ring *ring)
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

bool
claim_next(struct claim_ring *ring, uint32_t rank, struct claim *claim)
{
	for (;;) {
		/* a hint: every decision is made on the slot's word */
		uint64_t index = claim_hint(ring);
		struct claim_slot *slot = slot_of(ring, index);
		/* A1 (acquire, pairs R1 in claim_publish) */
		uint64_t word =
			atomic_load_explicit(&slot->word, memory_order_acquire);

		if (is_unpublished(word, index))
			return false;
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
		next_pass(ring, index);
		*claim = (struct claim){ index, slot->place, slot->nbytes,
					 slot->flags };
		return true;
	}
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
claim_sleep(struct claim_ring *ring, const _Atomic uint32_t *stop)
{
	uint32_t seen =
		atomic_load_explicit(&ring->event, memory_order_seq_cst);
	uint64_t index, word;

	atomic_fetch_add_explicit(&ring->waiting, 1, memory_order_seq_cst);
	/* F2 (pairs F1 in claim_wake) */
	atomic_thread_fence(memory_order_seq_cst);
	index = atomic_load_explicit(&ring->next, memory_order_relaxed);
	word = atomic_load_explicit(&slot_of(ring, index)->word,
				    memory_order_relaxed);
	/* A3 (acquire, pairs R3 in claim_close) */
	if (is_unpublished(word, index) &&
	    !atomic_load_explicit(&ring->closed, memory_order_acquire) &&
	    !atomic_load_explicit(stop, memory_order_relaxed))
		futex_wait(&ring->event, seen, NULL);
	atomic_fetch_sub_explicit(&ring->waiting, 1, memory_order_relaxed);
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
		*claim = (struct claim){ word_index(word), slot->place,
					 slot->nbytes, slot->flags };
		return true;
	}
	return false;
}
