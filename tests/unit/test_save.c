/* Arrays to files. */
#include <config.h>

#include "folder.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "segment/fill.h"

static struct spec_list list;
static struct segment segment;
static char why[SEGMENT_WHY_SIZE];
static int fsync_error;
static int fsyncs;
static size_t names; /* in the folder, when the file is whole */
static bool has_tmpfile;

/* stands before the C library's own */
int
fsync(int fd)
{
	if (fsyncs++ == 0)
		names = folder_count();
	if (!fsync_error)
		return (int)syscall(SYS_fsync, fd);
	errno = fsync_error;
	return -1;
}

/* an array of 2,3 numbers 1 to 6, a copy of it for each of two slaves, and a
 * mapped one */
static void
begin(void)
{
	struct segment_array arrays[2];
	struct segment_plan plan = {
		.name = "test", .arrays = arrays, .count = 2, .ncopies = 2
	};

	memset(&list, 0, sizeof(list));
	memset(why, 0, sizeof(why));
	fsync_error = fsyncs = 0;
	has_tmpfile = true;
	folder_make();
	folder_put_text("mapped", "abcd");
	folder_put_text("text", "1 2 3 4 5 6");
	ck_assert_int_eq(spec_add(&list, "x=i2:2,3=text:text", why), 0);
	ck_assert_int_eq(spec_add(&list, "m=u1:4=map:mapped", why), 0);
	ck_assert_int_eq(spec_private(&list, "x", why), 0);
	for (size_t i = 0; i < 2; i++)
		arrays[i] = list.specs[i].array;
	ck_assert_int_eq(segment_create(&segment, &plan, why), 0);
	ck_assert_int_eq(fill_segment(&segment, &list, 2, why), 0);
	segment_data(&segment, 0, 1)[0] = 9;
}

static void
end(void)
{
	segment_close(&segment);
	spec_release(&list);
	folder_remove();
}

static void
check_file(const char *name, const void *bytes, size_t nbytes)
{
	char buffer[1024];
	int fd = open(name, O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(read(fd, buffer, sizeof(buffer)), (ssize_t)nbytes);
	ck_assert_mem_eq(buffer, bytes, nbytes);
	close(fd);
}

static const short numbers[6] = { 1, 2, 3, 4, 5, 6 };

START_TEST(a_file_has_the_bytes_of_its_array)
{
	static const short others[6] = { 9, 2, 3, 4, 5, 6 };

	ck_assert_int_eq(fill_save(&segment, 0, -1, "raw", why), 0);
	check_file("raw", numbers, sizeof(numbers));
	ck_assert_int_eq(fsyncs, 2); /* the file and its folder */
	ck_assert_int_eq(fill_save(&segment, 0, 1, "./raw", why), 0);
	check_file("raw", others, sizeof(others));
	ck_assert_int_eq(fill_save(&segment, 1, -1, "map", why), 0);
	check_file("map", "abcd", 4);
	/* also over what it is mapped from */
	ck_assert_int_eq(fill_save(&segment, 1, -1, "mapped", why), 0);
	check_file("mapped", "abcd", 4);
	ck_assert_uint_eq(folder_count(), 4);
}
END_TEST

/* for file systems without such files */
int
access(const char *path, int mode)
{
	if (!has_tmpfile && strcmp(path, "/proc/self/fd") == 0) {
		errno = ENOENT;
		return -1;
	}
	return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode);
}

START_TEST(a_file_that_is_written_has_no_name_where_that_can_be)
{
	int fd = open(".", O_TMPFILE | O_WRONLY, 0600);

	ck_assert_int_eq(fill_save(&segment, 0, -1, "raw", why), 0);
	if (fd >= 0)
		ck_assert_uint_eq(names, 2);
	close(fd);
	has_tmpfile = false;
	ck_assert_int_eq(fill_save(&segment, 0, 1, "raw", why), 0);
	fsyncs = 0;
	ck_assert_int_eq(fill_save(&segment, 0, -1, "raw", why), 0);
	ck_assert_uint_eq(names, 4);
	check_file("raw", numbers, sizeof(numbers));
	ck_assert_uint_eq(folder_count(), 3);
}
END_TEST

