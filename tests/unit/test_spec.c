/* Declarations of arrays: what is taken, and what is said of what is not. */
#include <config.h>

#include "folder.h"
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segment/spec.h"

#define NELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static struct spec_list list;
static char why[SEGMENT_WHY_SIZE];

static void
begin(void)
{
	double numbers[12] = { 0 };

	memset(&list, 0, sizeof(list));
	memset(why, 0, sizeof(why));
	folder_make();
	folder_put("96", numbers, 96);
	folder_put("97", "", 0);
	ck_assert_int_eq(truncate("97", 97), 0);
	folder_put("none", "", 0);
	folder_put_text("five", "1 2, 3 # 4\n4.5\n\n5");
	folder_put_npy("x.npy",
		       "{'descr': '<f8', 'fortran_order': False, "
		       "'shape': (3, 4), }",
		       numbers, 96);
	folder_put_npy("f.npy",
		       "{'descr': '<f8', 'fortran_order': True, "
		       "'shape': (3, 4), }",
		       numbers, 96);
	folder_put_npy("big.npy",
		       "{'descr': '>f8', 'fortran_order': False, "
		       "'shape': (12,), }",
		       numbers, 96);
	folder_put_npy("short.npy",
		       "{'descr': '<f8', 'fortran_order': False, "
		       "'shape': (13,), }",
		       numbers, 96);
	folder_put_npy("object.npy",
		       "{'descr': '|O', 'fortran_order': False, "
		       "'shape': (1,), }",
		       numbers, 8);
	folder_put_npy("huge.npy",
		       "{'descr': '<f8', 'fortran_order': False, "
		       "'shape': (4294967296, 4294967296), }",
		       numbers, 8);
	folder_put_text("garbage.npy", "no array at all");
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
}

static void
end(void)
{
	spec_release(&list);
	folder_remove();
}

static const struct spec *
declare(const char *text)
{
	int error = spec_add(&list, text, why);

	ck_assert_msg(error == 0, "%s: %d: %s", text, error, why);
	return &list.specs[list.count - 1];
}

/* ---- what is taken ---- */

static const struct {
	const char *text, *dtype, *dims;
	enum spec_init init;
	uint32_t flags;
} taken[] = {
	{ "x=f8", "<f8", "", SPEC_ZEROS, 0 },
	{ "x=?:3", "|b1", "3", SPEC_ZEROS, 0 },
	{ "_a1=u1:480,640,3", "|u1", "480,640,3", SPEC_ZEROS, 0 },
	{ "x=f8:0", "<f8", "0", SPEC_ZEROS, 0 },
	{ "x=S5:2", "|S5", "2", SPEC_ZEROS, 0 },
	{ "x={x=f8,id=i4}:7", "[('x', '<f8'), ('id', '<i4')]", "7", SPEC_ZEROS,
	  0 },
	{ "x={x=f8,id=i4}:7=(1.5, 2)", "[('x', '<f8'), ('id', '<i4')]", "7",
	  SPEC_VALUE, 0 },
	{ "x=f8:3=1.5", "<f8", "3", SPEC_VALUE, 0 },
	{ "x=f8=-1", "<f8", "", SPEC_VALUE, 0 },
	{ "x=S5=a=b:c", "|S5", "", SPEC_VALUE, 0 },
	{ "x=S5=", "|S5", "", SPEC_VALUE, 0 },
	{ "x=f8:12=@96", "<f8", "12", SPEC_RAW, 0 },
	{ "x=f8:-1=@96", "<f8", "12", SPEC_RAW, 0 },
	{ "x=f8:2,-1,3=@96", "<f8", "2,2,3", SPEC_RAW, 0 },
	{ "x=u1:-1=@97", "|u1", "97", SPEC_RAW, 0 },
	{ "x=f8:-1=@none", "<f8", "0", SPEC_RAW, 0 },
	{ "x=@x.npy", "<f8", "3,4", SPEC_NPY, 0 },
	{ "x=@f.npy", "<f8", "3,4", SPEC_NPY, 0 },
	{ "x=f8:3,4=@x.npy", "<f8", "3,4", SPEC_NPY, 0 },
	{ "x=f8:-1,4=@x.npy", "<f8", "3,4", SPEC_NPY, 0 },
	{ "x=@big.npy", "<f8", "12", SPEC_NPY, 0 },
	{ "x=f8:12=@big.npy", "<f8", "12", SPEC_NPY, 0 },
	{ "x=f8:-1=text:five", "<f8", "5", SPEC_TEXT, 0 },
	{ "x=i4:100=text:five", "<i4", "100", SPEC_TEXT, 0 },
	{ "x=map:x.npy", "<f8", "3,4", SPEC_MAP, SEGMENT_MAPPED },
	{ "x=map-copy:x.npy", "<f8", "3,4", SPEC_MAP,
	  SEGMENT_MAPPED | SEGMENT_MAP_COPY },
	{ "x=f8:3,4=map:f.npy", "<f8", "3,4", SPEC_MAP, SEGMENT_MAPPED },
	{ "x=f8:-1=map:96", "<f8", "12", SPEC_MAP, SEGMENT_MAPPED },
	{ "x=f8:5=map:96", "<f8", "5", SPEC_MAP, SEGMENT_MAPPED },
	{ "x=u2:8=map-copy:97", "<u2", "8", SPEC_MAP,
	  SEGMENT_MAPPED | SEGMENT_MAP_COPY },
};

