/* Elements as text: what is written is read back, and nothing else is taken. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segment/element.h"
#include "segment/half.h"

#define NELEMS(array) (sizeof(array) / sizeof((array)[0]))

#define BIG 512

static struct dtype
dtype_of(const char *descr)
{
	struct dtype dtype;

	ck_assert_int_eq(dtype_parse_descr(&dtype, descr, strlen(descr)), 0);
	return dtype;
}

/* read a copy that ends where its memory does */
static int
parse_bytes(const struct dtype *dtype, const char *text, size_t nbytes,
	    void *data)
{
	char *copy = malloc(nbytes + (nbytes == 0));
	int error;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, nbytes);
	error = element_parse(dtype, copy, nbytes, data);
	free(copy);
	return error;
}

static int
parse(const struct dtype *dtype, const char *text, void *data)
{
	return parse_bytes(dtype, text, strlen(text), data);
}

/* the element's text, whose end is checked as well */
static const char *
format(const struct dtype *dtype, const void *data)
{
	static char text[BIG];
	size_t length = element_format(text, sizeof(text), dtype, data);

	ck_assert_uint_lt(length, sizeof(text));
	ck_assert_uint_eq(strlen(text), length);
	return text;
}

/* write and read: the same bytes, at an address without alignment */
static void
check_round_trip(const struct dtype *dtype, const void *data)
{
	unsigned char before[BIG], after[BIG];
	const char *text;

	memcpy(before + 1, data, dtype->itemsize);
	text = format(dtype, before + 1);
	memset(after, 0xa5, sizeof(after));
	ck_assert_msg(parse(dtype, text, after + 1) == 0,
		      "%s: %s is not read back", dtype->text, text);
	ck_assert_msg(memcmp(after + 1, before + 1, dtype->itemsize) == 0,
		      "%s: %s reads as another", dtype->text, text);
	ck_assert_uint_eq(after[0], 0xa5);
	ck_assert_uint_eq(after[dtype->itemsize + 1], 0xa5);
}

