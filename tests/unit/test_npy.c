/* Headers of .npy files: what NumPy 1.24 writes is read, and written byte by
 * byte the same; what nobody should write is refused. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "segment/npy.h"

#define FILE_MAX 4096
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* a descriptor of a file with these bytes */
static int
open_bytes(const void *bytes, size_t nbytes)
{
	int fd = memfd_create("test_npy", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, nbytes), (ssize_t)nbytes);
	return fd;
}

/* what every reading has to keep to, of a file of size bytes */
static int
read_checked(int fd, size_t size, struct npy *npy, char *why)
{
	int error;

	memset(why, 'x', NPY_WHY_SIZE);
	error = npy_read_header(fd, npy, why);
	if (error) {
		ck_assert_ptr_nonnull(memchr(why, '\0', NPY_WHY_SIZE));
		ck_assert_uint_ge(strlen(why), 10);
		while ((unsigned char)*why >= ' ')
			why++;
		ck_assert_int_eq(*why, '\0');
		return error;
	}
	ck_assert_uint_le(npy->data_offset, size);
	ck_assert_uint_le(npy->nbytes, size - npy->data_offset);
	ck_assert_uint_eq(npy->nbytes, npy->count * npy->dtype.itemsize);
	return 0;
}

static int
read_bytes(const void *bytes, size_t nbytes, struct npy *npy, char *why)
{
	int fd = open_bytes(bytes, nbytes);
	int error = read_checked(fd, nbytes, npy, why);

	close(fd);
	return error;
}

/* put a header that ends at begin (of the data) into file, with this dict */
static void
make_header(unsigned char *file, int version, const char *dict, size_t begin)
{
	size_t prefix = version == 1 ? 10 : 12, size = begin - prefix;

	ck_assert_uint_lt(prefix + strlen(dict), begin);
	memset(file, ' ', begin);
	memcpy(file, "\x93NUMPY", 6);
	file[6] = (unsigned char)version;
	file[7] = 0;
	for (size_t i = 8; i < prefix; i++, size >>= 8)
		file[i] = (unsigned char)size;
	memcpy(file + prefix, dict, strlen(dict));
	file[begin - 1] = '\n';
}

/* read a file of nothing but a header with this dict and some data */
static int
read_dict(const char *dict, struct npy *npy, char *why)
{
	static unsigned char file[2 * FILE_MAX];

	make_header(file, 1, dict, FILE_MAX);
	return read_bytes(file, sizeof(file), npy, why);
}

