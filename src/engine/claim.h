#ifndef SHMMAP_CLAIM_H
#define SHMMAP_CLAIM_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The ring of batches between the master, which publishes, and the slaves,
 * which claim. One producer, many consumers, all in different processes, any
 * of which can be killed between any two instructions. (Where every job costs a
 * process, one job is one batch.)
 *
 * Batch k, counted from 0 and never reset, stands in slot k % CLAIM_SLOTS. The
 * slot's word says whose turn the slot is: (k << CLAIM_STATE_BITS) | state.
 *
 *   word          written by                     means
 *   EMPTY(k)      slave that took k - SLOTS      the master may fill it with k
 *                 (or the master, for a dead one)
 *   READY(k)      master                         the slot's fields are batch k
 *   TAKEN(k, r)   slave of rank r                r owns batch k and its bytes
 *
 *   field         written by  read by        guarded by
 *   slot fields   master      slaves         the slot's word
 *   next          any slave   slaves         nothing: a hint, at most k
 *   published     master      all            nothing: statistics and sleeping
 *   ..._jobs      master      slaves         stored before their batch is READY
 *   event         master      slaves         futex word
 *   waiting       slaves      master         a hint: is a wake-up worth a call
 *   deal, dealing master      slaves         see below
 *   low_water     master, who slaves         nothing: who frees this batch or a
 *                 rings                      later one rings the bell, once
 *
 * I1  A batch is taken at most once: taking is one compare-exchange from
 *     READY(k) to TAKEN(k, r), and READY(k) is stored once for every k.
 * I2  A taken batch always has a known owner: the compare-exchange that takes
 *     it is the one that names the owner. If the slave dies right after it,
 *     claim_taken_by() finds the batch.
 * I3  next never passes an untaken batch: it is only moved from k to k + 1 by
 *     someone who saw slot k taken or reused. If a slave dies between taking k
 *     and moving next, the others see TAKEN(k) and move it themselves.
 * I4  The master fills slot k only after EMPTY(k), which the owner stores when
 *     it no longer needs the batch's bytes. A dead owner's slot is emptied by
 *     the master or by the slave that replaces the dead one.
 *     With deal, batches are taken out of order; then whoever takes one, or
 *     looks for one, moves next over all that are taken.
 * I5  No sleeper is left behind: see claim_sleep and claim_wake.
 *
 * Dealing: batch k is for rank k % deal. Each rank takes what is dealt to it in
 * order, and it alone: so the jobs of one rank have growing numbers, as they
 * have without dealing (stream.h, I2, rests on that). Once a batch was taken,
 * dealing can not be given up, for what is left for one rank is lower than what
 * the others have had. So nobody takes a batch before all slaves are there
 * (DEALING_HELD); if they can not be, there is no dealing. When later there are
 * fewer slaves than ranks (DEALING_SHORT), they take turns: who finds nothing
 * that is dealt to it leaves, and the master starts a slave of a rank that has
 * something.
 *
 * A word never repeats: k has 46 bits, so compare-exchange has no ABA.
 */

#define CLAIM_SLOTS 2048u
#define CLAIM_STATE_BITS 18

/* consecutive jobs */
struct batch {
	uint64_t job;	 /* the first one's number */
	uint64_t count;	 /* of jobs, at least 1 */
	uint64_t place;	 /* of the text: a free-running position in the arena */
	uint32_t nbytes; /* of the text, without the last delimiter; 0 for a
			  * range, whose jobs are known by their numbers */
	uint32_t flags;	 /* CLAIM_TOO_LONG ... */
};

enum dealing {
	DEALING_ON,    /* or there is none */
	DEALING_HELD,  /* not all slaves are there yet */
	DEALING_SHORT, /* nor will be */
};

struct claim_slot {
	_Atomic uint64_t word;
	_Atomic uint64_t job; /* batch.job, for who may not own the batch */
	struct batch batch;
};

/* the record was longer than PLAN_RECORD_MAX; what stands in the arena is its
 * beginning */
#define CLAIM_TOO_LONG 1u

/* The bytes are no text but what the job reads: the batch is freed when they
 * have been passed on, which is after its job has begun. */
#define CLAIM_BLOCK 2u

/* a block that is a part of a file: a struct block_part (blocks.h) stands in
 * the arena */
#define CLAIM_PART 4u

struct claim_ring {
	alignas(64) _Atomic uint64_t next;
	alignas(64) _Atomic uint64_t published;
	_Atomic uint64_t published_jobs;
	_Atomic uint64_t low_water;
	_Atomic uint32_t closed;  /* nothing more will be published */
	_Atomic uint32_t deal;	  /* batch k is for rank k % deal only; 0: for
				   * anyone; the master may make it 0 while
				   * dealing is DEALING_HELD */
	_Atomic uint32_t dealing; /* enum dealing */
	alignas(64) _Atomic uint32_t event;
	_Atomic uint32_t waiting;
	alignas(64) struct claim_slot slots[CLAIM_SLOTS];
};

/* what a slave takes away */
struct claim {
	uint64_t index; /* batch k */
	struct batch batch;
};

/* before the first fork; with deal slaves in turn, or 0 */
void claim_init(struct claim_ring *ring, uint32_t deal);

/* Master: publish a batch. False when all slots are in use. Slaves that sleep
 * see it only after claim_wake(). */
bool claim_publish(struct claim_ring *ring, const struct batch *batch);

/* Master: wake as many sleeping slaves as there are batches, at most n; all of
 * them with deal. */
void claim_wake(struct claim_ring *ring, unsigned n);

/* Master: nothing more will be published; wakes every sleeper. */
void claim_close(struct claim_ring *ring);

/* Slave: the first job of the first batch that rank may still take, or some
 * number below it if that batch is not published. What the takers of those
 * before it stored before they took them is seen. */
uint64_t claim_lowest_job(struct claim_ring *ring, uint32_t rank);

/* Master: all slaves are there. */
void claim_begin_dealing(struct claim_ring *ring);

/* Master: fewer slaves are there than were to be. */
void claim_deal_short(struct claim_ring *ring);

/* slave: as it was before a claim that found nothing; see claim_next() */
enum dealing claim_dealing(const struct claim_ring *ring);

/* Master, with deal: the first batch that is dealt to rank and not taken, or
 * UINT64_MAX. */
uint64_t claim_first_dealt(struct claim_ring *ring, uint32_t rank);

/* Master: batches published and not yet taken */
uint64_t claim_untaken(const struct claim_ring *ring);

/* Master: whether batch index has been freed */
bool claim_is_free(const struct claim_ring *ring, uint64_t index);

/* Master: the slave that frees batch index, or the first one after it, is to
 * ring; UINT64_MAX: none. */
void claim_set_low_water(struct claim_ring *ring, uint64_t index);

/* Slave: take the next batch. False when there is none now, or dealing is
 * held. */
bool claim_next(struct claim_ring *ring, uint32_t rank, struct claim *claim);

/* Slave: the batch's bytes are no longer needed. True when the master asked to
 * be told. */
bool claim_free(struct claim_ring *ring, const struct claim *claim);

/* Slave: sleep until there may be something to claim, or the ring is closed,
 * or *stop is not 0. */
void claim_sleep(struct claim_ring *ring, uint32_t rank,
		 const _Atomic uint32_t *stop);

/* Master, or the slave that replaces a dead one: a batch that rank owns. */
bool claim_taken_by(struct claim_ring *ring, uint32_t rank,
		    struct claim *claim);

#endif
