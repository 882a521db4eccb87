#include <config.h>

#include <errno.h>
#include <stdatomic.h>

#include "client/client.h"
#include "engine/board.h"

/*
 * Loops whose iterations the slaves share; see shmmap.h.
 *
 * One word on the board is enough for all loops of a run: the number of the
 * newest loop that anybody has begun, and how many units of it are taken. A
 * slave begins the next loop only when nothing of the last one is left to take.
 * So whoever finds the word at a later loop knows that nothing is left of its
 * own, and whoever finds it at an earlier one may begin its own.
 *
 *   loop << UNIT_BITS | units taken
 *
 * A unit is the chunk, or more where the iterations are too many for the bits.
 * Loop and unit are a place in the order of sections (sections.h).
 */

#define UNIT_BITS SECTIONS_PIECE_BITS
#define UNIT_MASK SECTIONS_PIECE_MASK
#define LOOP_MASK SECTIONS_LOOP_MASK

/* nothing below this unit is ours, or can be any more */
static void
announce(const struct shmmap_loop *loop, uint64_t unit)
{
	const struct shmmap *segment = loop->segment;

	if (segment->turn.is_ordered)
		sections_loop_at(&segment->sections, (uint32_t)segment->rank,
				 loop->number, unit);
}

static uint64_t
divide_up(uint64_t n, uint64_t by)
{
	return n / by + (n % by != 0);
}

/* units that the next chunk has, of so many that are left */
static uint64_t
chunk_units(const struct shmmap_loop *loop, uint64_t left)
{
	uint64_t np = (uint64_t)shmmap_np(loop->segment);
	uint64_t units = 1;

	if (loop->schedule == SHMMAP_GUIDED)
		units = divide_up(left, np);
	else if (loop->schedule == SHMMAP_AUTO)
		units = divide_up(left, 2 * np);
	return units < left ? units : left;
}

/* take the next units; false when there are none */
static bool
take_units(struct shmmap_loop *loop, uint64_t *from, uint64_t *count)
{
	_Atomic uint64_t *word = loop->word;
	uint64_t all = divide_up(loop->count, loop->unit);
	/* relaxed: what iterations write is ordered by barriers */
	uint64_t seen = atomic_load_explicit(word, memory_order_relaxed);

	for (;;) {
		uint64_t newest = seen >> UNIT_BITS;

		if (sections_is_later(newest, loop->number))
			return false;
		*from = newest == loop->number ? seen & UNIT_MASK : 0;
		if (*from == all)
			return false;
		*count = chunk_units(loop, all - *from);
		announce(loop, *from);
		/* acquire (pairs the fence in announce()): who took a unit
		 * before ours is seen to have it */
		if (atomic_compare_exchange_weak_explicit(
			    word, &seen,
			    loop->number << UNIT_BITS | (*from + *count),
			    memory_order_acquire, memory_order_relaxed))
			return true;
	}
}

/* the taken-th chunk of this slave */
static bool
take_static(struct shmmap_loop *loop, uint64_t *from, uint64_t *count)
{
	uint64_t np = (uint64_t)shmmap_np(loop->segment);
	uint64_t rank = (uint64_t)shmmap_rank(loop->segment);
	uint64_t all = divide_up(loop->count, loop->unit);

	*from = rank + loop->taken * np;
	*count = 1;
	if (*from >= all)
		return false;
	announce(loop, *from);
	return true;
}

/* the unit that the chunk after this one begins with, at least */
static uint64_t
next_unit(const struct shmmap_loop *loop, uint64_t units, uint64_t count)
{
	return loop->schedule == SHMMAP_STATIC
		       ? units + (uint64_t)shmmap_np(loop->segment)
		       : units + count;
}

/* the chunk whose sections come now, if the loop has any */
static void
set_turn(struct shmmap_loop *loop, uint64_t units, uint64_t count,
	 uint64_t iterations)
{
	struct client_turn *turn = &loop->segment->turn;

	if (!turn->is_ordered)
		return;
	turn->is_inside = false;
	turn->piece = units;
	turn->next = next_unit(loop, units, count);
	turn->left = iterations;
}

