#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "segment/crc32.h"
#include "segment/lock.h"
#include "segment/sections.h"
#include "segment/segment.h"
#include "unit.h"

static char why[SEGMENT_WHY_SIZE];

/* an array as a declaration NAME=DTYPE:SHAPE would make it */
static struct segment_array
array_of(const char *name, const char *dtype, const char *shape)
{
	struct segment_array array = { .flags = 0 };

	snprintf(array.name, sizeof(array.name), "%s", name);
	ck_assert_int_eq(dtype_parse(&array.dtype, dtype, strlen(dtype)), 0);
	ck_assert_int_eq(shape_parse(&array.shape, shape, strlen(shape), false),
			 0);
	return array;
}

/* x=f8:3,4, rec={a=f4,b=i8}:7, s=i4, big=u1 of 3 MiB, p=f8:5 private */
static void
make(struct segment *segment)
{
	struct segment_array arrays[] = { array_of("x", "f8", "3,4"),
					  array_of("rec", "{a=f4,b=i8}", "7"),
					  array_of("s", "i4", ""),
					  array_of("big", "u1", "3145728"),
					  array_of("p", "f8", "5") };
	struct segment_plan plan = { .name = "test",
				     .arrays = arrays,
				     .count = 5,
				     .np = 3,
				     .ncopies = 3 };

	arrays[0].shape.is_fortran = true;
	arrays[4].flags = SEGMENT_PRIVATE;
	ck_assert_int_eq(segment_create(segment, &plan, why), 0);
}

START_TEST(what_is_made_can_be_opened)
{
	struct segment made, opened;
	struct shape shape;

	make(&made);
	ck_assert_int_eq(segment_open(&opened, made.fd, why), 0);
	ck_assert_uint_eq(opened.header.array_count, 5);
	ck_assert_str_eq(opened.header.name, "test");
	ck_assert_int_eq(segment_find(&opened, "rec"), 1);
	ck_assert_int_eq(segment_find(&opened, "none"), -1);
	segment_shape(&opened, 0, &shape);
	ck_assert_uint_eq(shape.ndim, 2);
	ck_assert_int_eq(shape.dims[0], 3);
	ck_assert_int_eq(shape.dims[1], 4);
	ck_assert(shape.is_fortran);
	ck_assert_uint_eq(opened.entries[1].itemsize, 12);
	ck_assert_uint_eq(opened.entries[1].nbytes, 84);
	ck_assert_str_eq(opened.entries[0].dtype, "<f8");
	ck_assert_str_eq(opened.entries[1].dtype,
			 "[('a', '<f4'), ('b', '<i8')]");
	ck_assert(dtype_is_same(&opened.dtypes[1], &made.dtypes[1]));
	segment_close(&opened);
	segment_close(&made);
}
END_TEST

START_TEST(both_see_the_same_bytes)
{
	struct segment made, opened;

	make(&made);
	ck_assert_int_eq(segment_open(&opened, made.fd, why), 0);
	for (size_t i = 0; i < 5; i++) {
		memset(segment_data(&made, i, -1), (int)i + 1,
		       made.entries[i].nbytes);
		ck_assert_uint_eq(*segment_data(&opened, i, -1), i + 1);
		ck_assert_uint_eq((uintptr_t)segment_data(&opened, i, -1) %
					  SEGMENT_PAGE,
				  0);
	}
	ck_assert_uint_eq(
		(uintptr_t)segment_data(&opened, 3, -1) % SEGMENT_HUGE, 0);
	segment_close(&opened);
	segment_close(&made);
}
END_TEST

START_TEST(copies_are_apart)
{
	struct segment made;

	make(&made);
	for (int rank = -1; rank < 3; rank++)
		memset(segment_data(&made, 4, rank), rank + 2, 40);
	for (int rank = -1; rank < 3; rank++)
		for (int i = 0; i < 40; i++)
			ck_assert_int_eq(segment_data(&made, 4, rank)[i],
					 rank + 2);
	/* without copies all ranks have the same */
	ck_assert_ptr_eq(segment_data(&made, 0, 2), segment_data(&made, 0, -1));
	segment_close(&made);
}
END_TEST

START_TEST(arrays_begin_as_zeros_and_do_not_overlap)
{
	struct segment made;
	uint64_t end = 0;

	make(&made);
	for (size_t i = 0; i < 5; i++) {
		const struct segment_entry *entry = &made.entries[i];

		for (size_t n = 0; n < entry->nbytes; n += 7)
			ck_assert_uint_eq(segment_data(&made, i, -1)[n], 0);
		ck_assert_uint_ge(entry->offset, end);
		end = entry->offset + entry->nbytes;
		if (entry->copy_count)
			end = entry->copies_offset +
			      entry->copy_count * entry->copy_stride;
		ck_assert_uint_le(end, made.size);
	}
	segment_close(&made);
}
END_TEST