static const struct {
	const char *descr, *text;
	int result;
	const char *canonical; /* NULL: as text */
} values[] = {
	{ "|b1", "True", 0, NULL },
	{ "|b1", "False", 0, NULL },
	{ "|b1", "1", 0, "True" },
	{ "|b1", "0", 0, "False" },
	{ "|b1", "2", -EINVAL, NULL },
	{ "|b1", "true", -EINVAL, NULL },
	{ "|b1", "True ", -EINVAL, NULL },
	{ "|b1", "", -EINVAL, NULL },
	{ "|i1", "-128", 0, NULL },
	{ "|i1", "127", 0, NULL },
	{ "|i1", "128", -ERANGE, NULL },
	{ "|i1", "-129", -ERANGE, NULL },
	{ "|u1", "255", 0, NULL },
	{ "|u1", "256", -ERANGE, NULL },
	{ "|u1", "-1", -ERANGE, NULL },
	{ "|u1", "-0", 0, "0" },
	{ "|u1", "300x", -EINVAL, NULL },
	{ "<i2", "-32768", 0, NULL },
	{ "<i2", "32768", -ERANGE, NULL },
	{ "<u2", "65535", 0, NULL },
	{ "<i4", "-2147483648", 0, NULL },
	{ "<i4", "2147483647", 0, NULL },
	{ "<i4", "2147483648", -ERANGE, NULL },
	{ "<u4", "4294967295", 0, NULL },
	{ "<u4", "4294967296", -ERANGE, NULL },
	{ "<i8", "-9223372036854775808", 0, NULL },
	{ "<i8", "9223372036854775807", 0, NULL },
	{ "<i8", "9223372036854775808", -ERANGE, NULL },
	{ "<i8", "-9223372036854775809", -ERANGE, NULL },
	{ "<u8", "18446744073709551615", 0, NULL },
	{ "<u8", "18446744073709551616", -ERANGE, NULL },
	{ "<i4", "3.0", 0, "3" },
	{ "<i4", "1e3", 0, "1000" },
	{ "<i4", "+1.5e1", 0, "15" },
	{ "<i4", "1500e-2", 0, "15" },
	{ "<i4", "0.00e99999999999999999999", 0, "0" },
	{ "<i4", "007", 0, "7" },
	{ "<i4", "1.5", -EINVAL, NULL },
	{ "<i4", "1e-1", -EINVAL, NULL },
	{ "<i4", "1e999999999999999999999", -ERANGE, NULL },
	{ "<i4", "1e-999999999999999999999", -EINVAL, NULL },
	{ "<i4", "0x1F", 0, "31" },
	{ "<i4", "-0X10", 0, "-16" },
	{ "<i4", "0x1.8p1", 0, "3" },
	{ "<i4", "0x8p-3", 0, "1" },
	{ "<i4", "0x8p-4", -EINVAL, NULL },
	{ "<u8", "0xffffffffffffffff", 0, "18446744073709551615" },
	{ "<u8", "0x10000000000000000", -ERANGE, NULL },
	{ "<u8", "0x1p63", 0, "9223372036854775808" },
	{ "<u8", "0x1p64", -ERANGE, NULL },
	{ "<u8", "0x1ffffffffffffffffp-1", -EINVAL, NULL },
	{ "<i4", "", -EINVAL, NULL },
	{ "<i4", "-", -EINVAL, NULL },
	{ "<i4", "0x", -EINVAL, NULL },
	{ "<i4", ".", -EINVAL, NULL },
	{ "<i4", "1e", -EINVAL, NULL },
	{ "<i4", " 1", -EINVAL, NULL },
	{ "<i4", "1 ", -EINVAL, NULL },
	{ "<i4", "--1", -EINVAL, NULL },
	{ "<i4", "1_000", -EINVAL, NULL },
	{ "<i4", "nan", -EINVAL, NULL },
	{ "<i4", "inf", -EINVAL, NULL },
	{ "<f8", "0.0", 0, NULL },
	{ "<f8", "-0.0", 0, NULL },
	{ "<f8", "1.0", 0, NULL },
	{ "<f8", "1", 0, "1.0" },
	{ "<f8", ".5", 0, "0.5" },
	{ "<f8", "5.", 0, "5.0" },
	{ "<f8", "0.1", 0, NULL },
	{ "<f8", "1e+300", 0, NULL },
	{ "<f8", "1.5e-300", 0, NULL },
	{ "<f8", "1e15", 0, "1000000000000000.0" },
	{ "<f8", "1e16", 0, "1e+16" },
	{ "<f8", "0.0001", 0, NULL },
	{ "<f8", "0.00001", 0, "1e-05" },
	{ "<f8", "123456.789", 0, NULL },
	{ "<f8", "5e-324", 0, NULL },
	{ "<f8", "1e-400", 0, "0.0" },
	{ "<f8", "-1e-400", 0, "-0.0" },
	{ "<f8", "2.2250738585072014e-308", 0, NULL },
	{ "<f8", "1.7976931348623157e+308", 0, NULL },
	{ "<f8", "1.7976931348623159e308", -ERANGE, NULL },
	{ "<f8", "-1e309", -ERANGE, NULL },
	/* above a power of 2: the nearest with 16 digits is another's */
	{ "<f8", "5.684341886080802e-14", 0, NULL },
	{ "<f8", "7.678447687145631e-239", 0, NULL },
	{ "<f8", "9007199254740993", 0, "9007199254740992.0" },
	{ "<f8", "9007199254740993.00000000000000000000000000000001", 0,
	  "9007199254740994.0" },
	{ "<f8", "0x1p-3", 0, "0.125" },
	{ "<f8", "0x.8", 0, "0.5" },
	{ "<f8", "-0x1.8P+1", 0, "-3.0" },
	{ "<f8", "0x1p1024", -ERANGE, NULL },
	{ "<f8", "inf", 0, NULL },
	{ "<f8", "-inf", 0, NULL },
	{ "<f8", "+Infinity", 0, "inf" },
	{ "<f8", "nan", 0, NULL },
	{ "<f8", "NaN", 0, "nan" },
	{ "<f8", "nan(1)", -EINVAL, NULL },
	{ "<f8", "infinit", -EINVAL, NULL },
	{ "<f8", "1,5", -EINVAL, NULL },
	{ "<f8", "1.5.", -EINVAL, NULL },
	{ "<f8", "1e+", -EINVAL, NULL },
	{ "<f8", "1p3", -EINVAL, NULL },
	{ "<f8", "1e999x", -EINVAL, NULL },
	{ "<f4", "0.1", 0, NULL },
	{ "<f4", "16777216.0", 0, NULL },
	{ "<f4", "3.4028235e+38", 0, NULL },
	{ "<f4", "3.4028236e38", -ERANGE, NULL },
	{ "<f4", "1e-45", 0, NULL },
	/* half way, and less than a double can tell from it */
	{ "<f4", "1.000000178813934326171875", 0, "1.0000002" },
	{ "<f4", "1.0000001788139343261718749999999999999", 0, "1.0000001" },
	{ "<f4", "1.00000005960464477539062500000000000001", 0, "1.0000001" },
	{ "<f4", "1.000000059604644775390625", 0, "1.0" },
	{ "<f2", "0.1", 0, NULL },
	{ "<f2", "65504", 0, "65500.0" },
	{ "<f2", "6e-08", 0, NULL },
	{ "<f2", "65519.999999999999999999999999", 0, "65500.0" },
	{ "<f2", "65520", -ERANGE, NULL },
	{ "<f2", "1e400", -ERANGE, NULL },
	/* half way between 1 and the next, and less than a double can tell */
	{ "<f2", "1.00048828125", 0, "1.0" },
	{ "<f2", "1.0004882812500000000000000000001", 0, "1.001" },
	{ "<f2", "1.00146484375", 0, "1.002" },
	{ "<f2", "1.0014648437499999999999999999999", 0, "1.001" },
	{ "<f2", "0x1.0020000000000000000000001p0", 0, "1.001" },
	{ "<f2", "0x1.0020000000000000000000000p0", 0, "1.0" },
	{ "<f2", "0x1.005ffffffffffffffffffffffp0", 0, "1.001" },
	{ "<f2", "2.98023223876953125e-8", 0, "0.0" },
	{ "<f2", "2.980232238769531250000000000000000000000001e-8", 0,
	  "6e-08" },
	{ "<c16", "1.5+2.0j", 0, NULL },
	{ "<c16", "-0.0-0.0j", 0, NULL },
	{ "<c16", "1e+300-1e-05j", 0, NULL },
	{ "<c16", "nan+infj", 0, NULL },
	{ "<c16", "1.5", 0, "1.5+0.0j" },
	{ "<c16", "2j", 0, "0.0+2.0j" },
	{ "<c8", "0.1-0.2j", 0, NULL },
	{ "<c8", "1e39+0j", -ERANGE, NULL },
	{ "<c8", "1e39+0", -EINVAL, NULL },
	{ "<c8", "1+j", -EINVAL, NULL },
	{ "<c8", "1+2", -EINVAL, NULL },
	{ "<c8", "1j+2", -EINVAL, NULL },
	{ "<c8", "1+2i", -EINVAL, NULL },
	{ "<c8", "(1+2j)", -EINVAL, NULL },
	{ "<M8[s]", "-5", 0, NULL },
	{ "<m8", "9223372036854775807", 0, NULL },
	{ "|V3", "00ff0a", 0, NULL },
	{ "|V3", "00FF0A", 0, "00ff0a" },
	{ "|V3", "00ff0", -EINVAL, NULL },
	{ "|V3", "00ff0a0", -EINVAL, NULL },
	{ "|V3", "00ff0g", -EINVAL, NULL },
	{ "|S4", "", 0, NULL },
	{ "|S4", "abcd", 0, NULL },
	{ "|S4", "abcde", -ERANGE, NULL },
	{ "|S4", " a '", 0, NULL },
	{ "|S4", "\\n\\t\\\\\\x01", 0, NULL },
	{ "|S4", "\n\t\x7f", 0, "\\n\\t\\x7f" },
	{ "|S4", "a\\x00b", 0, NULL },
	{ "|S4", "a\\x00", 0, "a" },
	{ "|S4", "\303\251", 0, NULL },
	{ "|S4", "\303\303\251", 0, "\\xc3\303\251" },
	{ "|S4", "\\xff\\xc3", 0, NULL },
	{ "|S4", "\302\205", 0, "\\xc2\\x85" },
	{ "|S4", "\355\240\200", 0, "\\xed\\xa0\\x80" },
	{ "|S4", "\300\200", 0, "\\xc0\\x80" },
	{ "|S4", "\\", -EINVAL, NULL },
	{ "|S4", "\\q", -EINVAL, NULL },
	{ "|S4", "\\x1", -EINVAL, NULL },
	{ "|S4", "\\u0041", -EINVAL, NULL },
	{ "|S2", "abc\\q", -EINVAL, NULL },
	{ "<U3", "abc", 0, NULL },
	{ "<U3", "abcd", -ERANGE, NULL },
	{ "<U3", "\303\251\342\202\254\360\237\230\200", 0, NULL },
	{ "<U3", "\\xe9", 0, "\303\251" },
	{ "<U3", "\\u20ac\\U0001f600", 0, "\342\202\254\360\237\230\200" },
	{ "<U3", "\\ud800\\Uffffffff", 0, NULL },
	{ "<U3", "\\U00110000", 0, NULL },
	{ "<U3", "\\x85", 0, NULL },
	{ "<U3", "\303", -EINVAL, NULL },
	{ "<U3", "\300\200", -EINVAL, NULL },
	{ "<U3", "\355\240\200", -EINVAL, NULL },
	{ "<U3", "\364\220\200\200", -EINVAL, NULL },
	{ "<U3", "\\U1234567", -EINVAL, NULL },
	{ "[('a','<f8'),('b','<i4')]", "(1.5, 7)", 0, NULL },
	{ "[('a','<f8'),('b','<i4')]", "( 1.5 ,7 , )", 0, "(1.5, 7)" },
	{ "[('a','<f8'),('b','<i4')]", "(1.5)", -EINVAL, NULL },
	{ "[('a','<f8'),('b','<i4')]", "(1.5, 7, 8)", -EINVAL, NULL },
	{ "[('a','<f8'),('b','<i4')]", "(1.5 7)", -EINVAL, NULL },
	{ "[('a','<f8'),('b','<i4')]", "(1.5, 7.5)", -EINVAL, NULL },
	{ "[('a','<f8'),('b','|i1')]", "(1.5, 128)", -ERANGE, NULL },
	{ "[('a','<f8'),('b','<i4')]", "(1.5, 7) ", -EINVAL, NULL },
	{ "[('a','<f8')]", "(1.5,)", 0, NULL },
	{ "[('a','<f8')]", "(1.5)", 0, "(1.5,)" },
	{ "[('a','<f8',(2,)),('b','|b1')]", "([1.0, 2.0], True)", 0, NULL },
	{ "[('a','<f8',(2,)),('b','|b1')]", "([1.0], True)", -EINVAL, NULL },
	{ "[('s','|S4'),('t','<U2')]", "('a,)', '\\x27')", 0, NULL },
	{ "[('s','|S4'),('t','<U2')]", "(abc, d)", 0, "('abc', 'd')" },
	{ "[('s','|S4'),('t','<U2')]", "('', '')", 0, NULL },
	{ "[('s','|S4'),('t','<U2')]", "(, )", -EINVAL, NULL },
	{ "[('s','|S4'),('t','<U2')]", "('abc', 'd)", -EINVAL, NULL },
	{ "[('s','|S4'),('t','<U2')]", "('abcde', 'd')", -ERANGE, NULL },
	{ "[('p',[('x','<f4'),('y','<f4')],(2,)),('n',[('z','<c8')])]",
	  "(1.0, 2.0, 3.0, 4.0, 5.0-6.0j)", 0, NULL },
};