/* np.save's headers, and what they say; make_header() makes them of this */
static const struct {
	int version;
	size_t begin; /* of the data */
	const char *dict;
	const char *text; /* of the dtype */
	uint32_t itemsize;
	bool is_swapped;
	struct shape shape;
	uint64_t count;
	const char *again; /* the dict that is written, if another one */
} files[] = {
	{ 1,
	  128,
	  "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
	  "<f8",
	  8,
	  false,
	  { 1, { 3 }, false },
	  3,
	  NULL },
	{ 1,
	  128,
	  "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 4), }",
	  "<f4",
	  4,
	  false,
	  { 2, { 3, 4 }, true },
	  12,
	  NULL },
	{ 1,
	  128,
	  "{'descr': '<f8', 'fortran_order': False, 'shape': (), }",
	  "<f8",
	  8,
	  false,
	  { 0, { 0 }, false },
	  1,
	  NULL },
	{ 1,
	  128,
	  "{'descr': '|b1', 'fortran_order': False, 'shape': (0,), }",
	  "|b1",
	  1,
	  false,
	  { 1, { 0 }, false },
	  0,
	  NULL },
	{ 1,
	  128,
	  "{'descr': '|S5', 'fortran_order': False, 'shape': (2,), }",
	  "|S5",
	  5,
	  false,
	  { 1, { 2 }, false },
	  2,
	  NULL },
	{ 1,
	  128,
	  "{'descr': '<U5', 'fortran_order': False, 'shape': (2,), }",
	  "<U5",
	  20,
	  false,
	  { 1, { 2 }, false },
	  2,
	  NULL },
	{ 1,
	  128,
	  "{'descr': '|V7', 'fortran_order': False, 'shape': (2,), }",
	  "|V7",
	  7,
	  false,
	  { 1, { 2 }, false },
	  2,
	  NULL },
	{ 1,
	  128,
	  "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2,), }",
	  "<M8[ns]",
	  8,
	  false,
	  { 1, { 2 }, false },
	  2,
	  NULL },
	{ 1,
	  128,
	  "{'descr': '<c16', 'fortran_order': False, 'shape': (0, 3), }",
	  "<c16",
	  16,
	  false,
	  { 2, { 0, 3 }, false },
	  0,
	  NULL },
	{ 1,
	  128,
	  "{'descr': '|u1', 'fortran_order': False, "
	  "'shape': (2, 1, 2, 1, 2, 1, 2, 1), }",
	  "|u1",
	  1,
	  false,
	  { 8, { 2, 1, 2, 1, 2, 1, 2, 1 }, false },
	  16,
	  NULL },
	{ 1,
	  128,
	  "{'descr': [('x', '<f8'), ('id', '<i4')], "
	  "'fortran_order': False, 'shape': (2,), }",
	  "[('x', '<f8'), ('id', '<i4')]",
	  12,
	  false,
	  { 1, { 2 }, false },
	  2,
	  NULL },
	{ 1,
	  128,
	  "{'descr': [('a', '|u1'), ('', '|V7'), ('b', '<f8')], "
	  "'fortran_order': False, 'shape': (2,), }",
	  "[('a', '|u1'), ('', '|V7'), ('b', '<f8')]",
	  16,
	  false,
	  { 1, { 2 }, false },
	  2,
	  NULL },
	{ 1,
	  192,
	  "{'descr': [('x', [('y', '<f4'), ('z', '<i2')]), "
	  "('s', '<f4', (2, 3))], 'fortran_order': False, 'shape': (1,), }",
	  "[('x', [('y', '<f4'), ('z', '<i2')]), ('s', '<f4', (2, 3))]",
	  30,
	  false,
	  { 1, { 1 }, false },
	  1,
	  NULL },
	{ 1,
	  128,
	  "{'descr': '>i4', 'fortran_order': False, 'shape': (2,), }",
	  "<i4",
	  4,
	  true,
	  { 1, { 2 }, false },
	  2,
	  "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }" },
	{ 2,
	  128,
	  "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
	  "<f8",
	  8,
	  false,
	  { 1, { 3 }, false },
	  3,
	  "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }" },
	{ 3,
	  128,
	  "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
	  "<f8",
	  8,
	  false,
	  { 1, { 3 }, false },
	  3,
	  "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }" },
	/* names of fields in Latin-1, and in UTF-8 */
	{ 1,
	  128,
	  "{'descr': [('h\xf6he', '<f8')], 'fortran_order': False, "
	  "'shape': (3,), }",
	  "[('h\xc3\xb6he', '<f8')]",
	  8,
	  false,
	  { 1, { 3 }, false },
	  3,
	  "{'descr': [('h\xc3\xb6he', '<f8')], 'fortran_order': False, "
	  "'shape': (3,), }" },
	{ 3,
	  128,
	  "{'descr': [('\xe6\xb8\xa9', '<f8')], 'fortran_order': False, "
	  "'shape': (3,), }",
	  "[('\xe6\xb8\xa9', '<f8')]",
	  8,
	  false,
	  { 1, { 3 }, false },
	  3,
	  "{'descr': [('\xe6\xb8\xa9', '<f8')], 'fortran_order': False, "
	  "'shape': (3,), }" },
	/* NumPy 1.13 and before, and Python 2 on Windows */
	{ 1,
	  80,
	  "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
	  "<f8",
	  8,
	  false,
	  { 1, { 3 }, false },
	  3,
	  "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }" },
	{ 1,
	  80,
	  "{'descr': '<i4', 'fortran_order': False, 'shape': (10L,), }",
	  "<i4",
	  4,
	  false,
	  { 1, { 10 }, false },
	  10,
	  "{'descr': '<i4', 'fortran_order': False, 'shape': (10,), }" },
	{ 1,
	  96,
	  "{'descr': [('s', '<f4', (2L,))], 'fortran_order': True, "
	  "'shape': (2L, 3L), }",
	  "[('s', '<f4', (2,))]",
	  8,
	  false,
	  { 2, { 2, 3 }, true },
	  6,
	  "{'descr': [('s', '<f4', (2,))], 'fortran_order': True, "
	  "'shape': (2, 3), }" },
	/* nobody writes it like this, but it says the same */
	{ 1,
	  128,
	  "{ \"shape\" :( 3 ,4 ),'fortran_order':True\n,'descr':'=f8' }\t",
	  "<f8",
	  8,
	  false,
	  { 2, { 3, 4 }, true },
	  12,
	  "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 4), }" },
};

