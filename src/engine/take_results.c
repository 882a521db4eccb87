#include <config.h>

#include "engine/take.h"

#include <string.h>

/* Results of the jobs at hand, on their way into the stream; see take.h. */

/* ---- spans ---- */

/* a place for results of the jobs from `first` on; may sleep */
static void
open_span(struct taker *taker, uint64_t first)
{
	taker->place = stream_place(&taker->stream, &taker->room);
	if (taker->combiner && taker->combiner->share)
		taker->room -= taker->room / taker->combiner->share;
	taker->first = first;
	taker->count = 0;
	taker->used = taker->finished = 0;
	stream_span_open(&taker->stream, first);
}

/* What the span's results come to is written behind them. Returns its bytes; 0
 * when they stay what they are. */
static size_t
combine(struct taker *taker)
{
	unsigned char *to;
	size_t room;

	if (!taker->combiner || taker->finished == 0)
		return 0;
	to = stream_span_behind(&taker->stream, taker->finished, &room);
	if (!to)
		return 0;
	return taker->combiner->combine(taker->combiner, taker->first,
					taker->place, taker->finished, to,
					room);
}

/* the finished jobs become records; what the job at hand has emitted is kept
 * aside, and its size returned */
static size_t
close_span(struct taker *taker)
{
	size_t rest = taker->used - taker->finished;

	memcpy(taker->spare, taker->place + taker->finished, rest);
	if (taker->count > 0) {
		stream_span_close(&taker->stream, taker->first,
				  (uint32_t)taker->count, taker->finished,
				  combine(taker));
		stream_tell(&taker->stream, taker->first,
			    taker->finished ? NEWS_RESULT : NEWS_END);
	}
	return rest;
}

/* close the span and open one that begins with the job at hand */
static void
renew_span(struct taker *taker)
{
	size_t rest = close_span(taker);

	open_span(taker, taker->number);
	/* room is at least an eighth of what a record holds, less a combiner's
	 * share, and may be less than the rest */
	while (rest > taker->room) {
		size_t whole = taker->room;

		memcpy(taker->place, taker->spare, whole);
		stream_append(&taker->stream, RECORD_OUT, taker->number, whole);
		rest -= whole;
		memmove(taker->spare, taker->spare + whole, rest);
		taker->is_split = true;
		open_span(taker, taker->number);
	}
	memcpy(taker->place, taker->spare, rest);
	taker->used = rest;
}

/* what the job at hand has emitted goes into the stream before it ends */
static void
split(struct taker *taker)
{
	if (taker->used == 0)
		return;
	stream_append(&taker->stream, RECORD_OUT, taker->number, taker->used);
	stream_tell(&taker->stream, taker->number, NEWS_PIECE);
	taker->is_split = true;
	open_span(taker, taker->number);
}

static void
put(struct taker *taker, const unsigned char *bytes, size_t nbytes)
{
	while (nbytes > taker->room - taker->used) {
		size_t n;

		if (taker->count > 0) {
			renew_span(taker);
			continue;
		}
		n = taker->room - taker->used;
		memcpy(taker->place + taker->used, bytes, n);
		taker->used += n;
		bytes += n;
		nbytes -= n;
		split(taker);
	}
	memcpy(taker->place + taker->used, bytes, nbytes);
	taker->used += nbytes;
}

void
take_emit_rare(struct taker *taker, const void *bytes, size_t nbytes)
{
	const unsigned char *from = bytes;
	char number[BATCH_NUMBER_SIZE];

	if (!taker->board->header->jobs.tag) {
		put(taker, from, nbytes);
		return;
	}
	while (nbytes > 0) {
		const unsigned char *newline = memchr(from, '\n', nbytes);
		size_t n = newline ? (size_t)(newline - from) + 1 : nbytes;

		if (!taker->is_in_line && taker->board->header->jobs.is_range)
			put(taker, (unsigned char *)number,
			    batch_number(taker->board, taker->number, number));
		else if (!taker->is_in_line)
			put(taker, (unsigned char *)taker->text,
			    (size_t)(taker->end - taker->text));
		if (!taker->is_in_line)
			put(taker, (const unsigned char *)"\t", 1);
		put(taker, from, n);
		taker->is_in_line = !newline;
		from += n;
		nbytes -= n;
	}
}