int
client_loop_begin(struct shmmap *segment)
{
	struct client_turn *turn = &segment->turn;
	int error;

	if (turn->left == 0)
		return client_fail(-EALREADY, "the ordered sections of the "
					      "chunk are over");
	error = sections_loop_wait(&segment->sections, (uint32_t)segment->rank,
				   turn->loop, turn->piece, turn->is_dealt);
	if (error)
		return client_fail(error, "the run is being ended");
	turn->is_inside = true;
	return 0;
}

int
client_loop_end(struct shmmap *segment)
{
	struct client_turn *turn = &segment->turn;

	if (!turn->is_inside)
		return client_fail(-EPERM, "not in the ordered section");
	turn->is_inside = false;
	/* with the last one others need not wait for the next chunk */
	if (--turn->left == 0)
		sections_loop_at(&segment->sections, (uint32_t)segment->rank,
				 turn->loop, turn->next);
	return 0;
}

int
shmmap_for(struct shmmap *segment, struct shmmap_loop *loop, int64_t begin,
	   int64_t end, enum shmmap_schedule schedule, uint64_t chunk)
{
	struct board *board = client_board(segment);
	uint64_t np = (uint64_t)shmmap_np(segment);

	if (!board)
		return -EINVAL;
	if (schedule < SHMMAP_AUTO || schedule > SHMMAP_GUIDED)
		return client_fail(-EINVAL, "no schedule: %d", (int)schedule);
	*loop = (struct shmmap_loop){ .segment = segment,
				      .word = &board->header->loop,
				      .begin = begin,
				      .schedule = schedule,
				      .unit = chunk ? chunk : 1 };
	if (end > begin)
		loop->count = (uint64_t)end - (uint64_t)begin;
	if (schedule == SHMMAP_STATIC && !chunk)
		loop->unit = divide_up(loop->count, np);
	if (loop->unit > loop->count)
		loop->unit = loop->count;
	if (loop->unit == 0)
		loop->unit = 1;
	/* so that the units fit into their bits */
	if (loop->count / loop->unit >= UNIT_MASK)
		loop->unit *= divide_up(divide_up(loop->count, loop->unit),
					UNIT_MASK);
	/* loops that need no counter count, too: slaves agree on numbers */
	loop->number = ++segment->loops & LOOP_MASK;
	segment->turn = (struct client_turn){ .loop = loop->number };
	sections_loop_begins(&segment->sections, (uint32_t)segment->rank,
			     loop->number);
	return 0;
}

int
shmmap_for_ordered(struct shmmap *segment, struct shmmap_loop *loop,
		   int64_t begin, int64_t end, enum shmmap_schedule schedule,
		   uint64_t chunk)
{
	int error = shmmap_for(segment, loop, begin, end, schedule, chunk);

	if (error)
		return error;
	segment->turn.is_ordered = true;
	segment->turn.is_dealt = schedule == SHMMAP_STATIC;
	return 0;
}

int
shmmap_for_next(struct shmmap_loop *loop, int64_t *from, int64_t *to)
{
	uint64_t units, count, last = loop->count;

	if (loop->schedule == SHMMAP_STATIC
		    ? !take_static(loop, &units, &count)
		    : !take_units(loop, &units, &count)) {
		announce(loop, UNIT_MASK);
		loop->segment->turn.is_ordered = false;
		return 0;
	}
	loop->taken++;
	if (units + count < divide_up(loop->count, loop->unit))
		last = (units + count) * loop->unit;
	/* modulo 2^64, as begin may be negative */
	*from = (int64_t)((uint64_t)loop->begin + units * loop->unit);
	*to = (int64_t)((uint64_t)loop->begin + last);
	set_turn(loop, units, count, last - units * loop->unit);
	return 1;
}
