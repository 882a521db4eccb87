/*
 * The number of slaves: -j, the environment, and control groups, for which
 * each test builds a /proc and a /sys/fs/cgroup of its own.
 */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/plan.h"
#include "front/cgroup.h"
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
	{ "OMP_NUM_THREADS=x", 8,
	  "shmmap: OMP_NUM_THREADS: 'x' is not a list of positive numbers; "
	  "ignored\n" },
	{ "OMP_NUM_THREADS=4,,2", 8, "'4,,2' is not a list of positive" },
	{ "OMP_NUM_THREADS=4,", 8, "'4,' is not a list of positive" },
	{ "OMP_NUM_THREADS=,4", 8, "',4' is not a list of positive" },
	{ "OMP_NUM_THREADS=4,x", 8, "'4,x' is not a list of positive" },
	{ "OMP_NUM_THREADS=0", 8, "'0' is not a list of positive" },
	{ "OMP_NUM_THREADS=-4", 8, "'-4' is not a list of positive" },
	{ "OMP_NUM_THREADS=99999999999999999999", 8, "is not a list" },
	{ "OMP_NUM_THREADS=x;NSLOTS=3", 3, "OMP_NUM_THREADS: 'x'" },
	{ "PBS_NUM_PPN=0;NSLOTS=3", 3,
	  "shmmap: PBS_NUM_PPN: '0' is not a positive number; ignored\n" },
	{ "SLURM_CPUS_ON_NODE=2(x3)", 8, "SLURM_CPUS_ON_NODE: '2(x3)' is" },
	{ "OMP_THREAD_LIMIT=no", 8, "OMP_THREAD_LIMIT: 'no' is not a posi" },
};

START_TEST(the_first_setting_that_is_well_formed_decides)
{
	set_environment(defaults[_i].settings);
	diag_redirect(keep, NULL);
	ck_assert_uint_eq(slaves_default(8), defaults[_i].wanted);
	diag_redirect(NULL, NULL);
	if (defaults[_i].warning[0])
		ck_assert_ptr_nonnull(strstr(printed, defaults[_i].warning));
	else
		ck_assert_str_eq(printed, "");
}
END_TEST

static const struct {
	const char *list;
	unsigned processors, nslaves;
	const char *wanted;
} threads[] = {
	{ "", 8, 2, "4" },    { "", 8, 3, "2" },	{ "", 8, 8, "1" },
	{ "", 8, 9, "1" },    { "", 1, 16384, "1" },	{ "4", 8, 2, "4" },
	{ "4,2", 8, 4, "2" }, { "4,2,1", 8, 4, "2,1" }, { "4,2", 8, 1, "2" },
	{ "x,2", 8, 2, "4" }, { "4,", 8, 2, "4" },
};