START_TEST(a_npy_file_can_be_declared_again)
{
	ck_assert_int_eq(fill_save(&segment, 0, -1, "x.npy", why), 0);
	ck_assert_int_eq(spec_add(&list, "y=i2:2,3=map:x.npy", why), 0);
	ck_assert_uint_eq(list.specs[2].array.file_offset % 64, 0);
	ck_assert_int_eq(fill_array(&segment, 0, segment_data(&segment, 0, 1),
				    "@x.npy", why),
			 0);
	ck_assert_mem_eq(segment_data(&segment, 0, 1), numbers,
			 sizeof(numbers));
}
END_TEST

START_TEST(its_mode_is_that_of_any_new_file)
{
	struct stat status;
	mode_t before = umask(027);

	ck_assert_int_eq(fill_save(&segment, 0, -1, "raw", why), 0);
	umask(before);
	ck_assert_int_eq(stat("raw", &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0640);
}
END_TEST

START_TEST(a_link_stays_and_its_file_is_replaced)
{
	struct stat status;

	ck_assert_int_eq(mkdir("folder", 0700), 0);
	folder_put_text("folder/file", "old");
	ck_assert_int_eq(symlink("folder/file", "link"), 0);
	ck_assert_int_eq(fill_save(&segment, 0, -1, "link", why), 0);
	ck_assert_int_eq(lstat("link", &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
	check_file("folder/file", numbers, sizeof(numbers));
}
END_TEST

START_TEST(long_names_have_temporary_ones_too)
{
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	ck_assert_int_eq(fill_save(&segment, 0, -1, name, why), 0);
	check_file(name, numbers, sizeof(numbers));
}
END_TEST

static const struct {
	const char *file;
	int error;
	const char *why;
} refused[] = {
	{ "none/file", ENOENT, "none/file: No such file or directory" },
	{ "fifo", EINVAL, "fifo: not a regular file" },
	{ ".", EISDIR, "Is a directory" },
	{ "text/file", ENOTDIR, "Not a directory" },
	{ "/proc/none", ENOENT, "/proc/none: " },
	{ "new/", EISDIR, "Is a directory" },
};

START_TEST(what_can_not_be_a_file_is_refused_and_left_alone)
{
	struct stat status;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert_int_eq(fill_save(&segment, 0, -1, refused[_i].file, why),
			 -refused[_i].error);
	ck_assert_msg(strstr(why, refused[_i].why) != NULL, "%s", why);
	ck_assert_int_eq(stat("fifo", &status), 0);
	ck_assert(S_ISFIFO(status.st_mode));
	ck_assert_uint_eq(folder_count(), 3);
}
END_TEST

START_TEST(a_failure_leaves_the_old_file_and_nothing_else)
{
	folder_put_text("raw", "old");
	fsync_error = EIO;
	for (int i = 0; i < 2; i++) {
		has_tmpfile = i == 0;
		ck_assert_int_eq(fill_save(&segment, 0, -1, "raw", why), -EIO);
		ck_assert_str_eq(why, "raw: Input/output error");
		check_file("raw", "old", 3);
		ck_assert_uint_eq(folder_count(), 3);
	}
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *save = unit_case(suite, "save");

	tcase_add_checked_fixture(save, begin, end);
	tcase_add_test(save, a_file_has_the_bytes_of_its_array);
	tcase_add_test(save,
		       a_file_that_is_written_has_no_name_where_that_can_be);
	tcase_add_test(save, a_npy_file_can_be_declared_again);
	tcase_add_test(save, its_mode_is_that_of_any_new_file);
	tcase_add_test(save, a_link_stays_and_its_file_is_replaced);
	tcase_add_test(save, long_names_have_temporary_ones_too);
	tcase_add_loop_test(save,
			    what_can_not_be_a_file_is_refused_and_left_alone, 0,
			    sizeof(refused) / sizeof(*refused));
	tcase_add_test(save, a_failure_leaves_the_old_file_and_nothing_else);
}
