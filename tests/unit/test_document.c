/* YAML to a tree: what it becomes, where it stands, and what is refused. */
#include <config.h>

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/document.h"

#define NELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static struct store store;
static struct faults faults;

static struct node *
parse(const char *text)
{
	store = (struct store){ 0 };
	faults_init(&faults, "file");
	return document_parse(text, strlen(text), &store, &faults);
}

static void
release(void)
{
	faults_release(&faults);
	store_release(&store);
}

START_TEST(nodes_know_what_they_are_and_where_they_begin)
{
	struct node *root = parse("a: x y\nb:\n  - 'q'\n  - {c: ~, d: ''}\n");
	struct node *list, *mapping;

	ck_assert_ptr_nonnull(root);
	ck_assert_uint_eq(faults.count, 0);
	ck_assert_int_eq(root->kind, NODE_MAPPING);
	ck_assert_uint_eq(root->count, 4);
	ck_assert_str_eq(root->items[1]->text, "x y");
	ck_assert(root->items[1]->is_plain);
	list = node_find(root, "b");
	ck_assert_int_eq(list->kind, NODE_LIST);
	ck_assert_uint_eq(list->count, 2);
	ck_assert(!list->items[0]->is_plain);
	ck_assert_uint_eq(list->items[0]->place.line, 3);
	ck_assert_uint_eq(list->items[0]->place.column, 5);
	mapping = list->items[1];
	ck_assert(node_is_null(node_find(mapping, "c")));
	ck_assert(!node_is_null(node_find(mapping, "d")));
	ck_assert_ptr_null(node_find(mapping, "e"));
	release();
}
END_TEST

START_TEST(an_alias_is_the_node_itself)
{
	struct node *root = parse("a: &x [1]\nb: *x\nc: [*x, *x]\n");

	ck_assert_ptr_nonnull(root);
	ck_assert_ptr_eq(node_find(root, "a"), node_find(root, "b"));
	ck_assert_ptr_eq(node_find(root, "c")->items[1], node_find(root, "a"));
	ck_assert_uint_gt(root->size, 3 * node_find(root, "a")->size);
	release();
}
END_TEST

START_TEST(a_merged_mapping_gives_what_is_not_there)
{
	struct node *root = parse("a: &x {p: 1, q: 2}\n"
				  "b: {q: 3, <<: *x, r: 4}\n"
				  "c: {'<<': 5}\n");
	struct node *merged = node_find(root, "b");

	ck_assert_uint_eq(merged->count, 6);
	ck_assert_str_eq(node_find(merged, "p")->text, "1");
	ck_assert_str_eq(node_find(merged, "q")->text, "3");
	ck_assert_str_eq(node_find(merged, "r")->text, "4");
	ck_assert_uint_eq(node_find(root, "c")->count, 2);
	release();
}
END_TEST

START_TEST(binary_is_any_bytes)
{
	struct node *root =
		parse("[!!binary '/wE=', !!binary \"Zm9v\\nYm FyCg==\","
		      " !!binary '', !!binary YWJj]\n");

	ck_assert_ptr_nonnull(root);
	ck_assert_str_eq(root->items[0]->text, "\xff\x01");
	ck_assert_str_eq(root->items[1]->text, "foobar\n");
	ck_assert_str_eq(root->items[2]->text, "");
	ck_assert_str_eq(root->items[3]->text, "abc");
	release();
}
END_TEST

START_TEST(a_long_list_is_whole)
{
	char *text = malloc(20 * 100000), *at = text;
	struct node *root;

	for (unsigned i = 0; i < 100000; i++)
		at += sprintf(at, "- %u\n", i);
	root = parse(text);
	ck_assert_uint_eq(root->count, 100000);
	for (unsigned i = 0; i < 100000; i++)
		ck_assert_uint_eq(strtoul(root->items[i]->text, NULL, 10), i);
	release();
	free(text);
}
END_TEST

START_TEST(a_depth_within_the_limit_is_fine)
{
	char text[100] = "";

	for (int i = 0; i < DOCUMENT_DEPTH_MAX; i++)
		strcat(text, "[");
	for (int i = 0; i < DOCUMENT_DEPTH_MAX; i++)
		strcat(text, "]");
	ck_assert_ptr_nonnull(parse(text));
	release();
	text[0] = '\0';
	for (int i = 0; i <= DOCUMENT_DEPTH_MAX; i++)
		strcat(text, "[");
	ck_assert_ptr_null(parse(text));
	ck_assert_str_eq(faults.list[0].text, "nested too deeply");
	release();
}
END_TEST