START_TEST(a_value_is_read_whole_or_not_at_all)
{
	struct dtype dtype = dtype_of(values[_i].descr);
	unsigned char data[BIG], untouched[BIG];
	int result;

	memset(data, 0xa5, sizeof(data));
	memset(untouched, 0xa5, sizeof(untouched));
	result = parse(&dtype, values[_i].text, data + 3);
	ck_assert_msg(result == values[_i].result, "%s: %s: %d is not %d",
		      values[_i].descr, values[_i].text, result,
		      values[_i].result);
	if (result == 0)
		ck_assert_str_eq(format(&dtype, data + 3),
				 values[_i].canonical ? values[_i].canonical
						      : values[_i].text);
	else
		ck_assert_mem_eq(data, untouched, sizeof(data));
}
END_TEST

/* format a value to every size there is, and to memory that ends there */
static void
check_cuts(const struct dtype *dtype, const void *data)
{
	char whole[BIG], *cut;
	size_t length = element_format(whole, sizeof(whole), dtype, data);
	size_t size;

	for (size = 0; size <= length + 1; size++) {
		cut = malloc(size + (size == 0));
		ck_assert_ptr_nonnull(cut);
		ck_assert_uint_eq(element_format(cut, size, dtype, data),
				  length);
		if (size > 0) {
			ck_assert_mem_eq(cut, whole, size - 1);
			ck_assert_int_eq(cut[size - 1], '\0');
		}
		free(cut);
	}
}

