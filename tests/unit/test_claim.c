/*
 * The ring of batches, one step after the other: what each function promises,
 * and the same random steps on a locked twin.
 */
#include <config.h>

#include "unit.h"

#include <pthread.h>
#include <string.h>

#include "engine/claim.h"
#include "engine/plan.h"

/* ck_assert() costs a system call, too much for what is asked often */
#define DEMAND(condition)                                                      \
	do {                                                                   \
		if (!(condition))                                              \
			ck_abort_msg("'" #condition "' is not so");            \
	} while (0)

static struct claim_ring shared, *const ring = &shared;
static _Atomic uint32_t stop;

static void
empty_ring(void)
{
	claim_init(ring, 0);
}

static uint64_t
published(void)
{
	return atomic_load(&ring->published);
}

static bool
publish(void)
{
	uint64_t index = published();

	return claim_publish(
		ring,
		&(struct batch){ .job = index + 1,
				 .count = 1,
				 .place = index * 3,
				 .nbytes = (uint32_t)index * 7,
				 .flags = (uint32_t)index & CLAIM_TOO_LONG });
}

static bool
is_whole(const struct claim *claim)
{
	uint32_t index = (uint32_t)claim->index;

	return claim->batch.place == claim->index * 3 &&
	       claim->batch.nbytes == index * 7 &&
	       claim->batch.flags == (index & CLAIM_TOO_LONG);
}

START_TEST(a_full_ring_refuses)
{
	struct claim claim;

	for (unsigned i = 0; i < CLAIM_SLOTS; i++)
		ck_assert(publish());
	ck_assert(!claim_publish(ring, &(struct batch){ .count = 1 }));
	ck_assert_uint_eq(claim_untaken(ring), CLAIM_SLOTS);
	ck_assert(claim_next(ring, 0, &claim));
	ck_assert(!claim_publish(ring, &(struct batch){ .count = 1 }));
	ck_assert(!claim_is_free(ring, 0));
	ck_assert_uint_eq(published(), CLAIM_SLOTS);
	claim_free(ring, &claim);
	ck_assert(claim_is_free(ring, 0));
	ck_assert(publish());
	ck_assert(!claim_publish(ring, &(struct batch){ .count = 1 }));
}
END_TEST

START_TEST(slow_owners_keep_a_round_from_beginning)
{
	struct claim claims[CLAIM_SLOTS], none;

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < CLAIM_SLOTS; i++)
			ck_assert(publish());
		for (unsigned i = 0; i < CLAIM_SLOTS; i++) {
			ck_assert(claim_next(ring, i, &claims[i]));
			ck_assert_uint_eq(claims[i].index,
					  round * CLAIM_SLOTS + i);
			ck_assert(is_whole(&claims[i]));
		}
		ck_assert(!claim_next(ring, 0, &none));
		for (unsigned i = CLAIM_SLOTS - 1; i > 0; i--)
			claim_free(ring, &claims[i]);
		ck_assert(!claim_next(ring, 0, &none));
		ck_assert(!claim_publish(ring, &(struct batch){ .count = 1 }));
		ck_assert_uint_eq(claim_untaken(ring), 0);
		claim_free(ring, &claims[0]);
		ck_assert(!claim_next(ring, 0, &none));
	}
}
END_TEST

/* as when its owner died before it moved the hint */
START_TEST(a_hint_that_was_left_behind_is_moved)
{
	struct claim claim;

	for (unsigned i = 0; i < 10; i++)
		ck_assert(publish());
	for (unsigned i = 0; i < 5; i++)
		ck_assert(claim_next(ring, i, &claim));
	claim_free(ring, &claim);
	atomic_store(&ring->next, 0);
	claim_sleep(ring, 0, &stop);
	ck_assert(claim_next(ring, 5, &claim));
	ck_assert_uint_eq(claim.index, 5);
	ck_assert_uint_eq(claim_untaken(ring), 4);
}
END_TEST

