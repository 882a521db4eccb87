/* Memory for segments and what their arrays begin with. */
#include <config.h>

#include "folder.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "segment/fill.h"

#define POPULATE_WRITE 23

static struct spec_list list;
static struct segment segment;
static char why[SEGMENT_WHY_SIZE];

/* what the next function makes of the kernel */
static int populate_error; /* of MADV_POPULATE_WRITE from */
static int populate_from;  /* that call on */
static _Atomic int populate_calls;

/* stands before the C library's own */
int
madvise(void *address, size_t nbytes, int advice)
{
	if (advice == POPULATE_WRITE && populate_error &&
	    atomic_fetch_add(&populate_calls, 1) >= populate_from) {
		errno = populate_error;
		return -1;
	}
	return (int)syscall(SYS_madvise, address, nbytes, advice);
}

static int allocate_error;

/* so does this, for what is done where madvise() can not do it */
int
fallocate(int fd, int mode, off_t offset, off_t nbytes)
{
	if (mode == FALLOC_FL_KEEP_SIZE && allocate_error) {
		errno = allocate_error;
		return -1;
	}
	return (int)syscall(SYS_fallocate, fd, mode, offset, nbytes);
}

static void
begin(void)
{
	memset(&list, 0, sizeof(list));
	memset(why, 0, sizeof(why));
	segment = (struct segment){ .fd = -1 };
	populate_error = populate_from = allocate_error = 0;
	atomic_store(&populate_calls, 0);
	folder_make();
}

static void
end(void)
{
	segment_close(&segment);
	spec_release(&list);
	folder_remove();
}

static void
declare(const char *text)
{
	int error = spec_add(&list, text, why);

	ck_assert_msg(error == 0, "%s: %d: %s", text, error, why);
}

/* make what was declared, for two slaves */
static int
make(unsigned nthreads)
{
	struct segment_array *arrays = calloc(list.count, sizeof(*arrays));
	struct segment_plan plan = { .name = "test",
				     .arrays = arrays,
				     .count = list.count,
				     .ncopies = 2 };

	ck_assert_ptr_nonnull(arrays);
	for (size_t i = 0; i < list.count; i++)
		arrays[i] = list.specs[i].array;
	ck_assert_int_eq(segment_create(&segment, &plan, why), 0);
	free(arrays);
	return fill_segment(&segment, &list, nthreads, why);
}

static void
make_well(unsigned nthreads)
{
	int error = make(nthreads);

	ck_assert_msg(error == 0, "%d: %s", error, why);
}

/* the elements of array name, of rank's copy, as text */
static const char *
text_of(const char *name, int rank)
{
	static char text[1024];
	int index = segment_find(&segment, name);
	const struct segment_entry *entry = &segment.entries[index];
	const unsigned char *data = segment_data(&segment, (size_t)index, rank);
	size_t used = 0;

	text[0] = '\0';
	for (uint64_t at = 0; at < entry->nbytes; at += entry->itemsize) {
		if (at > 0)
			text[used++] = ' ';
		used += element_format(text + used, sizeof(text) - used,
				       &segment.dtypes[index], data + at);
	}
	return text;
}

/* ---- segments ---- */

START_TEST(arrays_begin_as_declared)
{
	double numbers[3] = { 1, 2, 3 };
	unsigned char big[4] = { 0, 1, 0x80, 0 };

	folder_put("raw", numbers, sizeof(numbers));
	folder_put_text("text", "1, 2 # 3\n4");
	folder_put_npy("big.npy",
		       "{'descr': '>i2', 'fortran_order': False, "
		       "'shape': (2,), }",
		       big, sizeof(big));
	declare("zeros=i4:3");
	declare("value={a=u1,b=f8}:2=(7, 0.5)");
	declare("raw=f8:-1=@raw");
	declare("text=i8:-1=text:text");
	declare("npy=@big.npy");
	declare("like=like:npy=like:npy");
	declare("empty=f8:0,3=1");
	declare("words=S3:2=ab");
	make_well((unsigned)_i);
	ck_assert_str_eq(text_of("zeros", -1), "0 0 0");
	ck_assert_str_eq(text_of("value", -1), "(7, 0.5) (7, 0.5)");
	ck_assert_str_eq(text_of("raw", -1), "1.0 2.0 3.0");
	ck_assert_str_eq(text_of("text", -1), "1 2 4");
	ck_assert_str_eq(text_of("npy", -1), "1 -32768");
	ck_assert_str_eq(text_of("like", -1), "1 -32768");
	ck_assert_str_eq(text_of("empty", -1), "");
	ck_assert_str_eq(text_of("words", -1), "ab ab");
}
END_TEST