static const struct {
	const char *text;
	unsigned line, column;
	const char *message;
} errors[] = {
	{ "", 1, 1, "nothing in it" },
	{ "a: b\n---\nc: d\n", 2, 1, "a second document" },
	{ "a: [&x b, *y]\n", 1, 11, "alias 'y' stands for nothing" },
	{ "a: &x {b: *x}\n", 1, 11, "an alias in what it stands for" },
	{ "a: !t b\n", 1, 4, "tag '!t' has no meaning here" },
	{ "a: !!seq b\n", 1, 4,
	  "tag 'tag:yaml.org,2002:seq' has no meaning here" },
	{ "a: \"\\0\"\n", 1, 4, "a NUL in a text" },
	{ "[a]: b\n", 1, 1, "a key must be a single word" },
	{ "a:\n\tb\n", 2, 1, "a tab in the indentation (blanks are wanted)" },
	{ "\xc3\xa9: \xe2\x82\xac \xff\n", 1, 6, "byte 0xff is not UTF-8" },
	{ "a: \x7f\n", 1, 4,
	  "character U+007F can only stand as an escape in double quotes" },
	{ "a: !!binary YQ=\n", 1, 4, "no base64" },
	{ "a: !!binary Y!==\n", 1, 4, "no base64" },
	{ "a: !!binary YQ==YQ==\n", 1, 4, "no base64" },
	{ "a: !!binary Y===\n", 1, 4, "no base64" },
	{ "a: !!binary AA==\n", 1, 4, "a NUL in a text" },
	{ "<<: a\n", 1, 5,
	  "<< wants an alias or a list of aliases of mappings" },
};

START_TEST(what_is_refused_has_a_place)
{
	ck_assert_ptr_null(parse(errors[_i].text));
	ck_assert_uint_eq(faults.count, 1);
	ck_assert_str_eq(faults.list[0].text, errors[_i].message);
	ck_assert_uint_eq(faults.list[0].place.line, errors[_i].line);
	ck_assert_uint_eq(faults.list[0].place.column, errors[_i].column);
	release();
}
END_TEST

START_TEST(keys_that_are_there_twice_are_all_told)
{
	ck_assert_ptr_nonnull(parse("a: 1\nb: {c: 1, c: 2}\na: 2\na: 3\n"));
	ck_assert_uint_eq(faults.count, 3);
	ck_assert_str_eq(faults.list[0].text,
			 "key 'c' is there twice (first in line 2)");
	ck_assert_str_eq(faults.list[1].text,
			 "key 'a' is there twice (first in line 1)");
	ck_assert_uint_eq(faults.list[2].place.line, 4);
	release();
}
END_TEST

START_TEST(every_end_that_is_cut_off_is_survived)
{
	static const char text[] = "a: &x {b: [1, 'c', \"d\\n\"], e: |\n f}\n"
				   "g: *x\n? h\n: !!str i\n";

	for (size_t n = 0; n < strlen(text); n++) {
		store = (struct store){ 0 };
		faults_init(&faults, "file");
		if (!document_parse(text, n, &store, &faults))
			ck_assert_uint_gt(faults.count, 0);
		release();
	}
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *right = unit_case(suite, "right");
	TCase *wrong = unit_case(suite, "wrong");

	tcase_add_test(right, nodes_know_what_they_are_and_where_they_begin);
	tcase_add_test(right, an_alias_is_the_node_itself);
	tcase_add_test(right, a_merged_mapping_gives_what_is_not_there);
	tcase_add_test(right, binary_is_any_bytes);
	tcase_add_test(right, a_long_list_is_whole);
	tcase_add_test(right, a_depth_within_the_limit_is_fine);
	tcase_add_loop_test(wrong, what_is_refused_has_a_place, 0,
			    NELEMENTS(errors));
	tcase_add_test(wrong, keys_that_are_there_twice_are_all_told);
	tcase_add_test(wrong, every_end_that_is_cut_off_is_survived);
}
