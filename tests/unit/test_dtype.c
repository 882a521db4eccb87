/* Element types: the command line's text, NumPy's text, and hostile ones. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment/dtype.h"

#define NELEMS(array) (sizeof(array) / sizeof((array)[0]))

/* parse a copy that ends where its memory does */
static int
parse_copy(int (*parse)(struct dtype *, const char *, size_t),
	   struct dtype *dtype, const char *text, size_t nbytes)
{
	char *copy = malloc(nbytes + (nbytes == 0));
	int error;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, nbytes);
	error = parse(dtype, copy, nbytes);
	free(copy);
	return error;
}

static int
parse(struct dtype *dtype, const char *text)
{
	return parse_copy(dtype_parse, dtype, text, strlen(text));
}

static int
parse_descr(struct dtype *dtype, const char *text)
{
	return parse_copy(dtype_parse_descr, dtype, text, strlen(text));
}

/* what was taken describes itself: its text reads as the same dtype, and its
 * fields lie within it */
static void
check_sane(const struct dtype *dtype)
{
	struct dtype again;
	uint32_t i;

	ck_assert_uint_gt(dtype->itemsize, 0);
	ck_assert_uint_le(dtype->itemsize, INT32_MAX);
	ck_assert_uint_le(dtype->nfields, DTYPE_FIELDS_MAX);
	ck_assert(memchr(dtype->text, '\0', sizeof(dtype->text)));
	ck_assert_int_eq(parse_descr(&again, dtype->text), 0);
	ck_assert_str_eq(again.text, dtype->text);
	ck_assert_uint_eq(again.itemsize, dtype->itemsize);
	ck_assert(!again.is_swapped);
	for (i = 0; i < dtype->nfields; i++) {
		ck_assert_int_ne(dtype->fields[i].kind, DTYPE_RECORD);
		ck_assert_uint_gt(dtype->fields[i].count, 0);
		ck_assert_uint_le(dtype->fields[i].offset +
					  (uint64_t)dtype->fields[i].nbytes *
						  dtype->fields[i].count,
				  dtype->itemsize);
	}
}

static const struct {
	const char *text, *canonical;
	int kind;
	uint32_t itemsize, nfields;
} plain[] = {
	{ "?", "|b1", 'b', 1, 0 },
	{ "i1", "|i1", 'i', 1, 0 },
	{ "i2", "<i2", 'i', 2, 0 },
	{ "i4", "<i4", 'i', 4, 0 },
	{ "i8", "<i8", 'i', 8, 0 },
	{ "u1", "|u1", 'u', 1, 0 },
	{ "u2", "<u2", 'u', 2, 0 },
	{ "u4", "<u4", 'u', 4, 0 },
	{ "u8", "<u8", 'u', 8, 0 },
	{ "f2", "<f2", 'f', 2, 0 },
	{ "f4", "<f4", 'f', 4, 0 },
	{ "f8", "<f8", 'f', 8, 0 },
	{ "c8", "<c8", 'c', 8, 0 },
	{ "c16", "<c16", 'c', 16, 0 },
	{ "S1", "|S1", 'S', 1, 0 },
	{ "S2147483647", "|S2147483647", 'S', INT32_MAX, 0 },
	{ "{x=f8}", "[('x', '<f8')]", '{', 8, 1 },
	{ "{h\303\266he=f8,\346\270\251=i4}",
	  "[('h\303\266he', '<f8'), ('\346\270\251', '<i4')]", '{', 12, 2 },
	{ "{x=f8,id=i4,ok=?,s=S3}",
	  "[('x', '<f8'), ('id', '<i4'), ('ok', '|b1'), ('s', '|S3')]", '{', 16,
	  4 },
};

