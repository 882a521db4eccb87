/* The dict in a .npy file's header: what NumPy has ever written is read, what
 * is none of it is refused with its place. The whole headers of NumPy are in
 * test_npy.c. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment/npy_dict.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define F8 "'descr': '<f8', "
#define C "'fortran_order': False, "
#define ONE "'shape': (1,), "

struct refused {
	const char *text;
	int error;
	const char *why; /* a part of it */
};

static struct dtype dtype;
static struct shape shape;
static char why[NPY_WHY_SIZE];

/* read the first nbytes of text, with nothing behind them in memory */
static int
parse_part(const char *text, size_t nbytes)
{
	char *copy = malloc(nbytes > 0 ? nbytes : 1);
	int error;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, nbytes);
	memset(why, 0, sizeof(why));
	error = npy_dict_parse(copy, nbytes, &dtype, &shape, why);
	free(copy);
	return error;
}

static int
parse(const char *text)
{
	return parse_part(text, strlen(text));
}

/* the text between before and after is refused as it says */
static void
check_refused(const char *before, const struct refused *refused,
	      const char *after)
{
	char text[512];
	int error;

	ck_assert_int_lt(snprintf(text, sizeof(text), "%s%s%s", before,
				  refused->text, after),
			 (int)sizeof(text));
	error = parse(text);
	ck_assert_msg(error == refused->error, "%s: %d: %s", text, error, why);
	ck_assert_msg(strstr(why, refused->why), "%s: %s", text, why);
}

static const struct refused dicts[] = {
	{ "", -EINVAL, "ends where { should be" },
	{ "[]", -EINVAL, "has [] where { should be" },
	{ "{}", -EINVAL, "no 'descr'" },
	{ "{" F8 "}", -EINVAL, "no 'fortran_order'" },
	{ "{" F8 C "}", -EINVAL, "no 'shape'" },
	{ "{" C ONE "}", -EINVAL, "no 'descr'" },
	{ "{" F8 C ONE F8 "}", -EINVAL, "'descr' twice" },
	{ "{" F8 C C ONE "}", -EINVAL, "'fortran_order' twice" },
	{ "{" F8 C ONE ONE "}", -EINVAL, "'shape' twice" },
	{ "{" F8 C ONE "'more': 1, }", -EINVAL,
	  "has 'more': 1, } where 'descr', 'fort" },
	{ "{" F8 C ONE, -EINVAL, "ends where" },
	{ "{" F8 C ONE "} x", -EINVAL, "has x where its end should be" },
	{ "{" F8 C ONE "}}", -EINVAL, "has } where its end should be" },
	{ "{,}", -EINVAL, "has ,} where 'descr'," },
	{ "{" F8 C ONE ",}", -EINVAL, "has ,} where 'descr'," },
	{ "{'shape': (1,) " F8 C "}", -EINVAL, "a comma or }" },
	{ "{descr: '<f8', " C ONE "}", -EINVAL, "has descr: '<f8', " },
	{ "{'descr\": '<f8', " C ONE "}", -EINVAL, "'descr', 'fortran" },
	{ "{'Descr': '<f8', " C ONE "}", -EINVAL, "has 'Descr': " },
	{ "{'descr '<f8', " C ONE "}", -EINVAL, "'descr', 'fortran" },
	{ "{'descr' '<f8', " C ONE "}", -EINVAL, "a colon" },
	{ "{'descr", -EINVAL, "ends where" },
	{ "{'descr\\", -EINVAL, "ends where" },
	{ "{'descr'", -EINVAL, "ends where a colon" },
	{ "{'descr':", -EINVAL, "ends where a dtype" },
	{ "{'descr': '<f8", -EINVAL, "ends where a quote" },
	{ "{'descr': ['<f8\\", -EINVAL, "ends where a quote" },
	{ "{'descr': '<f8'", -EINVAL, "ends where a comma" },
	{ "{'descr': [('x', '<f8')", -EINVAL, "ends where a comma" },
	{ "{'fortran_order':", -EINVAL, "ends where True or False" },
	{ "{" F8 ONE "'fortran_order': 0}", -EINVAL, "True or False" },
	{ "{" F8 ONE "'fortran_order': true}", -EINVAL, "True or False" },
	{ "{" F8 ONE "'fortran_order': Truely}", -EINVAL, "True or False" },
	{ "{" F8 ONE "'fortran_order': 'True'}", -EINVAL, "True or False" },
	{ "{" F8 C "'shape': (1, 2", -EINVAL, "ends where a comma" },
	{ "{" F8 C "'shape': (1, ", -EINVAL, "ends where a dimension" },
};

