#ifndef SHMMAP_TAKE_H
#define SHMMAP_TAKE_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/batch.h"
#include "engine/board.h"
#include "engine/stream.h"
#include "segment/sections.h"

/*
 * Taking jobs from the board: the side of a slave, and of a process that a
 * slave has started for its jobs (--attach). Claims batches, hands out their
 * jobs one by one, and commits their results; a job costs no system call while
 * there is work, and no lock.
 *
 *   take_batch() { take_next() { take_emit()... take_done() | take_fail() } }
 *
 * A result is bytes that take_emit() copies into the open span of the slave's
 * stream (stream.h, I6). Its commit point is the one store in take_done().
 *
 * Never prints and never exits.
 */

/* What makes less of the results of a span: worker/span_combiner.h. A process
 * that takes its jobs itself has none, and leaves that to the master. */
struct take_combiner {
	/* Write what these bytes come to, the results of the jobs from `first`
	 * on, if that is at most room bytes. Returns how many these are; 0 when
	 * the results are to stay what they are. */
	size_t (*combine)(struct take_combiner *combiner, uint64_t first,
			  const unsigned char *bytes, size_t nbytes,
			  unsigned char *to, size_t room);
	/* one of so many bytes is kept for it in the next span, or none: 0 */
	unsigned share;
};

enum take_ends {
	ENDS_ANYHOW, /* results are bytes in a span */
	ENDS_LINE,   /* each is one line there (stream.h, I7) */
	ENDS_SIZE,   /* each has that size there */
	ENDS_ALONE,  /* each is a record of its own */
};

struct taker {
	/* what take_next() needs */
	uint64_t number;  /* of the job at hand; before the first, one below */
	uint64_t last;	  /* of the batch */
	uint64_t at_once; /* jobs that are at hand: 1, or all of a range */
	char *text;	  /* of the job at hand */
	char *end;	  /* behind it: a NUL in place of the delimiter */
	struct area *area;
	const struct board *board;

	/* the open span */
	unsigned char *place; /* NULL: none is open */
	size_t room;
	size_t used;	 /* bytes, those of the job at hand included */
	size_t finished; /* bytes of finished jobs */
	uint64_t first;
	uint64_t count; /* of finished jobs */
	bool is_split;	/* earlier bytes of the job at hand are in the stream */
	uint32_t asked; /* the board's, when results were let out last */

	/* a block's, which is kept while its bytes are needed */
	struct claim claim;
	bool has_claim;

	bool is_in_line; /* with --tag: the result does not end a line */
	enum take_ends ends;
	unsigned rank;
	struct sections sections;
	struct stream_writer stream;
	struct take_combiner *combiner; /* or NULL; not the taker's */
	unsigned char *spare;		/* STREAM_PAYLOAD_MAX bytes */
	int64_t began_ns;		/* the batch */
};

/* Slave, once. sections.state may be NULL. Returns 0 or -errno. */
int take_init(struct taker *taker, const struct board *board,
	      const struct sections *sections, unsigned rank);

void take_release(struct taker *taker);

/* What a dead predecessor claimed and did not begin; true if there is some. */
bool take_inherited(struct taker *taker);

/* Sleep until there is a batch, and take it; the last one is done with. False
 * when there will be none, or this slave is to leave (DEALING_SHORT). */
bool take_batch(struct taker *taker);

/* The same, without sleep: TAKE_NOTHING when there is none now. */
enum take { TAKE_BATCH, TAKE_NOTHING, TAKE_OVER };
enum take take_batch_now(struct taker *taker);

/* For who answers many jobs at once, beginning with taker->number: */

/* Open a span for the jobs from `first` on. */
void take_open(struct taker *taker, uint64_t first);

/* Append nbytes bytes, at most taker->room - taker->used, that are the results
 * of the next count jobs, or (part of) the rest of them. */
void take_lines(struct taker *taker, const void *bytes, size_t nbytes,
		uint64_t count);

/* The next job has ended with what was emitted, and this status. */
void take_line_end(struct taker *taker, unsigned status, const char *message);

/* Close the span. */
void take_close(struct taker *taker);

/* Tell the master, for its choice of sizes: so many jobs took so long. */
void take_measured(struct taker *taker, uint64_t jobs, uint64_t ns);

/* Of a job that has begun: the bytes of its block are no longer needed. May be
 * called more than once. */
void take_free_block(struct taker *taker);

/* Begin the jobs of the batch: to be called before the first take_next(). */
void take_begin(struct taker *taker);

/* End the batch: its results become records. */
void take_end(struct taker *taker);

/* a job's seed: depends on the run's and the job's number only (the 64-bit
 * finaliser of SplitMix; Steele, Lea and Flood, OOPSLA 2014); below 2^63, so
 * that a shell can calculate with it */
uint64_t take_seed(uint64_t run_seed, uint64_t job);

/* Slave: between two jobs that were not taken from a batch one by one. */
void take_idle(struct taker *taker);

/* The finished jobs' results become records though the batch goes on, since the
 * master asks for them. next is the job at hand, or the one to come. */
void take_let_out(struct taker *taker, uint64_t next);

