/* Work in pieces by threads. */
#include <config.h>

#include "unit.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "segment/pieces.h"
#include "segment/segment.h"

static char why[SEGMENT_WHY_SIZE];

/* threads that the next function makes before it refuses */
static int threads_max = 1000;

typedef int create_function(pthread_t *, const pthread_attr_t *,
			    void *(*)(void *), void *);

/* stands before the C library's own */
int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
	       void *(*start)(void *), void *context)
{
	create_function *create;

	if (threads_max-- <= 0)
		return EAGAIN;
	*(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
	return create(thread, attributes, start, context);
}

struct pieces {
	_Atomic int done[1000];
	_Atomic int unblocked;
	uint64_t bad;
	pthread_t caller;
};

static int
do_piece(void *context, uint64_t index, char *reason)
{
	struct pieces *pieces = context;
	sigset_t blocked;

	atomic_fetch_add(&pieces->done[index], 1);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	if (!pthread_equal(pthread_self(), pieces->caller) &&
	    (!sigismember(&blocked, SIGINT) || !sigismember(&blocked, SIGHUP)))
		atomic_fetch_add(&pieces->unblocked, 1);
	if (index != pieces->bad)
		return 0;
	strcpy(reason, "bad");
	return -EIO;
}

START_TEST(each_piece_is_done_once_and_signals_stay_the_callers)
{
	struct pieces pieces = { .bad = UINT64_MAX, .caller = pthread_self() };
	sigset_t blocked;

	ck_assert_int_eq(pieces_run(1000, (unsigned)_i, do_piece, &pieces, why),
			 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(pieces.done[i], 1);
	ck_assert_int_eq(pieces.unblocked, 0);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	ck_assert(!sigismember(&blocked, SIGINT));
	ck_assert_int_eq(pieces_run(0, 4, do_piece, &pieces, why), 0);
}
END_TEST

START_TEST(no_piece_begins_after_a_failure)
{
	struct pieces pieces = { .bad = 10, .caller = pthread_self() };

	ck_assert_int_eq(pieces_run(1000, 1, do_piece, &pieces, why), -EIO);
	ck_assert_str_eq(why, "bad");
	ck_assert_int_eq(pieces.done[10], 1);
	ck_assert_int_eq(pieces.done[11], 0);
	ck_assert_int_eq(pieces_run(1000, 4, do_piece, &pieces, why), -EIO);
}
END_TEST

START_TEST(without_threads_the_caller_does_it_all)
{
	struct pieces pieces = { .bad = UINT64_MAX, .caller = pthread_self() };

	threads_max = _i;
	ck_assert_int_eq(pieces_run(1000, 4, do_piece, &pieces, why), 0);
	ck_assert_int_eq(threads_max, _i < 3 ? -1 : 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(pieces.done[i], 1);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *pieces = unit_case(suite, "pieces");

	tcase_add_loop_test(
		pieces, each_piece_is_done_once_and_signals_stay_the_callers, 1,
		5);
	tcase_add_test(pieces, no_piece_begins_after_a_failure);
	tcase_add_loop_test(pieces, without_threads_the_caller_does_it_all, 0,
			    4);
}
