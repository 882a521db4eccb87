/*
 * engine/blocks: the first six bytes say how long blocks are, what ends a
 * record, how the input comes and how often the rest is repeated; the rest is
 * the input. As a stream and as a file: the blocks one after the other are the
 * input; each but the last ends at a record end, and is as many whole records
 * as fit, or one that is longer; parts are as many as asked for at most, and
 * end where the first record ends that does so behind their share.
 */
#include <config.h>

#include "fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/blocks.h"

#define HEADER 6
#define INPUT_MAX ((size_t)1 << 18)
#define PIECE_MAX 65536
#define SLAVES 3

struct input {
	uint8_t *bytes;
	size_t nbytes;
	size_t at; /* where the next block is to begin */
	struct plan plan;
	uint64_t random; /* the next number of a sequence */
};

static size_t
draw(struct input *input, size_t limit)
{
	input->random = input->random * 6364136223846793005u + 1;
	return (size_t)(input->random >> 33) % limit;
}

/* whether a record end ends at a place and begins at from or behind it */
static bool
is_end(const struct input *input, size_t from, size_t at)
{
	size_t size = input->plan.recend_size;

	return at >= from + size &&
	       memcmp(input->bytes + at - size, input->plan.recend, size) == 0;
}

/* the block is what it has to be; ends are looked for in from...to */
static void
check_ends(const struct input *input, size_t from, size_t to)
{
	for (size_t at = from; at <= to && at < input->nbytes; at++)
		REQUIRE(!is_end(input, input->at, at));
}

static void
check_block(struct input *input, size_t nbytes)
{
	uint64_t size = input->plan.block_size;
	size_t end = input->at + nbytes;

	REQUIRE(nbytes > 0 && nbytes <= input->nbytes - input->at);
	REQUIRE(end == input->nbytes || is_end(input, input->at, end));
	/* no more would fit, or it is one record */
	if (end < input->nbytes && nbytes <= size)
		check_ends(input, end + 1, input->at + size);
	else if (nbytes > size)
		check_ends(input, input->at, end - 1);
	input->at = end;
}

static void
check_part(struct input *input, size_t nbytes, uint64_t *part)
{
	uint64_t n = input->plan.block_parts * SLAVES;
	size_t target, end = input->at + nbytes;

	REQUIRE(nbytes > 0 && nbytes <= input->nbytes - input->at);
	do
		target = (size_t)(input->nbytes * ++*part / n);
	while (target <= input->at);
	REQUIRE(*part <= n && end >= target);
	REQUIRE(end == input->nbytes || is_end(input, input->at, end));
	check_ends(input, target, end - 1);
	input->at = end;
}

static bool
is_empty(int fd)
{
	int nbytes;

	REQUIRE(ioctl(fd, FIONREAD, &nbytes) == 0);
	return nbytes == 0;
}

/* one step of the master; slaves take what there is */
static void
step(struct input *input, struct source *source, uint64_t *part)
{
	struct claim_ring *claims = &source->board->header->claims;
	struct claim claim;

	REQUIRE(source_step(source, true) == 0);
	REQUIRE(source->filled - source->freed <= source->board->arena_size);
	while (claim_next(claims, 0, &claim)) {
		const unsigned char *bytes =
			source_arena_at(source, claim.batch.place);

		if (claim.batch.flags & CLAIM_PART) {
			struct block_part place;

			memcpy(&place, bytes, sizeof(place));
			REQUIRE(place.offset == input->at);
			if (input->plan.block_parts)
				check_part(input, place.nbytes, part);
			else
				check_block(input, place.nbytes);
		} else {
			REQUIRE(claim.batch.flags == CLAIM_BLOCK);
			REQUIRE(claim.batch.nbytes <=
				input->nbytes - input->at);
			REQUIRE(memcmp(bytes, input->bytes + input->at,
				       claim.batch.nbytes) == 0);
			check_block(input, claim.batch.nbytes);
		}
		claim_free(claims, &claim);
	}
}

/* run a source over what the descriptor gives; the rest of the input is fed
 * into to_fd, if there is one */
static void
run(struct input *input, int fd, int to_fd)
{
	static struct source source;
	struct board board;
	uint64_t part = 0;
	char path[32];

	input->at = 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	input->plan.arg_file = path;
	REQUIRE(board_init(&board, &(struct board_setting){
					   .nslaves = SLAVES,
					   .arena_size = blocks_arena_size(
						   &input->plan),
					   .text_size = 4096 }) == 0);
	REQUIRE(source_init(&source, &input->plan, &board, STDIN_FILENO) == 0);
	for (size_t at = 0; to_fd >= 0 && at < input->nbytes;) {
		size_t n = 1 + draw(input, PIECE_MAX);

		n = n < input->nbytes - at ? n : input->nbytes - at;
		REQUIRE(write(to_fd, input->bytes + at, n) == (ssize_t)n);
		at += n;
		while (!is_empty(source.fd))
			step(input, &source, &part);
	}
	if (to_fd >= 0)
		close(to_fd);
	while (!source_is_closed(&source))
		step(input, &source, &part);
	REQUIRE(input->at == input->nbytes);
	source_release(&source);
	board_release(&board);
}

static void
run_stream(struct input *input)
{
	int ends[2];

	REQUIRE(pipe(ends) == 0);
	run(input, ends[0], ends[1]);
	close(ends[0]);
}

static void
run_file(struct input *input)
{
	int fd = memfd_create("fuzz_blocks", MFD_CLOEXEC);

	REQUIRE(fd >= 0);
	REQUIRE(write(fd, input->bytes, input->nbytes) ==
		(ssize_t)input->nbytes);
	run(input, fd, -1);
	close(fd);
}

static void
make_input(struct input *input, const uint8_t *data, size_t size)
{
	size_t times = data[3] < 192 ? data[3] % 8 + 1 : data[3] * data[3];
	size_t n = size - HEADER;

	if (n > 0 && times * n > INPUT_MAX)
		times = INPUT_MAX / n + 1;
	input->random = data[4];
	input->bytes = malloc(times * n + 1);
	REQUIRE(input->bytes);
	for (; n > 0 && times > 0; times--, input->nbytes += n)
		memcpy(input->bytes + input->nbytes, data + HEADER, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { .nbytes = 0 };
	unsigned char recend[4];

	if (size < HEADER)
		return 0;
	make_input(&input, data, size);
	/* what ends a record is in the input, or may be */
	input.plan.worker = WORKER_PIPE;
	input.plan.nslaves = SLAVES;
	input.plan.recend = recend;
	input.plan.recend_size = 1 + data[2] % sizeof(recend);
	for (size_t i = 0; i < sizeof(recend); i++)
		recend[i] = data[HEADER - 1 + i % (size - HEADER + 1)];
	input.plan.block_size = 1 + (data[0] | (size_t)data[1] << 8);
	run_stream(&input);
	run_file(&input);
	input.plan.block_parts = 1 + data[1] % 32;
	run_file(&input);
	free(input.bytes);
	return 0;
}
