#include <config.h>

#include "engine/pool.h"

#include <time.h>

#include "base/diag.h"

/* The kernel has no process, memory or descriptor to give: fewer slaves. */

/* for so long not even one job could be begun: give up */
#define SHORTAGE_MAX_MS 5000

/* pause before the kernel is asked again */
#define SHORTAGE_PAUSE_MS 50

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
pool_is_paused(const struct pool *pool)
{
	return pool->shortage && now_ms() < pool->pause_until_ms;
}

static void
say_shortage(struct pool *pool, int error)
{
	if (!pool->is_short_said)
		diag_errno(error,
			   "cannot start %u jobs at once; going on with "
			   "fewer slaves",
			   pool->plan->nslaves);
	pool->is_short_said = true;
}

/* Fewer slaves than were to be. If there is no dealing then, nothing is kept
 * for those that are not there. */
static void
deal_short(struct pool *pool)
{
	struct claim_ring *claims = &pool->board->header->claims;

	if (!pool_is_dealt(pool))
		return;
	claim_deal_short(claims);
	for (unsigned rank = 0;
	     !pool_is_dealt(pool) && rank < pool->board->nslaves; rank++)
		if (!pool->pids[rank] && !pool->has_job[rank])
			sections_idle(&pool->share->sections, rank);
}

void
pool_lower_limit(struct pool *pool, int error)
{
	say_shortage(pool, error);
	pool->shortage = error;
	pool->pause_until_ms = now_ms() + SHORTAGE_PAUSE_MS;
	pool->limit = pool->alive > 0 ? pool->alive : 1;
	deal_short(pool);
}

static void
retire(struct pool *pool, unsigned rank)
{
	pool->limit = pool->alive - 1;
	deal_short(pool);
	atomic_store_explicit(&board_area(pool->board, rank)->retire, 1,
			      memory_order_relaxed);
}

/* What slaves are doing, for the question whether any job can be begun. */
struct census {
	unsigned starved; /* the kernel refuses them a process */
	unsigned well;	  /* have begun a job, or have none to begin */
	unsigned last;	  /* the highest rank that is starved */
};

static struct census
take_census(struct pool *pool)
{
	struct census census = { 0 };

	for (unsigned rank = 0; rank < pool->board->nslaves; rank++) {
		uint32_t starved = atomic_load_explicit(
			&board_area(pool->board, rank)->starved,
			memory_order_relaxed);

		if (!pool->pids[rank])
			continue;
		if (starved) {
			census.starved++;
			census.last = rank;
			pool->shortage = (int)starved;
		} else if (pool_phase(pool, rank) != PHASE_STARTING) {
			census.well++;
		}
	}
	return census;
}

int
pool_check_shortage(struct pool *pool, int64_t now_ms)
{
	bool is_work = pool_has_job_left(pool) ||
		       claim_untaken(&pool->board->header->claims) > 0;
	struct census census = take_census(pool);

	if (census.starved > 0)
		say_shortage(pool, pool->shortage);
	if (census.well > 0 || (pool->alive == 0 && !is_work)) {
		pool->starved_since_ms = -1;
		return census.starved > 0 || pool_is_paused(pool)
			       ? SHORTAGE_PAUSE_MS
			       : -1;
	}
	if (pool->starved_since_ms < 0)
		pool->starved_since_ms = now_ms;
	else if (census.starved > 1 && census.starved == pool->alive)
		/* none can begin its job: one slave less is one process more */
		retire(pool, census.last);
	else if (now_ms - pool->starved_since_ms > SHORTAGE_MAX_MS &&
		 pool->shortage && !pool->error) {
		diag_errno(pool->shortage, "cannot run even one job");
		pool->error = -pool->shortage;
	}
	return SHORTAGE_PAUSE_MS;
}
