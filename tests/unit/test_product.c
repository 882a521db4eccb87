/* Jobs made of lists: their texts, against lists that go round one by one. */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/product.h"

static const char letters[] = "abcdefghij";

static struct product product;

/* a list of so many letters */
static void
add(size_t count, enum product_link link)
{
	struct product_list *list = product_add(&product);

	ck_assert_ptr_nonnull(list);
	list->link = link;
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(
			product_add_item(list, (struct span){ letters + i, 1 }),
			0);
}

static const char *
text_of(uint64_t index)
{
	static char text[64];
	size_t n = product_text(&product, index, text, sizeof(text) - 1);

	ck_assert_uint_lt(n, sizeof(text));
	text[n] = '\0';
	return text;
}

static void
clean_up(void)
{
	product_release(&product);
}

START_TEST(each_combination_is_a_job_and_the_last_list_goes_round_fastest)
{
	char wanted[16];
	uint64_t index = 0;

	product.separator = ',';
	add(3, LINK_NONE);
	add(2, LINK_NONE);
	add(4, LINK_NONE);
	ck_assert_int_eq(product_settle(&product), 0);
	ck_assert_uint_eq(product.count, 24);
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 2; j++)
			for (int k = 0; k < 4; k++) {
				sprintf(wanted, "%c,%c,%c", letters[i],
					letters[j], letters[k]);
				ck_assert_str_eq(text_of(index++), wanted);
			}
}
END_TEST

START_TEST(linked_lists_are_one_and_as_long_as_the_shortest)
{
	char wanted[16];
	uint64_t index = 0;

	product.separator = '-';
	add(2, LINK_NONE);
	add(5, LINK_NONE);
	add(3, LINK_SHORTEST);
	add(4, LINK_SHORTEST);
	add(2, LINK_NONE);
	ck_assert_int_eq(product_settle(&product), 0);
	ck_assert_uint_eq(product.count, 12);
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 2; k++) {
				sprintf(wanted, "%c-%c-%c-%c-%c", letters[i],
					letters[j], letters[j], letters[j],
					letters[k]);
				ck_assert_str_eq(text_of(index++), wanted);
			}
}
END_TEST

START_TEST(when_all_are_linked_the_shorter_ones_begin_again)
{
	char wanted[16];

	product.separator = ' ';
	product.is_linked = true;
	add(2, LINK_NONE);
	add(5, LINK_NONE);
	add(3, LINK_SHORTEST);
	ck_assert_int_eq(product_settle(&product), 0);
	ck_assert_uint_eq(product.count, 5);
	for (unsigned i = 0; i < 5; i++) {
		sprintf(wanted, "%c %c %c", letters[i % 2], letters[i],
			letters[i % 3]);
		ck_assert_str_eq(text_of(i), wanted);
	}
}
END_TEST

START_TEST(slices_are_two_columns)
{
	struct product_list *list;

	product.separator = ':';
	product.is_linked = true;
	add(1, LINK_NONE);
	list = product_add(&product);
	ck_assert_ptr_nonnull(list);
	list->is_sliced = true;
	list->count = 3;
	list->length = 11;
	ck_assert_int_eq(product_settle(&product), 0);
	ck_assert_uint_eq(product.count, 3);
	ck_assert_str_eq(text_of(0), "a:0:4");
	ck_assert_str_eq(text_of(1), "a:4:8");
	ck_assert_str_eq(text_of(2), "a:8:11");
	list = &product.lists[1];
	list->length = UINT64_MAX;
	list->count = 1;
	ck_assert_int_eq(product_settle(&product), 0);
	ck_assert_str_eq(text_of(0), "a:0:18446744073709551615");
}
END_TEST

START_TEST(an_empty_list_leaves_no_job)
{
	product.is_linked = _i;
	add(2, LINK_NONE);
	add(0, LINK_NONE);
	ck_assert_int_eq(product_settle(&product), 0);
	ck_assert_uint_eq(product.count, 0);
}
END_TEST

START_TEST(there_are_less_than_2_to_the_63_jobs)
{
	for (int i = 0; i < 20; i++)
		add(8, LINK_NONE);
	add(7, LINK_NONE);
	ck_assert_int_eq(product_settle(&product), 0);
	ck_assert_uint_eq(product.count, UINT64_C(7) << 60);
	ck_assert_int_eq(strncmp(text_of(product.count - 1), "h", 1), 0);
	add(2, LINK_NONE);
	ck_assert_int_eq(product_settle(&product), -ERANGE);
	add(0, LINK_NONE);
	ck_assert_int_eq(product_settle(&product), 0);
	ck_assert_uint_eq(product.count, 0);
}
END_TEST

START_TEST(no_more_is_written_than_there_is_room_for)
{
	char text[8];

	product.separator = ',';
	add(1, LINK_NONE);
	add(1, LINK_NONE);
	add(1, LINK_NONE);
	ck_assert_int_eq(product_settle(&product), 0);
	for (size_t room = 0; room <= 6; room++) {
		memset(text, '!', sizeof(text));
		ck_assert_uint_eq(product_text(&product, 0, text, room), 5);
		ck_assert_mem_eq(text, "a,a,a", room < 5 ? room : 5);
		ck_assert_int_eq(text[room < 5 ? room : 5], '!');
	}
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *jobs = unit_case(suite, "product");

	tcase_add_checked_fixture(jobs, NULL, clean_up);
	tcase_add_test(
		jobs,
		each_combination_is_a_job_and_the_last_list_goes_round_fastest);
	tcase_add_test(jobs, linked_lists_are_one_and_as_long_as_the_shortest);
	tcase_add_test(jobs, when_all_are_linked_the_shorter_ones_begin_again);
	tcase_add_test(jobs, slices_are_two_columns);
	tcase_add_loop_test(jobs, an_empty_list_leaves_no_job, 0, 2);
	tcase_add_test(jobs, there_are_less_than_2_to_the_63_jobs);
	tcase_add_test(jobs, no_more_is_written_than_there_is_room_for);
}