START_TEST(copies_begin_as_the_shared_one_or_as_identity)
{
	double numbers[2] = { 1, 2 };

	folder_put("raw", numbers, sizeof(numbers));
	folder_put_text("text", "3 4");
	declare("zeros=i4:2");
	declare("value=i4:2=5");
	declare("raw=f8:2=@raw");
	declare("text=f8:2=text:text");
	declare("like=like:text=like:text");
	declare("sum=f8:2=5");
	declare("least=f4:4=@raw");
	declare("all=u1:3");
	ck_assert_int_eq(spec_private(&list, "zeros,value,raw,text,like", why),
			 0);
	ck_assert_int_eq(spec_reduction(&list, "+:sum", why), 0);
	ck_assert_int_eq(spec_reduction(&list, "min:least", why), 0);
	ck_assert_int_eq(spec_reduction(&list, "&:all", why), 0);
	make_well(2);
	for (int rank = -1; rank < 2; rank++) {
		ck_assert_str_eq(text_of("zeros", rank), "0 0");
		ck_assert_str_eq(text_of("value", rank), "5 5");
		ck_assert_str_eq(text_of("raw", rank), "1.0 2.0");
		ck_assert_str_eq(text_of("text", rank), "3.0 4.0");
		ck_assert_str_eq(text_of("like", rank), "3.0 4.0");
	}
	ck_assert_str_eq(text_of("sum", -1), "5.0 5.0");
	ck_assert_str_eq(text_of("sum", 1), "0.0 0.0");
	ck_assert_str_eq(text_of("least", 0), "inf inf inf inf");
	ck_assert_str_eq(text_of("all", -1), "0 0 0");
	ck_assert_str_eq(text_of("all", 1), "255 255 255");
}
END_TEST

/* elements of 12 bytes lie across the borders of pieces and pages */
START_TEST(big_arrays_are_whole_whatever_the_threads)
{
	const uint64_t count = 3000017;
	uint64_t nwrong = 0;
	unsigned char *bytes = malloc(count * 12), *data;

	ck_assert_ptr_nonnull(bytes);
	for (uint64_t i = 0; i < count * 12; i++)
		bytes[i] = (unsigned char)(i * 2654435761u >> 13);
	folder_put("raw", bytes, count * 12);
	declare("value={a=u4,b=u8}:3000017=(67305985, 578437695752307201)");
	declare("raw={a=u4,b=u8}:-1=@raw");
	declare("copy=like:raw=like:raw");
	populate_error = _i & 4 ? EINVAL : 0; /* as before Linux 5.14 */
	make_well((unsigned)(_i & 3));
	data = segment_data(&segment, 0, -1);
	for (uint64_t i = 0; i < count; i++)
		nwrong += (memcmp(data + 12 * i, "\1\2\3\4\1\2\3\4\5\6\7\x8",
				  12) != 0);
	ck_assert_uint_eq(nwrong, 0);
	ck_assert(memcmp(segment_data(&segment, 1, -1), bytes, count * 12) ==
		  0);
	ck_assert(memcmp(segment_data(&segment, 2, -1), bytes, count * 12) ==
		  0);
	free(bytes);
}
END_TEST

START_TEST(all_pages_of_arrays_are_reserved)
{
	struct stat status;
	uint64_t wanted, nwrong = 0;

	populate_error = _i ? EINVAL : 0;
	declare("x=f8:1000000");
	declare("y=u1:5000");
	declare("z=f8:300000=1.5");
	ck_assert_int_eq(spec_private(&list, "z", why), 0);
	make_well(2);
	wanted = 8000000 + 5000 + 3 * 2400000;
	ck_assert_int_eq(fstat(segment.fd, &status), 0);
	ck_assert_uint_ge((uint64_t)status.st_blocks * 512, wanted);
	for (uint64_t i = 0; i < 8000000; i++)
		nwrong += segment_data(&segment, 0, -1)[i] != 0;
	ck_assert_uint_eq(nwrong, 0);
}
END_TEST

START_TEST(a_full_memory_is_an_error_with_sizes)
{
	declare("small=u1:10");
	declare("big=u1:100000000");
	populate_error = _i ? ENOMEM : EFAULT;
	populate_from = 10;
	ck_assert_int_eq(make(2), _i ? -ENOMEM : -ENOSPC);
	ck_assert_ptr_nonnull(strstr(why, "big: no memory was left when "));
	ck_assert_ptr_nonnull(strstr(why, "MiB of the segment's 9"));
}
END_TEST

