#ifndef SHMMAP_SECTIONS_H
#define SHMMAP_SECTIONS_H

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The shared state of one run that ordered, barrier and single need. It stands
 * in a segment, so that exec'd workers reach it, too.
 *
 *   field           written by                       read by
 *   pending[r]      slave r; its worker (to NEVER);  who waits for its turn
 *                   the master when slave r is dead
 *   loop_at[r]      slave r's worker; the master     who waits for its turn
 *                   (NEVER) when it has ended
 *   turn_event      who raises one of these          who waits for its turn
 *   turn_waiting    who waits for its turn           who raises one of these
 *   barrier         workers; master, slaves (break)  workers
 *   barrier_event   who changes barrier              workers
 *   arrived[r]      slave r's worker, then slave r   slave r
 *   is_short, is_over  the master                    workers
 *   singles, singles[r]  workers                     workers
 *
 * Ordered
 *
 * pending[r] is a lower bound of the jobs that slave r has or may be about to
 * take and whose section is not over, or SECTIONS_NEVER. Before slave r tries
 * to claim it stores next + 1, which is at most the job it will get; then that
 * job; SECTIONS_NEVER when there was none, before it sleeps, and when the job
 * has ended. Jobs are claimed in the order of their numbers.
 *
 * I1  A job below k that is claimed, and whose section is not over, has a
 *     pending at most its number.
 * I2  When job k is claimed, all jobs below k have been.
 *
 * So job k may enter when all other pendings are above k. This needs no memory
 * per job, however far one job lags behind; and a job that never enters holds
 * nobody up once it has ended, whether well or by a signal.
 *
 * A slave that has many cheap jobs in hand says only where they begin, which is
 * a lower bound, too, until some job of the run enters its section and sets
 * ordered_used; then it says so at each job's beginning. It may see the flag
 * one job late, and then raises its bound without seeing the waiter, so waiters
 * look again every TURN_LOOK_MS.
 *
 * If the worker dies inside, its slave notices the job's end and goes on to
 * claim. If the slave dies, the master stores NEVER unless the job it had
 * claimed is to be run by its successor. A waiter that dies leaves turn_waiting
 * too high: useless wake-ups, nothing else. A job that runs once more has a
 * number below what the others wait for, and waits only for lower ones.
 *
 * Ordered in a loop
 *
 * The same for the iterations of a loop that the workers share, told by places:
 * the number of the loop, and in it the number of a piece, in the order of the
 * iterations. loop_at[r] is a lower bound of the places that worker r has or
 * may be about to take in its loop and whose sections are not over; behind the
 * last place of a loop when it has left it; NEVER when it has ended. Loops that
 * are not ordered store it only when they begin.
 *
 * Pieces are taken in order (dynamic, guided, auto): before it tries, a worker
 * stores the place that it may get. So I1 and I2 hold as for jobs, and place k
 * of a loop may be entered when no other is below k in the same loop. Who has
 * not come to the loop yet has none of the pieces that are taken, and who has
 * left it has none any more.
 *
 * Pieces are dealt (static): a worker has its pieces before it comes to the
 * loop, so those who are in a loop before this one hold it up, too. Who will
 * never come would do so for ever: the master stores NEVER for it, too.
 *
 * Loop numbers have SECTIONS_LOOP_BITS bits, and are compared modulo: no worker
 * is half of that behind another.
 *
 * Barrier
 *
 * The word is generation | broken | count: count workers of this generation
 * have arrived; broken tells how the generation before it ended. The last of np
 * to arrive begins the next one; so does who breaks it, with the bit set. Only
 * compare-and-exchange changes the generation, so a barrier that is completed
 * and broken at once is one of the two for all.
 *
 * If a worker dies after arrived[r] is stored, its slave (or the master, for a
 * dead slave) finds it there and breaks that generation; whether its arrival
 * was counted does not matter then. A worker that fails or a slave that dies
 * elsewhere breaks it if anybody waits. is_short says that fewer than np slaves
 * are left to come: set before the break, and looked at after the own arrival
 * was counted, with full fences on both sides, so that none waits for ever.
 */

/* pending or loop_at of a slave that holds nobody up */
#define SECTIONS_NEVER UINT64_MAX

