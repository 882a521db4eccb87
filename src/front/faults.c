#include <config.h>

#include "front/faults.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Messages with places; see faults.h. */

void
faults_init(struct faults *faults, const char *file)
{
	*faults = (struct faults){ .file = file };
}

void
faults_release(struct faults *faults)
{
	for (size_t i = 0; i < faults->count && i < FAULTS_MAX; i++)
		free(faults->list[i].text);
	faults->count = 0;
	for (size_t i = 0; i < faults->nwarnings; i++)
		free(faults->warnings[i]);
	faults->nwarnings = faults->nprinted = 0;
}

/* what stands for several steps is read for each of them */
static bool
is_told(const struct faults *faults, struct place place, const char *text)
{
	for (size_t i = 0; i < faults->count && i < FAULTS_MAX; i++) {
		const struct fault *fault = &faults->list[i];

		if (fault->place.line == place.line &&
		    fault->place.column == place.column && fault->text &&
		    strcmp(fault->text, text) == 0)
			return true;
	}
	return false;
}

void
faults_add(struct faults *faults, struct place place, const char *format, ...)
{
	char text[sizeof(faults->caught)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (is_told(faults, place, text) || faults->count++ >= FAULTS_MAX)
		return;
	faults->list[faults->count - 1] =
		(struct fault){ .place = place, .text = strdup(text) };
}

/* the message that was caught is a warning */
static void
add_warning(struct faults *faults)
{
	char *text;

	for (size_t i = 0; i < faults->nwarnings; i++)
		if (strcmp(faults->warnings[i], faults->caught) == 0)
			return;
	text = faults->nwarnings < WARNINGS_MAX ? strdup(faults->caught) : NULL;
	if (text)
		faults->warnings[faults->nwarnings++] = text;
}

/* diag's writer; a message is one line */
static void
keep(void *context, const char *line, size_t nbytes)
{
	struct faults *faults = context;
	const char *colon = memchr(line, ':', nbytes);
	size_t skipped = colon ? (size_t)(colon - line) + 2 : 0;

	if (nbytes < skipped + 1)
		return;
	if (faults->is_caught)
		add_warning(faults);
	faults->is_caught = true;
	snprintf(faults->caught, sizeof(faults->caught), "%.*s",
		 (int)(nbytes - skipped - 1), line + skipped);
}

void
faults_catch(struct faults *faults)
{
	faults->is_caught = false;
	diag_redirected(&faults->writer, &faults->context);
	diag_redirect(keep, faults);
}

const char *
faults_caught(struct faults *faults, int error)
{
	diag_redirect(faults->writer, faults->context);
	if (faults->is_caught && !error)
		add_warning(faults);
	while (faults->nprinted < faults->nwarnings)
		diag("%s", faults->warnings[faults->nprinted++]);
	return faults->is_caught && error ? faults->caught : NULL;
}

/* whether at begins the name of an option, outside of what is quoted */
static bool
is_option(const char *text, const char *at)
{
	return strncmp(at, "--", 2) == 0 && islower((unsigned char)at[2]) &&
	       (at == text || at[-1] == ' ' || at[-1] == '(');
}

void
faults_add_option(struct faults *faults, struct place place,
		  const char *message)
{
	char text[sizeof(faults->caught)];
	size_t used = 0;
	bool is_quoted = false;

	for (const char *at = message; *at; at++) {
		if (*at == '\'' && (at == message || at[-1] != '\\'))
			is_quoted = !is_quoted;
		if (!is_quoted && is_option(message, at))
			at += 2;
		if (used < sizeof(text) - 1)
			text[used++] = *at;
	}
	text[used] = '\0';
	faults_add(faults, place, "%s", text);
}

static int
compare(const void *left, const void *right)
{
	const struct place *a = &((const struct fault *)left)->place;
	const struct place *b = &((const struct fault *)right)->place;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

int
faults_print(struct faults *faults)
{
	size_t n = faults->count < FAULTS_MAX ? faults->count : FAULTS_MAX;

	qsort(faults->list, n, sizeof(faults->list[0]), compare);
	for (size_t i = 0; i < n; i++) {
		const struct fault *fault = &faults->list[i];

		diag_at(faults->file, fault->place.line, fault->place.column,
			"%s", fault->text ? fault->text : "wrong");
	}
	if (faults->count > n)
		diag("%s: %zu more error%s", faults->file, faults->count - n,
		     faults->count > n + 1 ? "s" : "");
	return n > 0 ? -1 : 0;
}
