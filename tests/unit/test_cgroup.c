/*
 * Limits of control groups: each test builds a /proc and a /sys/fs/cgroup
 * of its own.
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
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cgroup.h"
#include "front/slaves.h"

#define NELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

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

static const struct {
	const char *above, *own;
	uint64_t wanted;
} memories[] = {
	{ "max\n", "max\n", UINT64_MAX },
	{ "max\n", "4294967296\n", (uint64_t)4 << 30 },
	{ "1048576\n", "4294967296\n", 1 << 20 },
	{ "1048576\n", "max\n", 1 << 20 },
	{ "", "nonsense\n", UINT64_MAX },
	{ "0\n", "", 0 },
};

static uint64_t most;

static uint64_t
memory(void)
{
	return cgroup_memory(proc_root, cgroup_root, &most);
}

START_TEST(the_smallest_memory_on_the_way_up_counts)
{
	put_v2("max 100000", "max 100000");
	put("cg/a/memory.max", memories[_i].above);
	put("cg/a/b/memory.max", memories[_i].own);
	ck_assert_uint_eq(memory(), memories[_i].wanted);
}
END_TEST

/* the file's part that can be dropped is all below, the first of its name */
START_TEST(what_is_used_and_can_not_be_dropped_is_not_left)
{
	put_v2("max 100000", "max 100000");
	put("cg/a/memory.max", "1000000\n");
	put("cg/a/memory.current", "700000\n");
	ck_assert_uint_eq(memory(), 300000);
	ck_assert_uint_eq(most, 1000000);
	put("cg/a/memory.stat", "anon 1\ninactive_anon 2\nactive_file 3\n"
				"inactive_file 500000\nslab 4\n");
	ck_assert_uint_eq(memory(), 800000);
	/* a larger group that is fuller */
	put("cg/memory.max", "9000000\n");
	put("cg/memory.current", "8999000\n");
	ck_assert_uint_eq(memory(), 1000);
	ck_assert_uint_eq(most, 9000000);
	put("cg/memory.current", "8000000\n");
	put("cg/a/b/memory.max", "max\n");
	put("cg/a/b/memory.current", "600000\n");
	ck_assert_uint_eq(memory(), 800000);
	put("cg/a/b/memory.max", "650000\n");
	ck_assert_uint_eq(memory(), 50000);
	ck_assert_uint_eq(most, 650000);
	/* more than there may be, and numbers that are none */
	put("cg/a/b/memory.current", "700000\n");
	ck_assert_uint_eq(memory(), 0);
	put("cg/a/b/memory.current", "some\n");
	put("cg/a/b/memory.stat", "inactive_file\ninactive_file x\n");
	ck_assert_uint_eq(memory(), 650000);
}
END_TEST

START_TEST(so_it_is_in_the_first_version)
{
	put("proc/self/cgroup", "4:memory:/a\n");
	put("proc/self/mountinfo",
	    "32 30 0:32 / /sys/fs/cgroup/mem rw - cgroup cgroup rw,memory\n");
	put("cg/mem/a/memory.limit_in_bytes", "1000000\n");
	put("cg/mem/a/memory.usage_in_bytes", "900000\n");
	put("cg/mem/a/memory.stat",
	    "inactive_file 7\ntotal_inactive_file 200000\n");
	ck_assert_uint_eq(memory(), 300000);
	ck_assert_uint_eq(most, 1000000);
}
END_TEST

/* where the greatest number there is means no limit */
START_TEST(memory_has_its_own_group_in_the_first_version)
{
	put("proc/self/cgroup", "5:cpu:/c\n4:memory:/a\n");
	put("proc/self/mountinfo",
	    "31 30 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
	    "32 30 0:32 / /sys/fs/cgroup/mem rw - cgroup cgroup rw,memory\n");
	put("cg/cpu/c/memory.limit_in_bytes", "1\n");
	put("cg/mem/a/memory.limit_in_bytes", "9223372036854771712\n");
	ck_assert_uint_eq(memory(), UINT64_MAX);
	put("cg/mem/memory.limit_in_bytes", "1000000\n");
	put("cg/mem/c/memory.limit_in_bytes", "1\n");
	ck_assert_uint_eq(memory(), 1000000);
	ck_assert_uint_eq(limit(), UINT_MAX);
}
END_TEST

/* processors of the machine that the next function makes up; 0 for this one */
static size_t machine;

/* stands before the C library's own */
int
sched_getaffinity(pid_t pid, size_t nbytes, cpu_set_t *mask)
{
	CPU_ZERO_S(nbytes, mask); /* the kernel writes its part only */
	if (machine == 0)
		return syscall(SYS_sched_getaffinity, pid, nbytes, mask) < 0
			       ? -1
			       : 0;
	if (nbytes < machine / 8) {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = 0; i < machine; i += 2)
		CPU_SET_S(i, nbytes, mask);
	return 0;
}

START_TEST(a_mask_may_be_larger_than_the_librarys)
{
	machine = 512;
	ck_assert_uint_eq(slaves_processors(proc_root, cgroup_root), 256);
	machine = 16384;
	ck_assert_uint_eq(slaves_processors(proc_root, cgroup_root), 8192);
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
	TCase *cgroup = unit_case(suite, "cgroup");

	tcase_add_checked_fixture(cgroup, make_root, remove_root);
	tcase_add_loop_test(cgroup, the_smallest_quota_on_the_way_up_counts, 0,
			    NELEMENTS(quotas));
	tcase_add_loop_test(cgroup, the_smallest_memory_on_the_way_up_counts, 0,
			    NELEMENTS(memories));
	tcase_add_test(cgroup, what_is_used_and_can_not_be_dropped_is_not_left);
	tcase_add_test(cgroup, so_it_is_in_the_first_version);
	tcase_add_test(cgroup, memory_has_its_own_group_in_the_first_version);
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
	tcase_add_test(cgroup, a_mask_may_be_larger_than_the_librarys);
	tcase_add_test(cgroup, processors_follow_the_affinity_mask);
}
