/* The number of slaves: -j, and the environment. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "engine/plan.h"
#include "front/slaves.h"

#define NELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static char printed[1000];

static void
keep(void *context, const char *line, size_t nbytes)
{
	size_t used = strlen(printed);

	(void)context;
	snprintf(printed + used, sizeof(printed) - used, "%.*s", (int)nbytes,
		 line);
}

/* ---- environment ---- */

static const char *const variables[] = {
	"OMP_NUM_THREADS",    "OMP_THREAD_LIMIT",
	"PBS_NUM_PPN",	      "NSLOTS",
	"LSB_DJOB_NUMPROC",   "SLURM_CPUS_PER_TASK",
	"SLURM_CPUS_ON_NODE",
};

/* settings are NAME=VALUE with ; between them */
static void
set_environment(const char *settings)
{
	char *copy = strdup(settings), *rest = copy, *name, *value;

	for (size_t i = 0; i < NELEMENTS(variables); i++)
		unsetenv(variables[i]);
	while ((value = strsep(&rest, ";")) && *value) {
		name = strsep(&value, "=");
		setenv(name, value, 1);
	}
	free(copy);
}

static const struct {
	const char *settings;
	unsigned wanted; /* with 8 processors */
	const char *warning;
} defaults[] = {
	{ "", 8, "" },
	{ "OMP_NUM_THREADS=3", 3, "" },
	{ "OMP_NUM_THREADS=4,2", 4, "" },
	{ "OMP_NUM_THREADS= 4 , 2 ,1", 4, "" },
	{ "OMP_NUM_THREADS=", 8, "" },
	{ "PBS_NUM_PPN=5", 5, "" },
	{ "NSLOTS=5", 5, "" },
	{ "LSB_DJOB_NUMPROC=5", 5, "" },
	{ "SLURM_CPUS_PER_TASK=5", 5, "" },
	{ "SLURM_CPUS_ON_NODE=5", 5, "" },
	{ "OMP_NUM_THREADS=2;PBS_NUM_PPN=3", 2, "" },
	{ "PBS_NUM_PPN=3;NSLOTS=4", 3, "" },
	{ "NSLOTS=3;LSB_DJOB_NUMPROC=4", 3, "" },
	{ "LSB_DJOB_NUMPROC=3;SLURM_CPUS_PER_TASK=4", 3, "" },
	{ "SLURM_CPUS_PER_TASK=3;SLURM_CPUS_ON_NODE=4", 3, "" },
	{ "OMP_THREAD_LIMIT=3", 3, "" },
	{ "OMP_THREAD_LIMIT=30", 8, "" },
	{ "OMP_NUM_THREADS=9;OMP_THREAD_LIMIT=3", 3, "" },
	{ "NSLOTS=9;OMP_THREAD_LIMIT=3", 3, "" },
	{ "OMP_NUM_THREADS=2000000000", PLAN_SLAVES_MAX, "" },
	/* which slaves_worker_threads() warns of */
	{ "OMP_NUM_THREADS=x", 8, "" },
	{ "OMP_NUM_THREADS=4,,2", 8, "" },
	{ "OMP_NUM_THREADS=4,", 8, "" },
	{ "OMP_NUM_THREADS=,4", 8, "" },
	{ "OMP_NUM_THREADS=4,x", 8, "" },
	{ "OMP_NUM_THREADS=0", 8, "" },
	{ "OMP_NUM_THREADS=-4", 8, "" },
	{ "OMP_NUM_THREADS=99999999999999999999", 8, "" },
	{ "OMP_NUM_THREADS=x;NSLOTS=3", 3, "" },
	{ "PBS_NUM_PPN=0;NSLOTS=3", 3,
	  "shmmap: PBS_NUM_PPN: '0' is not a positive number; ignored\n" },
	{ "SLURM_CPUS_ON_NODE=2(x3)", 8, "SLURM_CPUS_ON_NODE: '2(x3)' is" },
	{ "OMP_THREAD_LIMIT=no", 8, "OMP_THREAD_LIMIT: 'no' is not a posi" },
};

static void
assert_printed(const char *warning)
{
	if (warning[0])
		ck_assert_ptr_nonnull(strstr(printed, warning));
	else
		ck_assert_str_eq(printed, "");
}

START_TEST(the_first_setting_that_is_well_formed_decides)
{
	set_environment(defaults[_i].settings);
	diag_redirect(keep, NULL);
	ck_assert_uint_eq(slaves_default(8), defaults[_i].wanted);
	diag_redirect(NULL, NULL);
	assert_printed(defaults[_i].warning);
}
END_TEST

