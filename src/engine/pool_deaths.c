#include <config.h>

#include "engine/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/diag.h"
#include "engine/batch.h"
#include "engine/combine_command.h"
#include "engine/given.h"
#include "engine/orphans.h"
#include "engine/reduce_command.h"
#include "engine/slave.h"

/* Slaves that have ended: what dead ones leave, and who hears of it. */

/* a slave that dies before it has a job is replaced so many times in a row */
#define FRUITLESS_MAX 20

/* how a slave, or the worker that it attended, came to its end */
struct death {
	bool is_worker;
	bool is_too_many;  /* lines that a filter answered */
	bool is_cut_short; /* a thread that its worker has ended */
	bool is_starting;  /* it had no job yet, and may have been in enter() */
	bool is_leaving;   /* it had no more jobs, and was in leave() */
	int error;	   /* of exec, or 0 */
	int signal;	   /* or 0 */
	int exit_status;   /* of the slave or the worker */
	unsigned status;   /* for the run */
};

static struct death
death_of(const struct pool *pool, unsigned rank, int status)
{
	const struct area *area = board_area(pool->board, rank);
	uint32_t end = area->worker_end;
	/* relaxed: slave_ended() has acquired it */
	uint32_t left = atomic_load_explicit(&area->left, memory_order_relaxed);
	struct death death = { .status = DIAG_EXIT_FAILURE,
			       .exit_status = WEXITSTATUS(status) };

	death.is_starting = pool_phase(pool, rank) == PHASE_STARTING;
	death.is_leaving = pool_phase(pool, rank) == PHASE_LEAVING;
	death.is_cut_short = left == SLAVE_CUT_SHORT + 1;
	if (left == SLAVE_WORKER_DIED + 1) {
		death.is_worker = true;
		death.exit_status = (int)(end & 0xff);
		death.is_too_many = (end & WORKER_END_TOO_MANY) != 0;
		death.error = (int)(end >> 16 & 0x7fff);
		death.signal = (int)(end >> 8 & 0xff);
		death.status = end & 0xff;
		if (death.error)
			death.status = death.error == ENOENT ? 127 : 126;
		else if (death.status == 0)
			death.status = DIAG_EXIT_FAILURE;
	} else if (WIFSIGNALED(status)) {
		death.signal = WTERMSIG(status);
		death.status = 128u + (unsigned)death.signal;
	} else if (!left && death.exit_status) {
		/* its worker has called exit() */
		death.status = (unsigned)death.exit_status;
	}
	return death;
}

/* the last job that a slave has finished */
static uint64_t
last_job(const struct pool *pool, unsigned rank)
{
	return atomic_load_explicit(&board_area(pool->board, rank)->finished,
				    memory_order_relaxed);
}

static void
say_death(const struct pool *pool, unsigned rank, const struct death *death,
	  uint64_t job)
{
	const char *its = death->is_worker ? "" : "its slave ";
	char quoted[256], shown[256], how[128], number[BATCH_NUMBER_SIZE];
	const char *text;
	size_t nbytes;

	if (plan_has_threads(pool->plan) && !death->is_cut_short)
		its = "its slaves' process ";
	diag_name(shown, sizeof(shown), plan_worker_name(pool->plan));
	if (death->is_too_many) {
		snprintf(how, sizeof(how), ", after job %llu at the latest",
			 (unsigned long long)last_job(pool, rank));
		diag("%s: answered more lines than it was given%s", shown,
		     last_job(pool, rank) ? how : "");
		return;
	}
	if (death->error)
		snprintf(how, sizeof(how), "%s", strerror(death->error));
	else if (death->is_cut_short)
		snprintf(how, sizeof(how), "was ended by it");
	else if (death->signal)
		snprintf(how, sizeof(how), "was killed by signal %d (%s)",
			 death->signal, strsignal(death->signal));
	else
		snprintf(how, sizeof(how), "exited with status %d",
			 death->exit_status);
	/* most often all of them do, for one reason */
	if (job == 0 && (death->is_worker || death->is_starting) &&
	    pool->fruitless > 0)
		return;
	if (job == 0 && death->is_worker) {
		diag("%s: %s, with no job at hand", shown, how);
		return;
	}
	if (job == 0) {
		/* those that share a process die for one reason */
		if (!pool->is_death_said)
			diag("slave %u %s%s", rank, how,
			     death->is_leaving ? " in leave()" : "");
		return;
	}
	nbytes = batch_text(pool->board, rank, job, number, &text);
	columns_quote(&pool->plan->columns, quoted, sizeof(quoted),
		      (struct span){ text, nbytes });
	diag("job %llu: %s: %s%s, its text was %s", (unsigned long long)job,
	     shown, its, how, quoted);
}