START_TEST(workers_get_the_rest_of_the_list_or_their_share)
{
	char *got;

	set_environment("");
	setenv("OMP_NUM_THREADS", threads[_i].list, 1);
	got = slaves_worker_threads(threads[_i].processors,
				    threads[_i].nslaves);
	ck_assert_str_eq(got, threads[_i].wanted);
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

/* ---- control groups ---- */

static char root[] = "/tmp/shmmap-test-XXXXXX";
static char proc_root[100], cgroup_root[100];

/* write a file of the tree, with the folders above it */
static void
put(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *c = path + strlen(root) + 1; (c = strchr(c, '/')); c++) {
		*c = '\0';
		mkdir(path, 0700);
		*c = '/';
	}
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static int
remove_one(const char *path, const struct stat *status, int flag,
	   struct FTW *where)
{
	(void)status;
	(void)flag;
	(void)where;
	return remove(path);
}

static void
make_root(void)
{
	memcpy(strrchr(root, '-') + 1, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(proc_root, sizeof(proc_root), "%s/proc", root);
	snprintf(cgroup_root, sizeof(cgroup_root), "%s/cg", root);
}

static void
remove_root(void)
{
	nftw(root, remove_one, 10, FTW_DEPTH | FTW_PHYS);
}

static unsigned
limit(void)
{
	return cgroup_processors(proc_root, cgroup_root);
}

#define V2_MOUNT "29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"

/* a v2 tree in which this process is in /a/b */
static void
put_v2(const char *a, const char *b)
{
	put("proc/self/mountinfo",
	    "22 1 8:1 / / rw - ext4 /dev/sda rw\n" V2_MOUNT);
	put("proc/self/cgroup", "0::/a/b\n");
	put("cg/a/cpu.max", a);
	put("cg/a/b/cpu.max", b);
}

static const struct {
	const char *above, *own;
	unsigned wanted;
} quotas[] = {
	{ "max 100000\n", "max 100000\n", UINT_MAX },
	{ "max 100000\n", "200000 100000\n", 2 },
	{ "300000 100000\n", "max 100000\n", 3 },
	{ "100000 100000\n", "400000 100000\n", 1 },
	{ "900000 100000\n", "400000 100000\n", 4 },
	{ "max 100000\n", "299999 100000\n", 2 },
	{ "max 100000\n", "50000 100000\n", 1 },
	{ "max 100000\n", "1000 1000000\n", 1 },
	{ "max 100000\n", "50000 10000\n", 5 },
	{ "max 100000\n", "", UINT_MAX },
	{ "max 100000\n", "nonsense\n", UINT_MAX },
	{ "max 100000\n", "100000\n", UINT_MAX },
	{ "max 100000\n", "100000 0\n", UINT_MAX },
	{ "max 100000\n", "-1 100000\n", UINT_MAX },
	{ "", "99999999999999 1\n", UINT_MAX },
};

START_TEST(the_smallest_quota_on_the_way_up_counts)
{
	put_v2(quotas[_i].above, quotas[_i].own);
	ck_assert_uint_eq(limit(), quotas[_i].wanted);
}
END_TEST

START_TEST(without_proc_there_is_no_limit)
{
	ck_assert_uint_eq(limit(), UINT_MAX);
	put("proc/self/cgroup", "0::/a\n");
	ck_assert_uint_eq(limit(), UINT_MAX);
	put("proc/self/mountinfo", "");
	ck_assert_uint_eq(limit(), UINT_MAX);
	put("proc/self/cgroup", "");
	ck_assert_uint_eq(limit(), UINT_MAX);
}
END_TEST

START_TEST(malformed_lines_are_passed_over)
{
	put_v2("max 1", "200000 100000");
	put("proc/self/cgroup", "\n:\n::\nx\n0:\n0::/a/b\n");
	put("proc/self/mountinfo", "\nx\n1 2 3\n1 2 3 / /x\n1 2 3 / /x rw\n"
				   "1 2 3 / /x rw -\n1 2 3 / /x rw - cgroup2\n"
				   "1 2 3 / /x rw - cgroup2 x\n" V2_MOUNT);
	ck_assert_uint_eq(limit(), 2);
}
END_TEST

/* 4:cpu,cpuacct in /sys/fs/cgroup/cpu,cpuacct, and links of either name */
START_TEST(the_first_version_has_its_own_folder_and_files)
{
	put("proc/self/cgroup", "5:cpuset:/c\n4:cpu,cpuacct:/a/b\n"
				"1:name=systemd:/a/b\n");
	put("proc/self/mountinfo",
	    "30 23 0:30 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n"
	    "31 30 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
	    "32 30 0:32 / /sys/fs/cgroup/cpu,cpuacct rw shared:1 master:2 - "
	    "cgroup cgroup rw,cpu,cpuacct\n");
	put("cg/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
	put("cg/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
	put("cg/cpu,cpuacct/a/cpu.cfs_quota_us", "250000\n");
	put("cg/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
	put("cg/cpuset/c/cpu.cfs_quota_us", "100000\n");
	put("cg/cpuset/c/cpu.cfs_period_us", "100000\n");
	ck_assert_uint_eq(limit(), 2);
}
END_TEST

START_TEST(cpuset_and_cpuacct_are_not_cpu)
{
	put("proc/self/cgroup", "5:cpuset:/\n4:cpuacct:/\n");
	put("proc/self/mountinfo",
	    "31 30 0:31 / /sys/fs/cgroup/s rw - cgroup cgroup rw,cpuset\n"
	    "32 30 0:32 / /sys/fs/cgroup/s rw - cgroup cgroup rw,cpuacct\n");
	put("cg/s/cpu.cfs_quota_us", "100000\n");
	put("cg/s/cpu.cfs_period_us", "100000\n");
	ck_assert_uint_eq(limit(), UINT_MAX);
	/* nor is the group of cpuset a group of cpu */
	put("proc/self/cgroup", "5:cpuset:/c\n4:cpu:/\n");
	put("proc/self/mountinfo",
	    "31 30 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n");
	put("cg/cpu/c/cpu.cfs_quota_us", "100000\n");
	put("cg/cpu/c/cpu.cfs_period_us", "100000\n");
	ck_assert_uint_eq(limit(), UINT_MAX);
}
END_TEST

START_TEST(a_hybrid_of_both_versions_has_both_limits)
{
	put("proc/self/mountinfo",
	    "31 30 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	    "32 30 0:32 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n");
	put("proc/self/cgroup", "1:cpu:/a\n0::/b\n");
	put("cg/cpu/a/cpu.cfs_quota_us", "300000\n");
	put("cg/cpu/a/cpu.cfs_period_us", "100000\n");
	put("cg/unified/a/cpu.max", "100000 100000\n"); /* not our group */
	ck_assert_uint_eq(limit(), 3);
	put("cg/unified/b/cpu.max", "200000 100000\n");
	ck_assert_uint_eq(limit(), 2);
}
END_TEST

/* docker without a cgroup namespace: the mount shows the container's group,
 * /proc/self/cgroup the host's path of it */
START_TEST(a_mount_may_show_a_part_of_the_tree)
{
	put("proc/self/mountinfo",
	    "29 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	put("proc/self/cgroup", "0::/docker/x/y\n");
	put("cg/cpu.max", "300000 100000\n");
	ck_assert_uint_eq(limit(), 3);
	put("cg/y/cpu.max", "200000 100000\n");
	ck_assert_uint_eq(limit(), 2);
	/* a name that only begins alike is another group */
	put("proc/self/cgroup", "0::/docker/xy\n");
	ck_assert_uint_eq(limit(), 3);
}
END_TEST

/* with a cgroup namespace: both are / */
START_TEST(a_namespace_begins_at_its_root)
{
	put("proc/self/mountinfo", V2_MOUNT);
	put("proc/self/cgroup", "0::/\n");
	put("cg/cpu.max", "200000 100000\n");
	ck_assert_uint_eq(limit(), 2);
}
END_TEST

/* a process that was moved out of its namespace's tree */
START_TEST(a_group_outside_of_the_namespace_counts_from_the_mount)
{
	put("proc/self/mountinfo", V2_MOUNT);
	put("proc/self/cgroup", "0::/../other\n");
	put("cg/cpu.max", "200000 100000\n");
	put("other/cpu.max", "100000 100000\n");
	ck_assert_uint_eq(limit(), 2);
}
END_TEST

START_TEST(mount_points_may_be_elsewhere_and_hold_spaces)
{
	char line[300];

	snprintf(line, sizeof(line),
		 "29 23 0:26 / %s/my\\040cg\\134 rw - cgroup2 none rw\n", root);
	put("proc/self/mountinfo", line);
	put("proc/self/cgroup", "0::/a b\n");
	put("my cg\\/a b/cpu.max", "200000 100000\n");
	ck_assert_uint_eq(limit(), 2);
}
END_TEST

START_TEST(group_names_may_hold_colons)
{
	put("proc/self/mountinfo", V2_MOUNT);
	put("proc/self/cgroup", "0::/a:b:c\n");
	put("cg/a:b:c/cpu.max", "200000 100000\n");
	ck_assert_uint_eq(limit(), 2);
}
END_TEST

START_TEST(processors_are_the_mask_lowered_by_the_quota)
{
	cpu_set_t mask;
	unsigned allowed;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(mask), &mask), 0);
	allowed = (unsigned)CPU_COUNT(&mask);
	ck_assert_uint_eq(slaves_processors(proc_root, cgroup_root), allowed);
	put_v2("max 100000", "100000 100000");
	ck_assert_uint_eq(slaves_processors(proc_root, cgroup_root), 1);
	put_v2("max 100000", "999900000 100000");
	ck_assert_uint_eq(slaves_processors(proc_root, cgroup_root), allowed);
}
END_TEST

START_TEST(processors_follow_the_affinity_mask)
{
	cpu_set_t mask;
	int first = 0;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(mask), &mask), 0);
	while (!CPU_ISSET(first, &mask))
		first++;
	CPU_ZERO(&mask);
	CPU_SET(first, &mask);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(mask), &mask), 0);
	ck_assert_uint_eq(slaves_processors(proc_root, cgroup_root), 1);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *environment = unit_case(suite, "environment");
	TCase *argument = unit_case(suite, "argument");
	TCase *cgroup = unit_case(suite, "cgroup");

	tcase_add_loop_test(environment,
			    the_first_setting_that_is_well_formed_decides, 0,
			    NELEMENTS(defaults));
	tcase_add_loop_test(environment,
			    workers_get_the_rest_of_the_list_or_their_share, 0,
			    NELEMENTS(threads));
	tcase_add_loop_test(argument,
			    the_argument_is_a_number_share_or_difference, 0,
			    NELEMENTS(arguments));
	tcase_add_checked_fixture(cgroup, make_root, remove_root);
	tcase_add_loop_test(cgroup, the_smallest_quota_on_the_way_up_counts, 0,
			    NELEMENTS(quotas));
	tcase_add_test(cgroup, without_proc_there_is_no_limit);
	tcase_add_test(cgroup, malformed_lines_are_passed_over);
	tcase_add_test(cgroup, the_first_version_has_its_own_folder_and_files);
	tcase_add_test(cgroup, cpuset_and_cpuacct_are_not_cpu);
	tcase_add_test(cgroup, a_hybrid_of_both_versions_has_both_limits);
	tcase_add_test(cgroup, a_mount_may_show_a_part_of_the_tree);
	tcase_add_test(cgroup, a_namespace_begins_at_its_root);
	tcase_add_test(cgroup,
		       a_group_outside_of_the_namespace_counts_from_the_mount);
	tcase_add_test(cgroup, mount_points_may_be_elsewhere_and_hold_spaces);
	tcase_add_test(cgroup, group_names_may_hold_colons);
	tcase_add_test(cgroup, processors_are_the_mask_lowered_by_the_quota);
	tcase_add_test(cgroup, processors_follow_the_affinity_mask);
}