/* a job that can not be a part of a span: it is one of its own */
static void
finish_alone(struct taker *taker, unsigned status)
{
	split(taker);
	stream_finish(&taker->stream, taker->number, (uint32_t)taker->at_once,
		      status);
	/* not before its end counts: others end because of it */
	if (status)
		sections_job_failed(&taker->sections, taker->rank);
	stream_tell(&taker->stream, taker->number,
		    status ? NEWS_FAILURE : NEWS_RESULT);
	taker->is_split = taker->is_in_line = false;
	open_span(taker, taker->number + taker->at_once);
}

/* Whether the job at hand has emitted one line, and nothing else; a line that
 * has no end gets it, and nothing becomes a blank line. */
static bool
is_one_line(struct taker *taker)
{
	const unsigned char *from = taker->place + taker->finished;
	size_t nbytes = taker->used - taker->finished;
	const unsigned char *newline =
		nbytes > 0 ? memchr(from, '\n', nbytes) : NULL;

	if (newline)
		return newline == from + nbytes - 1;
	put(taker, (const unsigned char *)"\n", 1);
	return !taker->is_split;
}

/* whether the job at hand may share no span with others */
static bool
must_be_alone(struct taker *taker)
{
	switch (taker->ends) {
	case ENDS_ANYHOW:
		return false;
	case ENDS_LINE:
		return taker->at_once > 1 || !is_one_line(taker);
	case ENDS_SIZE:
		return taker->at_once > 1 || !take_is_regular(taker);
	case ENDS_ALONE:
		break;
	}
	return true;
}

void
take_done_rare(struct taker *taker)
{
	if (taker->is_split) {
		finish_alone(taker, 0);
		return;
	}
	if (must_be_alone(taker)) {
		if (taker->count > 0)
			renew_span(taker);
		finish_alone(taker, 0);
		return;
	}
	taker->is_in_line = false;
	taker->count += taker->at_once;
	taker->finished = taker->used;
	stream_span_commit(&taker->stream, taker->count, taker->used);
}

void
take_let_out(struct taker *taker, uint64_t next)
{
	/* relaxed: seen late, it is seen at the next job */
	taker->asked = atomic_load_explicit(&taker->board->header->asked,
					    memory_order_relaxed);
	if (taker->count == 0)
		return;
	if (next == taker->number) {
		renew_span(taker);
		return;
	}
	close_span(taker);
	open_span(taker, next);
}

static void
add_note(struct taker *taker, const char *message)
{
	size_t nbytes = strlen(message);

	if (nbytes > taker->room)
		nbytes = taker->room;
	memcpy(taker->place, message, nbytes);
	if (nbytes > 0)
		stream_append(&taker->stream, RECORD_NOTE, taker->number,
			      nbytes);
	open_span(taker, taker->number);
}

void
take_fail(struct taker *taker, unsigned status, const char *message)
{
	uint64_t none = 0;

	if (!taker->board->header->jobs.is_range)
		*taker->end = (char)taker->board->header->jobs.delimiter;
	if (taker->count > 0)
		renew_span(taker);
	split(taker);
	if (message)
		add_note(taker, message);
	atomic_compare_exchange_strong_explicit(
		&taker->board->header->first_failure, &none,
		taker->number << 16 | status, memory_order_relaxed,
		memory_order_relaxed);
	finish_alone(taker, status);
}

/* ---- many at once ---- */

void
take_open(struct taker *taker, uint64_t first)
{
	taker->at_once = 1;
	taker->number = first;
	open_span(taker, first);
}

void
take_lines(struct taker *taker, const void *bytes, size_t nbytes,
	   uint64_t count)
{
	if (nbytes > 0)
		memcpy(taker->place + taker->used, bytes, nbytes);
	taker->used += nbytes;
	taker->count += count;
	taker->number += count;
	if (count == 0)
		return;
	taker->finished = taker->used;
	stream_span_commit(&taker->stream, taker->count, taker->used);
}

void
take_line_end(struct taker *taker, unsigned status, const char *message)
{
	char delimiter[] = { (char)taker->board->header->jobs.delimiter };

	if (status) {
		/* there is no text in which a NUL would stand */
		taker->end = delimiter;
		take_fail(taker, status, message);
	} else if (taker->is_split || taker->is_in_line) {
		take_done_rare(taker);
	} else {
		take_lines(taker, NULL, 0, 1);
		return;
	}
	taker->number++;
}

void
take_close(struct taker *taker)
{
	close_span(taker);
	taker->place = NULL;
}