START_TEST(what_the_command_line_writes_is_a_dtype_and_its_name)
{
	struct dtype dtype;
	char name[DTYPE_TEXT_SIZE];

	ck_assert_int_eq(parse(&dtype, plain[_i].text), 0);
	ck_assert_str_eq(dtype.text, plain[_i].canonical);
	ck_assert_int_eq((int)dtype.kind, plain[_i].kind);
	ck_assert_uint_eq(dtype.itemsize, plain[_i].itemsize);
	ck_assert_uint_eq(dtype.nfields, plain[_i].nfields);
	ck_assert(!dtype.is_swapped);
	check_sane(&dtype);
	ck_assert_str_eq(dtype_name(name, sizeof(name), &dtype),
			 plain[_i].text);
}
END_TEST

static const struct {
	const char *text;
	int error;
} not_plain[] = {
	{ "", -EINVAL },
	{ "x4", -EINVAL },
	{ "f", -EINVAL },
	{ "8", -EINVAL },
	{ "b1", -EINVAL },
	{ "??", -EINVAL },
	{ "i3", -EINVAL },
	{ "i16", -EINVAL },
	{ "f1", -EINVAL },
	{ "f16", -EINVAL },
	{ "c4", -EINVAL },
	{ "c32", -EINVAL },
	{ "O8", -EINVAL },
	{ "U3", -EINVAL },
	{ "V3", -EINVAL },
	{ "M8", -EINVAL },
	{ "M8[s]", -EINVAL },
	{ "<f8", -EINVAL },
	{ "'f8'", -EINVAL },
	{ "f8 ", -EINVAL },
	{ " f8", -EINVAL },
	{ "f08", -EINVAL },
	{ "f8'", -EINVAL },
	{ "S0", -EINVAL },
	{ "S-1", -EINVAL },
	{ "S", -EINVAL },
	{ "S2147483648", -ERANGE },
	{ "S4294967297", -ERANGE },
	{ "S99999999999999", -ERANGE },
	{ "S18446744073709551617", -ERANGE },
	{ "{", -EINVAL },
	{ "{}", -EINVAL },
	{ "{x}", -EINVAL },
	{ "{x=}", -EINVAL },
	{ "{h\366=f8}", -EINVAL },
	{ "{h\302\205=f8}", -EINVAL },
	{ "{7\303\266=f8}", -EINVAL },
	{ "{\303\266,\303\266=f8}", -EINVAL },
	{ "{\303\266=f8,\303\266=f8}", -EINVAL },
	{ "{=f8}", -EINVAL },
	{ "{x=f8", -EINVAL },
	{ "{x=f8,}", -EINVAL },
	{ "{,x=f8}", -EINVAL },
	{ "{x=f8}}", -EINVAL },
	{ "{x=f8} ", -EINVAL },
	{ "{x=f8,x=i4}", -EINVAL },
	{ "{1x=f8}", -EINVAL },
	{ "{a b=f8}", -EINVAL },
	{ "{a'=f8}", -EINVAL },
	{ "{x={y=f8}}", -EINVAL },
	{ "{x=U4}", -EINVAL },
	{ "{x=f16}", -EINVAL },
	{ "{x=f8=f8}", -EINVAL },
	{ "{x=f8'),('y','f8}", -EINVAL },
	{ "{x=S2147483647,y=i1}", -ERANGE },
	{ "{a23456789012345678901234567890123456789012345678901234567890123"
	  "4=f8}",
	  -EINVAL },
};

START_TEST(what_is_no_dtype_is_refused_on_the_command_line)
{
	struct dtype dtype;

	ck_assert_int_eq(parse(&dtype, not_plain[_i].text),
			 not_plain[_i].error);
}
END_TEST

