#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <check.h>
#include <stdint.h>

/* AddressSanitizer makes every access some twenty instructions: a test that is
 * slow anyhow does less */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define UNIT_IS_SANITIZED 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define UNIT_IS_SANITIZED 1
#endif
#ifndef UNIT_IS_SANITIZED
#define UNIT_IS_SANITIZED 0
#endif

/*
 * What every unit test program shares. A program is one file, test_MODULE.c:
 *
 *	#include <config.h>
 *
 *	#include "unit.h"
 *	#include "base/number.h"
 *
 *	START_TEST(a_number_beyond_the_maximum_is_refused)
 *	{
 *		...
 *	}
 *	END_TEST
 *
 *	void
 *	unit_suite(Suite *suite)
 *	{
 *		TCase *parse = unit_case(suite, "parse");
 *
 *		tcase_add_test(parse, a_number_beyond_the_maximum_is_refused);
 *	}
 *
 * unit.c has main(): it runs the suite with TAP on standard output. Check runs
 * each test in a process of its own; CK_FORK=no runs them in this one, for a
 * debugger, and CK_RUN_CASE=parse runs one case. A test that prints goes to
 * standard error: standard output is TAP.
 */

/* the program's tests; called once, before any runs */
void unit_suite(Suite *suite);

/*
 * A test case of suite with the given name, which the suite then owns. A test
 * of it fails when it leaves a child process or a descriptor behind, and when
 * it takes longer than five minutes.
 */
TCase *unit_case(Suite *suite, const char *name);

/* The next of a series of random numbers that *state, not 0, has begun: the
 * same for the same state (xorshift; Marsaglia 2003). */
uint64_t unit_random(uint64_t *state);

#endif