START_TEST(a_full_memory_is_an_error_on_old_kernels_too)
{
	declare("x=u1:10000000");
	populate_error = EINVAL;
	allocate_error = ENOSPC;
	ck_assert_int_eq(make(2), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(why, "x: no memory was left when "));
}
END_TEST

static const struct {
	const char *text; /* of the file after the declaration */
	const char *why;
} changed[] = {
	{ "1 2 3 4", "x: t: line 1, column 7: more than the 3 numbers" },
	{ "1 2", "x: t: 2 numbers, but the array has 3" },
	{ "1 2\n 3.5", "x: t: line 2, column 2: '3.5' is no value of i2" },
	{ "# 1\n1, 2, \t70000",
	  "x: t: line 2, column 8: '70000' does not fit" },
	{ "1,,3", "x: t: line 1, column 3: nothing before the comma" },
	{ "1\n,2 3", "x: t: line 2, column 1: nothing before the comma" },
	{ ",1 2 3", "x: t: line 1, column 1: nothing before the comma" },
};

START_TEST(text_that_is_wrong_is_named_by_line_and_column)
{
	folder_put_text("t", changed[_i].text);
	declare("x=i2:3=text:t");
	ck_assert_int_lt(make(2), 0);
	ck_assert_msg(strstr(why, changed[_i].why) != NULL, "%s", why);
}
END_TEST

START_TEST(a_file_that_becomes_shorter_is_an_error)
{
	double numbers[100] = { 0 };

	folder_put("raw", numbers, sizeof(numbers));
	declare("x=f8:-1=@raw");
	ck_assert_int_eq(truncate("raw", 700), 0);
	ck_assert_int_eq(make(2), -ENODATA);
	ck_assert_ptr_nonnull(strstr(why, "x: raw: has become too short"));
	ck_assert_int_eq(unlink("raw"), 0);
	ck_assert_int_eq(fill_segment(&segment, &list, 2, why), -ENOENT);
}
END_TEST

/* ---- text ---- */

START_TEST(long_texts_are_counted_and_read_alike)
{
	char *text = malloc(4 << 20);
	size_t used = 0;
	int64_t *data;
	int nwrong = 0;

	ck_assert_ptr_nonnull(text);
	/* over the borders of any buffer; comments hold numbers too */
	for (int i = 0; i < 200000; i++)
		used += (size_t)sprintf(text + used, "%d%s", i,
					i % 7 == 0    ? " # 12, 13\n"
					: i % 11 == 0 ? " ,\t"
						      : "\n");
	folder_put("t", text, used);
	free(text);
	declare("x=i8:-1=text:t");
	ck_assert_int_eq(list.specs[0].array.shape.dims[0], 200000);
	make_well(1);
	data = (int64_t *)(void *)segment_data(&segment, 0, -1);
	for (int i = 0; i < 200000; i++)
		nwrong += data[i] != i;
	ck_assert_int_eq(nwrong, 0);
}
END_TEST

START_TEST(lines_and_columns_are_right_far_into_a_file)
{
	char *text = malloc(1 << 20);
	size_t used = 0;

	ck_assert_ptr_nonnull(text);
	for (int i = 0; i < 100000; i++)
		used += (size_t)sprintf(text + used, "123\n");
	strcpy(text + used, "1 x 2");
	folder_put_text("t", text);
	free(text);
	declare("x=i2:-1=text:t");
	ck_assert_int_eq(make(2), -EINVAL);
	ck_assert_str_eq(why, "x: t: line 100001, column 3: 'x' is no value of "
			      "i2");
}
END_TEST

START_TEST(an_endless_word_is_refused)
{
	char *text = malloc(1 << 20);

	ck_assert_ptr_nonnull(text);
	memset(text, '1', 1 << 20);
	folder_put("t", text, 1 << 20);
	free(text);
	ck_assert_int_eq(spec_add(&list, "x=f8:-1=text:t", why), -ERANGE);
	ck_assert_ptr_nonnull(strstr(why, "a word of more than 65536 bytes"));
}
END_TEST

/* ---- arrays in use ---- */

static int
load(const char *init)
{
	return fill_array(&segment, 0, segment_data(&segment, 0, -1), init,
			  why);
}

