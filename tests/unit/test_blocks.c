/*
 * Where the input is cut into blocks: the blocks one after the other are the
 * input, and each is what a loop over all places would take, however the input
 * comes.
 */
#include <config.h>

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/blocks.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define BLOCKS_MAX 4096

/* a run of source over an input, and where its blocks have ended */
struct cutting {
	struct plan plan;
	struct board board;
	struct source source;
	const char *text;
	size_t nbytes;
	size_t ends[BLOCKS_MAX];
	size_t n;
	char path[32];
};

static struct cutting cutting;

/* a cutting of the text, which fd gives to it */
static void
begin(const char *text, size_t nbytes, int fd, uint64_t size,
      const char *recend)
{
	struct plan *plan = &cutting.plan;

	cutting.text = text;
	cutting.nbytes = nbytes;
	cutting.n = 0;
	snprintf(cutting.path, sizeof(cutting.path), "/proc/self/fd/%d", fd);
	plan->worker = WORKER_PIPE;
	plan->nslaves = 2;
	plan->arg_file = cutting.path;
	plan->block_size = size;
	plan->recend = (unsigned char *)(uintptr_t)recend;
	plan->recend_size = strlen(recend);
	ck_assert_int_eq(
		board_init(&cutting.board,
			   &(struct board_setting){
				   .nslaves = plan->nslaves,
				   .arena_size = blocks_arena_size(plan),
				   .text_size = 4096 }),
		0);
	ck_assert_int_eq(source_init(&cutting.source, plan, &cutting.board,
				     STDIN_FILENO),
			 0);
}

static void
finish(void)
{
	source_release(&cutting.source);
	board_release(&cutting.board);
	ck_assert_uint_eq(cutting.n > 0 ? cutting.ends[cutting.n - 1] : 0,
			  cutting.nbytes);
}

/* a block that was claimed is the one that follows the last */
static void
note(const struct claim *claim)
{
	const unsigned char *bytes =
		source_arena_at(&cutting.source, claim->batch.place);
	size_t at = cutting.n > 0 ? cutting.ends[cutting.n - 1] : 0;
	size_t nbytes = claim->batch.nbytes;

	ck_assert_uint_lt(cutting.n, BLOCKS_MAX);
	ck_assert_uint_eq(claim->batch.job, cutting.n + 1);
	ck_assert_uint_eq(claim->batch.count, 1);
	if (claim->batch.flags == (CLAIM_BLOCK | CLAIM_PART)) {
		struct block_part part;

		memcpy(&part, bytes, sizeof(part));
		ck_assert_uint_eq(part.offset, at);
		nbytes = part.nbytes;
	} else {
		ck_assert_uint_eq(claim->batch.flags, CLAIM_BLOCK);
		ck_assert(memcmp(bytes, cutting.text + at, nbytes) == 0);
	}
	ck_assert_uint_gt(nbytes, 0);
	cutting.ends[cutting.n++] = at + nbytes;
}

/* one step of the master, and slaves take what there is */
static void
step(void)
{
	struct claim_ring *claims = &cutting.board.header->claims;
	struct claim claim;

	ck_assert_int_eq(source_step(&cutting.source, true), 0);
	while (claim_next(claims, 0, &claim)) {
		note(&claim);
		claim_free(claims, &claim);
	}
}

static bool
is_empty(int fd)
{
	int nbytes;

	ck_assert_int_eq(ioctl(fd, FIONREAD, &nbytes), 0);
	return nbytes == 0;
}

/* cut what comes through a pipe, so many bytes at once */
static void
cut_pipe(const char *text, size_t nbytes, uint64_t size, const char *recend,
	 size_t piece)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	begin(text, nbytes, ends[0], size, recend);
	for (size_t at = 0; at < nbytes;) {
		size_t n = nbytes - at < piece ? nbytes - at : piece;

		ck_assert_int_eq(write(ends[1], text + at, n), (ssize_t)n);
		at += n;
		while (!is_empty(ends[0]))
			step();
	}
	close(ends[1]);
	while (!source_is_closed(&cutting.source))
		step();
	close(ends[0]);
	finish();
}

/* cut a file: into blocks of a size, or into parts for each slave */
static void
cut_file(const char *text, size_t nbytes, uint64_t size, uint64_t parts,
	 const char *recend)
{
	int fd = memfd_create("test_blocks", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, nbytes), (ssize_t)nbytes);
	cutting.plan.block_parts = parts;
	begin(text, nbytes, fd, size, recend);
	ck_assert(cutting.source.is_in_place);
	while (!source_is_closed(&cutting.source))
		step();
	close(fd);
	finish();
}

