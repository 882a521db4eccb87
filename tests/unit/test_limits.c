/* Whether memory fits: each test makes up a machine. */
#include <config.h>

#include "folder.h"
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "segment/fill.h"

#define GIB ((uint64_t)1 << 30)

static char why[SEGMENT_WHY_SIZE];
static uint64_t shm_blocks, shm_free;

/* stands before the C library's own */
int
statfs(const char *path, struct statfs *status)
{
	ck_assert_str_eq(path, "/dev/shm");
	memset(status, 0, sizeof(*status));
	status->f_blocks = shm_blocks;
	status->f_bavail = shm_free;
	status->f_bsize = 4096;
	return 0;
}

static void
begin(void)
{
	folder_make();
	memset(why, 0, sizeof(why));
	ck_assert_int_eq(mkdir("proc", 0700), 0);
	ck_assert_int_eq(mkdir("proc/self", 0700), 0);
	ck_assert_int_eq(mkdir("cg", 0700), 0);
	ck_assert_int_eq(mkdir("cg/a", 0700), 0);
	shm_blocks = shm_free = 0;
}

static int
check(uint64_t nbytes, bool is_named)
{
	return fill_check_fit(nbytes, is_named, "proc", "cg", why);
}

START_TEST(what_is_not_known_is_no_limit)
{
	ck_assert_int_eq(check((uint64_t)1 << 60, true), 0);
	folder_put_text("proc/meminfo", "SwapFree: 12 kB\n");
	ck_assert_int_eq(check((uint64_t)1 << 60, true), 0);
}
END_TEST

START_TEST(named_segments_fit_into_their_file_system)
{
	shm_blocks = GIB / 4096;
	shm_free = GIB / 4096 / 2;
	ck_assert_int_eq(check(GIB / 2, true), 0);
	ck_assert_int_eq(check(GIB / 2 + 1, true), -ENOSPC);
	ck_assert_str_eq(why, "512.0 MiB (536870913 bytes) are wanted, but the "
			      "free space of /dev/shm is 512.0 MiB");
	ck_assert_int_eq(check(GIB, false), 0);
}
END_TEST

START_TEST(memory_and_swap_have_to_do)
{
	folder_put_text("proc/meminfo", "MemTotal:       99999999 kB\n"
					"MemFree:        99999999 kB\n"
					"MemAvailable:    1048576 kB\n"
					"SwapTotal:      99999999 kB\n"
					"SwapFree:        1048576 kB\n");
	ck_assert_int_eq(check(2 * GIB, true), 0);
	ck_assert_int_eq(check(2 * GIB + 1, true), -ENOMEM);
	ck_assert_int_eq(check(3 * GIB, false), -ENOMEM);
	ck_assert_str_eq(why, "3.0 GiB (3221225472 bytes) are wanted, but the "
			      "available memory and swap are 2.0 GiB");
}
END_TEST

START_TEST(control_groups_limit_memory)
{
	folder_put_text("proc/self/mountinfo",
			"29 23 0:26 / /sys/fs/cgroup rw - cgroup2 c rw\n");
	folder_put_text("proc/self/cgroup", "0::/a\n");
	folder_put_text("cg/memory.max", "1073741824\n");
	folder_put_text("cg/a/memory.max", "max\n");
	ck_assert_int_eq(check(GIB, false), 0);
	ck_assert_int_eq(check(GIB + 1, false), -ENOMEM);
	ck_assert_ptr_nonnull(strstr(why,
				     "but what is left of the memory limit "
				     "of this control group, 1.0 GiB, is "
				     "1.0 GiB"));
	folder_put_text("cg/memory.current", "805306368\n");
	ck_assert_int_eq(check(GIB / 4, false), 0);
	ck_assert_int_eq(check(GIB / 4 + 1, false), -ENOMEM);
	ck_assert_str_eq(why, "256.0 MiB (268435457 bytes) are wanted, but "
			      "what is left of the memory limit of this "
			      "control group, 1.0 GiB, is 256.0 MiB");
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *limits = unit_case(suite, "limits");

	tcase_add_checked_fixture(limits, begin, folder_remove);
	tcase_add_test(limits, what_is_not_known_is_no_limit);
	tcase_add_test(limits, named_segments_fit_into_their_file_system);
	tcase_add_test(limits, memory_and_swap_have_to_do);
	tcase_add_test(limits, control_groups_limit_memory);
}