START_TEST(a_declaration_says_dtype_shape_and_begin)
{
	const struct spec *spec = declare(taken[_i].text);
	char dims[192];

	ck_assert_str_eq(spec->array.dtype.text, taken[_i].dtype);
	ck_assert_str_eq(shape_name(dims, sizeof(dims), &spec->array.shape),
			 taken[_i].dims);
	ck_assert_int_eq(spec->init, taken[_i].init);
	ck_assert_uint_eq(spec->array.flags, taken[_i].flags);
	ck_assert_ptr_eq(spec->text, taken[_i].text);
}
END_TEST

START_TEST(a_value_is_one_element)
{
	int32_t seven;
	double value;

	memcpy(&value, declare("x=f8:9=1.5")->value, sizeof(value));
	ck_assert_double_eq(value, 1.5);
	memcpy(&seven, declare("y=i4=7")->value, sizeof(seven));
	ck_assert_int_eq(seven, 7);
}
END_TEST

START_TEST(a_npy_file_keeps_its_order_and_place_of_data)
{
	const struct spec *spec = declare("x=f8:3,4=@f.npy");

	ck_assert(spec->array.shape.is_fortran);
	ck_assert_uint_eq(spec->file_offset, 128);
	ck_assert_str_eq(spec->file, "f.npy");
	spec = declare("y=@big.npy");
	ck_assert(!spec->array.shape.is_fortran);
	ck_assert(spec->array.dtype.is_swapped);
}
END_TEST

START_TEST(a_mapped_file_is_known_by_path_place_and_inode)
{
	char folder[PATH_MAX], path[PATH_MAX + 10];
	const struct spec *spec;
	struct stat status;

	ck_assert_int_eq(symlink("x.npy", "link.npy"), 0);
	spec = declare("x=map:./link.npy");
	ck_assert_ptr_nonnull(realpath(".", folder));
	snprintf(path, sizeof(path), "%s/x.npy", folder);
	ck_assert_str_eq(spec->array.path, path);
	ck_assert_int_eq(stat("x.npy", &status), 0);
	ck_assert_uint_eq(spec->array.file_ino, status.st_ino);
	ck_assert_uint_eq(spec->array.file_dev, status.st_dev);
	ck_assert_uint_eq(spec->array.file_offset, 128);
}
END_TEST

/* ---- like ---- */

START_TEST(like_takes_dtype_and_shape)
{
	const struct spec *spec;
	char dims[192];

	declare("x=@big.npy");
	spec = declare("y=like:x");
	ck_assert_int_eq(spec->init, SPEC_ZEROS);
	ck_assert_str_eq(spec->array.dtype.text, "<f8");
	ck_assert(!spec->array.dtype.is_swapped);
	ck_assert_str_eq(shape_name(dims, sizeof(dims), &spec->array.shape),
			 "12");
	ck_assert_int_eq(declare("z=like:x=3")->init, SPEC_VALUE);
	ck_assert_int_eq(declare("w=like:x=@96")->init, SPEC_RAW);
	declare("f=@f.npy");
	ck_assert(declare("g=like:f")->array.shape.is_fortran);
}
END_TEST

