/*
 * Help and version, and the distance of names for "did you mean".
 */
#include <config.h>

#include "front/help.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"

#define TEXT_COLUMN 29
#define NAME_MAX_SIZE 32

/* of the first write that failed, which may be any: help is longer than a
 * stream's buffer */
static int output_error;

static void
keep_error(void)
{
	if (!output_error && ferror(stdout))
		output_error = errno ? errno : EIO;
}

void
help_begin(void)
{
	output_error = 0;
	fputs("Usage: shmmap [OPTION]... COMMAND [ARG]... [::: ITEM...]...\n"
	      "Run COMMAND once for every line of standard input, many at a "
	      "time.\n"
	      "\n"
	      "Or once for every ITEM, or every combination of one ITEM from "
	      "each list, which\n"
	      "are {1} {2} then; the items of :::: FILE are its lines. Lists "
	      "that begin with\n"
	      ":::+ or ::::+ go on together with the one before.\n"
	      "\n"
	      "The line is one argument, in place of {}, or the last one. "
	      "Also: "
	      "{.} without\n"
	      "its extension, {/} base name, {//} folder, {/.} base name "
	      "without "
	      "extension,\n"
	      "{#} number of the job, {%} number of the slave. A command that "
	      "is "
	      "one word\n"
	      "with spaces or shell syntax runs through the shell.\n",
	      stdout);
}

/* "  -j, -P, --slaves N", its length */
static int
print_names(const struct help_entry *entry)
{
	int n = 0;

	for (const char *c = entry->letters; *c; c++)
		n += printf("%s-%c,", c == entry->letters ? "  " : " ", *c);
	n += printf("%s--%s", n ? " " : "      ", entry->name);
	if (entry->argument)
		n += printf(" %s", entry->argument);
	return n;
}

void
help_option(const struct help_entry *entry)
{
	const char *text = entry->text;
	int column, length;

	if (entry->heading)
		printf("\n%s:\n", entry->heading);
	column = print_names(entry);
	for (;;) {
		length = (int)strcspn(text, "\n");
		printf("%*s%.*s\n", TEXT_COLUMN - column, "", length, text);
		keep_error();
		if (!text[length])
			return;
		text += length + 1;
		column = 0;
	}
}

static int
flush(const char *what)
{
	fflush(stdout);
	keep_error();
	if (output_error)
		diag_errno(output_error, "%s: standard output", what);
	return output_error ? -1 : 0;
}

int
help_end(void)
{
	fputs("\n"
	      "Example: checksums of all pictures, in order, on 4 processors\n"
	      "  find . -name '*.jpg' -print0 | shmmap -0 -k -j4 sha256sum\n"
	      "\n"
	      "The whole manual: man shmmap\n",
	      stdout);
	return flush("--help");
}

int
help_version(void)
{
	fputs("shmmap " PACKAGE_VERSION "\n"
	      "License GPLv3+: GNU GPL version 3 or later "
	      "<https://gnu.org/licenses/gpl.html>.\n"
	      "This is free software: you are free to change and redistribute "
	      "it.\n"
	      "There is NO WARRANTY, to the extent permitted by law.\n",
	      stdout);
	return flush("--version");
}

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return c < least ? c : least;
}

size_t
help_distance(const char *name, const char *text, size_t length)
{
	/* rows of the table of distances between beginnings: the last three */
	size_t rows[3][NAME_MAX_SIZE], *now, *last, *older;
	size_t name_length = strlen(name), d;

	if (length >= NAME_MAX_SIZE || name_length >= NAME_MAX_SIZE)
		return SIZE_MAX;
	for (size_t j = 0; j <= length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= name_length; i++) {
		now = rows[i % 3];
		last = rows[(i + 2) % 3];
		older = rows[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= length; j++) {
			d = last[j - 1] + (name[i - 1] != text[j - 1]);
			now[j] = min3(d, last[j] + 1, now[j - 1] + 1);
			if (i > 1 && j > 1 && name[i - 1] == text[j - 2] &&
			    name[i - 2] == text[j - 1] &&
			    older[j - 2] + 1 < now[j])
				now[j] = older[j - 2] + 1;
		}
	}
	return rows[name_length % 3][length];
}
