#include <config.h>

#include "engine/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/batch.h"
#include "engine/combine_command.h"
#include "engine/orphans.h"
#include "engine/reduce_command.h"
#include "engine/signals.h"
#include "engine/slave.h"
#include "engine/threads.h"

/* The slaves' life; see pool.h. */

int
pool_init(struct pool *pool, const struct plan *plan, const struct board *board,
	  const struct share *share, const struct library *library,
	  struct results *results)
{
	int error;

	*pool = (struct pool){ .plan = plan,
			       .board = board,
			       .results = results,
			       .share = share,
			       .library = library,
			       .limit = board->nslaves,
			       .starved_since_ms = -1,
			       .null_fd = -1,
			       .folder_fd = -1 };
	pool->pids = calloc(board->nslaves, sizeof(*pool->pids));
	pool->has_job = calloc(board->nslaves, sizeof(*pool->has_job));
	pool->has_finished =
		calloc(board->nslaves, sizeof(*pool->has_finished));
	pool->ranks = calloc(board->nslaves, sizeof(*pool->ranks));
	if (!pool->pids || !pool->has_job || !pool->has_finished ||
	    !pool->ranks) {
		error = ENOMEM;
		diag_errno(error, "slaves");
		goto release;
	}
	results->slaves = pool->pids;
	pool->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (pool->null_fd < 0) {
		error = errno;
		diag_errno(error, "/dev/null");
		goto release;
	}
	if (plan->folder) {
		pool->folder_fd =
			open(plan->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (pool->folder_fd < 0) {
			error = errno;
			diag_errno(error, "--wd: %s", diag_named(plan->folder));
			goto release;
		}
	}
	return 0;
release:
	pool_release(pool);
	return -error;
}

void
pool_release(struct pool *pool)
{
	if (pool->folder_fd >= 0)
		close(pool->folder_fd);
	if (pool->null_fd >= 0)
		close(pool->null_fd);
	free(pool->ranks);
	free(pool->has_finished);
	free(pool->has_job);
	free(pool->pids);
	*pool = (struct pool){ .null_fd = -1, .folder_fd = -1 };
}

/* Slaves with these ranks, in a process of their own or, for debugging, in this
 * one. Returns 0 or -errno. */
static int
start(struct pool *pool, const unsigned *ranks, unsigned n)
{
	struct slave_setting setting = {
		.plan = pool->plan,
		.board = pool->board,
		.share = pool->share,
		.library = pool->library,
		.rank = ranks[0],
		.master = getpid(),
		.null_fd = pool->null_fd,
		.folder_fd = pool->folder_fd,
		.input_fd = pool->input_fd,
	};
	int error = 0;
	pid_t pid;

	for (unsigned i = 0; i < n; i++) {
		struct area *area = board_area(pool->board, ranks[i]);

		/* relaxed: fork orders it */
		atomic_store_explicit(&area->retire, 0, memory_order_relaxed);
		atomic_store_explicit(&area->starved, 0, memory_order_relaxed);
		atomic_store_explicit(&area->left, 0, memory_order_relaxed);
		if (!pool->has_job[ranks[i]])
			atomic_store_explicit(&area->phase, PHASE_STARTING,
					      memory_order_relaxed);
	}
	if (plan_is_in_master(pool->plan)) {
		pid = getpid();
		error = threads_start(&setting);
	} else {
		pid = signals_fork();
		if (pid == 0 && plan_has_threads(pool->plan))
			threads_host(&setting, ranks, n);
		if (pid == 0)
			slave_run(&setting);
		error = pid < 0 ? -errno : 0;
	}
	for (unsigned i = 0; i < n && !error; i++) {
		pool->pids[ranks[i]] = pid;
		pool->has_job[ranks[i]] = false;
		pool->nstarted++;
		pool->alive++;
	}
	return error;
}

/* the slaves take turns: see claim.h */
static bool
is_deal_short(const struct pool *pool)
{
	return claim_dealing(&pool->board->header->claims) == DEALING_SHORT;
}

/* the free rank to which the first batch was dealt, or nslaves */
static unsigned
first_dealt(const struct pool *pool)
{
	struct claim_ring *claims = &pool->board->header->claims;
	unsigned best = pool->board->nslaves;
	uint64_t first = UINT64_MAX;

	for (unsigned rank = pool->board->nslaves; rank-- > 0;) {
		bool is_free = !pool->pids[rank] && !pool->has_job[rank];
		uint64_t index =
			is_free ? claim_first_dealt(claims, rank) : UINT64_MAX;

		if (index < first) {
			best = rank;
			first = index;
		}
	}
	return best;
}

/* Of the ranks that have no slave, up to n: those that left a job, which are
 * counted, then the lowest that have not found the end; or, if slaves take
 * turns, the next in turn. Returns how many. */
static unsigned
choose_ranks(const struct pool *pool, unsigned *ranks, unsigned n,
	     unsigned *with_job)
{
	unsigned count = 0;

	for (unsigned rank = 0; rank < pool->board->nslaves && count < n;
	     rank++)
		if (!pool->pids[rank] && pool->has_job[rank])
			ranks[count++] = rank;
	*with_job = count;
	if (count < n && is_deal_short(pool)) {
		ranks[count] = first_dealt(pool);
		return count + (ranks[count] < pool->board->nslaves);
	}
	for (unsigned rank = 0; rank < pool->board->nslaves && count < n;
	     rank++)
		if (!pool->pids[rank] && !pool->has_job[rank] &&
		    !pool->has_finished[rank])
			ranks[count++] = rank;
	return count;
}

static unsigned
count_phase(const struct pool *pool, uint32_t phase)
{
	unsigned n = 0;

	for (unsigned rank = 0; rank < pool->board->nslaves; rank++)
		n += pool->pids[rank] && pool_phase(pool, rank) == phase;
	return n;
}

/* slaves that will claim as soon as they can */
static unsigned
count_claimers(const struct pool *pool)
{
	return count_phase(pool, PHASE_WAITING) +
	       count_phase(pool, PHASE_STARTING);
}

/* whether one more slave has something to do */
static bool
is_wanted(const struct pool *pool)
{
	const struct claim_ring *claims = &pool->board->header->claims;

	/* batches that are dealt wait for their slave; and until it is there,
	 * ordered sections do */
	if (pool_is_dealt(pool))
		return atomic_load_explicit(&claims->published,
					    memory_order_relaxed) > 0;
	/* workers that take their jobs themselves may have more to do with each
	 * other than jobs; but when all is taken, one that ended is enough */
	if (pool->plan->worker == WORKER_ATTACH &&
	    pool->nstarted < pool->board->nslaves)
		return true;
	return claim_untaken(claims) > count_claimers(pool);
}

static void
start_needed(struct pool *pool)
{
	while (pool->alive < pool->limit &&
	       pool->alive < pool->board->nslaves) {
		struct claim_ring *claims = &pool->board->header->claims;
		unsigned room = pool->limit - pool->alive, with_job, n;
		int error;

		if (!plan_has_threads(pool->plan))
			room = 1;
		n = choose_ranks(pool, pool->ranks, room, &with_job);

		/* A slave between taking a batch and saying so counts as one
		 * that will take another: whoever takes one now is to ring, and
		 * we count again. */
		if (claim_untaken(claims) > 0) {
			claim_set_low_water(claims, 0);
			/* F9 (pairs F9 in claim_free) */
			atomic_thread_fence(memory_order_seq_cst);
		}
		if (pool_is_paused(pool) ||
		    board_is_stopped(pool->board, STOP_CLAIMS) || n == 0 ||
		    (with_job == 0 && !is_wanted(pool)))
			return;
		error = start(pool, pool->ranks, n);
		if (error == 0)
			continue;
		pool_lower_limit(pool, -error);
		return;
	}
}

void
pool_announce_for(const struct pool *pool, unsigned rank)
{
	struct claim_ring *claims = &pool->board->header->claims;

	sections_claimed(&pool->share->sections, rank,
			 claim_lowest_job(claims, rank));
}

void
pool_start_needed(struct pool *pool)
{
	bool is_stopped = board_is_stopped(pool->board, STOP_CLAIMS);
	bool is_missing = false;

	start_needed(pool);
	for (unsigned rank = 0; rank < pool->board->nslaves; rank++) {
		if (pool->pids[rank] || pool->has_finished[rank])
			continue;
		is_missing = true;
		if (is_stopped)
			/* what it has left is not run: nobody waits for it */
			sections_idle(&pool->share->sections, rank);
		else if (is_deal_short(pool) && !pool->has_job[rank])
			pool_announce_for(pool, rank);
	}
	if (!is_missing)
		claim_begin_dealing(&pool->board->header->claims);
}

/* ---- questions and orders ---- */

unsigned
pool_busy(const struct pool *pool)
{
	return pool->alive - count_phase(pool, PHASE_WAITING);
}

bool
pool_has_running_job(const struct pool *pool)
{
	for (unsigned rank = 0; rank < pool->board->nslaves; rank++)
		if (pool->pids[rank] &&
		    atomic_load_explicit(&board_area(pool->board, rank)->group,
					 memory_order_relaxed) > 0)
			return true;
	return false;
}

void
pool_stays_short(const struct pool *pool)
{
	const struct sections *sections = &pool->share->sections;

	if (!sections_set_short(sections))
		return;
	/* a slave that ends later is told of when it does */
	for (unsigned rank = 0; rank < pool->board->nslaves; rank++)
		if (!pool->pids[rank])
			sections_worker_gone(sections, rank);
}

bool
pool_has_job_left(const struct pool *pool)
{
	for (unsigned rank = 0; rank < pool->board->nslaves; rank++)
		if (!pool->pids[rank] && pool->has_job[rank])
			return true;
	return false;
}

void
pool_signal_jobs(const struct pool *pool, int signal)
{
	int32_t last = 0;

	for (unsigned rank = 0; rank < pool->board->nslaves; rank++) {
		int32_t group = atomic_load_explicit(
			&board_area(pool->board, rank)->group,
			memory_order_relaxed);

		/* threads are in one, which gets it once */
		if (pool->pids[rank] && group > 0 && group != last)
			kill(-group, signal);
		last = group > 0 ? group : last;
	}
}

/* the group of a job that this slave has at hand, or 0 */
static int32_t
group_at_work(const struct pool *pool, unsigned rank)
{
	if (!pool->pids[rank] || (plan_has_batches(pool->plan) &&
				  pool_phase(pool, rank) != PHASE_BEGUN))
		return 0;
	return atomic_load_explicit(&board_area(pool->board, rank)->group,
				    memory_order_relaxed);
}

void
pool_end_jobs(const struct pool *pool, int signal)
{
	for (unsigned rank = 0; rank < pool->board->nslaves; rank++) {
		int32_t group = group_at_work(pool, rank);

		if (group > 0)
			kill(-group, signal);
	}
}

bool
pool_has_begun_job(const struct pool *pool)
{
	for (unsigned rank = 0; rank < pool->board->nslaves; rank++) {
		uint64_t at =
			atomic_load_explicit(&board_area(pool->board, rank)->at,
					     memory_order_relaxed);

		/* a slave may be on its way from its last one */
		if (group_at_work(pool, rank) > 0 &&
		    (!pool->board->header->jobs.are_many || at == 0 ||
		     !results_has_released(pool->results, rank, at)))
			return true;
	}
	return false;
}

bool
pool_has_job_to_begin(const struct pool *pool)
{
	for (unsigned rank = 0; rank < pool->board->nslaves; rank++)
		if (pool->has_job[rank] || batch_has_rest(pool->board, rank))
			return true;
	return false;
}

void
pool_suspend(const struct pool *pool, bool is_stop)
{
	if (plan_is_in_master(pool->plan))
		return;
	/* the slaves first, so that they begin nothing new */
	for (unsigned rank = 0; is_stop && rank < pool->board->nslaves; rank++)
		if (pool->pids[rank])
			kill(pool->pids[rank], SIGSTOP);
	pool_signal_jobs(pool, is_stop ? SIGTSTP : SIGCONT);
	for (unsigned rank = 0; !is_stop && rank < pool->board->nslaves; rank++)
		if (pool->pids[rank])
			kill(pool->pids[rank], SIGCONT);
}

static bool
is_beside_reaped(pid_t pid, int status)
{
	return reduce_command_reaped(pid, status) ||
	       combine_command_reaped(pid, status);
}

void
pool_kill_slaves(const struct pool *pool)
{
	/* groups again after the slaves: one may have been made in between */
	pool_signal_jobs(pool, SIGKILL);
	for (unsigned rank = 0; rank < pool->board->nslaves; rank++)
		if (pool->pids[rank] && !plan_is_in_master(pool->plan))
			kill(pool->pids[rank], SIGKILL);
	pool_signal_jobs(pool, SIGKILL);
}

void
pool_kill_orphans(struct pool *pool)
{
	orphans_kill_all(is_beside_reaped);
	pool->has_orphans = false;
}

void
pool_kill(struct pool *pool)
{
	pool->has_abandoned = plan_is_in_master(pool->plan) && pool->alive > 0;
	pool_kill_slaves(pool);
	pool_kill_orphans(pool);
	memset(pool->pids, 0, pool->board->nslaves * sizeof(*pool->pids));
	pool->alive = 0;
}