START_TEST(like_as_a_begin_refers_to_what_was_read)
{
	const struct spec *spec;

	declare("zeros=f8:12");
	declare("ones=f8:12=1");
	declare("raw=f8:12=@96");
	declare("map=map:x.npy");
	ck_assert_int_eq(declare("a=f8:12=like:zeros")->init, SPEC_ZEROS);
	spec = declare("b=f8:-1=like:ones");
	ck_assert_int_eq(spec->init, SPEC_VALUE);
	ck_assert_mem_eq(spec->value, list.specs[1].value, 8);
	spec = declare("c=like:raw=like:raw");
	ck_assert_int_eq(spec->init, SPEC_LIKE);
	ck_assert_uint_eq(spec->like, 2);
	/* the one that is like another refers to what that refers to */
	spec = declare("d=f8:12=like:c");
	ck_assert_int_eq(spec->init, SPEC_LIKE);
	ck_assert_uint_eq(spec->like, 2);
	/* of a mapped one the file is copied */
	spec = declare("e=like:map=like:map");
	ck_assert_int_eq(spec->init, SPEC_RAW);
	ck_assert_uint_eq(spec->array.flags, 0);
	ck_assert_uint_eq(spec->file_offset, 128);
	ck_assert_str_eq(spec->file, list.specs[3].array.path);
}
END_TEST

/* ---- what is refused ---- */

static const struct {
	const char *text;
	int error;
	const char *why; /* part of it */
} refused[] = {
	{ "", EINVAL, "not NAME=DTYPE" },
	{ "x", EINVAL, "not NAME=DTYPE" },
	{ "=f8", EINVAL, "'' is no name" },
	{ "1x=f8", EINVAL, "'1x' is no name" },
	{ "x y=f8", EINVAL, "'x y' is no name" },
	{ "x\x1b=f8", EINVAL, "'x\\x1b' is no name" },
	{ "a23456789012345678901234567890123456789012345678901234567890abcd"
	  "=f8",
	  EINVAL, "63 at most" },
	{ "there=f8", EEXIST, "there is declared twice" },
	{ "x=", EINVAL, "no dtype ''" },
	{ "x=f9", EINVAL, "no dtype 'f9': one of ? i1 i2" },
	{ "x=f8[3]", EINVAL, "no dtype 'f8[3]'" },
	{ "x={a=f8", EINVAL, "no dtype '{a=f8'" },
	{ "x={a=f8}3", EINVAL, "'3' behind the dtype" },
	{ "x=S99999999999", ERANGE, "too big" },
	{ "x=f8:", EINVAL, "'' is no shape" },
	{ "x=f8:3,", EINVAL, "'3,' is no shape" },
	{ "x=f8:-2", EINVAL, "'-2' is no shape" },
	{ "x=f8:+2", EINVAL, "'+2' is no shape" },
	{ "x=f8:3x4", EINVAL, "'3x4' is no shape" },
	{ "x=f8:-1,-1=@96", EINVAL, "'-1,-1' is no shape" },
	{ "x=f8:1,2,3,4,5,6,7,8,9", ERANGE, "at most 8 dimensions" },
	{ "x=f8:99999999999999999999", ERANGE, "too big for a shape" },
	{ "x=f8:4294967296,4294967296", ERANGE, "too big for any memory" },
	{ "x=f8:9223372036854775807=1", ERANGE, "too big for any memory" },
	{ "x=f8:9223372036854775807=@96", ERANGE, "too big for any memory" },
	{ "x=f8:9223372036854775807=text:five", ERANGE, "too big" },
	{ "x=f8:-1", EINVAL, "-1 needs a file" },
	{ "x=f8:-1=3", EINVAL, "-1 needs a file" },
	{ "x=f8=abc", EINVAL, "'abc' is no value of f8" },
	{ "x=f8=", EINVAL, "'' is no value of f8" },
	{ "x=i1=300", ERANGE, "'300' does not fit into i1" },
	{ "x=S2=abc", ERANGE, "'abc' does not fit into S2" },
	{ "x=f8=@", EINVAL, "no file behind @" },
	{ "x=f8=@missing", ENOENT, "missing: No such file" },
	{ "x=f8:-1=@97", EINVAL, "97: 97 bytes are no whole number of " },
	{ "x=f8:5,-1=@96", EINVAL,
	  "12 elements do not divide into shape 5,-1" },
	{ "x=f8:0,-1=@96", EINVAL, "do not divide into shape 0,-1" },
	{ "x=f8:11=@96", EINVAL, "96 bytes, but 11 elements of 8 are 88" },
	{ "x=f8:13=@96", ENODATA, "96 bytes, but 13 elements of 8 are 104" },
	{ "x=f8:13=map:96", ENODATA, "96 bytes, but 13 elements" },
	{ "x=f8:-1=@fifo", EINVAL, "fifo: not a regular file" },
	{ "x=f8:-1=text:fifo", EINVAL, "fifo: not a regular file" },
	{ "x=f8:-1=map:fifo", EINVAL, "fifo: not a regular file" },
	{ "x=f8:-1=@.", EINVAL, "not a regular file" },
	{ "x=f8:-1=map:.", EISDIR, "Is a directory" },
	{ "x=@96", EINVAL, "96: only a .npy file knows its dtype" },
	{ "x=map:96", EINVAL, "NAME=DTYPE[:DIM,...]=map:FILE" },
	{ "x=text:five", EINVAL, "NAME=DTYPE[:DIM,...]=text:FILE" },
	{ "x={a=f8}:-1=text:five", ENOTSUP, "text: has no records" },
	{ "x=f8:2,-1=text:five", EINVAL, "5 elements do not divide" },
	{ "x=f4:3,4=@x.npy", EINVAL, "its dtype is f8, not f4" },
	{ "x=f8:4,3=@x.npy", EINVAL, "its shape is (3,4), not (4,3)" },
	{ "x=f8=@x.npy", EINVAL, "its shape is (3,4), not ()" },
	{ "x=f8:12=map:x.npy", EINVAL, "its shape is (3,4), not (12)" },
	{ "x=map:big.npy", ENOTSUP, "big-endian data can not be mapped" },
	{ "x=@short.npy", ENODATA, "short.npy: " },
	{ "x=map:short.npy", ENODATA, "short.npy: " },
	{ "x=@object.npy", ENOTSUP, "object" },
	{ "x=@huge.npy", ERANGE, "huge.npy: " },
	{ "x=@garbage.npy", EINVAL, "garbage.npy: " },
	{ "x=like:y", ENOENT, "'y' is not the name of a declared array" },
	{ "x=like:", ENOENT, "'' is not the name of a declared array" },
	{ "x=like:x", ENOENT, "'x' is not the name of a declared array" },
	{ "x=f8=like:there", EINVAL, "dtype and shape are not those of there" },
	{ "x=u1:3=like:there", EINVAL, "not those of there" },
};