START_TEST(an_array_in_use_can_be_filled_again)
{
	short numbers[4] = { 256, 512, 768, 1024 };

	folder_put("raw", numbers, sizeof(numbers));
	folder_put_text("text", "4 3\n2 1");
	folder_put_npy("big.npy",
		       "{'descr': '>i2', 'fortran_order': False, "
		       "'shape': (2, 2), }",
		       numbers, sizeof(numbers));
	declare("x=i2:2,2=9");
	make_well(2);
	ck_assert_int_eq(load("@raw"), 0);
	ck_assert_str_eq(text_of("x", -1), "256 512 768 1024");
	ck_assert_int_eq(load("@big.npy"), 0);
	ck_assert_str_eq(text_of("x", -1), "1 2 3 4");
	ck_assert_int_eq(load("text:text"), 0);
	ck_assert_str_eq(text_of("x", -1), "4 3 2 1");
	ck_assert_int_eq(load("0"), 0);
	ck_assert_str_eq(text_of("x", -1), "0 0 0 0");
}
END_TEST

START_TEST(what_does_not_fit_an_array_in_use_is_refused)
{
	short numbers[4] = { 0 };

	folder_put("raw", numbers, 6);
	folder_put_npy("f.npy",
		       "{'descr': '<i2', 'fortran_order': True, "
		       "'shape': (2, 2), }",
		       numbers, sizeof(numbers));
	folder_put_npy("long.npy",
		       "{'descr': '<i2', 'fortran_order': False, "
		       "'shape': (4,), }",
		       numbers, sizeof(numbers));
	declare("x=i2:2,2=9");
	make_well(2);
	ck_assert_int_eq(load("@raw"), -ENODATA);
	ck_assert_int_eq(load("@long.npy"), -EINVAL);
	ck_assert_int_eq(load("@f.npy"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "its order is Fortran's"));
	ck_assert_int_eq(load("map:long.npy"), -EINVAL);
	ck_assert_int_eq(load("map-copy:raw"), -ENODATA);
	ck_assert_int_eq(load("nine"), -EINVAL);
	ck_assert_int_eq(load("70000"), -ERANGE);
	ck_assert_str_eq(text_of("x", -1), "9 9 9 9");
}
END_TEST

/* ---- reductions ---- */

static bool
is_line(const double *sum)
{
	for (int i = 0; i < 100000; i++)
		if (sum[i] != 5 + 3.0 * i)
			return false;
	return true;
}

START_TEST(reductions_are_combined_and_copies_begin_again)
{
	double *sum;

	declare("sum=f8:100000=5");
	declare("most=i4:3=-7");
	declare("other=f8");
	ck_assert_int_eq(spec_reduction(&list, "+:sum", why), 0);
	ck_assert_int_eq(spec_reduction(&list, "max:most", why), 0);
	make_well(2);
	for (int rank = 0; rank < 2; rank++) {
		sum = (double *)(void *)segment_data(&segment, 0, rank);
		for (int i = 0; i < 100000; i++)
			sum[i] = i * (rank + 1);
		((int *)(void *)segment_data(&segment, 1, rank))[1] = rank;
	}
	ck_assert_int_eq(fill_combine(&segment, &segment, false, (unsigned)_i),
			 0);
	sum = (double *)(void *)segment_data(&segment, 0, -1);
	ck_assert(is_line(sum));
	ck_assert_str_eq(text_of("most", -1), "-7 1 -7");
	/* nothing is added twice */
	ck_assert_int_eq(fill_combine(&segment, &segment, false, (unsigned)_i),
			 0);
	ck_assert(is_line(sum));
	ck_assert_str_eq(text_of("most", 0), "-2147483648 -2147483648 "
					     "-2147483648");
}
END_TEST

#define BUSY_COUNT 2
#define BUSY_TIMES 100000

struct adding {
	_Atomic bool is_over;
	double added[BUSY_COUNT];
};

/* what a worker of another run does meanwhile */
static void *
add_to_all(void *context)
{
	const double one = 1;
	struct adding *adding = context;
	size_t i = 0;

	while (!adding->is_over) {
		element_atomic(&segment.dtypes[0], ELEMENT_ADD,
			       segment_data(&segment, 0, -1) + 8 * i, &one,
			       NULL);
		adding->added[i] += 1;
		i = (i + 1) % BUSY_COUNT;
	}
	return NULL;
}