/* where the first record end ends that does so at target or behind it, and
 * begins at from or behind it; nbytes if there is none */
static size_t
first_end(const char *text, size_t nbytes, size_t from, size_t target,
	  const char *recend)
{
	size_t size = strlen(recend);

	for (size_t end = from + size; end <= nbytes; end++)
		if (end >= target &&
		    memcmp(text + end - size, recend, size) == 0)
			return end;
	return nbytes;
}

/* where the block ends that begins at from */
static size_t
block_end(const char *text, size_t nbytes, size_t from, uint64_t size,
	  const char *recend)
{
	size_t end = from, n = strlen(recend);

	if (nbytes - from < size)
		return nbytes;
	for (size_t at = from + n; at <= from + size; at++)
		if (memcmp(text + at - n, recend, n) == 0)
			end = at;
	if (end > from)
		return end;
	return first_end(text, nbytes, from, from + size, recend);
}

static void
check_blocks(uint64_t size, const char *recend)
{
	size_t at = 0;

	for (size_t i = 0; i < cutting.n; at = cutting.ends[i++]) {
		size_t end = block_end(cutting.text, cutting.nbytes, at, size,
				       recend);

		ck_assert_msg(cutting.ends[i] == end,
			      "'%.*s', '%s', %d: block %d ends at %d, not %d",
			      cutting.nbytes < 100 ? (int)cutting.nbytes : 0,
			      cutting.text, recend, (int)size, (int)i,
			      (int)cutting.ends[i], (int)end);
	}
}

static const struct {
	const char *text;
	uint64_t size;
	const char *recend;
	size_t ends[8];
} examples[] = {
	{ "", 5, "\n", { 0 } },
	{ "a\nb\nc\n", 4, "\n", { 4, 6 } },
	{ "a\nb\nc\n", 5, "\n", { 4, 6 } },
	{ "a\nb\nc\n", 6, "\n", { 6 } },
	{ "a\nb\nc\n", 1, "\n", { 2, 4, 6 } },
	{ "a\nb\nc", 4, "\n", { 4, 5 } },
	{ "a\nb\nc", 100, "\n", { 5 } },
	/* a longer record */
	{ "a\nbbbbbbbb\nc\n", 4, "\n", { 2, 11, 13 } },
	{ "bbbbbbbb\nc\nd\n", 4, "\n", { 9, 13 } },
	{ "bbbbbbbb", 4, "\n", { 8 } },
	/* nothing but ends */
	{ "\n\n\n\n\n", 2, "\n", { 2, 4, 5 } },
	/* ends of several bytes, which block and piece may halve */
	{ "a--b--c", 3, "--", { 3, 6, 7 } },
	{ "a--b--c", 2, "--", { 3, 6, 7 } },
	{ "a-b--c", 4, "--", { 5, 6 } },
	{ "aa---b--", 4, "--", { 4, 8 } },
};

START_TEST(a_block_is_the_whole_records_that_fit)
{
	const char *text = examples[_i].text;
	size_t nbytes = strlen(text);

	for (size_t piece = 1; piece <= nbytes + 1; piece++) {
		cut_pipe(text, nbytes, examples[_i].size, examples[_i].recend,
			 piece);
		for (size_t i = 0; i < cutting.n; i++)
			ck_assert_uint_eq(cutting.ends[i],
					  examples[_i].ends[i]);
		check_blocks(examples[_i].size, examples[_i].recend);
	}
}
END_TEST

static const char *const recends[] = { "a", "ab", "aa", "aba" };

/* every text of two letters, whatever the size of blocks and pieces */
START_TEST(every_short_text_is_cut_as_a_loop_would)
{
	char text[8];

	for (unsigned number = 0; number < 1u << 7; number++) {
		for (size_t i = 0; i < 7; i++)
			text[i] = number >> i & 1 ? 'b' : 'a';
		for (uint64_t size = 1; size <= 8; size += 1 + size / 4) {
			cut_pipe(text, 7, size, recends[_i], 1 + number % 7);
			check_blocks(size, recends[_i]);
		}
	}
}
END_TEST