START_TEST(a_header_says_what_numpy_meant)
{
	unsigned char file[FILE_MAX] = { 0 };
	const struct shape *shape = &files[_i].shape;
	char why[NPY_WHY_SIZE] = "";
	struct npy npy;
	int error;

	make_header(file, files[_i].version, files[_i].dict, files[_i].begin);
	error = read_bytes(file, sizeof(file), &npy, why);
	ck_assert_msg(error == 0, "%d: %s", error, why);
	ck_assert_str_eq(npy.dtype.text, files[_i].text);
	ck_assert_uint_eq(npy.dtype.itemsize, files[_i].itemsize);
	ck_assert(npy.dtype.is_swapped == files[_i].is_swapped);
	ck_assert_uint_eq(npy.shape.ndim, shape->ndim);
	for (unsigned i = 0; i < shape->ndim; i++)
		ck_assert_int_eq(npy.shape.dims[i], shape->dims[i]);
	ck_assert(npy.shape.is_fortran == shape->is_fortran);
	ck_assert_uint_eq(npy.data_offset, files[_i].begin);
	ck_assert_uint_eq(npy.count, files[_i].count);
	ck_assert_uint_eq(npy.nbytes, files[_i].count * files[_i].itemsize);
}
END_TEST

static bool
is_ascii(const char *text)
{
	while ((unsigned char)*text > 0 && (unsigned char)*text < 0x80)
		text++;
	return *text == '\0';
}

START_TEST(a_header_is_written_as_numpy_does)
{
	unsigned char file[FILE_MAX] = { 0 }, again[FILE_MAX], wanted[FILE_MAX];
	const char *dict = files[_i].again ? files[_i].again : files[_i].dict;
	size_t begin = files[_i].begin < 128 ? 128 : files[_i].begin;
	char why[NPY_WHY_SIZE];
	struct npy npy;

	make_header(file, files[_i].version, files[_i].dict, files[_i].begin);
	make_header(wanted, is_ascii(dict) ? 1 : 3, dict, begin);
	ck_assert_int_eq(read_bytes(file, sizeof(file), &npy, why), 0);
	ck_assert_int_eq(
		npy_format_header(again, sizeof(again), &npy.dtype, &npy.shape),
		(int64_t)begin);
	ck_assert_mem_eq(again, wanted, begin);
}
END_TEST

/* format the header of an f8 array */
static int64_t
format_f8(char *header, size_t size, struct shape shape)
{
	static const char descr[] = "'<f8'";
	struct dtype dtype;

	ck_assert_int_eq(dtype_parse_descr(&dtype, descr, strlen(descr)), 0);
	return npy_format_header(header, size, &dtype, &shape);
}

START_TEST(a_written_header_is_numpy_s_to_the_byte)
{
	static const char wanted[] =
		"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': "
		"False, 'shape': (3,), }                                     "
		"                       \n";
	char header[FILE_MAX];

	ck_assert_uint_eq(sizeof(wanted) - 1, 128);
	ck_assert_int_eq(format_f8(header, sizeof(header),
				   (struct shape){ 1, { 3 }, false }),
			 128);
	ck_assert_mem_eq(header, wanted, 128);
}
END_TEST