START_TEST(its_size_can_not_be_changed)
{
	struct segment made;

	make(&made);
	ck_assert_int_ne(ftruncate(made.fd, 4096), 0);
	ck_assert_int_ne(ftruncate(made.fd, (off_t)made.size * 2), 0);
	segment_close(&made);
}
END_TEST

START_TEST(only_its_user_may_open_it)
{
	struct segment made;
	struct stat status;

	make(&made);
	ck_assert_int_eq(fstat(made.fd, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	segment_close(&made);
}
END_TEST

START_TEST(impossible_plans_are_refused)
{
	struct segment_array arrays[2] = { array_of("x", "f8", "4"),
					   array_of("y", "f8", "4") };
	struct segment_plan plan = { .name = "test",
				     .arrays = arrays,
				     .count = 2 };
	struct segment segment;
	uint64_t nbytes;

	arrays[0].shape.dims[0] = INT64_MAX / 4;
	ck_assert_int_eq(segment_create(&segment, &plan, why), -EOVERFLOW);
	arrays[0].shape.dims[0] = INT64_MAX / 32;
	arrays[1].shape.dims[0] = INT64_MAX / 32;
	ck_assert_int_eq(segment_plan_size(&plan, &nbytes), -EOVERFLOW);
	arrays[1].shape.dims[0] = 1;
	arrays[0].flags = SEGMENT_PRIVATE;
	plan.ncopies = 16;
	ck_assert_int_eq(segment_plan_size(&plan, &nbytes), -EOVERFLOW);
}
END_TEST

/* a file with the bytes of a segment that holds only small arrays */
static int
copy_of(const struct segment *segment, uint64_t nbytes)
{
	int fd = memfd_create("copy", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)segment->size), 0);
	ck_assert_int_eq(pwrite(fd, segment->base, nbytes, 0), (ssize_t)nbytes);
	return fd;
}

START_TEST(every_changed_byte_of_header_and_table_is_noticed)
{
	struct segment made, opened;
	uint64_t end;
	int fd;

	make(&made);
	end = made.header.table_offset + 5 * sizeof(struct segment_entry);
	fd = copy_of(&made, end);
	ck_assert_int_eq(segment_open(&opened, fd, why), 0);
	segment_close(&opened);
	for (uint64_t i = 0; i < end; i++) {
		unsigned char byte = made.base[i];

		/* the owner may change, and behind the header is nothing */
		if (i == offsetof(struct segment_header, owner_pid))
			i = made.header.table_offset, byte = made.base[i];
		for (unsigned bit = 0; bit < 8; bit += 1 + (i > 64) * 6) {
			unsigned char changed =
				byte ^ (unsigned char)(1 << bit);

			pwrite(fd, &changed, 1, (off_t)i);
			ck_assert_int_eq(segment_open(&opened, fd, why),
					 -EINVAL);
			ck_assert_int_gt(strlen(why), 10);
		}
		pwrite(fd, &byte, 1, (off_t)i);
	}
	close(fd);
	segment_close(&made);
}
END_TEST

/* a liar who computes the checksum, too: never a crash, and what is accepted
 * lies inside of the file */
START_TEST(a_table_with_a_right_checksum_is_not_believed_either)
{
	struct segment_header header;
	struct segment_entry entries[5];
	struct segment made, opened;
	unsigned accepted = 0;
	int fd;

	make(&made);
	fd = copy_of(&made, made.header.table_offset + sizeof(entries));
	srand(1);
	for (unsigned round = 0; round < 20000; round++) {
		size_t nbytes = sizeof(header) + sizeof(entries);
		size_t at = (size_t)rand() % nbytes;

		header = made.header;
		memcpy(entries, made.entries, sizeof(entries));
		if (at < sizeof(header))
			((unsigned char *)&header)[at] = (unsigned char)rand();
		else
			((unsigned char *)entries)[at - sizeof(header)] =
				(unsigned char)rand();
		header.crc32 = 0;
		header.crc32 = crc32_update(
			crc32_update(
				0, &header,
				offsetof(struct segment_header, owner_pid)),
			entries, header.array_count == 5 ? sizeof(entries) : 0);
		pwrite(fd, &header, sizeof(header), 0);
		pwrite(fd, entries, sizeof(entries),
		       (off_t)made.header.table_offset);
		if (segment_open(&opened, fd, why))
			continue;
		accepted++;
		for (size_t i = 0; i < opened.header.array_count; i++) {
			const struct segment_entry *entry = &opened.entries[i];

			if (entry->flags & SEGMENT_MAPPED)
				continue;
			ck_assert_uint_le(entry->offset + entry->nbytes,
					  opened.size);
			ck_assert_uint_le(entry->copies_offset +
						  entry->copy_count *
							  entry->copy_stride,
					  opened.size);
		}
		segment_close(&opened);
	}
	ck_assert_uint_gt(accepted, 0);
	close(fd);
	segment_close(&made);
}
END_TEST