START_TEST(a_record_has_at_most_64_fields)
{
	char text[1024], descr[1024];
	struct dtype dtype;
	int i, n = 0, m = 0;

	for (i = 0; i < DTYPE_FIELDS_MAX; i++) {
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%cn%d=?",
			      i == 0 ? '{' : ',', i);
		m += snprintf(descr + m, sizeof(descr) - (size_t)m,
			      "%c('n%d','b1')", i == 0 ? '[' : ',', i);
	}
	memcpy(text + n, "}", 2);
	ck_assert_int_eq(parse(&dtype, text), 0);
	ck_assert_uint_eq(dtype.nfields, DTYPE_FIELDS_MAX);
	check_sane(&dtype);
	memcpy(text + n, ",x=?}", 6);
	ck_assert_int_eq(parse(&dtype, text), -ERANGE);

	memcpy(descr + m, "]", 2);
	ck_assert_int_eq(parse_descr(&dtype, descr), 0);
	ck_assert_uint_eq(dtype.nfields, DTYPE_FIELDS_MAX);
	memcpy(descr + m, ",('x','b1')]", 13);
	ck_assert_int_eq(parse_descr(&dtype, descr), -ERANGE);
}
END_TEST

static const struct {
	const char *text, *canonical;
	int kind;
	uint32_t itemsize, nfields;
	bool is_swapped;
} descrs[] = {
	{ "'<f8'", "<f8", 'f', 8, 0, false },
	{ "\"<f8\"", "<f8", 'f', 8, 0, false },
	{ "<f8", "<f8", 'f', 8, 0, false },
	{ " '<f8' ", "<f8", 'f', 8, 0, false },
	{ "u'<f8'", "<f8", 'f', 8, 0, false },
	{ "u8", "<u8", 'u', 8, 0, false },
	{ "'f8'", "<f8", 'f', 8, 0, false },
	{ "'=f8'", "<f8", 'f', 8, 0, false },
	{ "'|f8'", "<f8", 'f', 8, 0, false },
	{ "'>f8'", "<f8", 'f', 8, 0, true },
	{ "'>i1'", "|i1", 'i', 1, 0, false },
	{ "'>S3'", "|S3", 'S', 3, 0, false },
	{ "'>V3'", "|V3", 'V', 3, 0, false },
	{ "'>U3'", "<U3", 'U', 12, 0, true },
	{ "'|b1'", "|b1", 'b', 1, 0, false },
	{ "'<f16'", "<f16", 'f', 16, 0, false },
	{ "'<c32'", "<c32", 'c', 32, 0, false },
	{ "'<M8[ns]'", "<M8[ns]", 'M', 8, 0, false },
	{ "'<M8'", "<M8", 'M', 8, 0, false },
	{ "'<M8[generic]'", "<M8", 'M', 8, 0, false },
	{ "'>m8[25us]'", "<m8[25us]", 'm', 8, 0, true },
	{ "'<m8[1s]'", "<m8[s]", 'm', 8, 0, false },
	{ "[('x', '<f8')]", "[('x', '<f8')]", '{', 8, 1, false },
	{ "[(\"x\",\"<f8\",),]", "[('x', '<f8')]", '{', 8, 1, false },
	{ " [ ( 'x' , '<f8' ) \n,\t('y','i1')]", "[('x', '<f8'), ('y', '|i1')]",
	  '{', 9, 2, false },
	{ "[('a','|i1'),('','|V7'),('b','<f8')]",
	  "[('a', '|i1'), ('', '|V7'), ('b', '<f8')]", '{', 16, 2, false },
	{ "[('a','|i1'),('b','>f8')]", "[('a', '|i1'), ('b', '<f8')]", '{', 9,
	  2, true },
	{ "[(('t','x'),'<f8'),( ( 't' , 'y' ) , 'i1')]",
	  "[('x', '<f8'), ('y', '|i1')]", '{', 9, 2, false },
	{ "[('a','>i2'),('b','<f8')]", "[('a', '<i2'), ('b', '<f8')]", '{', 10,
	  2, true },
	{ "[('a','<f8',(2,3))]", "[('a', '<f8', (2, 3))]", '{', 48, 1, false },
	{ "[('a','<f8',(2,))]", "[('a', '<f8', (2,))]", '{', 16, 1, false },
	{ "[('a','<f8',(2L,3L,),)]", "[('a', '<f8', (2, 3))]", '{', 48, 1,
	  false },
	{ "[('a',('<f8',(2,)),(3,))]", "[('a', ('<f8', (2,)), (3,))]", '{', 48,
	  1, false },
	{ "[('a',[('x','<f8')],(2,))]", "[('a', [('x', '<f8')], (2,))]", '{',
	  16, 2, false },
	{ "[('\303\251','<f8'),('\346\270\251',[('x','u1')])]",
	  "[('\303\251', '<f8'), ('\346\270\251', [('x', '|u1')])]", '{', 9, 2,
	  false },
	{ "[('it\"s','<f8')]", "[('it\"s', '<f8')]", '{', 8, 1, false },
	{ "[(\"it's\",'<f8')]", "[(\"it's\", '<f8')]", '{', 8, 1, false },
	{ "[('a b','<f8'),('c.d','<f8')]", "[('a b', '<f8'), ('c.d', '<f8')]",
	  '{', 16, 2, false },
};