START_TEST(a_text_that_is_cut_is_counted_whole)
{
	unsigned char data[BIG];
	struct dtype dtype;
	size_t i;

	for (i = 0; i < NELEMS(values); i++) {
		dtype = dtype_of(values[i].descr);
		if (values[i].result == 0) {
			ck_assert_int_eq(parse(&dtype, values[i].text, data),
					 0);
			check_cuts(&dtype, data);
		}
	}
}
END_TEST

/* parse every beginning of a text, and the text with any byte anywhere: what
 * is taken can be written */
static void
check_hostile(const struct dtype *dtype, const char *value)
{
	unsigned char data[BIG];
	char text[BIG];
	size_t length = strlen(value), at;
	int byte;

	for (at = 0; at < length; at++) {
		parse_bytes(dtype, value, at, data);
		for (byte = 0; byte < 256; byte++) {
			memcpy(text, value, length);
			text[at] = (char)byte;
			if (parse_bytes(dtype, text, length, data) == 0)
				format(dtype, data);
		}
	}
}

START_TEST(a_value_cut_or_with_any_byte_in_it_does_no_harm)
{
	struct dtype dtype;
	size_t i;

	for (i = (size_t)_i; i < NELEMS(values); i += 4) {
		dtype = dtype_of(values[i].descr);
		check_hostile(&dtype, values[i].text);
	}
}
END_TEST