/* the taker died before it moved the hint; its successor freed the batch */
START_TEST(a_hint_that_was_left_behind_hides_no_lowest_job)
{
	struct claim claim;

	ck_assert(publish());
	ck_assert(claim_next(ring, 0, &claim));
	claim_free(ring, &claim);
	atomic_store(&ring->next, 0);
	ck_assert_uint_eq(claim_lowest_job(ring, 0), 2);
	ck_assert(publish());
	ck_assert_uint_eq(claim_lowest_job(ring, 0), 2);
}
END_TEST

START_TEST(low_water_rings_once)
{
	static const unsigned order[] = { 3, 4, 7, 5, 6 };
	struct claim claims[8];

	for (unsigned i = 0; i < 8; i++)
		ck_assert(publish());
	for (unsigned i = 0; i < 8; i++)
		ck_assert(claim_next(ring, i, &claims[i]));
	ck_assert(!claim_free(ring, &claims[0]));
	claim_set_low_water(ring, 5);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(claim_free(ring, &claims[order[i]]),
				 order[i] == 7);
	claim_set_low_water(ring, 2);
	ck_assert(!claim_free(ring, &claims[1]));
	ck_assert(claim_free(ring, &claims[2]));
}
END_TEST

START_TEST(the_batch_of_a_dead_owner_is_found)
{
	static const uint32_t owners[] = { 3, 0, PLAN_SLAVES_MAX - 1 };
	struct claim claim;

	for (unsigned i = 0; i < 4; i++)
		ck_assert(publish());
	for (uint32_t rank = 0; rank < 5; rank++)
		ck_assert(!claim_taken_by(ring, rank, &claim));
	for (unsigned i = 0; i < 3; i++)
		ck_assert(claim_next(ring, owners[i], &claim));
	ck_assert(!claim_taken_by(ring, 1, &claim));
	ck_assert(!claim_taken_by(ring, 2, &claim));
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(claim_taken_by(ring, owners[i], &claim));
		ck_assert_uint_eq(claim.index, i);
		ck_assert(is_whole(&claim));
		claim_free(ring, &claim);
		ck_assert(!claim_taken_by(ring, owners[i], &claim));
	}
}
END_TEST

/* it would sleep for ever */
START_TEST(nobody_sleeps_who_has_something_to_do)
{
	struct claim claim;

	atomic_store(&stop, 1);
	claim_sleep(ring, 0, &stop);
	atomic_store(&stop, 0);
	ck_assert(publish());
	claim_sleep(ring, 0, &stop);
	ck_assert(claim_next(ring, 0, &claim));
	claim_close(ring);
	claim_sleep(ring, 0, &stop);
	ck_assert_uint_eq(atomic_load(&ring->waiting), 0);
}
END_TEST

/* ---- the locked twin ---- */

#define NOBODY UINT32_MAX

/* what the ring is to do, without anything clever */
static struct twin {
	pthread_mutex_t mutex;
	uint64_t published, next, low_water;
	struct {
		uint64_t index;
		uint32_t owner; /* or NOBODY */
		bool is_used;
	} slots[CLAIM_SLOTS];
} twin = { .mutex = PTHREAD_MUTEX_INITIALIZER, .low_water = UINT64_MAX };

static bool
twin_publish(void)
{
	uint64_t slot = twin.published % CLAIM_SLOTS;
	bool has_room;

	pthread_mutex_lock(&twin.mutex);
	has_room = !twin.slots[slot].is_used;
	if (has_room) {
		twin.slots[slot].index = twin.published++;
		twin.slots[slot].owner = NOBODY;
		twin.slots[slot].is_used = true;
	}
	pthread_mutex_unlock(&twin.mutex);
	return has_room;
}

static bool
twin_next(uint32_t rank, uint64_t *index)
{
	bool has_batch;

	pthread_mutex_lock(&twin.mutex);
	has_batch = twin.next < twin.published;
	if (has_batch) {
		*index = twin.next++;
		twin.slots[*index % CLAIM_SLOTS].owner = rank;
	}
	pthread_mutex_unlock(&twin.mutex);
	return has_batch;
}