START_TEST(a_descr_becomes_what_numpy_writes)
{
	struct dtype dtype;

	ck_assert_int_eq(parse_descr(&dtype, descrs[_i].text), 0);
	ck_assert_str_eq(dtype.text, descrs[_i].canonical);
	ck_assert_int_eq((int)dtype.kind, descrs[_i].kind);
	ck_assert_uint_eq(dtype.itemsize, descrs[_i].itemsize);
	ck_assert_uint_eq(dtype.nfields, descrs[_i].nfields);
	ck_assert_int_eq(dtype.is_swapped, descrs[_i].is_swapped);
	check_sane(&dtype);
}
END_TEST

static const struct {
	const char *text;
	int error;
} not_descrs[] = {
	{ "", -EINVAL },
	{ "''", -EINVAL },
	{ "'<'", -EINVAL },
	{ "'<f'", -EINVAL },
	{ "'<f3'", -EINVAL },
	{ "'<<f8'", -ENOTSUP },
	{ "'<f8", -EINVAL },
	{ "<f8'", -EINVAL },
	{ "'<f8''<f8'", -EINVAL },
	{ "'<f8 '", -EINVAL },
	{ "'|O'", -ENOTSUP },
	{ "'|O8'", -ENOTSUP },
	{ "'float64'", -EINVAL },
	{ "'object'", -ENOTSUP },
	{ "'|S0'", -EINVAL },
	{ "'<U0'", -EINVAL },
	{ "'|V0'", -EINVAL },
	{ "'<U536870912'", -ERANGE },
	{ "'<U2147483647'", -ERANGE },
	{ "'|V2147483648'", -ERANGE },
	{ "'<M4'", -EINVAL },
	{ "'<M8[]'", -EINVAL },
	{ "'<M8[x]'", -EINVAL },
	{ "'<M8[s'", -EINVAL },
	{ "'<M8[0s]'", -EINVAL },
	{ "'<M8[25]'", -EINVAL },
	{ "'<M8[s]]'", -EINVAL },
	{ "'<M8[99999999999s]'", -EINVAL },
	{ "'<f8[s]'", -EINVAL },
	{ "[]", -EINVAL },
	{ "[", -EINVAL },
	{ "[()]", -EINVAL },
	{ "[('x')]", -EINVAL },
	{ "[('x','<f8'", -EINVAL },
	{ "[('x','<f8')", -EINVAL },
	{ "[('x','<f8')]]", -EINVAL },
	{ "[('x','<f8')('y','<f8')]", -EINVAL },
	{ "[('x','<f8'),,]", -EINVAL },
	{ "[('x','<f8',2)]", -EINVAL },
	{ "[('x','<f8',(2))]", -EINVAL },
	{ "[('x','<f8',())]", -EINVAL },
	{ "[('x','<f8',(-2,))]", -EINVAL },
	{ "[('x','<f8',(0,))]", -ENOTSUP },
	{ "[('x','<f8',(02,))]", -ENOTSUP },
	{ "[('x','<f8',(2147483647,))]", -ERANGE },
	{ "[('x','|i1',(65536,65536))]", -ERANGE },
	{ "[('x','|i1',(2147483648,))]", -ERANGE },
	{ "[('x','|V2147483647'),('y','|i1')]", -ERANGE },
	/* 2^64 bytes */
	{ "[('x',(('|V65536',(16777216,)),(16777216,)))]", -ERANGE },
	{ "[('x','<f8'),('x','<i4')]", -EINVAL },
	{ "[('x','<f8'),('x',[('y','<i4')])]", -EINVAL },
	{ "[('x',[('y','<i4')],(2,)),('x','<f8')]", -EINVAL },
	{ "[('','|V4')]", -EINVAL },
	{ "[('','<f8')]", -ENOTSUP },
	{ "[('','|V1',(2,)),('x','<f8')]", -ENOTSUP },
	{ "[(('t','x','y'),'<f8')]", -EINVAL },
	{ "[(('x'),'<f8')]", -EINVAL },
	{ "[(('t',1),'<f8')]", -EINVAL },
	{ "[(('t','x'", -EINVAL },
	{ "[('a\\n','<f8')]", -ENOTSUP },
	{ "[('\351','<f8')]", -ENOTSUP },
	{ "[('\303','<f8')]", -ENOTSUP },
	{ "[('\302\205','<f8')]", -ENOTSUP },
	{ "[('\x7f','<f8')]", -ENOTSUP },
	{ "'\303\251'", -ENOTSUP },
	{ "[(\"a'\\\"\",'<f8')]", -ENOTSUP },
	{ "[('x','|O')]", -ENOTSUP },
	{ "[('x',[])]", -EINVAL },
	{ "[('x',[('y','|i1')],(65,))]", -ERANGE },
	{ "('<f8',(2,))", -ENOTSUP },
	{ "{'names':['x']}", -ENOTSUP },
	{ "None", -ENOTSUP },
};