START_TEST(what_is_no_segment_is_refused)
{
	struct segment opened;
	int fd = memfd_create("empty", MFD_CLOEXEC);
	int ends[2];

	ck_assert_int_eq(segment_open(&opened, fd, why), -EINVAL);
	ck_assert_int_eq(ftruncate(fd, 1 << 20), 0);
	ck_assert_int_eq(segment_open(&opened, fd, why), -EINVAL);
	close(fd);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(segment_open(&opened, ends[0], why), -EINVAL);
	close(ends[0]);
	close(ends[1]);
	ck_assert_int_eq(segment_open(&opened, 987, why), -EBADF);
}
END_TEST

/* opening it would wait for a writer, and of some devices do something */
START_TEST(a_mapped_file_that_is_none_is_not_opened)
{
	struct segment_array array = array_of("x", "u1", "1");
	struct segment_plan plan = { .name = "test",
				     .arrays = &array,
				     .count = 1 };
	struct segment segment;
	struct stat status;
	unsigned char *data;
	void *address;
	size_t nbytes;
	char folder[] = "/tmp/test_segment.XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(array.path, sizeof(array.path), "%s/fifo", folder);
	ck_assert_int_eq(mkfifo(array.path, 0600), 0);
	ck_assert_int_eq(stat(array.path, &status), 0);
	array.flags = SEGMENT_MAPPED | SEGMENT_MAP_COPY;
	array.file_dev = status.st_dev;
	array.file_ino = status.st_ino;
	ck_assert_int_eq(segment_create(&segment, &plan, why), 0);
	ck_assert_int_eq(segment_map_file(&segment, 0, true, &data, &address,
					  &nbytes, why),
			 -ESTALE);
	ck_assert_ptr_nonnull(strstr(why, "no longer the file that it was"));
	segment_close(&segment);
	unlink(array.path);
	rmdir(folder);
}
END_TEST

START_TEST(a_cut_file_is_refused)
{
	struct segment made, opened;
	int fd;

	make(&made);
	fd = copy_of(&made, made.header.table_offset +
				    5 * sizeof(struct segment_entry));
	for (uint64_t size = made.size - 1; size > 0; size /= 2) {
		ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
		ck_assert_int_eq(segment_open(&opened, fd, why), -EINVAL);
	}
	close(fd);
	segment_close(&made);
}
END_TEST

/* ---- named ones ---- */

static char name[64];

static void
choose_name(void)
{
	snprintf(name, sizeof(name), "unit_test_%ld", (long)getpid());
}

static void
forget_name(void)
{
	segment_remove(name, why);
}

static void
make_named(struct segment *segment, bool is_owned)
{
	struct segment_array x = array_of("x", "f8", "4");
	struct segment_plan plan = {
		.name = name, .arrays = &x, .count = 1, .is_named = true
	};

	ck_assert_int_eq(segment_create(segment, &plan, why), 0);
	ck_assert_int_eq(segment_link(segment, is_owned, why), 0);
}

static bool
is_listed(void)
{
	bool is_found = false;
	char **names;
	size_t count;

	ck_assert_int_eq(segment_list(&names, &count), 0);
	for (size_t i = 0; i < count; i++) {
		is_found |= strcmp(names[i], name) == 0;
		free(names[i]);
	}
	free(names);
	return is_found;
}

START_TEST(a_named_segment_is_found_until_it_is_removed)
{
	struct segment made, opened;

	ck_assert(!is_listed());
	make_named(&made, false);
	ck_assert(is_listed());
	*segment_data(&made, 0, -1) = 42;
	segment_close(&made);
	ck_assert_int_eq(segment_open_name(&opened, name, why), 0);
	ck_assert_uint_eq(*segment_data(&opened, 0, -1), 42);
	ck_assert(!segment_is_stale(&opened));
	segment_close(&opened);
	ck_assert_int_eq(segment_remove(name, why), 0);
	ck_assert_int_eq(segment_open_name(&opened, name, why), -ENOENT);
	ck_assert_int_eq(segment_remove(name, why), -ENOENT);
	ck_assert(!is_listed());
}
END_TEST