/* when NumPy says True: only where the order of elements is not C's as well */
static const struct {
	struct shape shape;
	bool is_fortran;
} orders[] = {
	{ { 2, { 2, 3 }, true }, true },    { { 2, { 2, 3 }, false }, false },
	{ { 3, { 2, 1, 3 }, true }, true }, { { 0, { 0 }, true }, false },
	{ { 1, { 3 }, true }, false },	    { { 2, { 1, 3 }, true }, false },
	{ { 2, { 3, 1 }, true }, false },   { { 2, { 1, 1 }, true }, false },
	{ { 2, { 0, 3 }, true }, false },   { { 3, { 2, 3, 0 }, true }, false },
};

START_TEST(fortran_order_is_said_where_it_is_another)
{
	char header[FILE_MAX] = "";

	ck_assert_int_eq(format_f8(header, sizeof(header), orders[_i].shape),
			 128);
	ck_assert_ptr_nonnull(strstr(header + 10, orders[_i].is_fortran
							  ? "order': True,"
							  : "order': False,"));
}
END_TEST

/* the longest shape for 128 bytes and a longer one: NumPy leaves room for one
 * dimension to grow, the last one if the order is Fortran's */
#define LONG INT64_C(100000000000)

static const struct {
	struct shape shape;
	int64_t nbytes;
} paddings[] = {
	{ { 4, { 1, LONG, LONG, LONG / 100 }, false }, 128 },
	{ { 4, { 1, LONG, LONG, LONG / 10 }, false }, 192 },
	{ { 4, { LONG, LONG, LONG, 1 }, false }, 128 },
	{ { 4, { LONG / 10, LONG, LONG, 1 }, true }, 128 },
	{ { 4, { LONG, LONG, LONG, 1 }, true }, 192 },
	{ { 4, { 1, LONG, LONG, LONG }, true }, 128 },
};

START_TEST(padding_leaves_numpy_s_room_to_grow)
{
	char header[FILE_MAX];

	ck_assert_int_eq(format_f8(header, sizeof(header), paddings[_i].shape),
			 paddings[_i].nbytes);
}
END_TEST

START_TEST(a_header_that_does_not_fit_is_not_written)
{
	struct shape shape = { 2, { 3, 4 }, false };
	char header[129];

	for (size_t size = 0; size < 128; size++) {
		memset(header, 'x', sizeof(header));
		ck_assert_int_eq(format_f8(header, size, shape), -ERANGE);
		ck_assert_int_eq(header[size], 'x');
	}
	ck_assert_int_eq(format_f8(header, 128, shape), 128);
	ck_assert_int_eq(header[127], '\n');
	ck_assert_int_eq(header[128], 'x');
}
END_TEST

/* the longest descr that dtype.h knows: names as long as they may be */
static size_t
longest_descr(char *descr)
{
	size_t n = 0, fields = 0;

	while (n + 86 < DTYPE_TEXT_SIZE)
		n += (size_t)sprintf(descr + n, "%s('%c%062d', '<f8')",
				     n == 0 ? "[" : ", ", 'a', (int)fields++);
	/* padding has a number of any length */
	n += (size_t)sprintf(descr + n, ", ('', '|V");
	while (n + 4 < DTYPE_TEXT_SIZE - 20)
		n += (size_t)sprintf(descr + n, "1'), ('', '|V");
	n += (size_t)sprintf(descr + n, "1')]");
	return n;
}