START_TEST(what_is_no_descr_is_refused)
{
	struct dtype dtype;

	ck_assert_int_eq(parse_descr(&dtype, not_descrs[_i].text),
			 not_descrs[_i].error);
}
END_TEST

static const char nested[] =
	"[('id', '|u1'), ('', '|V3'), ('pos', [('x', '<f4'), ('y', '<f4')], "
	"(2,)), ('m', '<i2', (2, 2)), ('t', '<M8[25us]'), (\"it's\", ('|S3', "
	"(1,)), (2,)), ('n', [('z', [('w', '<c16')])])]";

START_TEST(the_fields_of_a_nested_record_are_where_numpy_has_them)
{
	static const struct dtype_field fields[] = {
		{ "id", DTYPE_UINT, 1, 1, 0, false },
		{ "pos[0].x", DTYPE_FLOAT, 4, 1, 4, false },
		{ "pos[0].y", DTYPE_FLOAT, 4, 1, 8, false },
		{ "pos[1].x", DTYPE_FLOAT, 4, 1, 12, false },
		{ "pos[1].y", DTYPE_FLOAT, 4, 1, 16, false },
		{ "m", DTYPE_INT, 2, 4, 20, false },
		{ "t", DTYPE_TIME, 8, 1, 28, false },
		{ "it's", DTYPE_BYTES, 3, 2, 36, false },
		{ "n.z.w", DTYPE_COMPLEX, 16, 1, 42, false },
	};
	struct dtype dtype;
	char name[DTYPE_TEXT_SIZE];
	size_t i;

	ck_assert_int_eq(parse_descr(&dtype, nested), 0);
	ck_assert_str_eq(dtype.text, nested);
	ck_assert_uint_eq(dtype.itemsize, 58);
	ck_assert_uint_eq(dtype.nfields, NELEMS(fields));
	for (i = 0; i < NELEMS(fields); i++) {
		ck_assert_str_eq(dtype.fields[i].name, fields[i].name);
		ck_assert_int_eq((int)dtype.fields[i].kind,
				 (int)fields[i].kind);
		ck_assert_uint_eq(dtype.fields[i].nbytes, fields[i].nbytes);
		ck_assert_uint_eq(dtype.fields[i].count, fields[i].count);
		ck_assert_uint_eq(dtype.fields[i].offset, fields[i].offset);
	}
	/* the command line can not write it */
	ck_assert_str_eq(dtype_name(name, sizeof(name), &dtype), nested);
	ck_assert_str_eq(dtype_name(name, 5, &dtype), "[('i");
	ck_assert_str_eq(dtype_name(name, 1, &dtype), "");
}
END_TEST

