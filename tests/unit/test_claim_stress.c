/*
 * The ring of batches in use by many: each batch is taken exactly once, by
 * threads that ThreadSanitizer can watch, and by processes that are killed at
 * any moment.
 */
#include <config.h>

#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/claim.h"

#define BATCHES_MAX (1u << 22)
#define CONSUMERS_MAX 16u

/* ck_assert() costs a system call, too much for what is asked often */
#define DEMAND(condition)                                                      \
	do {                                                                   \
		if (!(condition))                                              \
			ck_abort_msg("'" #condition "' is not so");            \
	} while (0)

/* shared by everybody who plays */
static struct stage {
	struct claim_ring ring;
	_Atomic uint32_t stop;
	_Atomic uint32_t nrings;	    /* claim_free() said to ring */
	sem_t room;			    /* and the one who did so posted */
	uint64_t texts[CLAIM_SLOTS];	    /* in place of the arena */
	_Atomic uint8_t taken[BATCHES_MAX]; /* how often */
} * stage;

static struct claim_ring *ring;

static void
set_stage(void)
{
	stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(stage, MAP_FAILED);
	ck_assert_int_eq(sem_init(&stage->room, 1, 0), 0);
	ring = &stage->ring;
	claim_init(ring, 0);
}

static void
clear_stage(void)
{
	munmap(stage, sizeof(*stage));
}

static uint64_t
published(void)
{
	return atomic_load_explicit(&ring->published, memory_order_relaxed);
}

static uint64_t
text_of(uint64_t index)
{
	return (index + 1) * 0x9e3779b97f4a7c15u;
}

/* publish the next batch; the text is written only where nobody reads it */
static bool
publish(void)
{
	uint64_t index = published();

	if (index >= CLAIM_SLOTS && !claim_is_free(ring, index - CLAIM_SLOTS))
		return false;
	stage->texts[index % CLAIM_SLOTS] = text_of(index);
	DEMAND(claim_publish(
		ring,
		&(struct batch){ .job = index + 1,
				 .count = 1,
				 .place = index * 3,
				 .nbytes = (uint32_t)index * 7,
				 .flags = (uint32_t)index & CLAIM_TOO_LONG }));
	return true;
}

static bool
is_whole(const struct claim *claim)
{
	uint64_t index = claim->index;

	return claim->batch.place == index * 3 &&
	       claim->batch.nbytes == (uint32_t)index * 7 &&
	       claim->batch.flags == ((uint32_t)index & CLAIM_TOO_LONG) &&
	       stage->texts[index % CLAIM_SLOTS] == text_of(index);
}

static void
mark_taken(const struct claim *claim)
{
	atomic_fetch_add_explicit(&stage->taken[claim->index], 1,
				  memory_order_relaxed);
}

static unsigned
times_taken(uint64_t index)
{
	return atomic_load_explicit(&stage->taken[index], memory_order_relaxed);
}

static void
check_each_taken_once(void)
{
	for (uint64_t i = 0; i < published(); i++)
		DEMAND(times_taken(i) == 1);
	ck_assert_uint_eq(claim_untaken(ring), 0);
}

/* What a slave does until the ring is closed; each batch takes up to effort
 * steps. Returns how many batches were not whole or came out of order. */
static unsigned
consume(uint32_t rank, uint64_t effort)
{
	uint64_t random = rank + (uint64_t)getpid() * 7919 + 1;
	uint64_t least = 0;
	unsigned nwrong = 0;
	struct claim claim;

	for (;;) {
		bool is_closed = atomic_load_explicit(&ring->closed,
						      memory_order_acquire);

		if (!claim_next(ring, rank, &claim)) {
			if (is_closed)
				return nwrong;
			claim_sleep(ring, 0, &stage->stop);
			continue;
		}
		mark_taken(&claim);
		nwrong += !is_whole(&claim) || claim.index < least;
		least = claim.index + 1;
		for (uint64_t i = unit_random(&random) % (effort + 1); i; i--)
			atomic_load_explicit(&stage->stop,
					     memory_order_relaxed);
		if (claim_free(ring, &claim)) {
			atomic_fetch_add_explicit(&stage->nrings, 1,
						  memory_order_relaxed);
			sem_post(&stage->room);
		}
	}
}

/* ---- consumers that are threads ---- */

static struct consumer {
	pthread_t thread;
	uint32_t rank;
	_Atomic pid_t tid;
	unsigned nwrong;
} consumers[CONSUMERS_MAX];

static void *
run_consumer(void *argument)
{
	struct consumer *consumer = argument;

	atomic_store(&consumer->tid, gettid());
	consumer->nwrong = consume(consumer->rank, 0);
	return NULL;
}

static void
start_consumers(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		consumers[i].rank = i;
		ck_assert_int_eq(pthread_create(&consumers[i].thread, NULL,
						run_consumer, &consumers[i]),
				 0);
	}
}

static void
join_consumers(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pthread_join(consumers[i].thread, NULL);
		ck_assert_uint_eq(consumers[i].nwrong, 0);
	}
}

static char
state_of(const struct consumer *consumer)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat",
		 (int)atomic_load(&consumer->tid));
	file = fopen(path, "re");
	if (!file)
		return '?';
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(file);
	return state;
}