static const struct pool *sparing_pool; /* for is_slave() */

static bool
is_slave(pid_t pid)
{
	for (unsigned rank = 0; rank < sparing_pool->board->nslaves; rank++)
		if (sparing_pool->pids[rank] == pid)
			return true;
	return false;
}

/* whether the slave that was there had claimed a job and not begun it */
static bool
has_left_job(const struct pool *pool, unsigned rank)
{
	struct claim claim;

	return pool_phase(pool, rank) == PHASE_CLAIMED ||
	       claim_taken_by(&pool->board->header->claims, rank, &claim);
}

/* What a dead slave's job started is our child now, or will be as soon as those
 * between it and us have died, in whatever group it is. */
static void
kill_orphans(struct pool *pool)
{
	sparing_pool = pool;
	pool->has_orphans = orphans_signal(SIGKILL, is_slave) > 0;
}

/* A slave ended before its time; too many in a row that ran no job are enough.
 * When no more jobs are begun, nobody takes their place, and none is missed:
 * workers that wait at a barrier end with the job that halts the run. */
static void
count_fruitless(struct pool *pool, uint64_t job, const char *what)
{
	if (job || pool->results->finished > pool->finished_then)
		pool->fruitless = 0;
	pool->finished_then = pool->results->finished;
	if (++pool->fruitless < FRUITLESS_MAX || pool->error ||
	    board_is_stopped(pool->board, STOP_CLAIMS))
		return;
	diag("%s", what);
	pool->error = -ECHILD;
}

/* the block of a job that a dead slave had begun: nobody needs it any more */
static void
free_block(const struct pool *pool, unsigned rank)
{
	struct claim_ring *claims = &pool->board->header->claims;
	struct claim claim;

	if (pool->plan->worker == WORKER_PIPE &&
	    pool_phase(pool, rank) == PHASE_BEGUN &&
	    claim_taken_by(claims, rank, &claim))
		claim_free(claims, &claim);
}

/* the job of a dead slave, and what it has started */
static void
end_job(struct pool *pool, unsigned rank, bool is_cut_short)
{
	struct area *area = board_area(pool->board, rank);
	int32_t group =
		atomic_load_explicit(&area->group, memory_order_relaxed);

	/* the others of its process live on */
	if (is_cut_short)
		return;
	if (group > 0)
		kill(-group, SIGKILL);
	/* a worker that writes to the board must be gone before we do; its
	 * slave being dead, it is our child */
	while (group > 0 && pool->plan->worker == WORKER_ATTACH &&
	       waitpid(group, NULL, 0) < 0 && errno == EINTR)
		;
	atomic_store_explicit(&area->group, 0, memory_order_relaxed);
	kill_orphans(pool);
}

/* A slave died: end its job, keep its finished results, name the job it died
 * in. Returns that job, or 0. */
static uint64_t
recover(struct pool *pool, unsigned rank, int status)
{
	struct death death = death_of(pool, rank, status);
	uint64_t job, none = 0;
	bool is_stopped = board_is_stopped(pool->board, STOP_RUNNING);
	bool has_worker, is_end;

	end_job(pool, rank, death.is_cut_short);
	free_block(pool, rank);
	job = results_recover(pool->results, rank, death.status);
	/* a worker may end before it has asked for a next job in vain */
	is_end = death.is_worker && !job &&
		 board_area(pool->board, rank)->worker_end == 0;
	if (!is_stopped && !is_end)
		say_death(pool, rank, &death, job);
	pool->is_death_said = true;
	/* with its slave dies a worker that may do more than jobs */
	has_worker = death.is_worker || pool->plan->worker == WORKER_ATTACH;
	if (((has_worker && !is_end) || death.is_leaving) && !job &&
	    !is_stopped)
		atomic_compare_exchange_strong_explicit(
			&pool->board->header->first_failure, &none,
			death.status, memory_order_relaxed,
			memory_order_relaxed);
	if (death.error)
		board_raise_stop(pool->board, STOP_CLAIMS);
	pool->has_job[rank] =
		batch_leave_rest(pool->board, rank) || has_left_job(pool, rank);
	sections_slave_died(&pool->share->sections, rank,
			    pool->has_job[rank] || pool_is_dealt(pool));
	if (pool_is_dealt(pool) && !pool->has_job[rank])
		pool_announce_for(pool, rank);
	/* it may have been woken for a batch and not have taken it */
	claim_wake(&pool->board->header->claims, 1);
	return job;
}