/* records of about so many bytes, a line each; the caller's to free */
static char *
make_lines(size_t nbytes, unsigned longest)
{
	char *text = malloc(nbytes);
	uint64_t random = longest;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', nbytes);
	for (size_t at = 0; at < nbytes; at += 1 + (random >> 33) % longest) {
		text[at] = '\n';
		random = random * 6364136223846793005u + 1;
	}
	return text;
}

/* those of a large file are found by searching in it, forth and back */
static const struct {
	uint64_t size;
	unsigned longest;
	const char *recend;
} large[] = {
	{ 1000, 100, "\n" },	     { 1000, 20000, "\n" },
	{ 100000, 10000, "\n" },     { 100000, 300000, "\n" },
	{ 70000, 200000, "\n" },     { 3000, 100, "x\nx" },
	{ 300000, 300000, "xx\nx" }, { 2000000, 100, "\n" },
};

START_TEST(a_file_is_cut_as_a_stream_is)
{
	size_t nbytes = 1500000;
	char *text = make_lines(nbytes, large[_i].longest);

	cut_file(text, nbytes, large[_i].size, 0, large[_i].recend);
	check_blocks(large[_i].size, large[_i].recend);
	cut_pipe(text, nbytes, large[_i].size, large[_i].recend, 60000);
	check_blocks(large[_i].size, large[_i].recend);
	free(text);
}
END_TEST

/* what is searched at once, before the block's end and behind it, may end
 * within a record end: 4 KiB, then 64 KiB back; 64 KiB forth */
static const size_t borders[] = { 100000 - 4096, 100000 - 4096 - 65536, 100000,
				  100000 + 65536 };

START_TEST(no_record_end_is_missed_between_two_searches)
{
	size_t nbytes = 200000;
	char *text = malloc(nbytes);

	ck_assert_ptr_nonnull(text);
	for (size_t at = borders[_i] - 12; at < borders[_i] + 12; at++) {
		memset(text, 'x', nbytes);
		memcpy(text + at, "[end]", 5);
		cut_file(text, nbytes, 100000, 0, "[end]");
		check_blocks(100000, "[end]");
		ck_assert_uint_eq(cutting.ends[0], at + 5);
	}
	free(text);
}
END_TEST

static void
check_parts(size_t parts, const char *recend)
{
	size_t at = 0, i = 0;

	for (size_t part = 1; at < cutting.nbytes; part++) {
		size_t target = cutting.nbytes * part / (2 * parts);

		if (target <= at)
			continue;
		at = first_end(cutting.text, cutting.nbytes, at, target,
			       recend);
		ck_assert_uint_lt(i, cutting.n);
		ck_assert_msg(cutting.ends[i] == at,
			      "%d parts: %d ends at %d, not %d", (int)parts,
			      (int)i, (int)cutting.ends[i], (int)at);
		i++;
	}
	ck_assert_uint_eq(cutting.n, i);
	ck_assert_uint_le(i, 2 * parts);
}

START_TEST(parts_are_equal_but_for_whole_records)
{
	static const char text[] = "one\ntwo\n\nthree, which is longer\n4\n5";

	for (size_t nbytes = 0; nbytes < sizeof(text); nbytes++)
		for (size_t parts = 1; parts < 20; parts++) {
			cut_file(text, nbytes, 0, parts, recends[_i]);
			check_parts(parts, recends[_i]);
			cut_file(text, nbytes, 0, parts, "\n");
			check_parts(parts, "\n");
		}
}
END_TEST

START_TEST(parts_of_a_large_file_end_at_records)
{
	char *text = make_lines(1500000, large[_i].longest);

	for (size_t parts = 1; parts < 200; parts = 3 * parts + 1) {
		cut_file(text, 1500000, 0, parts, large[_i].recend);
		check_parts(parts, large[_i].recend);
	}
	free(text);
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *stream = unit_case(suite, "stream");
	TCase *file = unit_case(suite, "file");

	tcase_add_loop_test(stream, a_block_is_the_whole_records_that_fit, 0,
			    LENGTH(examples));
	tcase_add_loop_test(stream, every_short_text_is_cut_as_a_loop_would, 0,
			    LENGTH(recends));
	tcase_add_loop_test(file, a_file_is_cut_as_a_stream_is, 0,
			    LENGTH(large));
	tcase_add_loop_test(file, no_record_end_is_missed_between_two_searches,
			    0, LENGTH(borders));
	tcase_add_loop_test(file, parts_are_equal_but_for_whole_records, 0,
			    LENGTH(recends));
	tcase_add_loop_test(file, parts_of_a_large_file_end_at_records, 0,
			    LENGTH(large));
}