START_TEST(what_is_wrong_is_named_with_what_would_be_right)
{
	int error;

	declare("there=u1:2");
	error = spec_add(&list, refused[_i].text, why);
	ck_assert_msg(error == -refused[_i].error, "%s: %d: %s",
		      refused[_i].text, error, why);
	ck_assert_msg(strstr(why, refused[_i].why) != NULL, "%s: %s",
		      refused[_i].text, why);
	ck_assert_ptr_null(strchr(why, '\n'));
	ck_assert_uint_eq(list.count, 1);
	/* and the list is as good as before */
	declare("x=f8:3");
}
END_TEST

START_TEST(a_file_that_can_not_be_written_can_be_mapped_as_a_copy)
{
	if (geteuid() == 0)
		return; /* may write to anything */
	ck_assert_int_eq(chmod("96", 0400), 0);
	ck_assert_int_eq(spec_add(&list, "x=f8:12=map:96", why), -EACCES);
	ck_assert_ptr_nonnull(strstr(why, "map-copy:"));
	declare("x=f8:12=map-copy:96");
}
END_TEST

START_TEST(data_that_are_not_aligned_are_copied_and_not_mapped)
{
	static const char header[] = "\x93NUMPY\1\0\x3e\0"
				     "{'descr':'<f8','fortran_order':False,"
				     "'shape':(2,)}         \n";
	char bytes[sizeof(header) - 1 + 16] = { 0 };

	memcpy(bytes, header, sizeof(header) - 1);
	bytes[8] = (char)(sizeof(header) - 1 - 10);
	ck_assert_uint_ne((sizeof(header) - 1) % 8, 0);
	folder_put("odd.npy", bytes, sizeof(bytes));
	ck_assert_int_eq(spec_add(&list, "x=map:odd.npy", why), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(why, "not aligned"));
	declare("x=@odd.npy");
}
END_TEST

/* ---- scopes ---- */

static void
declare_scopes(void)
{
	declare("x=f8:3");
	declare("y=i4");
	declare("z=c16:2");
	declare("s=S4");
	declare("m=map:x.npy");
}