static const struct {
	const char *list;
	unsigned processors, nslaves;
	const char *wanted, *warning;
} threads[] = {
	{ "", 8, 2, "4", "" },
	{ "", 8, 3, "2", "" },
	{ "", 8, 8, "1", "" },
	{ "", 8, 9, "1", "" },
	{ "", 1, 16384, "1", "" },
	{ "4", 8, 2, "4", "" },
	{ "4,2", 8, 4, "2", "" },
	{ "4,2,1", 8, 4, "2,1", "" },
	{ "4,2", 8, 1, "2", "" },
	{ "x", 8, 2, "4",
	  "shmmap: OMP_NUM_THREADS: 'x' is not a list of positive numbers; "
	  "ignored\n" },
	{ "x,2", 8, 2, "4", "'x,2' is not a list of positive" },
	{ "4,", 8, 2, "4", "'4,' is not a list of positive" },
	{ ",4", 8, 2, "4", "',4' is not a list of positive" },
	{ "4,,2", 8, 2, "4", "'4,,2' is not a list of positive" },
	{ "4,x", 8, 2, "4", "'4,x' is not a list of positive" },
	{ "0", 8, 2, "4", "'0' is not a list of positive" },
	{ "-4", 8, 2, "4", "'-4' is not a list of positive" },
	{ "99999999999999999999", 8, 2, "4", "is not a list" },
};

START_TEST(workers_get_the_rest_of_the_list_or_their_share)
{
	char *got;

	set_environment("");
	setenv("OMP_NUM_THREADS", threads[_i].list, 1);
	diag_redirect(keep, NULL);
	got = slaves_worker_threads(threads[_i].processors,
				    threads[_i].nslaves);
	diag_redirect(NULL, NULL);
	ck_assert_str_eq(got, threads[_i].wanted);
	assert_printed(threads[_i].warning);
	free(got);
}
END_TEST

/* ---- -j ---- */

static const struct {
	const char *text;
	int result;
	unsigned nslaves; /* with 8 processors */
} arguments[] = {
	{ "1", 0, 1 },
	{ "64", 0, 64 },
	{ "16384", 0, 16384 },
	{ "16385", -EINVAL, 0 },
	{ "0", -EINVAL, 0 },
	{ "", -EINVAL, 0 },
	{ "x", -EINVAL, 0 },
	{ "2x", -EINVAL, 0 },
	{ " 2", -EINVAL, 0 },
	{ "2.5", -EINVAL, 0 },
	{ "50%", 0, 4 },
	{ "100%", 0, 8 },
	{ "250%", 0, 20 },
	{ "1%", 0, 1 },
	{ "60%", 0, 4 },
	{ "0%", -EINVAL, 0 },
	{ "%", -EINVAL, 0 },
	{ "-50%", -EINVAL, 0 },
	{ "+50%", -EINVAL, 0 },
	{ "50%%", -EINVAL, 0 },
	{ " 50%", -EINVAL, 0 },
	{ "50 %", -EINVAL, 0 },
	{ "999999%", -EINVAL, 0 },
	{ "99999999999999999999%", -EINVAL, 0 },
	{ "+2", 0, 10 },
	{ "+0", 0, 8 },
	{ "-1", 0, 7 },
	{ "-7", 0, 1 },
	{ "-8", 0, 1 },
	{ "-4000000000", 0, 1 },
	{ "+16384", -EINVAL, 0 },
	{ "+", -EINVAL, 0 },
	{ "-", -EINVAL, 0 },
	{ "--1", -EINVAL, 0 },
	{ "+99999999999999999999", -EINVAL, 0 },
};

START_TEST(the_argument_is_a_number_share_or_difference)
{
	unsigned nslaves = 12345;

	ck_assert_int_eq(slaves_parse(arguments[_i].text, 8, &nslaves),
			 arguments[_i].result);
	ck_assert_uint_eq(nslaves,
			  arguments[_i].result ? 12345 : arguments[_i].nslaves);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *environment = unit_case(suite, "environment");
	TCase *argument = unit_case(suite, "argument");

	tcase_add_loop_test(environment,
			    the_first_setting_that_is_well_formed_decides, 0,
			    NELEMENTS(defaults));
	tcase_add_loop_test(environment,
			    workers_get_the_rest_of_the_list_or_their_share, 0,
			    NELEMENTS(threads));
	tcase_add_loop_test(argument,
			    the_argument_is_a_number_share_or_difference, 0,
			    NELEMENTS(arguments));
}
