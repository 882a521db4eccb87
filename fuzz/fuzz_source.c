/*
 * engine/source: the first six bytes say how the input is cut, how it comes and
 * how slaves take it; the rest, some times over, is the input. The records are
 * those that a loop over its bytes finds, and they stay until they are freed.
 */
#include <config.h>

#include "fuzz.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/source.h"

#define HEADER 6
#define INPUT_MAX ((size_t)3 << 19)
#define PIPE_MAX 65536
#define HELD_MAX 8
#define BEGINNING 128 /* of a record that is too long */
#define PATIENCE 100000

struct input {
	const uint8_t *header;
	uint8_t *bytes;
	size_t nbytes;
	size_t written;	 /* into the pipe */
	size_t at;	 /* of the record that comes next */
	uint64_t random; /* the next number of a sequence */
};

/* batches that were taken, and where in the input each begins */
struct held {
	struct claim claims[HELD_MAX];
	size_t at[HELD_MAX];
	size_t n;
};

static unsigned
draw(struct input *input, unsigned limit)
{
	input->random = input->random * 6364136223846793005u + 1;
	return (unsigned)(input->random >> 33) % limit;
}

static void
make_input(struct input *input, const uint8_t *data, size_t size)
{
	/* most inputs are small, and some are larger than the arena */
	size_t times = data[2] < 192 ? data[2] % 8 + 1 : data[2] * data[2];
	size_t n = size - HEADER;

	if (n == 0 || times * n > INPUT_MAX)
		times = n ? INPUT_MAX / n + 1 : 0;
	*input = (struct input){ .header = data, .random = data[3] };
	input->bytes = malloc(times * n + 1);
	REQUIRE(input->bytes);
	for (; times > 0; times--, input->nbytes += n)
		memcpy(input->bytes + input->nbytes, data + HEADER, n);
}

static void
check_bytes(const struct input *input, const struct board *board,
	    const struct claim *claim, size_t at)
{
	REQUIRE(memcmp(board->arena + claim->batch.place % board->arena_size,
		       input->bytes + at, claim->batch.nbytes) == 0);
}

/* the claim is the record that the input has next; returns where it begins */
static size_t
check_claim(struct input *input, const struct plan *plan,
	    const struct board *board, const struct claim *claim)
{
	size_t at = input->at, end;

	for (;; at = end + 1) {
		end = at;
		while (end < input->nbytes &&
		       input->bytes[end] != plan->delimiter)
			end++;
		if (!plan->skip_empty || end > at || end >= input->nbytes)
			break;
	}
	REQUIRE(at < input->nbytes);
	input->at = end + 1;
	if (end - at > PLAN_RECORD_MAX)
		REQUIRE(claim->batch.flags == CLAIM_TOO_LONG &&
			claim->batch.nbytes == BEGINNING);
	else
		REQUIRE(claim->batch.flags == 0 &&
			claim->batch.nbytes == end - at);
	check_bytes(input, board, claim, at);
	return at;
}

/* take some batches, and free some of those that were taken, in any order;
 * returns how many that was */
static unsigned
work(struct input *input, const struct plan *plan, const struct board *board,
     struct held *held)
{
	unsigned n = draw(input, input->header[4] + 2), done = 0;
	struct claim_ring *claims = &board->header->claims;

	for (; n > 0; n--, done++) {
		struct claim claim;
		size_t i;

		if (held->n < HELD_MAX && claim_next(claims, 0, &claim)) {
			held->at[held->n] =
				check_claim(input, plan, board, &claim);
			held->claims[held->n++] = claim;
		} else if (held->n == 0) {
			break;
		}
		if (held->n < HELD_MAX && draw(input, 2))
			continue;
		i = draw(input, (unsigned)held->n);
		check_bytes(input, board, &held->claims[i], held->at[i]);
		claim_free(claims, &held->claims[i]);
		held->claims[i] = held->claims[--held->n];
		held->at[i] = held->at[held->n];
	}
	return done;
}

/* some more of the input into the pipe, or its end */
static void
feed(struct input *input, int *fd)
{
	size_t n = draw(input, PIPE_MAX >> input->header[5] % 17) + 1;
	ssize_t written;

	if (*fd < 0)
		return;
	n += input->nbytes / 1024;
	if (n > input->nbytes - input->written)
		n = input->nbytes - input->written;
	written = write(*fd, input->bytes + input->written, n);
	if (written > 0)
		input->written += (size_t)written;
	if (input->written < input->nbytes)
		return;
	close(*fd);
	*fd = -1;
}

static void
run(struct input *input, const struct plan *plan, const struct board *board)
{
	static struct source source;
	struct held held = { .n = 0 };
	unsigned idle = 0;
	int ends[2];

	REQUIRE(source_init(&source, plan, board, STDIN_FILENO) == 0);
	REQUIRE(pipe2(ends, O_NONBLOCK) == 0);
	source.fd = ends[0];
	while (!source_is_closed(&source) || held.n > 0 ||
	       claim_untaken(&board->header->claims) > 0) {
		uint64_t before = source.published + source.filled;

		feed(input, &ends[1]);
		REQUIRE(source_step(&source, draw(input, 4) > 0) == 0);
		REQUIRE(source.filled - source.freed <= board->arena_size);
		idle = work(input, plan, board, &held) > 0 ||
				       source.published + source.filled > before
			       ? 0
			       : idle + 1;
		REQUIRE(idle < PATIENCE);
	}
	/* that was all, but for empty records that are skipped */
	for (; plan->skip_empty && input->at < input->nbytes; input->at++)
		REQUIRE(input->bytes[input->at] == plan->delimiter);
	REQUIRE(input->at >= input->nbytes);
	close(ends[0]);
	source_release(&source);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan plan = { 0 };
	struct input input;
	struct board board;

	if (size < HEADER)
		return 0;
	plan.delimiter = data[0];
	plan.skip_empty = data[1] & 1;
	make_input(&input, data, size);
	REQUIRE(board_init(&board,
			   &(struct board_setting){
				   .nslaves = 1,
				   .arena_size = BOARD_ARENA_SIZE,
				   .text_size = BOARD_TEXT_SIZE }) == 0);
	run(&input, &plan, &board);
	board_release(&board);
	free(input.bytes);
	return 0;
}