START_TEST(every_half_is_read_back_from_its_text)
{
	struct dtype dtype = dtype_of("<f2");
	unsigned bits;
	uint16_t half;

	for (bits = 0; bits <= 0xffff; bits++) {
		half = (uint16_t)bits;
		ck_assert_uint_eq(
			half_from_double(half_to_double(half)) |
				((bits & 0x7fff) > HALF_INFINITE ? 0xffffu : 0),
			(bits & 0x7fff) > HALF_INFINITE ? 0xffffu : bits);
		if ((bits & 0x7fff) > HALF_INFINITE)
			ck_assert_str_eq(format(&dtype, &half), "nan");
		else
			check_round_trip(&dtype, &half);
	}
}
END_TEST

START_TEST(a_half_is_rounded_to_nearest_even_at_every_midpoint)
{
	struct dtype dtype = dtype_of("<f2");
	unsigned bits;
	uint16_t half;
	double middle;
	char text[200], *end;

	for (bits = 0; bits < HALF_INFINITE; bits++) {
		middle = (half_amount(bits) + half_amount(bits + 1)) / 2;
		half = half_from_double(middle);
		ck_assert_uint_eq(half, bits + bits % 2);
		ck_assert_uint_eq(half_from_double(nextafter(middle, 0)), bits);
		ck_assert_uint_eq(half_from_double(nextafter(middle, 1e9)),
				  bits + 1);
		if (bits + 1 == HALF_INFINITE)
			break;
		/* 60 digits are all of them; another one decides */
		snprintf(text, sizeof(text), "%.60e", middle);
		ck_assert_int_eq(parse(&dtype, text, &half), 0);
		ck_assert_uint_eq(half, bits + bits % 2);
		end = strchr(text, 'e');
		memmove(end + 1, end, strlen(end) + 1);
		*end = '1';
		ck_assert_int_eq(parse(&dtype, text, &half), 0);
		ck_assert_uint_eq(half, bits + 1);
	}
}
END_TEST