START_TEST(the_longest_header_is_written_and_read_back)
{
	struct shape shape = { 8, { 0 }, false };
	char descr[2 * DTYPE_TEXT_SIZE], header[FILE_MAX], why[NPY_WHY_SIZE];
	struct dtype dtype;
	struct npy npy;
	int64_t n;

	ck_assert_int_eq(dtype_parse_descr(&dtype, descr, longest_descr(descr)),
			 0);
	ck_assert_uint_gt(strlen(dtype.text), DTYPE_TEXT_SIZE - 30);
	for (unsigned i = 1; i < 8; i++)
		shape.dims[i] = INT64_MAX;
	n = npy_format_header(header, sizeof(header), &dtype, &shape);
	ck_assert_int_gt(n, DTYPE_TEXT_SIZE + 7 * 21);
	ck_assert_int_eq(n % 64, 0);
	/* 0 elements, but strides beyond all numbers */
	ck_assert_int_eq(read_bytes(header, (size_t)n, &npy, why), -ERANGE);
	for (unsigned i = 1; i < 8; i++)
		shape.dims[i] = 1;
	n = npy_format_header(header, sizeof(header), &dtype, &shape);
	ck_assert_int_eq(read_bytes(header, (size_t)n, &npy, why), 0);
	ck_assert_str_eq(npy.dtype.text, dtype.text);
	ck_assert_uint_eq(npy.data_offset, (uint64_t)n);
}
END_TEST

#define F8 "'descr': '<f8', "
#define C "'fortran_order': False, "
#define ONE "'shape': (1,), "

static const struct {
	const char *dict;
	int error;
	const char *why; /* a part of it */
} refused[] = {
	{ "{" F8 C "'shape': (9223372036854775807,)}", -ERANGE, "counted" },
	{ "{" F8 C "'shape': (4294967296, 4294967296)}", -ERANGE, "counted" },
	{ "{" F8 C "'shape': (2305843009213693952, 8)}", -ERANGE, "counted" },
	{ "{" F8 C "'shape': (1000,)}", -ENODATA, "takes 8000 bytes" },
	{ "{" F8 C "'shape': (513,)}", -ENODATA, "4104 bytes, and 4096 are" },
	{ "{}", -EINVAL, "no 'descr'" },
};

START_TEST(what_a_header_can_not_say_is_refused)
{
	char why[NPY_WHY_SIZE];
	struct npy npy;
	int error = read_dict(refused[_i].dict, &npy, why);

	ck_assert_msg(error == refused[_i].error, "%d: %s", error, why);
	ck_assert_msg(strstr(why, refused[_i].why), "%s", why);
}
END_TEST

static const struct {
	const char *bytes;
	size_t nbytes;
	int error;
	const char *why;
} prefixes[] = {
	{ "", 0, -EINVAL, "empty" },
	{ "\x93", 1, -EINVAL, "ends within its header" },
	{ "\x93NUMPY\1\0\1", 9, -EINVAL, "ends within its header" },
	{ "\x93NUMPY\1\0\1\0{", 11, -EINVAL, "ends within its header" },
	{ "\x93NUMPY\1\0\2\0{}", 12, -EINVAL, "no 'descr'" },
	{ "\x93NUMPY\1\0\3\0{}", 12, -EINVAL, "ends within its header" },
	{ "\x93NUMPY\2\0\2\0\0\0{}", 14, -EINVAL, "no 'descr'" },
	{ "\x93NUMPY\2\0\2\0\1\0{}", 14, -EINVAL, "ends within its header" },
	{ "\x93NUMPY\2\0\xff\xff\xff\xff{}", 14, -EINVAL, "ends within" },
	{ "\x93NUMPY\2\0\2\0\0\1{}", 14, -EINVAL, "ends within its header" },
	{ "\x93NUMPY\1\0\3\0{'\\", 13, -EINVAL, "ends where 'descr'," },
	{ "\x93NUMPY\0\0\2\0{}", 12, -ENOTSUP, "version 0.0" },
	{ "\x93NUMPY\1\1\2\0{}", 12, -ENOTSUP, "version 1.1" },
	{ "\x93NUMPY\4\0\2\0{}", 12, -ENOTSUP, "version 4.0" },
	{ "\x93NUMPX\1\0\2\0{}", 12, -EINVAL, "no .npy file" },
	{ "\x92NUMPY\1\0\2\0{}", 12, -EINVAL, "no .npy file" },
	{ "1.5", 3, -EINVAL, "no .npy file" },
	{ "PK\3\4............", 16, -EINVAL, "archive (.npz)" },
};

