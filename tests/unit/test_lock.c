#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "segment/lock.h"
#include "unit.h"

#define SIZE (LOCK_COUNT * sizeof(struct lock))

static struct lock *locks;
static uint64_t *counter; /* shared, guarded by a lock */

static void
make_locks(void)
{
	unsigned char *memory = mmap(NULL, SIZE + 4096, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	locks = (struct lock *)(void *)memory;
	counter = (uint64_t *)(void *)(memory + SIZE);
	ck_assert_int_eq(lock_init(locks), 0);
}

static void
release_locks(void)
{
	munmap(locks, SIZE + 4096);
}

static struct lock *
lock_named(const char *name)
{
	struct lock *lock = NULL;

	ck_assert_int_eq(lock_find(locks, name, &lock), 0);
	return lock;
}

/* a child that does what enter says and is killed meanwhile */
static void
die_inside(const char *name, uint64_t job)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct lock *lock;

		if (lock_find(locks, name, &lock) == 0)
			lock_begin(lock, job);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(a_name_is_found_again)
{
	struct lock *a = lock_named("a");

	ck_assert_ptr_ne(lock_named("b"), a);
	ck_assert_ptr_eq(lock_named("a"), a);
	ck_assert_ptr_eq(lock_named(NULL), lock_named(""));
	ck_assert_ptr_ne(lock_named(""), a);
}
END_TEST

START_TEST(names_have_a_limit_and_so_has_their_length)
{
	char name[LOCK_NAME_SIZE + 1];
	struct lock *lock;

	memset(name, 'x', LOCK_NAME_SIZE);
	name[LOCK_NAME_SIZE] = '\0';
	ck_assert_int_eq(lock_find(locks, name, &lock), -ENAMETOOLONG);
	name[LOCK_NAME_SIZE - 1] = '\0';
	ck_assert_int_eq(lock_find(locks, name, &lock), 0);
	/* 64 with the empty one and this one */
	for (int i = 0; i < 62; i++) {
		snprintf(name, sizeof(name), "%d", i);
		ck_assert_int_eq(lock_find(locks, name, &lock), 0);
	}
	ck_assert_int_eq(lock_find(locks, "one more", &lock), -ENOSPC);
	ck_assert_int_eq(lock_find(locks, "61", &lock), 0);
}
END_TEST

START_TEST(who_is_inside_cannot_enter_again)
{
	struct lock *lock = lock_named("a");

	ck_assert_int_eq(lock_begin(lock, 1), 0);
	ck_assert_int_eq(lock_begin(lock, 1), -EDEADLK);
	ck_assert_int_eq(lock_end(lock), 0);
	ck_assert_int_eq(lock_end(lock), -EPERM);
}
END_TEST

START_TEST(processes_exclude_each_other)
{
	enum { PROCESSES = 4, ROUNDS = 20000 };
	int status;

	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			struct lock *lock;
			int error = lock_find(locks, "shared", &lock);

			for (int n = 0; n < ROUNDS && !error; n++) {
				error = lock_begin(lock, 1);
				++*counter;
				error |= lock_end(lock);
			}
			_exit(error != 0);
		}
		ck_assert_int_gt(pid, 0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(*counter, PROCESSES * ROUNDS);
}
END_TEST

START_TEST(a_holder_that_dies_passes_the_lock_on_and_is_named)
{
	struct lock *lock = lock_named("a");

	die_inside("a", 17);
	ck_assert_int_eq(lock_begin(lock, 18), 1);
	ck_assert_uint_eq(atomic_load(&lock->deaths), 1);
	ck_assert_uint_eq(atomic_load(&lock->dead_job), 17);
	ck_assert_int_eq(lock_end(lock), 0);
	ck_assert_int_eq(lock_begin(lock, 19), 0);
	ck_assert_int_eq(lock_end(lock), 0);
	ck_assert_uint_eq(atomic_load(&lock->deaths), 1);
}
END_TEST

START_TEST(a_death_that_nobody_met_is_noticed)
{
	struct lock *lock = lock_named("a");

	lock_notice_death(lock);
	ck_assert_uint_eq(atomic_load(&lock->deaths), 0);
	die_inside("a", 5);
	lock_notice_death(lock);
	ck_assert_uint_eq(atomic_load(&lock->deaths), 1);
	ck_assert_uint_eq(atomic_load(&lock->dead_job), 5);
	ck_assert_int_eq(lock_begin(lock, 6), 0);
	ck_assert_int_eq(lock_end(lock), 0);
}
END_TEST

/* children that make and use locks, killed at any moment: the list stays whole
 * and no lock is held by the dead */
START_TEST(makers_may_die_at_any_moment)
{
	struct lock *lock;
	char name[16];

	for (int round = 0; round < 300; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (unsigned i = (unsigned)round;; i++) {
				snprintf(name, sizeof(name), "%u", i % 40);
				if (lock_find(locks, name, &lock) == 0 &&
				    lock_begin(lock, i) >= 0)
					lock_end(lock);
			}
		}
		ck_assert_int_gt(pid, 0);
		usleep((useconds_t)(round % 50) * 10);
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	}
	for (unsigned i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "%u", i);
		lock = lock_named(name);
		ck_assert_str_eq(lock->name, name);
		ck_assert_int_ge(lock_begin(lock, 1), 0);
		ck_assert_int_eq(lock_end(lock), 0);
	}
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *lock = unit_case(suite, "lock");

	tcase_add_checked_fixture(lock, make_locks, release_locks);
	tcase_add_test(lock, a_name_is_found_again);
	tcase_add_test(lock, names_have_a_limit_and_so_has_their_length);
	tcase_add_test(lock, who_is_inside_cannot_enter_again);
	tcase_add_test(lock, processes_exclude_each_other);
	tcase_add_test(lock,
		       a_holder_that_dies_passes_the_lock_on_and_is_named);
	tcase_add_test(lock, a_death_that_nobody_met_is_noticed);
	tcase_add_test(lock, makers_may_die_at_any_moment);
}