static inline bool
take_is_asked(const struct taker *taker)
{
	return atomic_load_explicit(&taker->board->header->asked,
				    memory_order_relaxed) != taker->asked;
}

/* the parts of take_next() that are rare */
bool take_next_rare(struct taker *taker);

/* The bytes of a word that are that byte are not 0 in the result, and none
 * before the first of these is (the carry goes to those behind it). */
static inline uint64_t
take_match(uint64_t word, unsigned char byte)
{
	uint64_t each = UINT64_C(0x0101010101010101);

	word ^= each * byte;
	return (word - each) & ~word & each * 0x80;
}

/* The delimiter of the job that begins at taker->text: most are short, and a
 * call takes longer than to look. Behind the texts is the draft, so that there
 * are always bytes to read. */
static inline char *
take_find_end(const struct taker *taker)
{
	unsigned char delimiter = taker->board->header->jobs.delimiter;
	char *text = taker->text;

	for (unsigned at = 0; at < 16; at += 8) {
		uint64_t word, match;

		memcpy(&word, text + at, sizeof(word));
		match = take_match(le64toh(word), delimiter);
		if (match)
			return text + at + (unsigned)__builtin_ctzll(match) / 8;
	}
	return memchr(text, delimiter,
		      (size_t)(board_text(taker->board, taker->rank) +
			       taker->area->text_nbytes + 1 - text));
}

/* The next job of the batch; false when there is none, or when the run has
 * been stopped. Its text is taker->text up to taker->end, followed by a NUL. */
static inline bool
take_next(struct taker *taker)
{
	struct board_header *header = taker->board->header;
	uint64_t number = taker->number + taker->at_once;

	if (number > taker->last ||
	    atomic_load_explicit(&header->stop, memory_order_relaxed))
		return false;
	if (__builtin_expect(take_is_asked(taker), 0))
		take_let_out(taker, number);
	if (header->jobs.is_range || header->jobs.skip_empty ||
	    atomic_load_explicit(&taker->sections.state->ordered_used,
				 memory_order_relaxed))
		return take_next_rare(taker);
	taker->text = taker->end + 1;
	taker->end = take_find_end(taker);
	/* the end first: see board.h */
	atomic_store_explicit(
		&taker->area->end,
		(uint32_t)(taker->end - board_text(taker->board, taker->rank)),
		memory_order_release);
	atomic_store_explicit(&taker->area->at, number, memory_order_release);
	taker->number = number;
	*taker->end = '\0';
	return true;
}

void take_emit_rare(struct taker *taker, const void *bytes, size_t nbytes);

/* Append bytes to the result of the job at hand. */
static inline void
take_emit(struct taker *taker, const void *bytes, size_t nbytes)
{
	if (nbytes > taker->room - taker->used ||
	    taker->board->header->jobs.tag) {
		take_emit_rare(taker, bytes, nbytes);
		return;
	}
	memcpy(taker->place + taker->used, bytes, nbytes);
	taker->used += nbytes;
}

/* Whether the job at hand has emitted one line and no more, which is short:
 * newline at its end, and none in the eight bytes before that. */
static inline bool
take_is_short_line(const struct taker *taker)
{
	const unsigned char *end = taker->place + taker->used;
	size_t nbytes = taker->used - taker->finished;
	uint64_t word;
	unsigned others;

	if (nbytes - 1 > sizeof(word) || end[-1] != '\n')
		return false;
	/* before the place is the record's head: there is something to read */
	memcpy(&word, end - 1 - sizeof(word), sizeof(word));
	/* the bytes before the result are shifted out, in two steps: 64 is no
	 * shift */
	others = 4 * (unsigned)(sizeof(word) - (nbytes - 1));
	return !take_match(le64toh(word) >> others >> others, '\n');
}

/* whether the result of the job at hand is surely one that stands in a span */
static inline bool
take_is_regular(const struct taker *taker)
{
	if (taker->ends == ENDS_LINE)
		return take_is_short_line(taker);
	return taker->ends == ENDS_SIZE &&
	       taker->used - taker->finished ==
		       taker->board->header->jobs.result_size;
}

void take_done_rare(struct taker *taker);

/* The job at hand has succeeded. */
static inline void
take_done(struct taker *taker)
{
	if (!taker->board->header->jobs.is_range)
		*taker->end = (char)taker->board->header->jobs.delimiter;
	if (taker->is_split || taker->is_in_line ||
	    (taker->ends != ENDS_ANYHOW &&
	     (taker->at_once > 1 || !take_is_regular(taker)))) {
		take_done_rare(taker);
		return;
	}
	taker->count += taker->at_once;
	taker->finished = taker->used;
	stream_span_commit(&taker->stream, taker->count, taker->used);
}

/* It has failed, with an exit status of 1...255 and a message (one line without
 * newline; NULL: none). What it emitted stays its result. */
void take_fail(struct taker *taker, unsigned status, const char *message);

/* All jobs of a range's batch are done by one call of the worker: begin, then
 * take_done() or take_fail() once. If the slave dies in between, or on failure,
 * all of them have failed. False when the run was stopped. */
bool take_range(struct taker *taker);

#endif
