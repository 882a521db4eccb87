#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "segment/sections.h"
#include "unit.h"

/*
 * Ordered, barrier and single, by processes that play slaves and their workers,
 * or by threads, which ThreadSanitizer can watch: what they share without
 * atomics is guarded by the sections.
 * Jobs are claimed from a shared counter, as the ring of batches does it: what
 * was stored before a claim is seen by who claims later.
 */

enum { NP = 4, MEMORY = 1 << 16 };

struct scene {
	_Atomic uint64_t next; /* jobs claimed so far */
	_Atomic uint64_t last; /* job that was in the section last */
	_Atomic uint32_t inside;
	_Atomic uint32_t errors;
	_Atomic uint64_t entered;
};

static struct sections sections;
static struct scene *scene;
static uint64_t guarded;     /* of threads: how often it was entered */
static uint64_t written[NP]; /* the same: its round, before a barrier */

static void
set_up(void)
{
	unsigned char *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	sections.state = (struct sections_state *)(void *)memory;
	sections.np = NP;
	sections_init(sections.state, NP);
	scene = (struct scene *)(void *)(memory + MEMORY / 2);
}

static void
tear_down(void)
{
	munmap(sections.state, MEMORY);
}

static uint64_t
claim(uint32_t rank, uint64_t njobs)
{
	uint64_t job;

	sections_will_claim(&sections, rank, atomic_load(&scene->next) + 1);
	job = atomic_fetch_add(&scene->next, 1) + 1;
	if (job <= njobs) {
		sections_claimed(&sections, rank, job);
		return job;
	}
	sections_idle(&sections, rank);
	return 0;
}

/* In the section of job: alone, and after all lower ones that entered. Relaxed,
 * since it is the section that is to order what is done here. */
static void
be_inside(uint64_t job)
{
	if (atomic_fetch_add_explicit(&scene->inside, 1,
				      memory_order_relaxed) != 0 ||
	    atomic_exchange_explicit(&scene->last, job, memory_order_relaxed) >=
		    job)
		atomic_fetch_add(&scene->errors, 1);
	guarded++;
	atomic_fetch_add_explicit(&scene->entered, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&scene->inside, 1, memory_order_relaxed);
}

static void
enter(uint32_t rank, uint64_t job)
{
	if (sections_ordered_begin(&sections, rank, job))
		_exit(1);
	be_inside(job);
	if (sections_ordered_end(&sections, rank, job, SECTIONS_NEVER))
		_exit(2);
}

static pid_t
spawn(void (*act)(uint32_t), uint32_t rank)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		act(rank);
		_exit(0);
	}
	return pid;
}

static void (*thread_act)(uint32_t);

static void *
run_thread(void *rank)
{
	thread_act((uint32_t)(uintptr_t)rank);
	return NULL;
}

static void
run_threads(void (*act)(uint32_t))
{
	pthread_t threads[NP];

	thread_act = act;
	for (uintptr_t rank = 0; rank < NP; rank++)
		ck_assert_int_eq(pthread_create(&threads[rank], NULL,
						run_thread, (void *)rank),
				 0);
	for (unsigned rank = 0; rank < NP; rank++)
		pthread_join(threads[rank], NULL);
}