static void
await_sleepers(unsigned n)
{
	while (atomic_load(&ring->waiting) != n)
		sched_yield();
	for (unsigned i = 0; i < n; i++)
		while (state_of(&consumers[i]) != 'S')
			sched_yield();
}

/* as source.c waits for room: say so, look again, sleep. Returns how often a
 * bell was asked for. */
static unsigned
publish_all(uint64_t n)
{
	uint64_t random = n, unannounced = 0;
	unsigned nasked = 0;

	while (published() < n) {
		if (publish()) {
			unannounced++;
			if (unit_random(&random) % 64 != 0)
				continue;
		} else {
			uint64_t most = unit_random(&random) % CLAIM_SLOTS;

			claim_wake(ring, (unsigned)unannounced);
			unannounced = 0;
			claim_set_low_water(ring,
					    published() - CLAIM_SLOTS + most);
			nasked++;
			atomic_thread_fence(memory_order_seq_cst);
			if (!claim_is_free(ring,
					   published() - CLAIM_SLOTS + most))
				sem_wait(&stage->room);
		}
		claim_wake(ring, (unsigned)unannounced);
		unannounced = 0;
		/* now and then let them run dry and fall asleep */
		while (published() % 1024 == 5 && claim_untaken(ring) > 0)
			sched_yield();
	}
	claim_close(ring);
	return nasked;
}

START_TEST(many_threads_take_each_batch_once)
{
	static const unsigned numbers[] = { 1, 4, CONSUMERS_MAX };
	unsigned nasked;

	start_consumers(numbers[_i]);
	nasked = publish_all(200000);
	join_consumers(numbers[_i]);
	check_each_taken_once();
	ck_assert_uint_le(atomic_load(&stage->nrings), nasked);
}
END_TEST

START_TEST(a_published_batch_wakes_a_sleeper)
{
	start_consumers(4);
	for (unsigned i = 0; i < 20; i++) {
		await_sleepers(4);
		ck_assert(publish());
		claim_wake(ring, 1);
		while (times_taken(i) == 0)
			sched_yield();
	}
	claim_close(ring);
	join_consumers(4);
	check_each_taken_once();
}
END_TEST

START_TEST(closing_wakes_all_sleepers)
{
	start_consumers(CONSUMERS_MAX);
	await_sleepers(CONSUMERS_MAX);
	claim_close(ring);
	join_consumers(CONSUMERS_MAX);
	ck_assert_uint_eq(atomic_load(&ring->waiting), 0);
}
END_TEST

/* ---- consumers that are processes ---- */

#define PROCESSES 3u

static pid_t pids[PROCESSES];

static void
start_process(uint32_t rank)
{
	pids[rank] = fork();
	ck_assert_int_ge(pids[rank], 0);
	if (pids[rank] == 0)
		_exit(consume(rank, 20000) > 0);
}

/* Kill a consumer, free what it owned, and put another in its place. True if it
 * owned a batch. */
static bool
replace_process(uint32_t rank)
{
	struct claim claim;
	bool has_claim;
	int status;

	kill(pids[rank], SIGKILL);
	ck_assert_int_eq(waitpid(pids[rank], &status, 0), pids[rank]);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	has_claim = claim_taken_by(ring, rank, &claim);
	if (has_claim) {
		ck_assert(is_whole(&claim));
		/* killed before it could say that it took the batch? */
		if (times_taken(claim.index) == 0)
			mark_taken(&claim);
		claim_free(ring, &claim);
		ck_assert(!claim_taken_by(ring, rank, &claim));
	}
	start_process(rank);
	return has_claim;
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

START_TEST(killed_consumers_lose_and_repeat_nothing)
{
	double end = seconds() + 1.2;
	uint64_t random = (uint64_t)getpid() * 7919;
	unsigned nkilled = 0, nowners = 0;
	int status;

	for (uint32_t rank = 0; rank < PROCESSES; rank++)
		start_process(rank);
	while (seconds() < end || nkilled < 10 || nowners == 0) {
		uint64_t burst = unit_random(&random) % 64, n = 0;

		while (n < burst && published() < BATCHES_MAX && publish())
			n++;
		claim_wake(ring, (unsigned)n);
		/* sometimes in the middle of plenty, sometimes asleep */
		while (random >> 32 & 1 && claim_untaken(ring) > 0)
			sched_yield();
		if (unit_random(&random) % 16 != 0)
			continue;
		nkilled++;
		nowners += replace_process(random % 97 % PROCESSES);
	}
	claim_close(ring);
	for (uint32_t rank = 0; rank < PROCESSES; rank++) {
		waitpid(pids[rank], &status, 0);
		ck_assert_int_eq(status, 0);
	}
	check_each_taken_once();
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *threads = unit_case(suite, "threads");
	TCase *processes = unit_case(suite, "processes");

	tcase_add_checked_fixture(threads, set_stage, clear_stage);
	tcase_add_loop_test(threads, many_threads_take_each_batch_once, 0, 3);
	tcase_add_test(threads, a_published_batch_wakes_a_sleeper);
	tcase_add_test(threads, closing_wakes_all_sleepers);
	tcase_add_checked_fixture(processes, set_stage, clear_stage);
	tcase_add_test(processes, killed_consumers_lose_and_repeat_nothing);
}