START_TEST(a_descr_cut_anywhere_is_refused)
{
	struct dtype dtype;
	size_t n;

	for (n = 0; n < sizeof(nested) - 1; n++)
		ck_assert_int_eq(
			parse_copy(dtype_parse_descr, &dtype, nested, n),
			-EINVAL);
}
END_TEST

START_TEST(any_byte_anywhere_is_refused_or_makes_a_sane_dtype)
{
	char text[sizeof(nested)];
	struct dtype dtype;
	size_t at;
	int byte;

	for (at = 0; at < sizeof(nested) - 1; at++)
		for (byte = 0; byte < 256; byte++) {
			memcpy(text, nested, sizeof(text));
			text[at] = (char)byte;
			if (parse_copy(dtype_parse_descr, &dtype, text,
				       sizeof(text) - 1) == 0)
				check_sane(&dtype);
		}
}
END_TEST

START_TEST(pieces_of_descrs_in_any_order_do_no_harm)
{
	static const char *const pieces[] = {
		"[",	 "]",		"(",
		")",	 ",",		"'",
		"\"",	 "'a'",		"'b'",
		"''",	 "'<f8'",	"'|V3'",
		"(2,)",	 "9",		"'>i4'",
		"('a',", "'|S1'",	"[('a','|i1')",
		"(2,3)", "'|O'",	"\\",
		" ",	 "('b','<f4')", "'a'",
		"[('x'", "])",
	};
	char text[256];
	struct dtype dtype;
	size_t length;
	int round, n, ntaken = 0;

	srandom(1);
	for (round = 0; round < 200000; round++) {
		length = (size_t)snprintf(text, sizeof(text), "[('q',");
		for (n = (int)(random() % 8); n >= 0; n--)
			length += (size_t)snprintf(
				text + length, sizeof(text) - length, "%s",
				pieces[(size_t)random() % NELEMS(pieces)]);
		if (random() % 2)
			length += (size_t)snprintf(text + length,
						   sizeof(text) - length, ")]");
		if (parse_copy(dtype_parse_descr, &dtype, text, length) == 0) {
			check_sane(&dtype);
			ntaken++;
		}
	}
	ck_assert_int_gt(ntaken, 1000);
}
END_TEST

START_TEST(endless_nesting_ends)
{
	static const char *const openings[] = { "[('a',", "(", "[", "('a',(" };
	size_t length = strlen(openings[_i]), n = 200000, i;
	char *text = malloc(length * n);
	struct dtype dtype;

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < n; i++)
		memcpy(text + i * length, openings[_i], length);
	ck_assert_int_lt(dtype_parse_descr(&dtype, text, length * n), 0);
	memcpy(text, "[('a',", 6);
	ck_assert_int_lt(dtype_parse_descr(&dtype, text, length * n), 0);
	free(text);
}
END_TEST

