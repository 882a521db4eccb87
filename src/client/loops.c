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
 * Loops are compared modulo 2^24: no slave is half of that behind another.
 */

#define UNIT_BITS 40
#define UNIT_MASK ((UINT64_C(1) << UNIT_BITS) - 1)
#define LOOP_MASK ((UINT64_C(1) << (64 - UNIT_BITS)) - 1)

/* whether loop a is later than loop b */
static bool
is_later(uint64_t a, uint64_t b)
{
	uint64_t distance = (a - b) & LOOP_MASK;

	return distance != 0 && distance <= LOOP_MASK / 2;
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

		if (is_later(newest, loop->number))
			return false;
		*from = newest == loop->number ? seen & UNIT_MASK : 0;
		if (*from == all)
			return false;
		*count = chunk_units(loop, all - *from);
		if (atomic_compare_exchange_weak_explicit(
			    word, &seen,
			    loop->number << UNIT_BITS | (*from + *count),
			    memory_order_relaxed, memory_order_relaxed))
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
	return *from < all;
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
	return 0;
}

int
shmmap_for_next(struct shmmap_loop *loop, int64_t *from, int64_t *to)
{
	uint64_t units, count, last = loop->count;

	if (loop->schedule == SHMMAP_STATIC ? !take_static(loop, &units, &count)
					    : !take_units(loop, &units, &count))
		return 0;
	loop->taken++;
	if (units + count < divide_up(loop->count, loop->unit))
		last = (units + count) * loop->unit;
	/* modulo 2^64, as begin may be negative */
	*from = (int64_t)((uint64_t)loop->begin + units * loop->unit);
	*to = (int64_t)((uint64_t)loop->begin + last);
	return 1;
}