/* what a program prints into a closed standard output must not get into it */
START_TEST(a_closed_standard_output_is_not_its_descriptor)
{
	struct segment made, opened;
	int own, fd;

	make_named(&made, false);
	fflush(stdout);
	own = dup(STDOUT_FILENO);
	close(STDOUT_FILENO);
	ck_assert_int_eq(segment_open_name(&opened, name, why), 0);
	fd = opened.fd;
	dup2(own, STDOUT_FILENO);
	close(own);
	ck_assert_int_gt(fd, STDERR_FILENO);
	segment_close(&opened);
	segment_close(&made);
}
END_TEST

START_TEST(a_name_is_given_once)
{
	struct segment_plan plan = { .name = name, .is_named = true };
	struct segment made, other;

	make_named(&made, false);
	ck_assert_int_eq(segment_create(&other, &plan, why), 0);
	ck_assert_int_eq(segment_link(&other, false, why), -EEXIST);
	segment_close(&other);
	segment_close(&made);
}
END_TEST

START_TEST(one_whose_owner_is_gone_is_stale)
{
	struct segment made, opened;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		make_named(&made, true);
		_exit(segment_is_stale(&made));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(segment_open_name(&opened, name, why), 0);
	ck_assert(segment_is_stale(&opened));
	segment_disown(&opened);
	ck_assert(!segment_is_stale(&opened));
	segment_close(&opened);
}
END_TEST

START_TEST(names_that_are_none_are_refused)
{
	struct segment opened;

	ck_assert_int_eq(segment_open_name(&opened, "../x", why), -EINVAL);
	ck_assert_int_eq(segment_open_name(&opened, "", why), -EINVAL);
	ck_assert_int_eq(segment_open_name(&opened, "a b", why), -EINVAL);
	ck_assert_int_eq(segment_remove("/etc/passwd", why), -EINVAL);
}
END_TEST

START_TEST(a_symbolic_link_is_not_followed)
{
	struct segment opened;
	char path[SEGMENT_PATH_SIZE];

	ck_assert_int_eq(symlink("/etc/passwd", segment_path(path, name)), 0);
	ck_assert_int_ne(segment_open_name(&opened, name, why), 0);
	unlink(path);
}
END_TEST

START_TEST(the_checksum_is_that_of_zlib)
{
	ck_assert_uint_eq(crc32_update(0, "123456789", 9), 0xcbf43926);
	ck_assert_uint_eq(crc32_update(crc32_update(0, "1234", 4), "56789", 5),
			  0xcbf43926);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *segment = unit_case(suite, "segment");
	TCase *hostile = unit_case(suite, "hostile");
	TCase *named = unit_case(suite, "named");

	tcase_add_test(segment, what_is_made_can_be_opened);
	tcase_add_test(segment, both_see_the_same_bytes);
	tcase_add_test(segment, copies_are_apart);
	tcase_add_test(segment, arrays_begin_as_zeros_and_do_not_overlap);
	tcase_add_test(segment, its_size_can_not_be_changed);
	tcase_add_test(segment, only_its_user_may_open_it);
	tcase_add_test(segment, impossible_plans_are_refused);
	tcase_add_test(hostile,
		       every_changed_byte_of_header_and_table_is_noticed);
	tcase_add_test(hostile,
		       a_table_with_a_right_checksum_is_not_believed_either);
	tcase_add_test(hostile, what_is_no_segment_is_refused);
	tcase_add_test(hostile, a_mapped_file_that_is_none_is_not_opened);
	tcase_add_test(hostile, a_cut_file_is_refused);
	tcase_add_test(hostile, the_checksum_is_that_of_zlib);
	tcase_add_checked_fixture(named, choose_name, forget_name);
	tcase_add_test(named, a_named_segment_is_found_until_it_is_removed);
	tcase_add_test(named, a_closed_standard_output_is_not_its_descriptor);
	tcase_add_test(named, a_name_is_given_once);
	tcase_add_test(named, one_whose_owner_is_gone_is_stale);
	tcase_add_test(named, names_that_are_none_are_refused);
	tcase_add_test(named, a_symbolic_link_is_not_followed);
}