START_TEST(subarrays_of_subarrays_are_carried_up_to_a_depth)
{
	char text[1024];
	struct dtype dtype;
	int depth, i, n;

	for (depth = 1; depth < 60; depth++) {
		n = snprintf(text, sizeof(text), "[('a', ");
		for (i = 0; i < depth; i++)
			text[n++] = '(';
		n += snprintf(text + n, sizeof(text) - (size_t)n, "'|i1'");
		for (i = 0; i < depth; i++)
			n += snprintf(text + n, sizeof(text) - (size_t)n,
				      ", (1,))");
		snprintf(text + n, sizeof(text) - (size_t)n, ")]");
		ck_assert_int_eq(parse_descr(&dtype, text),
				 depth <= 30 ? 0 : -ERANGE);
	}
}
END_TEST

START_TEST(a_path_or_a_text_that_is_too_long_is_out_of_range)
{
	char text[2048], name[80];
	struct dtype dtype;
	int i, n = 0;

	memset(name, 'n', sizeof(name));
	snprintf(text, sizeof(text), "[('%.63s','|i1')]", name);
	ck_assert_int_eq(parse_descr(&dtype, text), 0);
	ck_assert_uint_eq(strlen(dtype.fields[0].name), 63);
	snprintf(text, sizeof(text), "[('%.64s','|i1')]", name);
	ck_assert_int_eq(parse_descr(&dtype, text), -ERANGE);
	snprintf(text, sizeof(text), "[('%.61s',[('%.1s','|i1')])]", name,
		 name);
	ck_assert_int_eq(parse_descr(&dtype, text), 0);
	snprintf(text, sizeof(text), "[('%.61s',[('%.2s','|i1')])]", name,
		 name);
	ck_assert_int_eq(parse_descr(&dtype, text), -ERANGE);
	snprintf(text, sizeof(text), "[('%.60s',[('%.1s','|i1')],(2,))]", name,
		 name);
	ck_assert_int_eq(parse_descr(&dtype, text), -ERANGE);

	for (i = 0; i < 20; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "%c('%c%.50s','|i1')", i ? ',' : '[', 'a' + i,
			      name);
	snprintf(text + n, sizeof(text) - (size_t)n, "]");
	ck_assert_int_eq(parse_descr(&dtype, text), -ERANGE);
}
END_TEST