START_TEST(a_dict_that_is_none_is_refused_with_its_place)
{
	check_refused("", &dicts[_i], "");
}
END_TEST

static const struct refused shapes[] = {
	{ "1", -EINVAL, "a tuple such as (3, 4)" },
	{ "[1]", -EINVAL, "a tuple such as (3, 4)" },
	{ "(1)", -EINVAL, "has )} where a comma should be" },
	{ "(,)", -EINVAL, "a dimension" },
	{ "(1,,)", -EINVAL, "a dimension" },
	{ "(1 2)", -EINVAL, "a comma" },
	{ "(1, 2 3)", -EINVAL, "a comma" },
	{ "(-1,)", -EINVAL, "1,)} where a dimension should be" },
	{ "(+1,)", -EINVAL, "1,)} where a dimension should be" },
	{ "(010,)", -EINVAL, "has 010,)} where a dimension" },
	{ "(0x10,)", -EINVAL, "a comma" },
	{ "(1.0, 1)", -EINVAL, "a comma" },
	{ "(1LL,)", -EINVAL, "a comma" },
	{ "(L,)", -EINVAL, "a dimension" },
	{ "('1',)", -EINVAL, "a dimension" },
	{ "((1,),)", -EINVAL, "a dimension" },
	{ "(1, 1, 1, 1, 1, 1, 1, 1, 1)", -ERANGE, "more than 8 dimensions" },
	{ "(9223372036854775808,)", -ERANGE, "2^63-1" },
	{ "(99999999999999999999999,)", -ERANGE, "2^63-1" },
};

START_TEST(a_shape_that_is_none_is_refused)
{
	check_refused("{" F8 C "'shape': ", &shapes[_i], "}");
}
END_TEST

static const struct refused descrs[] = {
	{ "<f8", -EINVAL, "a dtype such as '<f8'" },
	{ "('<f8', (2,))", -EINVAL, "a dtype such as" },
	{ "", -EINVAL, "a dtype such as" },
	{ "None", -EINVAL, "a dtype such as" },
	{ "''", -EINVAL, "dtype '' is malformed" },
	{ "'<f7'", -EINVAL, "dtype '<f7' is malformed" },
	{ "'<f7' ", -EINVAL, "dtype '<f7' is" },
	{ "'<f8' '<f8'", -EINVAL, "is malformed" },
	{ "'<f8')", -EINVAL, "is malformed" },
	{ "[]", -EINVAL, "dtype [] is malformed" },
	{ "[('x', '<f8'}", -EINVAL, "ends where" },
	{ "'|S2147483648'", -ERANGE, "is too big: 64 fields" },
	{ "'<q8'", -ENOTSUP, "'<q8' is not supported" },
	{ "'|O'", -ENOTSUP, "object arrays are refused (they hold pointers)" },
	{ "'|O8'", -ENOTSUP, "object arrays are refused" },
	{ "[('a', '<f4'), ('b', '|O')]", -ENOTSUP,
	  "object arrays are refused (they hold pointers)" },
	{ "[('\xe9', '<f4')]", -ENOTSUP, "names with a backslash" },
	{ "[('\\n', '<f4')]", -ENOTSUP, "names with a backslash" },
	{ "[('\\']', '<f4')]", -ENOTSUP, "names with a backslash" },
	{ "[('a', '<f4', (0,))]", -ENOTSUP, "is not supported" },
};

START_TEST(a_descr_that_is_none_is_refused)
{
	check_refused("{'descr': ", &descrs[_i], ", " C ONE "}");
}
END_TEST