START_TEST(a_file_that_begins_differently_is_refused)
{
	char why[NPY_WHY_SIZE];
	struct npy npy;

	ck_assert_int_eq(
		read_bytes(prefixes[_i].bytes, prefixes[_i].nbytes, &npy, why),
		prefixes[_i].error);
	ck_assert_msg(strstr(why, prefixes[_i].why), "%s", why);
}
END_TEST

/* a sparse file with a header of nbytes, most of them NUL */
static int
read_long_header(uint32_t nbytes, struct npy *npy, char *why)
{
	unsigned char prefix[12] = "\x93NUMPY\2";
	int fd, error;

	for (size_t i = 0; i < 4; i++)
		prefix[8 + i] = (unsigned char)(nbytes >> 8 * i);
	fd = open_bytes(prefix, sizeof(prefix));
	ck_assert_int_eq(ftruncate(fd, 12 + (off_t)nbytes), 0);
	error = read_checked(fd, 12 + (size_t)nbytes, npy, why);
	close(fd);
	return error;
}

START_TEST(a_header_has_at_most_a_mebibyte)
{
	char why[NPY_WHY_SIZE];
	struct npy npy;

	ck_assert_int_eq(read_long_header(1 << 20, &npy, why), -EINVAL);
	ck_assert_msg(strstr(why, "has ????????"), "%s", why);
	ck_assert_int_eq(read_long_header((1 << 20) + 1, &npy, why), -ERANGE);
	ck_assert_msg(strstr(why, "has 1048577 bytes"), "%s", why);
	ck_assert_int_eq(read_long_header(UINT32_MAX, &npy, why), -ERANGE);
}
END_TEST

START_TEST(a_long_header_is_read)
{
	size_t begin = 12 + (1 << 20), size = begin + 8;
	unsigned char *file = calloc(1, size);
	char why[NPY_WHY_SIZE] = "";
	struct npy npy;

	ck_assert_ptr_nonnull(file);
	make_header(file, 2, "{" F8 C ONE "}", begin);
	ck_assert_msg(read_bytes(file, size, &npy, why) == 0, "%s", why);
	ck_assert_uint_eq(npy.data_offset, begin);
	free(file);
}
END_TEST

/* a file of 30 bytes for each of two elements */
static size_t
make_file(unsigned char *file)
{
	make_header(file, 1,
		    "{'descr': [('x', [('y', '<f4'), ('z', '<i2')]), "
		    "('s', '<f4', (2, 3))], 'fortran_order': False, "
		    "'shape': (2,), }",
		    192);
	memset(file + 192, 7, 60);
	return 192 + 60;
}

START_TEST(a_file_of_any_other_length_is_cut_short)
{
	unsigned char file[FILE_MAX];
	char why[NPY_WHY_SIZE];
	struct npy npy;
	size_t size = make_file(file);

	for (size_t n = 0; n < 192; n++)
		ck_assert_int_eq(read_bytes(file, n, &npy, why), -EINVAL);
	for (size_t n = 192; n < size; n++)
		ck_assert_int_eq(read_bytes(file, n, &npy, why), -ENODATA);
	ck_assert_int_eq(read_bytes(file, size, &npy, why), 0);
	/* NumPy does not mind what follows */
	ck_assert_int_eq(read_bytes(file, size + 1, &npy, why), 0);
}
END_TEST

START_TEST(a_header_of_any_other_length_is_malformed)
{
	unsigned char file[FILE_MAX];
	char why[NPY_WHY_SIZE];
	struct npy npy;
	size_t size = make_file(file), end;

	end = (size_t)((unsigned char *)memrchr(file, '}', 192) - file) + 1;
	for (size_t n = 10; n < 192; n++) {
		file[8] = (unsigned char)(n - 10);
		ck_assert_int_eq(read_bytes(file, size, &npy, why),
				 n < end ? -EINVAL : 0);
	}
	/* what is data must not be read as the header's end */
	file[8] = 192 - 10 + 1;
	ck_assert_int_eq(read_bytes(file, size, &npy, why), -EINVAL);
}
END_TEST