/* a place: number of the loop, number of the piece */
#define SECTIONS_LOOP_BITS 24
#define SECTIONS_PIECE_BITS (64 - SECTIONS_LOOP_BITS)
#define SECTIONS_LOOP_MASK ((UINT64_C(1) << SECTIONS_LOOP_BITS) - 1)
#define SECTIONS_PIECE_MASK ((UINT64_C(1) << SECTIONS_PIECE_BITS) - 1)

struct sections_slave {
	alignas(64) _Atomic uint64_t pending;
	_Atomic uint64_t singles; /* calls so far */
	_Atomic uint32_t arrived; /* generation + 1, or 0 when not inside */
	_Atomic uint64_t loop_at;
};

struct sections_state {
	uint32_t np;
	_Atomic uint32_t ordered_used; /* since the run began */
	_Atomic uint32_t is_short;
	_Atomic uint32_t is_over; /* the run is being ended */
	alignas(64) _Atomic uint32_t barrier;
	_Atomic uint32_t barrier_event;		 /* futex word */
	alignas(64) _Atomic uint32_t turn_event; /* futex word */
	_Atomic uint32_t turn_waiting;
	alignas(64) _Atomic uint64_t singles; /* that somebody has taken */
	struct sections_slave slaves[];
};

static_assert(sizeof(struct sections_slave) == 64, "public layout");
static_assert(sizeof(struct sections_state) == 256, "public layout");

/* how one process has it; np is the checked one, not the shared word */
struct sections {
	struct sections_state *state;
	uint32_t np;
};

/* bytes for np slaves */
size_t sections_size(uint32_t np);

/* in zeroed memory, before anyone else sees it */
void sections_init(struct sections_state *state, uint32_t np);

/* ---- slaves ---- */

/* about to claim a job; none below `lowest` can be the one */
void sections_will_claim(const struct sections *sections, uint32_t rank,
			 uint64_t lowest);

/* the job that was claimed */
void sections_claimed(const struct sections *sections, uint32_t rank,
		      uint64_t job);

/* there is no job now */
void sections_idle(const struct sections *sections, uint32_t rank);

/* the job has ended; its process can not come to a barrier any more */
void sections_job_ended(const struct sections *sections, uint32_t rank,
			bool has_failed);

/* the job has failed, and its process goes on with the next one */
void sections_job_failed(const struct sections *sections, uint32_t rank);

/* ---- the master ---- */

/* The slave is dead; has_job: its successor will run what it had claimed. */
void sections_slave_died(const struct sections *sections, uint32_t rank,
			 bool has_job);

/* The worker that may have had pieces of loops has ended, or will not come:
 * nobody waits for it any more. */
void sections_worker_gone(const struct sections *sections, uint32_t rank);

/* Fewer than np slaves are there, and no more will be. True if it was news. */
bool sections_set_short(const struct sections *sections);

/* The run is being ended: who waits is sent away. */
void sections_end(const struct sections *sections);

/* ---- workers of slave `rank` ---- */

/* Wait for the turn of job. 0; -EALREADY when its section is over (or it is
 * not this slave's job); -ECANCELED. */
int sections_ordered_begin(const struct sections *sections, uint32_t rank,
			   uint64_t job);

/* 0, or -EPERM when it is over already. No job of this slave's below `next` can
 * have a section now. */
int sections_ordered_end(const struct sections *sections, uint32_t rank,
			 uint64_t job, uint64_t next);

/* Whether loop a is later than loop b. */
bool sections_is_later(uint64_t a, uint64_t b);

/* A loop begins that this worker may not have ordered sections in. */
void sections_loop_begins(const struct sections *sections, uint32_t rank,
			  uint64_t loop);

/* The worker is about to take a place not below this one, and has none that is
 * lower; SECTIONS_PIECE_MASK: nothing of the loop any more. */
void sections_loop_at(const struct sections *sections, uint32_t rank,
		      uint64_t loop, uint64_t piece);

/* Wait for the turn of a place that it has taken (or was dealt). 0 or
 * -ECANCELED. */
int sections_loop_wait(const struct sections *sections, uint32_t rank,
		       uint64_t loop, uint64_t piece, bool is_dealt);

/* 0; -EPIPE when it was broken; -ECANCELED */
int sections_barrier(const struct sections *sections, uint32_t rank);

/* 1 for one of np, else 0 */
int sections_single(const struct sections *sections, uint32_t rank);

#endif