static void
not_started(struct pool *pool, unsigned rank)
{
	const struct area *area = board_area(pool->board, rank);
	int error =
		(int)atomic_load_explicit(&area->starved, memory_order_relaxed);
	const char *why = (const char *)board_draft(pool->board, rank);
	char shown[256];

	if (error != ECANCELED) {
		pool_lower_limit(pool, error);
		return;
	}
	if (!pool->error)
		diag("%s: enter() has refused in slave %u%s%.*s",
		     diag_name(shown, sizeof(shown),
			       plan_worker_name(pool->plan)),
		     rank, *why ? ": " : "", GIVEN_MESSAGE_SIZE, why);
	pool->error = -error;
}

/* whether nothing is left for a slave that has ended by itself: what is not
 * taken was dealt to others */
static bool
is_all_its(const struct pool *pool, unsigned rank)
{
	struct claim_ring *claims = &pool->board->header->claims;

	if (!atomic_load_explicit(&claims->closed, memory_order_relaxed))
		return false;
	if (pool_is_dealt(pool))
		return claim_first_dealt(claims, rank) == UINT64_MAX;
	return claim_untaken(claims) == 0;
}

/* A slave has ended, with this status of its process or, in its area, of its
 * own. True if it died; *job is the one it died in. */
static bool
slave_ended(struct pool *pool, unsigned rank, int status, uint64_t *job)
{
	struct area *area = board_area(pool->board, rank);
	/* acquire: pairs the release in slave_leave() */
	uint32_t left = atomic_load_explicit(&area->left, memory_order_acquire);
	int code = (int)left - 1;

	if (left)
		status = W_EXITCODE(code, 0);
	else if (status == 0 && pool_phase(pool, rank) == PHASE_LEAVING)
		code = SLAVE_FINISHED; /* leave() has called exit(0) */
	pool->pids[rank] = 0;
	pool->alive--;
	sections_worker_gone(&pool->share->sections, rank);
	switch (code) {
	case SLAVE_FINISHED:
		if (pool->plan->worker == WORKER_ATTACH &&
		    claim_untaken(&pool->board->header->claims) > 0 &&
		    !board_is_stopped(pool->board, STOP_CLAIMS))
			count_fruitless(pool, 0,
					"workers end without taking a job");
		pool->has_finished[rank] = is_all_its(pool, rank);
		break;
	case SLAVE_RETIRED:
		break;
	case SLAVE_HALTED:
		results_recover(pool->results, rank, STATUS_HALTED);
		break;
	case SLAVE_NOT_STARTED:
		not_started(pool, rank);
		break;
	default:
		*job = recover(pool, rank, status);
		return true;
	}
	pool->has_job[rank] = has_left_job(pool, rank);
	atomic_store_explicit(&area->starved, 0, memory_order_relaxed);
	return false;
}

/* Slaves that lived in a process that has ended; false if there were none. */
static bool
process_ended(struct pool *pool, pid_t pid, int status)
{
	uint64_t job, last = 0;
	bool is_any = false, has_died = false;

	pool->is_death_said = false;
	for (unsigned rank = 0; rank < pool->board->nslaves; rank++) {
		if (pool->pids[rank] != pid)
			continue;
		is_any = true;
		job = 0;
		has_died |= slave_ended(pool, rank, status, &job);
		last = job ? job : last;
	}
	if (has_died)
		count_fruitless(pool, last,
				"slaves die before they can run a job");
	return is_any;
}

/* Slaves that are threads, and have ended while their process goes on. */
static bool
reap_threads(struct pool *pool)
{
	bool is_any = false;
	uint64_t job = 0;

	for (unsigned rank = 0; rank < pool->board->nslaves; rank++) {
		if (!pool->pids[rank] ||
		    !atomic_load_explicit(&board_area(pool->board, rank)->left,
					  memory_order_relaxed))
			continue;
		is_any = true;
		pool->is_death_said = false;
		if (slave_ended(pool, rank, 0, &job))
			count_fruitless(pool, job,
					"slaves die before they can run a job");
	}
	return is_any;
}

/* We have no child any more: somebody else has waited for the slaves, a
 * function of a library most likely. */
static void
miss_slaves(struct pool *pool)
{
	for (unsigned rank = 0; rank < pool->board->nslaves; rank++)
		if (pool->pids[rank])
			process_ended(pool, pool->pids[rank], 0);
}

bool
pool_reap(struct pool *pool)
{
	bool is_any = plan_has_threads(pool->plan) && reap_threads(pool);
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | ORPHANS_OURS)) > 0) {
		is_any = true;
		if (!process_ended(pool, pid, status) &&
		    !reduce_command_reaped(pid, status) &&
		    !combine_command_reaped(pid, status) && pool->has_orphans)
			kill_orphans(pool);
	}
	if (pid < 0 && errno == ECHILD && pool->alive > 0 &&
	    !plan_is_in_master(pool->plan)) {
		is_any = true;
		miss_slaves(pool);
	}
	return is_any;
}
