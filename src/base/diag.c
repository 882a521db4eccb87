/*
 * Diagnostics: the one place where messages of the program are put together
 * and written.
 *
 * A line is made in a buffer of PIPE_BUF bytes and written at once, so that
 * the kernel keeps lines of several processes whole on a pipe as well. What a
 * caller lets through unquoted can still not move the cursor of a terminal or
 * start a second line: control characters are replaced.
 */
#include <config.h>

#include "base/diag.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ELLIPSIS "…"

/* bytes of a long name that are shown */
#define NAME_SHOWN 100

/* bytes of what a line begins with: the program, or a place in a file */
#define PROGRAM_SHOWN 32
#define PLACE_SHOWN (4 * NAME_SHOWN + 48)

static const char *program = "shmmap";
static diag_writer *redirected_to;
static void *redirected_context;

/* wait until a descriptor that somebody made non-blocking takes more */
static void
wait_writable(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLOUT };

	poll(&wanted, 1, -1);
}

static void
write_stderr(const char *line, size_t nbytes)
{
	ssize_t n;

	while (nbytes > 0) {
		n = write(STDERR_FILENO, line, nbytes);
		if (n >= 0) {
			line += n;
			nbytes -= (size_t)n;
		} else if (errno == EAGAIN) {
			wait_writable(STDERR_FILENO);
		} else if (errno != EINTR) {
			return; /* nobody is left to be told */
		}
	}
}

static void
write_line(const char *line, size_t nbytes)
{
	if (redirected_to)
		redirected_to(redirected_context, line, nbytes);
	else
		write_stderr(line, nbytes);
}

static bool
is_control(unsigned char byte)
{
	return byte < 0x20 || byte == 0x7f;
}

static void
replace_controls(char *text, size_t nbytes)
{
	for (size_t i = 0; i < nbytes; i++)
		if (is_control((unsigned char)text[i]))
			text[i] = '?';
}

/* whether the byte continues a UTF-8 sequence */
static bool
is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* end a line that did not fit into size bytes; returns its new length */
static size_t
cut(char *line, size_t size)
{
	size_t end = size - sizeof(ELLIPSIS);

	while (end > 0 && is_continuation(line[end]))
		end--;
	memcpy(line + end, ELLIPSIS, sizeof(ELLIPSIS));
	return end + sizeof(ELLIPSIS) - 1;
}

/* begin is what the line begins with; error is 0 for a message that has none */
static void print(const char *begin, int error, const char *format,
		  va_list args) __attribute__((format(printf, 3, 0)));

static void
print(const char *begin, int error, const char *format, va_list args)
{
	char line[PIPE_BUF];
	int shown = begin == program ? PROGRAM_SHOWN : PLACE_SHOWN;
	size_t used = (size_t)sprintf(line, "%.*s: ", shown, begin);
	const size_t room = sizeof(line) - 1; /* one is kept for the newline */
	int kept_errno = errno;
	int n;

	n = vsnprintf(line + used, room - used, format, args);
	if (n > 0)
		used += (size_t)n;
	if (error && used < room) {
		n = snprintf(line + used, room - used, ": %s", strerror(error));
		if (n > 0)
			used += (size_t)n;
	}
	if (used >= room)
		used = cut(line, room);
	replace_controls(line, used);
	line[used++] = '\n';
	write_line(line, used);
	errno = kept_errno;
}

void
diag_set_program(const char *name)
{
	program = name;
}

void
diag(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(program, 0, format, args);
	va_end(args);
}

void
diag_errno(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(program, error, format, args);
	va_end(args);
}

void
diag_at(const char *file, unsigned line, unsigned column, const char *format,
	...)
{
	char name[4 * NAME_SHOWN + 16], place[PLACE_SHOWN];
	va_list args;

	snprintf(place, sizeof(place), "%s:%u:%u",
		 diag_name(name, sizeof(name), file), line, column);
	va_start(args, format);
	print(place, 0, format, args);
	va_end(args);
}

void
diag_redirect(diag_writer *writer, void *context)
{
	redirected_to = writer;
	redirected_context = context;
}

void
diag_redirected(diag_writer **writer, void **context)
{
	*writer = redirected_to;
	*context = redirected_context;
}