static const struct {
	const char *text;
	unsigned char before[12], after[12];
	size_t count;
} swaps[] = {
	{ "'<i4'", { 1, 2, 3, 4 }, { 1, 2, 3, 4 }, 1 },
	{ "'>i4'", { 1, 2, 3, 4, 5, 6, 7, 8 }, { 4, 3, 2, 1, 8, 7, 6, 5 }, 2 },
	{ "'>u2'", { 1, 2, 3 }, { 2, 1, 3 }, 1 },
	{ "'>f8'", { 1, 2, 3, 4, 5, 6, 7, 8 }, { 8, 7, 6, 5, 4, 3, 2, 1 }, 1 },
	{ "'>M8[s]'",
	  { 1, 2, 3, 4, 5, 6, 7, 8 },
	  { 8, 7, 6, 5, 4, 3, 2, 1 },
	  1 },
	{ "'>c8'", { 1, 2, 3, 4, 5, 6, 7, 8 }, { 4, 3, 2, 1, 8, 7, 6, 5 }, 1 },
	{ "'>U2'", { 1, 2, 3, 4, 5, 6, 7, 8 }, { 4, 3, 2, 1, 8, 7, 6, 5 }, 1 },
	{ "[('s','|S2'),('i','>i2',(2,)),('','|V1'),('u','|u1')]",
	  { 1, 2, 3, 4, 5, 6, 7, 8 },
	  { 1, 2, 4, 3, 6, 5, 7, 8 },
	  1 },
	{ "[('a','<i2'),('r',[('b','>i2'),('c','<i2')],(2,)),('d','>i2')]",
	  { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
	  { 1, 2, 4, 3, 5, 6, 8, 7, 9, 10, 12, 11 },
	  1 },
	{ "[('s','|u1'),('i','>i2')]",
	  { 1, 2, 3, 4, 5, 6, 7, 8 },
	  { 1, 3, 2, 4, 6, 5, 7, 8 },
	  2 },
};

START_TEST(a_big_endian_element_is_turned_field_by_field)
{
	unsigned char bytes[13];
	struct dtype dtype;

	ck_assert_int_eq(parse_descr(&dtype, swaps[_i].text), 0);
	memcpy(bytes + 1, swaps[_i].before, 12); /* not aligned */
	dtype_swap(&dtype, bytes + 1, swaps[_i].count);
	ck_assert_mem_eq(bytes + 1, swaps[_i].after, 12);
}
END_TEST

START_TEST(dtypes_are_the_same_whatever_order_they_were_read_in)
{
	struct dtype little, big, other;

	ck_assert_int_eq(parse_descr(&little, "[('x', '<f8')]"), 0);
	ck_assert_int_eq(parse_descr(&big, "[('x', '>f8')]"), 0);
	ck_assert_int_eq(parse_descr(&other, "[('y', '<f8')]"), 0);
	ck_assert(dtype_is_same(&little, &big));
	ck_assert(!dtype_is_same(&little, &other));
	ck_assert_int_eq(parse(&other, "{x=f8}"), 0);
	ck_assert(dtype_is_same(&little, &other));
}
END_TEST

START_TEST(a_name_is_an_identifier_of_up_to_63_bytes)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				      "abcdefghijklmnopqrstuvwxyz";
	static const char digits[] = "0123456789";
	char text[80];
	int byte;
	bool is_letter, is_digit;

	for (byte = 0; byte < 256; byte++) {
		is_letter = memchr(letters, byte, sizeof(letters) - 1);
		is_digit = memchr(digits, byte, sizeof(digits) - 1);
		memset(text, byte, sizeof(text));
		ck_assert_int_eq(dtype_is_name(text, 1), is_letter);
		ck_assert_int_eq(dtype_is_name(text, 63), is_letter);
		ck_assert(!dtype_is_name(text, 64));
		ck_assert(!dtype_is_name(text, 0));
		text[0] = 'a';
		ck_assert_int_eq(dtype_is_name(text, 2), is_letter || is_digit);
	}
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *tcase = unit_case(suite, "command line");

	tcase_add_loop_test(
		tcase, what_the_command_line_writes_is_a_dtype_and_its_name, 0,
		NELEMS(plain));
	tcase_add_loop_test(tcase,
			    what_is_no_dtype_is_refused_on_the_command_line, 0,
			    NELEMS(not_plain));
	tcase_add_test(tcase, a_record_has_at_most_64_fields);
	tcase_add_test(tcase, a_name_is_an_identifier_of_up_to_63_bytes);

	tcase = unit_case(suite, "descr");
	tcase_add_loop_test(tcase, a_descr_becomes_what_numpy_writes, 0,
			    NELEMS(descrs));
	tcase_add_loop_test(tcase, what_is_no_descr_is_refused, 0,
			    NELEMS(not_descrs));
	tcase_add_test(tcase,
		       the_fields_of_a_nested_record_are_where_numpy_has_them);
	tcase_add_test(tcase, subarrays_of_subarrays_are_carried_up_to_a_depth);
	tcase_add_test(tcase,
		       a_path_or_a_text_that_is_too_long_is_out_of_range);
	tcase_add_test(tcase,
		       dtypes_are_the_same_whatever_order_they_were_read_in);

	tcase = unit_case(suite, "hostile");
	tcase_add_test(tcase, a_descr_cut_anywhere_is_refused);
	tcase_add_test(tcase,
		       any_byte_anywhere_is_refused_or_makes_a_sane_dtype);
	tcase_add_test(tcase, pieces_of_descrs_in_any_order_do_no_harm);
	tcase_add_loop_test(tcase, endless_nesting_ends, 0, 4);

	tcase = unit_case(suite, "swap");
	tcase_add_loop_test(tcase,
			    a_big_endian_element_is_turned_field_by_field, 0,
			    NELEMS(swaps));
}