static bool
twin_free(uint64_t index)
{
	bool is_low;

	pthread_mutex_lock(&twin.mutex);
	twin.slots[index % CLAIM_SLOTS].is_used = false;
	is_low = twin.low_water <= index;
	if (is_low)
		twin.low_water = UINT64_MAX;
	pthread_mutex_unlock(&twin.mutex);
	return is_low;
}

static bool
twin_is_free(uint64_t index)
{
	uint64_t slot = index % CLAIM_SLOTS;
	bool is_free;

	pthread_mutex_lock(&twin.mutex);
	is_free = index < twin.published && (twin.slots[slot].index != index ||
					     !twin.slots[slot].is_used);
	pthread_mutex_unlock(&twin.mutex);
	return is_free;
}

static bool
twin_taken_by(uint32_t rank, uint64_t *index)
{
	unsigned i = 0;

	pthread_mutex_lock(&twin.mutex);
	while (i < CLAIM_SLOTS &&
	       (!twin.slots[i].is_used || twin.slots[i].owner != rank))
		i++;
	if (i < CLAIM_SLOTS)
		*index = twin.slots[i].index;
	pthread_mutex_unlock(&twin.mutex);
	return i < CLAIM_SLOTS;
}

static struct claim held[CLAIM_SLOTS];
static unsigned nheld;

static void
claim_both(uint32_t rank)
{
	struct claim claim;
	uint64_t index;
	bool has_batch = twin_next(rank, &index);

	DEMAND(claim_next(ring, rank, &claim) == has_batch);
	if (!has_batch)
		return;
	DEMAND(claim.index == index);
	DEMAND(is_whole(&claim));
	held[nheld++] = claim;
}

static void
free_both(unsigned which)
{
	struct claim claim;

	if (nheld == 0)
		return;
	claim = held[which % nheld];
	held[which % nheld] = held[nheld - 1];
	nheld--;
	DEMAND(claim_free(ring, &claim) == twin_free(claim.index));
}

static void
find_both(uint32_t rank)
{
	struct claim claim;
	uint64_t index;
	bool is_found = twin_taken_by(rank, &index);

	DEMAND(claim_taken_by(ring, rank, &claim) == is_found);
	if (is_found)
		DEMAND(claim.index == index);
}

static void
compare(uint64_t random)
{
	uint64_t index = twin.published + 8 - random % (3 * CLAIM_SLOTS);

	DEMAND(claim_untaken(ring) == twin.published - twin.next);
	if (index < twin.published + 8)
		DEMAND(claim_is_free(ring, index) == twin_is_free(index));
}

/* ---- dealing ---- */

static void
deal_to_two(void)
{
	claim_init(ring, 2);
	for (int i = 0; i < 6; i++)
		ck_assert(publish());
}

static uint64_t
take_as(uint32_t rank)
{
	struct claim claim;

	if (!claim_next(ring, rank, &claim))
		return UINT64_MAX;
	claim_free(ring, &claim);
	return claim.index;
}

START_TEST(nobody_takes_before_all_are_there)
{
	ck_assert_uint_eq(take_as(0), UINT64_MAX);
	ck_assert_int_eq(claim_dealing(ring), DEALING_HELD);
	ck_assert_uint_eq(claim_lowest_job(ring, 1), 2);
	claim_begin_dealing(ring);
	ck_assert_int_eq(claim_dealing(ring), DEALING_ON);
	ck_assert_uint_eq(take_as(0), 0);
}
END_TEST

