#include <config.h>

#include "segment/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "segment/element.h"
#include "segment/segment_parts.h"

/* Numbers in text files; see text.h. */

#define BUFFER_SIZE ((size_t)256 << 10)
static_assert(BUFFER_SIZE > TEXT_WORD_MAX, "a whole word is in the buffer");

/* of a word that a message shows */
#define WORD_SHOWN 40
#define WORD_SIZE (4 * WORD_SHOWN + 16)

struct scan {
	int fd;
	const char *shown;
	char *why;
	char *buffer;
	size_t at, end;	      /* what of the buffer is still to be looked at */
	uint64_t offset;      /* of the buffer in the file */
	bool is_at_end;	      /* nothing is left in the file */
	uint64_t line;	      /* that of at, from 1 */
	uint64_t line_offset; /* where it begins in the file */
	bool may_comma;	      /* there is a word since the last comma or the
			       * line's begin */
};

static int
begin(struct scan *scan, int fd, const char *shown, char *why)
{
	*scan = (struct scan){
		.fd = fd, .shown = shown, .why = why, .line = 1
	};
	scan->buffer = malloc(BUFFER_SIZE);
	if (!scan->buffer)
		return segment_complain(why, -ENOMEM, "%s", strerror(ENOMEM));
	return 0;
}

/* Have something to look at: 1, 0 at the end of the file, or -errno. What is
 * not looked at yet moves to the begin of the buffer. */
static int
refill(struct scan *scan)
{
	size_t left = scan->end - scan->at;
	ssize_t n;

	if (scan->is_at_end)
		return 0;
	memmove(scan->buffer, scan->buffer + scan->at, left);
	scan->offset += scan->at;
	scan->at = 0;
	scan->end = left;
	do
		n = pread(scan->fd, scan->buffer + left, BUFFER_SIZE - left,
			  (off_t)(scan->offset + left));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return segment_complain(scan->why, -errno, "%s: %s",
					scan->shown, strerror(errno));
	scan->is_at_end = n == 0;
	scan->end += (size_t)n;
	return n > 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_word(char c)
{
	return !is_blank(c) && c != ',' && c != '#';
}

static unsigned long long
column(const struct scan *scan)
{
	return scan->offset + scan->at - scan->line_offset + 1;
}

static void
begin_line(struct scan *scan)
{
	scan->line++;
	scan->line_offset = scan->offset + scan->at;
	scan->may_comma = false;
}

/* move behind the end of a comment's line */
static int
skip_comment(struct scan *scan)
{
	char *from, *newline;
	int more = 1;

	while (more > 0) {
		from = scan->buffer + scan->at;
		newline = memchr(from, '\n', scan->end - scan->at);
		if (newline) {
			scan->at += (size_t)(newline - from) + 1;
			begin_line(scan);
			return 0;
		}
		scan->at = scan->end;
		more = refill(scan);
	}
	return more;
}

static int
skip_comma(struct scan *scan)
{
	if (!scan->may_comma)
		return segment_complain(
			scan->why, -EINVAL,
			"%s: line %llu, column %llu: nothing before the comma",
			scan->shown, (unsigned long long)scan->line,
			column(scan));
	scan->may_comma = false;
	scan->at++;
	return 0;
}

/* move to the begin of the next word: 1, 0 at the end, or -errno */
static int
find_word(struct scan *scan)
{
	int more, error = 0;

	while (!error) {
		if (scan->at == scan->end) {
			more = refill(scan);
			if (more <= 0)
				return more;
		}
		switch (scan->buffer[scan->at]) {
		case ' ':
		case '\t':
		case '\v':
		case '\f':
		case '\r':
			scan->at++;
			break;
		case '\n':
			scan->at++;
			begin_line(scan);
			break;
		case ',':
			error = skip_comma(scan);
			break;
		case '#':
			error = skip_comment(scan);
			break;
		default:
			return 1;
		}
	}
	return error;
}

/* the bytes of the word at at, all of it in the buffer, or -errno */
static ssize_t
word_length(struct scan *scan)
{
	size_t n = 0;
	int more;

	for (;;) {
		while (scan->at + n < scan->end &&
		       is_word(scan->buffer[scan->at + n]))
			n++;
		if (n > TEXT_WORD_MAX)
			return segment_complain(
				scan->why, -ERANGE,
				"%s: line %llu, column %llu: a word of more "
				"than %zu bytes",
				scan->shown, (unsigned long long)scan->line,
				column(scan), TEXT_WORD_MAX);
		if (scan->at + n < scan->end)
			return (ssize_t)n;
		more = refill(scan);
		if (more < 0)
			return more;
		if (more == 0)
			return (ssize_t)n;
	}
}

/* The next word, which is at at: its bytes, 0 at the end, or -errno. The caller
 * moves at behind it. */
static ssize_t
next_word(struct scan *scan)
{
	int found = find_word(scan);

	if (found <= 0)
		return found;
	scan->may_comma = true;
	return word_length(scan);
}

int
text_count(int fd, const char *shown, uint64_t *count, char *why)
{
	struct scan scan;
	int error = begin(&scan, fd, shown, why);
	ssize_t n;

	*count = 0;
	if (error)
		return error;
	while ((n = next_word(&scan)) > 0) {
		scan.at += (size_t)n;
		++*count;
	}
	free(scan.buffer);
	return (int)n;
}

static int
refuse_word(struct scan *scan, const struct dtype *dtype, size_t nbytes,
	    int error)
{
	char shown[WORD_SIZE], name[DTYPE_TEXT_SIZE];

	diag_quote(shown, sizeof(shown), scan->buffer + scan->at, nbytes,
		   WORD_SHOWN);
	return segment_complain(
		scan->why, error, "%s: line %llu, column %llu: %s %s %s",
		scan->shown, (unsigned long long)scan->line, column(scan),
		shown,
		error == -ERANGE ? "does not fit into" : "is no value of",
		dtype_name(name, sizeof(name), dtype));
}

static int
read_words(struct scan *scan, const struct dtype *dtype, uint64_t count,
	   unsigned char *data)
{
	uint64_t i = 0;
	ssize_t n;
	int error;

	while ((n = next_word(scan)) > 0 && i < count) {
		error = element_parse(dtype, scan->buffer + scan->at, (size_t)n,
				      data + i * dtype->itemsize);
		if (error)
			return refuse_word(scan, dtype, (size_t)n, error);
		scan->at += (size_t)n;
		i++;
	}
	if (n < 0)
		return (int)n;
	if (n > 0)
		return segment_complain(
			scan->why, -E2BIG,
			"%s: line %llu, column %llu: more than the %llu "
			"numbers that the array has",
			scan->shown, (unsigned long long)scan->line,
			column(scan), (unsigned long long)count);
	if (i < count)
		return segment_complain(
			scan->why, -ENODATA,
			"%s: %llu numbers, but the array has %llu", scan->shown,
			(unsigned long long)i, (unsigned long long)count);
	return 0;
}

int
text_read(int fd, const char *shown, const struct dtype *dtype, uint64_t count,
	  unsigned char *data, char *why)
{
	struct scan scan;
	int error = begin(&scan, fd, shown, why);

	if (error)
		return error;
	error = read_words(&scan, dtype, count, data);
	free(scan.buffer);
	return error;
}