START_TEST(an_array_in_use_loses_nothing)
{
	static struct adding adding;
	double *sum, *copy;
	pthread_t thread;

	declare("sum=f8:2");
	ck_assert_int_eq(spec_reduction(&list, "+:sum", why), 0);
	make_well(2);
	sum = (double *)(void *)segment_data(&segment, 0, -1);
	ck_assert_int_eq(pthread_create(&thread, NULL, add_to_all, &adding), 0);
	for (int n = 0; n < BUSY_TIMES; n++) {
		for (int rank = 0; rank < 2; rank++) {
			copy = (double *)(void *)segment_data(&segment, 0,
							      rank);
			for (int i = 0; i < BUSY_COUNT; i++)
				copy[i] = rank + 1;
		}
		ck_assert_int_eq(fill_combine(&segment, &segment, true, 1), 0);
	}
	adding.is_over = true;
	pthread_join(thread, NULL);
	for (int i = 0; i < BUSY_COUNT; i++)
		ck_assert_double_eq(sum[i], adding.added[i] + 3 * BUSY_TIMES);
	ck_assert_double_eq(*copy, 0);
}
END_TEST

START_TEST(copies_apart_begin_as_the_array_or_go_on)
{
	struct segment_array arrays[2];
	struct segment_plan plan = { .name = "test",
				     .arrays = arrays,
				     .count = 2,
				     .np = 2,
				     .ncopies = 2 };
	struct segment copies, later;

	declare("sum=f8:1000=5");
	declare("own=i4:1000=7");
	make_well(2);
	arrays[0] = list.specs[0].array;
	arrays[0].flags = SEGMENT_REDUCTION;
	arrays[0].op = ELEMENT_MUL;
	arrays[1] = list.specs[1].array;
	arrays[1].flags = SEGMENT_PRIVATE;
	ck_assert_int_eq(segment_create(&copies, &plan, why), 0);
	ck_assert_int_eq(fill_copies(&copies, &segment, NULL, 2, why), 0);
	for (int rank = 0; rank < 2; rank++) {
		ck_assert_double_eq(
			((double *)(void *)segment_data(&copies, 0, rank))[999],
			1);
		ck_assert_int_eq(
			((int *)(void *)segment_data(&copies, 1, rank))[999],
			7);
		((double *)(void *)segment_data(&copies, 0, rank))[0] = 3;
		((int *)(void *)segment_data(&copies, 1, rank))[0] = rank;
	}
	ck_assert_int_eq(fill_combine(&segment, &copies, false, 2), 0);
	ck_assert_double_eq(*(double *)(void *)segment_data(&segment, 0, -1),
			    45);
	/* in another segment those that are private go on */
	ck_assert_int_eq(segment_create(&later, &plan, why), 0);
	ck_assert_int_eq(fill_copies(&later, &segment, &copies, 2, why), 0);
	segment_close(&copies);
	ck_assert_int_eq(*(int *)(void *)segment_data(&later, 1, 1), 1);
	ck_assert_double_eq(*(double *)(void *)segment_data(&later, 0, 1), 1);
	/* an array that is not there */
	strcpy(later.entries[0].name, "other");
	ck_assert_int_eq(fill_combine(&segment, &later, false, 2), -ENOENT);
	segment_close(&later);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *fill = unit_case(suite, "fill");

	tcase_add_checked_fixture(fill, begin, end);
	tcase_add_loop_test(fill, arrays_begin_as_declared, 0, 4);
	tcase_add_test(fill, copies_begin_as_the_shared_one_or_as_identity);
	tcase_add_loop_test(fill, big_arrays_are_whole_whatever_the_threads, 1,
			    8);
	tcase_add_loop_test(fill, all_pages_of_arrays_are_reserved, 0, 2);
	tcase_add_loop_test(fill, a_full_memory_is_an_error_with_sizes, 0, 2);
	tcase_add_loop_test(fill,
			    text_that_is_wrong_is_named_by_line_and_column, 0,
			    sizeof(changed) / sizeof(*changed));
	tcase_add_test(fill, a_full_memory_is_an_error_on_old_kernels_too);
	tcase_add_test(fill, a_file_that_becomes_shorter_is_an_error);
	tcase_add_test(fill, long_texts_are_counted_and_read_alike);
	tcase_add_test(fill, lines_and_columns_are_right_far_into_a_file);
	tcase_add_test(fill, an_endless_word_is_refused);
	tcase_add_test(fill, an_array_in_use_can_be_filled_again);
	tcase_add_test(fill, what_does_not_fit_an_array_in_use_is_refused);
	tcase_add_test(fill, an_array_in_use_loses_nothing);
	tcase_add_test(fill, copies_apart_begin_as_the_array_or_go_on);
	tcase_add_loop_test(
		fill, reductions_are_combined_and_copies_begin_again, 1, 4);
}