/* no byte whatever makes it crash, or say what can not be */
START_TEST(a_byte_that_changed_is_seen_or_harmless)
{
	unsigned char file[FILE_MAX], byte;
	char why[NPY_WHY_SIZE];
	unsigned good = 0, bad = 0;
	struct npy npy;
	size_t size = make_file(file);
	int fd = open_bytes(file, size);

	for (off_t at = 0; at < 192; at++) {
		for (unsigned change = 1; change < 256; change++) {
			byte = (unsigned char)(file[at] ^ change);
			ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
			if (read_checked(fd, size, &npy, why))
				bad++;
			else
				good++;
		}
		ck_assert_int_eq(pwrite(fd, &file[at], 1, at), 1);
	}
	close(fd);
	/* mostly letters of names, and blanks that became other blanks */
	ck_assert_uint_gt(bad, 192 * 255 * 9 / 10);
	ck_assert_uint_gt(good, 0);
}
END_TEST

START_TEST(the_descriptor_s_position_stays)
{
	unsigned char file[FILE_MAX];
	char why[NPY_WHY_SIZE];
	struct npy npy;
	int fd = open_bytes(file, make_file(file));

	ck_assert_int_eq(lseek(fd, 17, SEEK_SET), 17);
	ck_assert_int_eq(npy_read_header(fd, &npy, why), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 17);
	close(fd);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	char why[NPY_WHY_SIZE];
	struct npy npy;
	int ends[2], fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(read_checked(fd, 0, &npy, why), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "no regular file"));
	close(fd);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(read_checked(ends[0], 0, &npy, why), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "no regular file"));
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(what_can_not_be_read_says_why)
{
	char why[NPY_WHY_SIZE], name[32];
	struct npy npy;
	int fd = open_bytes("", 0), writable;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	writable = open(name, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(writable, 0);
	ck_assert_int_eq(read_checked(writable, 0, &npy, why), -EBADF);
	ck_assert_ptr_nonnull(strstr(why, strerror(EBADF)));
	close(writable);
	close(fd);
	ck_assert_int_eq(read_checked(fd, 0, &npy, why), -EBADF);
	ck_assert_ptr_nonnull(strstr(why, strerror(EBADF)));
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *good = unit_case(suite, "good");
	TCase *written = unit_case(suite, "written");
	TCase *bad = unit_case(suite, "bad");
	TCase *broken = unit_case(suite, "broken");

	tcase_add_loop_test(good, a_header_says_what_numpy_meant, 0,
			    LENGTH(files));
	tcase_add_test(good, a_long_header_is_read);
	tcase_add_test(good, the_descriptor_s_position_stays);

	tcase_add_loop_test(written, a_header_is_written_as_numpy_does, 0,
			    LENGTH(files));
	tcase_add_test(written, a_written_header_is_numpy_s_to_the_byte);
	tcase_add_loop_test(written, fortran_order_is_said_where_it_is_another,
			    0, LENGTH(orders));
	tcase_add_loop_test(written, padding_leaves_numpy_s_room_to_grow, 0,
			    LENGTH(paddings));
	tcase_add_test(written, a_header_that_does_not_fit_is_not_written);
	tcase_add_test(written, the_longest_header_is_written_and_read_back);

	tcase_add_loop_test(bad, what_a_header_can_not_say_is_refused, 0,
			    LENGTH(refused));
	tcase_add_loop_test(bad, a_file_that_begins_differently_is_refused, 0,
			    LENGTH(prefixes));
	tcase_add_test(bad, a_header_has_at_most_a_mebibyte);
	tcase_add_test(bad, what_is_no_file_is_refused);
	tcase_add_test(bad, what_can_not_be_read_says_why);

	tcase_add_test(broken, a_file_of_any_other_length_is_cut_short);
	tcase_add_test(broken, a_header_of_any_other_length_is_malformed);
	tcase_add_test(broken, a_byte_that_changed_is_seen_or_harmless);
}