/* bytes of the sequence that a first byte announces, and the least code point
 * such a sequence may stand for; 0 when no sequence begins so */
static size_t
sequence_length(unsigned char first, unsigned *least)
{
	if (first >= 0xc2 && first <= 0xdf) {
		*least = 0x80;
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		*least = 0x800;
		return 3;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		*least = 0x10000;
		return 4;
	}
	return 0;
}

/* whether a terminal shows the code point and does nothing else: no C1
 * control, no surrogate, none that turns the direction of the text */
static bool
is_shown(unsigned code)
{
	if (code <= 0x9f || (code >= 0xd800 && code <= 0xdfff))
		return false;
	if ((code >= 0x202a && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069))
		return false;
	return code <= 0x10ffff;
}

/* bytes of the harmless UTF-8 character that text begins with, else 0 */
static size_t
character_length(const char *text, size_t nbytes)
{
	unsigned char first = (unsigned char)text[0];
	unsigned least = 0, code;
	size_t length;

	if (first < 0x80)
		return is_control(first) ? 0 : 1;
	length = sequence_length(first, &least);
	if (length == 0 || length > nbytes)
		return 0;
	code = first & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if (!is_continuation(text[i]))
			return 0;
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	}
	return code >= least && is_shown(code) ? length : 0;
}

/* one byte as an escape of at most 4 bytes */
static size_t
escape(char *out, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";

	out[0] = '\\';
	if (byte == '\n' || byte == '\t') {
		out[1] = byte == '\n' ? 'n' : 't';
		return 2;
	}
	if (byte == '\\' || byte == '\'') {
		out[1] = (char)byte;
		return 2;
	}
	out[1] = 'x';
	out[2] = hex[byte >> 4];
	out[3] = hex[byte & 15];
	return 4;
}

/* the first character of text as it is shown, at most 4 bytes; *taken is how
 * much of the text that was */
static size_t
show(char *out, const char *text, size_t nbytes, size_t *taken)
{
	size_t length = character_length(text, nbytes);

	if (length == 0 || text[0] == '\\' || text[0] == '\'') {
		*taken = 1;
		return escape(out, (unsigned char)text[0]);
	}
	memcpy(out, text, length);
	*taken = length;
	return length;
}

char *
diag_quote(char *out, size_t size, const char *text, size_t nbytes,
	   size_t max_shown)
{
	/* the closing quote, the dots and the NUL always find room */
	const size_t room = size - 1 - sizeof(ELLIPSIS);
	size_t used = 0, at = 0, taken, length;
	char shown[4];

	out[used++] = '\'';
	while (at < nbytes) {
		length = show(shown, text + at, nbytes - at, &taken);
		if (at + taken > max_shown || used + length > room)
			break;
		memcpy(out + used, shown, length);
		used += length;
		at += taken;
	}
	out[used++] = '\'';
	if (at < nbytes) {
		memcpy(out + used, ELLIPSIS, sizeof(ELLIPSIS) - 1);
		used += sizeof(ELLIPSIS) - 1;
	}
	out[used] = '\0';
	return out;
}

char *
diag_name(char *out, size_t size, const char *name)
{
	size_t nbytes = strlen(name), length = 1;
	bool is_plain = nbytes > 0 && nbytes < size && nbytes <= NAME_SHOWN;

	for (size_t i = 0; is_plain && i < nbytes; i += length) {
		length = character_length(name + i, nbytes - i);
		is_plain = length > 0;
	}
	if (!is_plain)
		return diag_quote(out, size, name, nbytes, NAME_SHOWN);
	memcpy(out, name, nbytes + 1);
	return out;
}

void
diag_make_line(char *text)
{
	size_t nbytes = strlen(text);

	while (nbytes > 0 && text[nbytes - 1] == '\n')
		text[--nbytes] = '\0';
	replace_controls(text, nbytes);
}

const char *
diag_quoted(const char *text)
{
	enum { SHOWN_MAX = 60 };
	static char shown[4 * SHOWN_MAX + 16];

	return diag_quote(shown, sizeof(shown), text, strlen(text), SHOWN_MAX);
}

const char *
diag_named(const char *name)
{
	static char shown[4 * NAME_SHOWN + 16];

	return diag_name(shown, sizeof(shown), name);
}