START_TEST(arrays_become_private_and_reductions)
{
	declare_scopes();
	ck_assert_int_eq(spec_private(&list, "s,z", why), 0);
	ck_assert_int_eq(spec_reduction(&list, "max:x,y", why), 0);
	ck_assert_uint_eq(list.specs[3].array.flags, SEGMENT_PRIVATE);
	ck_assert_uint_eq(list.specs[2].array.flags, SEGMENT_PRIVATE);
	ck_assert_uint_eq(list.specs[0].array.flags, SEGMENT_REDUCTION);
	ck_assert_int_eq(list.specs[0].array.op, ELEMENT_MAX);
	ck_assert_uint_eq(list.specs[1].array.flags, SEGMENT_REDUCTION);
	ck_assert_int_eq(list.specs[1].array.op, ELEMENT_MAX);
}
END_TEST

static const struct {
	const char *text; /* of a reduction if it has a colon */
	const char *why;
} scopes[] = {
	{ "", "'' is not the name of a declared array" },
	{ "x,", "'' is not the name of a declared array" },
	{ "w", "'w' is not the name of a declared array" },
	{ "x,w", "'w' is not the name of a declared array" },
	{ "x,x", "x is private already" },
	{ "m", "m is mapped from a file" },
	{ "+:m", "m is mapped from a file" },
	{ "+:x,x", "x is a reduction already" },
	{ "+:", "'' is not the name of a declared array" },
	{ "+:w", "'w' is not the name of a declared array" },
	{ ":x", "'' is no operation: one of sum" },
	{ "median:x", "'median' is no operation: one of sum" },
	{ "max:z", "there is no max of c16, which z is" },
	{ "&:x", "there is no & of f8, which x is" },
	{ "sum:s", "there is no sum of S4, which s is" },
};

START_TEST(scopes_that_can_not_be_are_refused)
{
	const char *text = scopes[_i].text;

	declare_scopes();
	if (strchr(text, ':'))
		ck_assert_int_lt(spec_reduction(&list, text, why), 0);
	else
		ck_assert_int_lt(spec_private(&list, text, why), 0);
	ck_assert_msg(strstr(why, scopes[_i].why) != NULL, "%s: %s", text, why);
}
END_TEST

START_TEST(a_reduction_without_an_operation_is_refused)
{
	declare_scopes();
	ck_assert_int_eq(spec_reduction(&list, "x", why), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "not OP:NAME"));
	ck_assert_int_eq(spec_private(&list, "x", why), 0);
	ck_assert_int_eq(spec_reduction(&list, "+:x", why), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "x is private already"));
}
END_TEST

START_TEST(arrays_are_found_by_their_whole_name)
{
	declare_scopes();
	ck_assert_int_eq(spec_find(&list, "z", 1), 2);
	ck_assert_int_eq(spec_find(&list, "zz", 1), 2);
	ck_assert_int_eq(spec_find(&list, "zz", 2), -1);
	ck_assert_int_eq(spec_find(&list, "", 0), -1);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *specs = unit_case(suite, "spec");
	TCase *cases = unit_case(suite, "scopes");

	tcase_add_checked_fixture(specs, begin, end);
	tcase_add_loop_test(specs, a_declaration_says_dtype_shape_and_begin, 0,
			    NELEMENTS(taken));
	tcase_add_test(specs, a_value_is_one_element);
	tcase_add_test(specs, a_npy_file_keeps_its_order_and_place_of_data);
	tcase_add_test(specs, a_mapped_file_is_known_by_path_place_and_inode);
	tcase_add_test(specs, like_takes_dtype_and_shape);
	tcase_add_test(specs, like_as_a_begin_refers_to_what_was_read);
	tcase_add_loop_test(specs,
			    what_is_wrong_is_named_with_what_would_be_right, 0,
			    NELEMENTS(refused));
	tcase_add_test(specs,
		       a_file_that_can_not_be_written_can_be_mapped_as_a_copy);
	tcase_add_test(specs,
		       data_that_are_not_aligned_are_copied_and_not_mapped);
	tcase_add_checked_fixture(cases, begin, end);
	tcase_add_loop_test(cases, scopes_that_can_not_be_are_refused, 0,
			    NELEMENTS(scopes));
	tcase_add_test(cases, arrays_become_private_and_reductions);
	tcase_add_test(cases, a_reduction_without_an_operation_is_refused);
	tcase_add_test(cases, arrays_are_found_by_their_whole_name);
}