/* the same, in the ways Python lets one write it */
static const char *const spellings[] = {
	"{'descr': '<f8', 'fortran_order': True, 'shape': (3, 4), }",
	"{'descr':'<f8','fortran_order':True,'shape':(3,4)}",
	"{'shape': (3, 4), 'fortran_order': True, 'descr': '<f8'}   \n",
	" {\t\"descr\" : '<f8'\r\n,'fortran_order'\f:True , 'shape':( 3 ,4,)}",
	"{'descr': '<f8', 'fortran_order': True, 'shape': (3L, 4L), }",
};

START_TEST(a_dict_is_read_however_it_is_spelt)
{
	ck_assert_msg(parse(spellings[_i]) == 0, "%s", why);
	ck_assert_str_eq(dtype.text, "<f8");
	ck_assert(shape.is_fortran);
	ck_assert_uint_eq(shape.ndim, 2);
	ck_assert_int_eq(shape.dims[0], 3);
	ck_assert_int_eq(shape.dims[1], 4);
}
END_TEST

START_TEST(a_shape_is_as_large_as_python_s)
{
	ck_assert_int_eq(parse("{" F8 C "'shape': ()}"), 0);
	ck_assert_uint_eq(shape.ndim, 0);
	ck_assert_int_eq(parse("{" F8 C "'shape': (0,)}"), 0);
	ck_assert_int_eq(shape.dims[0], 0);
	ck_assert_int_eq(parse("{" F8 C "'shape': (9223372036854775807,)}"), 0);
	ck_assert_int_eq(shape.dims[0], INT64_MAX);
	ck_assert_int_eq(parse("{" F8 C "'shape': (1, 2, 3, 4, 5, 6, 7, 8)}"),
			 0);
	ck_assert_uint_eq(shape.ndim, 8);
	ck_assert_int_eq(shape.dims[7], 8);
}
END_TEST

START_TEST(what_is_quoted_in_a_descr_does_not_end_it)
{
	ck_assert_msg(parse("{'descr': [('a,}])', '<f4'), (\"it's\", '<i2', "
			    "(2,))], " C ONE "}") == 0,
		      "%s", why);
	ck_assert_str_eq(dtype.text,
			 "[('a,}])', '<f4'), (\"it's\", '<i2', (2,))]");
	ck_assert_uint_eq(dtype.itemsize, 8);
}
END_TEST

START_TEST(a_dict_that_was_cut_is_refused)
{
	const char *text = "{'descr': [('x', '<f8', (2,))], "
			   "'fortran_order': False, 'shape': (3, 4L), }";

	for (size_t n = 0; n < strlen(text); n++) {
		ck_assert_int_eq(parse_part(text, n), -EINVAL);
		ck_assert_msg(strstr(why, " should be"), "%zu: %s", n, why);
	}
	ck_assert_int_eq(parse(text), 0);
}
END_TEST

START_TEST(a_reason_shows_little_of_the_text_on_one_line)
{
	char text[1 << 12];

	memset(text, '\n', sizeof(text));
	text[0] = text[sizeof(text) - 1] = '\1';
	ck_assert_int_eq(parse_part(text, sizeof(text)), -EINVAL);
	ck_assert_str_eq(why, "its header has "
			      "????????????????????????????????????????... "
			      "where { should be");
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *good = unit_case(suite, "good");
	TCase *bad = unit_case(suite, "bad");

	tcase_add_loop_test(good, a_dict_is_read_however_it_is_spelt, 0,
			    LENGTH(spellings));
	tcase_add_test(good, a_shape_is_as_large_as_python_s);
	tcase_add_test(good, what_is_quoted_in_a_descr_does_not_end_it);

	tcase_add_loop_test(bad, a_dict_that_is_none_is_refused_with_its_place,
			    0, LENGTH(dicts));
	tcase_add_loop_test(bad, a_shape_that_is_none_is_refused, 0,
			    LENGTH(shapes));
	tcase_add_loop_test(bad, a_descr_that_is_none_is_refused, 0,
			    LENGTH(descrs));
	tcase_add_test(bad, a_dict_that_was_cut_is_refused);
	tcase_add_test(bad, a_reason_shows_little_of_the_text_on_one_line);
}
