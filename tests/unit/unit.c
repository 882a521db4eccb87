/*
 * main() of the unit test programs, and the check after each test that it
 * cleaned up: Check kills what is left of a test's process group without a
 * word, so a leaked slave would pass unnoticed.
 */
#include <config.h>

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

/* per test; generous: only what hangs may fail by it, and a sanitizer on a
 * machine that does ten other things makes everything slow */
#define TIMEOUT_S 300

static int fds_before;

static int
count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	if (!folder)
		return 0;
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void
remember_state(void)
{
	fds_before = count_fds();
}

static void
check_state(void)
{
	pid_t child = waitpid(-1, NULL, WNOHANG);

	ck_assert_msg(child == -1 && errno == ECHILD,
		      "the test left a child process behind");
	ck_assert_msg(count_fds() == fds_before,
		      "the test left a descriptor open, or closed one of ours");
}

TCase *
unit_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, remember_state, check_state);
	tcase_set_timeout(tcase, TIMEOUT_S);
	suite_add_tcase(suite, tcase);
	return tcase;
}

int
main(int argc, char **argv)
{
	Suite *suite = suite_create(argc > 0 ? argv[0] : "unit");
	SRunner *runner = srunner_create(suite);
	int nfailed;

	unit_suite(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	nfailed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return nfailed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

uint64_t
unit_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}
