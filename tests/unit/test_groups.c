/* Folds by key: every key its own, however many there are. */
#include <config.h>

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reduce/groups.h"

#define KEYS 20000

/* keys of all lengths, some of them beginnings of others */
static size_t
make_key(char key[64], unsigned i)
{
	memset(key, 'x', 64);
	snprintf(key, 64, "%u", i / 20);
	key[strlen(key)] = ' ';
	return 3 + i % 20 + (i >= 200) + (i >= 2000);
}

START_TEST(each_key_has_its_own_count)
{
	struct groups groups;
	struct bytes out = { 0 };
	struct op op;
	char key[64];
	size_t lines = 0;

	ck_assert_int_eq(op_parse("count", &op), 0);
	groups_init(&groups, &op, 1);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < KEYS; i++) {
			size_t n = make_key(key, i);
			struct fold *fold = groups_find(&groups, key, n);

			ck_assert_ptr_nonnull(fold);
			ck_assert_int_eq(fold_add_text(fold, &op, "", 0), 0);
		}
	}
	ck_assert_int_eq(groups_write(&groups, &out), 0);
	for (char *at = out.data, *end = at + out.used; at < end; lines++) {
		char *tab = memchr(at, '\t', (size_t)(end - at));

		ck_assert_msg(memcmp(tab, "\t3\n", 3) == 0, "%.40s", at);
		at = tab + 3;
	}
	ck_assert_uint_eq(lines, KEYS);
	bytes_release(&out);
	groups_release(&groups);
}
END_TEST

START_TEST(a_key_may_be_of_any_length)
{
	struct groups groups;
	struct bytes out = { 0 };
	struct op op;
	size_t nbytes = 200000;
	char *key = calloc(1, nbytes + 1);

	ck_assert_int_eq(op_parse("count", &op), 0);
	groups_init(&groups, &op, 1);
	for (int i = 0; i < 3; i++) {
		fold_add_text(groups_find(&groups, "a", 1), &op, "", 0);
		fold_add_text(groups_find(&groups, key, nbytes), &op, "", 0);
		fold_add_text(groups_find(&groups, key, nbytes + 1), &op, "",
			      0);
		fold_add_text(groups_find(&groups, "", 0), &op, "", 0);
	}
	ck_assert_int_eq(groups_write(&groups, &out), 0);
	ck_assert_uint_eq(out.used, 4 * 3 + 1 + 2 * nbytes + 1);
	ck_assert_mem_eq(out.data, "\t3\n\0\0", 5);
	ck_assert_mem_eq(out.data + out.used - 8, "\0\t3\na\t3\n", 8);
	bytes_release(&out);
	groups_release(&groups);
	free(key);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *groups = unit_case(suite, "groups");

	tcase_add_test(groups, each_key_has_its_own_count);
	tcase_add_test(groups, a_key_may_be_of_any_length);
}