static void
run_all(void (*act)(uint32_t), bool are_threads)
{
	int status;

	if (are_threads) {
		run_threads(act);
		return;
	}
	for (uint32_t rank = 0; rank < NP; rank++)
		spawn(act, rank);
	for (uint32_t rank = 0; rank < NP; rank++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
}

static void
run_ordered_jobs(uint32_t rank)
{
	uint64_t job;

	while ((job = claim(rank, 4000)) != 0) {
		enter(rank, job);
		sections_job_ended(&sections, rank, false);
	}
}

START_TEST(sections_follow_the_numbers_of_jobs)
{
	run_all(run_ordered_jobs, _i);
	ck_assert_uint_eq(scene->errors, 0);
	ck_assert_uint_eq(scene->entered, 4000);
	ck_assert_uint_eq(_i % 2 ? guarded : 4000, 4000);
}
END_TEST

/* one piece of loop 1, and what comes behind it at the earliest */
static void
enter_piece(uint32_t rank, uint64_t piece, uint64_t next, bool is_dealt)
{
	/* so that others overtake it where they may */
	sched_yield();
	if (sections_loop_wait(&sections, rank, 1, piece, is_dealt))
		_exit(1);
	be_inside(piece + 1);
	sections_loop_at(&sections, rank, 1, next);
}

/* as shmmap_for_next() takes them; every other one has no section */
static void
run_taken_pieces(uint32_t rank)
{
	uint64_t piece = atomic_load(&scene->next);

	sections_loop_begins(&sections, rank, 1);
	while (piece < 4000) {
		sections_loop_at(&sections, rank, 1, piece);
		if (!atomic_compare_exchange_strong(&scene->next, &piece,
						    piece + 1))
			continue;
		if (piece % 2)
			enter_piece(rank, piece, piece + 1, false);
		piece = atomic_load(&scene->next);
	}
	sections_loop_at(&sections, rank, 1, SECTIONS_PIECE_MASK);
}

static void
run_dealt_pieces(uint32_t rank)
{
	sections_loop_begins(&sections, rank, 1);
	for (uint64_t piece = rank; piece < 4000; piece += NP) {
		sections_loop_at(&sections, rank, 1, piece);
		if (piece % 2)
			enter_piece(rank, piece, piece + NP, true);
	}
	sections_loop_at(&sections, rank, 1, SECTIONS_PIECE_MASK);
}

START_TEST(sections_follow_the_pieces_of_a_loop)
{
	run_all(_i / 2 ? run_dealt_pieces : run_taken_pieces, _i % 2);
	ck_assert_uint_eq(scene->errors, 0);
	ck_assert_uint_eq(scene->entered, 2000);
	ck_assert_uint_eq(_i % 2 ? guarded : 2000, 2000);
}
END_TEST

START_TEST(a_worker_that_is_gone_holds_no_loop_up)
{
	for (uint32_t rank = 0; rank < NP; rank++)
		sections_loop_at(&sections, rank, 1, rank);
	for (uint32_t rank = 0; rank < NP - 1; rank++)
		sections_worker_gone(&sections, rank);
	ck_assert_int_eq(sections_loop_wait(&sections, NP - 1, 1, NP - 1, _i),
			 0);
}
END_TEST

/* two of three never enter */
static void
run_some_ordered_jobs(uint32_t rank)
{
	uint64_t job;

	while ((job = claim(rank, 6000)) != 0) {
		if (job % 3 == 0)
			enter(rank, job);
		sections_job_ended(&sections, rank, job % 7 == 0);
	}
}

START_TEST(a_job_that_never_enters_holds_nobody_up)
{
	run_all(run_some_ordered_jobs, _i);
	ck_assert_uint_eq(scene->errors, 0);
	ck_assert_uint_eq(scene->entered, 2000);
	ck_assert_uint_eq(_i % 2 ? guarded : 2000, 2000);
}
END_TEST

START_TEST(a_section_is_entered_once)
{
	uint64_t job = claim(0, 9);

	ck_assert_int_eq(sections_ordered_begin(&sections, 0, job), 0);
	ck_assert_int_eq(
		sections_ordered_end(&sections, 0, job, SECTIONS_NEVER), 0);
	ck_assert_int_eq(sections_ordered_begin(&sections, 0, job), -EALREADY);
	ck_assert_int_eq(
		sections_ordered_end(&sections, 0, job, SECTIONS_NEVER),
		-EPERM);
	/* nor by what job 1 left behind, when the slave has gone on */
	sections_job_ended(&sections, 0, false);
	ck_assert_uint_eq(claim(0, 9), 2);
	ck_assert_int_eq(sections_ordered_begin(&sections, 0, 1), -EALREADY);
	ck_assert_int_eq(sections_ordered_end(&sections, 0, 1, SECTIONS_NEVER),
			 -EPERM);
	ck_assert_int_eq(sections_ordered_begin(&sections, 0, 2), 0);
}
END_TEST

START_TEST(a_rank_beyond_np_is_refused)
{
	ck_assert_int_eq(sections_ordered_begin(&sections, NP, 1), -EALREADY);
	ck_assert_int_eq(sections_ordered_end(&sections, NP, 1, SECTIONS_NEVER),
			 -EPERM);
	ck_assert_int_eq(sections_barrier(&sections, NP), -EINVAL);
	ck_assert_int_eq(sections_single(&sections, NP), -EINVAL);
}
END_TEST

static void
wait_in_order(uint32_t rank)
{
	_exit(sections_ordered_begin(&sections, rank, rank + 1u) ? 1 : 0);
}

/* jobs 1 and 2 are claimed, and 2 waits for 1 */
static pid_t
let_wait(void)
{
	claim(0, 9);
	claim(1, 9);
	return spawn(wait_in_order, 1);
}

static void
expect_turn(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static bool
is_waiting(void)
{
	for (int i = 0; i < 20000; i++) {
		if (atomic_load(&sections.state->turn_waiting) > 0)
			return true;
		usleep(500);
	}
	return false;
}

START_TEST(the_end_of_a_slave_lets_others_in)
{
	pid_t pid = let_wait();

	ck_assert(is_waiting());
	sections_slave_died(&sections, 0, true);
	/* its successor will run job 1: not yet */
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
	sections_slave_died(&sections, 0, false);
	expect_turn(pid);
}
END_TEST

START_TEST(a_waiter_is_sent_away_when_the_run_ends)
{
	pid_t pid = let_wait();
	int status;

	ck_assert(is_waiting());
	sections_end(&sections);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

START_TEST(a_job_that_runs_again_waits_for_lower_ones_only)
{
	ck_assert_uint_eq(claim(0, 9), 1);
	ck_assert_uint_eq(claim(1, 9), 2);
	sections_job_ended(&sections, 0, true);
	ck_assert_int_eq(sections_ordered_begin(&sections, 1, 2), 0);
	/* job 1 once more, while 2 is inside */
	sections_claimed(&sections, 2, 1);
	ck_assert_int_eq(sections_ordered_begin(&sections, 2, 1), 0);
	ck_assert_int_eq(sections_ordered_end(&sections, 2, 1, SECTIONS_NEVER),
			 0);
	ck_assert_int_eq(sections_ordered_end(&sections, 1, 2, SECTIONS_NEVER),
			 0);
}
END_TEST

/* ---- barrier ---- */

static void
pass_barriers(uint32_t rank)
{
	for (uint64_t round = 1; round <= 3000; round++) {
		written[rank] = round;
		atomic_fetch_add(&scene->next, 1);
		if (sections_barrier(&sections, rank))
			_exit(1);
		/* of threads: what the neighbour wrote before it came */
		if (thread_act && written[(rank + 1) % NP] < round)
			atomic_fetch_add(&scene->errors, 1);
		if (sections_barrier(&sections, rank))
			_exit(1);
		if (atomic_load(&scene->next) < round * NP)
			atomic_fetch_add(&scene->errors, 1);
	}
}

START_TEST(none_passes_a_barrier_before_all_have_come)
{
	run_all(pass_barriers, _i);
	ck_assert_uint_eq(scene->errors, 0);
	ck_assert_uint_eq(scene->next, 3000 * NP);
}
END_TEST

static void
come(uint32_t rank)
{
	int error = sections_barrier(&sections, rank);

	_exit(error == -EPIPE ? 7 : error ? 8 : 0);
}

/* all but rank 0 wait */
static void
let_come(pid_t pids[NP])
{
	for (uint32_t rank = 1; rank < NP; rank++)
		pids[rank] = spawn(come, rank);
	for (int i = 0; i < 20000; i++) {
		if ((atomic_load(&sections.state->barrier) & 0x7fff) == NP - 1)
			return;
		usleep(500);
	}
	ck_abort_msg("not all have come");
}

static void
expect_status(const pid_t pids[NP], int wanted)
{
	int status;

	for (uint32_t rank = 1; rank < NP; rank++) {
		ck_assert_int_eq(waitpid(pids[rank], &status, 0), pids[rank]);
		ck_assert_int_eq(WEXITSTATUS(status), wanted);
	}
}

START_TEST(a_slaves_death_breaks_the_barrier_for_all)
{
	pid_t pids[NP];

	let_come(pids);
	sections_slave_died(&sections, 0, false);
	expect_status(pids, 7);
	/* and it works again */
	let_come(pids);
	ck_assert_int_eq(sections_barrier(&sections, 0), 0);
	expect_status(pids, 0);
}
END_TEST

START_TEST(a_failed_job_breaks_it_and_a_good_one_does_not)
{
	pid_t pids[NP];

	let_come(pids);
	sections_job_ended(&sections, 0, false);
	ck_assert_int_eq(waitpid(pids[1], NULL, WNOHANG), 0);
	sections_job_ended(&sections, 0, true);
	expect_status(pids, 7);
}
END_TEST

START_TEST(a_worker_that_dies_inside_breaks_it)
{
	pid_t pids[NP];
	int status;

	let_come(pids);
	kill(pids[1], SIGKILL);
	ck_assert_int_eq(waitpid(pids[1], &status, 0), pids[1]);
	/* as its slave reports it, whatever the status */
	sections_job_ended(&sections, 1, false);
	for (uint32_t rank = 2; rank < NP; rank++) {
		ck_assert_int_eq(waitpid(pids[rank], &status, 0), pids[rank]);
		ck_assert_int_eq(WEXITSTATUS(status), 7);
	}
}
END_TEST

START_TEST(with_too_few_slaves_nobody_waits)
{
	pid_t pids[NP];

	let_come(pids);
	sections_set_short(&sections);
	expect_status(pids, 7);
	ck_assert_int_eq(sections_barrier(&sections, 0), -EPIPE);
}
END_TEST

START_TEST(the_end_of_the_run_sends_all_away)
{
	pid_t pids[NP];

	let_come(pids);
	sections_end(&sections);
	expect_status(pids, 8);
}
END_TEST

static void
pass_until_told(uint32_t rank)
{
	for (;;)
		sections_barrier(&sections, rank);
}

/* members die at any moment, and are replaced */
START_TEST(no_death_hangs_a_barrier)
{
	pid_t pids[NP];
	int status;

	for (uint32_t rank = 0; rank < NP; rank++)
		pids[rank] = spawn(pass_until_told, rank);
	for (unsigned round = 0; round < 400; round++) {
		uint32_t rank = round % NP;

		usleep(round % 37 * 20);
		kill(pids[rank], SIGKILL);
		ck_assert_int_eq(waitpid(pids[rank], &status, 0), pids[rank]);
		sections_slave_died(&sections, rank, false);
		pids[rank] = spawn(pass_until_told, rank);
	}
	for (uint32_t rank = 0; rank < NP; rank++) {
		kill(pids[rank], SIGKILL);
		waitpid(pids[rank], &status, 0);
		sections_slave_died(&sections, rank, false);
	}
	/* what they left is a barrier that works */
	let_come(pids);
	ck_assert_int_eq(sections_barrier(&sections, 0), 0);
	expect_status(pids, 0);
}
END_TEST

/* ---- single ---- */

static void
take_singles(uint32_t rank)
{
	for (int i = 0; i < 5000; i++)
		if (sections_single(&sections, rank) == 1)
			atomic_fetch_add(&scene->entered, 1);
}

START_TEST(each_single_is_taken_by_one)
{
	run_all(take_singles, _i);
	ck_assert_uint_eq(scene->entered, 5000);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *ordered = unit_case(suite, "ordered");
	TCase *barrier = unit_case(suite, "barrier");
	TCase *single = unit_case(suite, "single");

	tcase_add_checked_fixture(ordered, set_up, tear_down);
	tcase_add_loop_test(ordered, sections_follow_the_numbers_of_jobs, 0, 2);
	tcase_add_loop_test(ordered, a_job_that_never_enters_holds_nobody_up, 0,
			    2);
	tcase_add_loop_test(ordered, sections_follow_the_pieces_of_a_loop, 0,
			    4);
	tcase_add_loop_test(ordered, a_worker_that_is_gone_holds_no_loop_up, 0,
			    2);
	tcase_add_test(ordered, a_section_is_entered_once);
	tcase_add_test(ordered, a_rank_beyond_np_is_refused);
	tcase_add_test(ordered, the_end_of_a_slave_lets_others_in);
	tcase_add_test(ordered, a_waiter_is_sent_away_when_the_run_ends);
	tcase_add_test(ordered,
		       a_job_that_runs_again_waits_for_lower_ones_only);
	tcase_add_checked_fixture(barrier, set_up, tear_down);
	tcase_add_loop_test(barrier, none_passes_a_barrier_before_all_have_come,
			    0, 2);
	tcase_add_test(barrier, a_slaves_death_breaks_the_barrier_for_all);
	tcase_add_test(barrier, a_failed_job_breaks_it_and_a_good_one_does_not);
	tcase_add_test(barrier, a_worker_that_dies_inside_breaks_it);
	tcase_add_test(barrier, with_too_few_slaves_nobody_waits);
	tcase_add_test(barrier, the_end_of_the_run_sends_all_away);
	tcase_add_test(barrier, no_death_hangs_a_barrier);
	tcase_add_checked_fixture(single, set_up, tear_down);
	tcase_add_loop_test(single, each_single_is_taken_by_one, 0, 2);
}