static uint64_t
random_bits(void)
{
	return (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^
	       (uint64_t)random();
}

START_TEST(random_floats_are_read_back_from_the_shortest_text)
{
	struct dtype f4 = dtype_of("<f4"), f8 = dtype_of("<f8");
	uint64_t bits;
	uint32_t bits4;
	float single;
	double value;
	char text[64];
	int round, precision, ndigits;
	const char *shortest;

	srandom(1);
	for (round = 0; round < 10000; round++) {
		bits = random_bits();
		if (round % 8 == 0) /* subnormal */
			bits &= 0x800fffffffffffff;
		if (round % 8 == 1) /* a power of 2 */
			bits &= 0xfff0000000000000;
		bits4 = (uint32_t)(bits >> 32);
		memcpy(&value, &bits, sizeof(value));
		memcpy(&single, &bits4, sizeof(single));
		if (isfinite(single))
			check_round_trip(&f4, &single);
		if (!isfinite(value) || value == 0)
			continue;
		check_round_trip(&f8, &value);
		/* no precision below gives it back */
		shortest = format(&f8, &value);
		for (ndigits = 0; *shortest && *shortest != 'e'; shortest++)
			ndigits += *shortest >= '0' && *shortest <= '9';
		for (precision = 1; precision < 18; precision++) {
			snprintf(text, sizeof(text), "%.*e", precision - 1,
				 value);
			if (strtod(text, NULL) == value)
				break;
		}
		if (strchr(format(&f8, &value), 'e') && !strstr(text, ".0e"))
			ck_assert_int_le(ndigits, precision);
	}
}
END_TEST

START_TEST(random_long_doubles_are_read_back)
{
	struct dtype f16 = dtype_of("<f16"), c32 = dtype_of("<c32");
	long double pair[2], value;
	unsigned char bytes[32] = { 0 };
	size_t used = LDBL_MANT_DIG == 64 ? 10 : 16;
	int round;

	if (sizeof(long double) != 16)
		return;
	srandom(1);
	for (round = 0; round < 5000; round++) {
		value = (long double)random_bits() +
			(long double)random_bits() * 0x1p-64L;
		value = ldexpl(round % 2 ? value : -value,
			       (int)(random() % 32000) - 16300);
		if (!isfinite(value))
			continue;
		pair[round % 2] = value;
		pair[(round + 1) % 2] = round % 5 ? value : LDBL_TRUE_MIN;
		memcpy(bytes, &pair[0], used);
		memcpy(bytes + 16, &pair[1], used);
		check_round_trip(&f16, bytes);
		check_round_trip(&c32, bytes);
	}
	value = LDBL_MAX;
	memcpy(bytes, &value, used);
	check_round_trip(&f16, bytes);
}
END_TEST

START_TEST(any_bytes_have_a_text_that_fits)
{
	static const char *const descrs[] = {
		"|b1", "|i1",  "<u2",  "<i4",  "<u8",	  "<f2", "<f4", "<f8",
		"<c8", "<c16", "<f16", "<c32", "<M8[ns]", "|S9", "<U5", "|V7",
	};
	struct dtype dtype;
	unsigned char data[64];
	size_t kind, i;
	int round;

	srandom(1);
	for (kind = 0; kind < NELEMS(descrs); kind++) {
		dtype = dtype_of(descrs[kind]);
		for (round = 0; round < 1000; round++) {
			for (i = 0; i < sizeof(data); i++)
				data[i] = (unsigned char)(random() >> 7);
			if (round % 3 == 0) /* exponents at their ends */
				memset(data + 8, round % 2 ? 0 : 0xff, 8);
			ck_assert_uint_lt(strlen(format(&dtype, data)),
					  ELEMENT_TEXT_SIZE);
			if (strchr("iuMSUV", (int)dtype.kind))
				check_round_trip(&dtype, data);
		}
	}
}
END_TEST

START_TEST(every_byte_and_every_character_is_read_back)
{
	struct dtype bytes = dtype_of("|S3"), codes = dtype_of("<U2");
	struct dtype both = dtype_of("[('s','|S3'),('c','<U1')]");
	unsigned char data[8] = { 0 };
	uint32_t code[2] = { 0, 'x' };
	unsigned byte;

	for (byte = 0; byte < 65536; byte++) {
		data[0] = (unsigned char)byte;
		data[1] = (unsigned char)(byte >> 8);
		data[2] = 'x';
		check_round_trip(&bytes, data);
		code[0] = byte * 17 + byte % 17;
		check_round_trip(&codes, code);
		memcpy(data + 3, code, 4);
		check_round_trip(&both, data);
	}
}
END_TEST

START_TEST(numbers_of_any_length_round_once)
{
	struct dtype f8 = dtype_of("<f8"), i8 = dtype_of("<i8");
	size_t n = 100000;
	char *text = malloc(n + 32);
	double value;
	int64_t integer;

	ck_assert_ptr_nonnull(text);
	memset(text, '0', n);
	/* half way, and one digit far behind */
	memcpy(text, "9007199254740993.", 17);
	ck_assert_int_eq(element_parse(&f8, text, n, &value), 0);
	ck_assert(value == 9007199254740992.0);
	ck_assert_int_eq(element_parse(&i8, text, n, &integer), 0);
	ck_assert_int_eq(integer, 9007199254740993);
	text[n - 1] = '1';
	ck_assert_int_eq(element_parse(&f8, text, n, &value), 0);
	ck_assert(value == 9007199254740994.0);
	ck_assert_int_eq(element_parse(&i8, text, n, &integer), -EINVAL);
	/* many zeros and an exponent that takes them away */
	memset(text, '0', n);
	text[0] = '7';
	memcpy(text + n, "e-99998", 7);
	ck_assert_int_eq(element_parse(&f8, text, n + 7, &value), 0);
	ck_assert(value == 70.0);
	ck_assert_int_eq(element_parse(&i8, text, n + 7, &integer), 0);
	ck_assert_int_eq(integer, 70);
	memset(text, '9', n);
	ck_assert_int_eq(element_parse(&f8, text, n, &value), -ERANGE);
	ck_assert_int_eq(element_parse(&i8, text, n, &integer), -ERANGE);
	free(text);
}
END_TEST

START_TEST(text_does_not_depend_on_the_locale)
{
	static const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8",
					       "de_DE.utf8", "C.UTF-8" };
	struct dtype f8 = dtype_of("<f8"), f2 = dtype_of("<f2");
	double value = 0;
	uint16_t half = 0;
	size_t i;

	for (i = 0; i < NELEMS(locales); i++)
		if (setlocale(LC_ALL, locales[i]))
			break;
	ck_assert_int_eq(parse(&f8, "1234.5", &value), 0);
	ck_assert(value == 1234.5);
	ck_assert_str_eq(format(&f8, &value), "1234.5");
	ck_assert_int_eq(parse(&f8, "1234,5", &value), -EINVAL);
	ck_assert_int_eq(parse(&f2, "1.0004882812500000001", &half), 0);
	ck_assert_str_eq(format(&f2, &half), "1.001");
}
END_TEST