START_TEST(each_rank_takes_what_is_dealt_to_it)
{
	claim_begin_dealing(ring);
	for (uint64_t k = 0; k < 6; k += 2)
		ck_assert_uint_eq(take_as(0), k);
	ck_assert_uint_eq(take_as(0), UINT64_MAX);
	ck_assert_uint_eq(claim_first_dealt(ring, 0), UINT64_MAX);
	ck_assert_uint_eq(claim_first_dealt(ring, 1), 1);
	ck_assert_uint_eq(claim_lowest_job(ring, 1), 2);
	ck_assert_uint_eq(claim_lowest_job(ring, 0), 7);
	for (uint64_t k = 1; k < 6; k += 2)
		ck_assert_uint_eq(take_as(1), k);
	ck_assert_uint_eq(claim_untaken(ring), 0);
}
END_TEST

START_TEST(without_all_slaves_there_is_no_dealing)
{
	claim_deal_short(ring);
	ck_assert_int_eq(claim_dealing(ring), DEALING_ON);
	for (uint64_t k = 0; k < 6; k++)
		ck_assert_uint_eq(take_as(1), k);
}
END_TEST

START_TEST(dealing_that_has_begun_goes_on)
{
	claim_begin_dealing(ring);
	ck_assert_uint_eq(take_as(0), 0);
	ck_assert_uint_eq(take_as(0), 2);
	claim_deal_short(ring);
	ck_assert_int_eq(claim_dealing(ring), DEALING_SHORT);
	ck_assert_uint_eq(take_as(0), 4);
	ck_assert_uint_eq(take_as(0), UINT64_MAX);
	/* it would be told to leave */
	claim_sleep(ring, 0, &stop);
	ck_assert_uint_eq(take_as(1), 1);
}
END_TEST

START_TEST(random_steps_are_those_of_the_locked_twin)
{
	uint64_t state = 88172645463325252u + (uint64_t)_i;
	unsigned nfull = 0;

	for (unsigned i = 0; i < 300000; i++) {
		uint64_t random = unit_random(&state);
		/* what is done most changes, so that it runs full and dry */
		unsigned most = i / 5000 % 4;
		unsigned step = random % 8 < 3 ? most : random >> 8 & 3;
		uint32_t rank = random >> 16 & 15;

		compare(random >> 24);
		if (step == 0 || most == 3) {
			bool has_room = twin_publish();

			nfull += !has_room;
			DEMAND(publish() == has_room);
		} else if (step == 1) {
			claim_both(rank);
		} else if (step == 2) {
			free_both((unsigned)(random >> 32));
		} else if (random >> 32 & 1) {
			twin.low_water = twin.next - (random >> 33) % 100;
			claim_set_low_water(ring, twin.low_water);
		} else if (i % 16 == 0) {
			find_both(rank);
		}
	}
	ck_assert_uint_gt(nfull, 0);
	ck_assert_uint_gt(twin.published, 10 * CLAIM_SLOTS);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *steps = unit_case(suite, "steps");
	TCase *oracle = unit_case(suite, "twin");
	TCase *dealing = unit_case(suite, "dealing");

	tcase_add_checked_fixture(steps, empty_ring, NULL);
	tcase_add_test(steps, a_full_ring_refuses);
	tcase_add_test(steps, slow_owners_keep_a_round_from_beginning);
	tcase_add_test(steps, a_hint_that_was_left_behind_is_moved);
	tcase_add_test(steps, a_hint_that_was_left_behind_hides_no_lowest_job);
	tcase_add_test(steps, low_water_rings_once);
	tcase_add_test(steps, the_batch_of_a_dead_owner_is_found);
	tcase_add_test(steps, nobody_sleeps_who_has_something_to_do);
	tcase_add_checked_fixture(dealing, deal_to_two, NULL);
	tcase_add_test(dealing, nobody_takes_before_all_are_there);
	tcase_add_test(dealing, each_rank_takes_what_is_dealt_to_it);
	tcase_add_test(dealing, without_all_slaves_there_is_no_dealing);
	tcase_add_test(dealing, dealing_that_has_begun_goes_on);
	tcase_add_checked_fixture(oracle, empty_ring, NULL);
	tcase_add_loop_test(oracle, random_steps_are_those_of_the_locked_twin,
			    0, 4);
}