START_TEST(padding_becomes_zero)
{
	struct dtype dtype = dtype_of("[('a','|i1'),('','|V3'),('b','<i4')]");
	unsigned char data[8];

	memset(data, 0xff, sizeof(data));
	ck_assert_int_eq(parse(&dtype, "(1, 2)", data), 0);
	ck_assert_mem_eq(data, "\1\0\0\0\2\0\0\0", 8);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *tcase = unit_case(suite, "values");

	tcase_add_loop_test(tcase, a_value_is_read_whole_or_not_at_all, 0,
			    NELEMS(values));
	tcase_add_test(tcase, a_text_that_is_cut_is_counted_whole);
	tcase_add_loop_test(
		tcase, a_value_cut_or_with_any_byte_in_it_does_no_harm, 0, 4);
	tcase_add_test(tcase, padding_becomes_zero);

	tcase = unit_case(suite, "floats");
	tcase_add_test(tcase, every_half_is_read_back_from_its_text);
	tcase_add_test(tcase,
		       a_half_is_rounded_to_nearest_even_at_every_midpoint);
	tcase_add_test(tcase,
		       random_floats_are_read_back_from_the_shortest_text);
	tcase_add_test(tcase, random_long_doubles_are_read_back);
	tcase_add_test(tcase, numbers_of_any_length_round_once);
	tcase_add_test(tcase, text_does_not_depend_on_the_locale);

	tcase = unit_case(suite, "bytes");
	tcase_add_test(tcase, any_bytes_have_a_text_that_fits);
	tcase_add_test(tcase, every_byte_and_every_character_is_read_back);
}
