#include <config.h>

#include "shm/options.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "front/help.h"
#include "shm/print.h"

/* The options; see options.h. */

static const struct option_entry {
	unsigned bit;
	struct help_entry help;
} table[] = {
	{ OPTION_SEGMENT,
	  { NULL, "segment", "", "NAME",
	    "the named segment NAME, not that of the run" } },
	{ OPTION_ALL,
	  { NULL, "all", "a", NULL, "list segments, in a worker, too" } },
	{ OPTION_JSON, { NULL, "json", "", NULL, "print a JSON array" } },
	{ OPTION_OLD, { NULL, "old", "o", NULL, "print the former value" } },
	{ OPTION_RANK,
	  { NULL, "rank", "", "R",
	    "the copy of the slave with rank R, not this\n"
	    "worker's" } },
	{ OPTION_STALE,
	  { NULL, "stale", "", NULL, "remove those whose owner is gone" } },
	{ OPTION_VERBOSE,
	  { NULL, "verbose", "v", NULL,
	    "print the names of what is removed" } },
	{ OPTION_NAME,
	  { NULL, "name", "n", "NAME",
	    "the section of that name, not the one without" } },
	{ OPTION_HELP, { NULL, "help", "", NULL, "show this help" } },
	{ OPTION_VERSION,
	  { NULL, "version", "", NULL, "show version and licence" } },
};

#define TABLE_SIZE (sizeof(table) / sizeof(table[0]))

void
options_help(unsigned bits)
{
	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (table[i].bit & bits)
			help_option(&table[i].help);
}

const char *
options_name(unsigned bits)
{
	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (table[i].bit & bits)
			return table[i].help.name;
	return "";
}

static const struct option_entry *
find_long(const char *name, size_t length, unsigned allowed)
{
	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (table[i].bit & allowed &&
		    strncmp(table[i].help.name, name, length) == 0 &&
		    table[i].help.name[length] == '\0')
			return &table[i];
	return NULL;
}

static const struct option_entry *
find_short(char letter, unsigned allowed)
{
	for (size_t i = 0; i < TABLE_SIZE; i++)
		if (table[i].bit & allowed && table[i].help.letters[0] &&
		    table[i].help.letters[0] == letter)
			return &table[i];
	return NULL;
}

/* "set: " before a message about an option of set */
static const char *
prefix(const char *who)
{
	static char text[40];

	snprintf(text, sizeof(text), "%s%s", who ? who : "", who ? ": " : "");
	return text;
}

static void
refuse_long(const char *word, size_t length, unsigned allowed, const char *who)
{
	size_t least = 1 + length / 3, distance;
	const char *best = NULL;

	for (size_t i = 0; i < TABLE_SIZE; i++) {
		distance = help_distance(table[i].help.name, word + 2, length);
		if (!(table[i].bit & allowed) || distance > least)
			continue;
		least = distance;
		best = table[i].help.name;
	}
	if (best)
		diag("%sunknown option %s (did you mean '--%s'?)", prefix(who),
		     print_quote(word, length + 2), best);
	else
		diag("%sunknown option %s (try --help)", prefix(who),
		     print_quote(word, length + 2));
}

static void
note(struct options *options, const struct option_entry *entry,
     const char *argument)
{
	options->given |= entry->bit;
	if (entry->bit == OPTION_SEGMENT)
		options->segment = argument;
	else if (entry->bit == OPTION_RANK)
		options->rank = argument;
	else if (entry->bit == OPTION_NAME)
		options->name = argument;
}

/* the option --word, perhaps with =argument, else next is it; returns the
 * number of words it took, or -1 */
static int
read_long(struct options *options, const char *word, const char *next,
	  unsigned allowed, const char *who)
{
	size_t length = strcspn(word + 2, "=");
	bool has_argument = word[2 + length] == '=';
	const struct option_entry *entry = find_long(word + 2, length, allowed);

	if (!entry) {
		refuse_long(word, length, allowed, who);
		return -1;
	}
	if (!entry->help.argument && has_argument) {
		diag("%soption '--%s' takes no argument", prefix(who),
		     entry->help.name);
		return -1;
	}
	if (entry->help.argument && !has_argument && !next) {
		diag("%soption '--%s' needs an argument", prefix(who),
		     entry->help.name);
		return -1;
	}
	if (has_argument)
		next = word + 2 + length + 1;
	note(options, entry, next);
	return entry->help.argument && !has_argument ? 2 : 1;
}

/* the letters behind the - of word, the last of which may have an argument */
static int
read_short(struct options *options, const char *word, const char *next,
	   unsigned allowed, const char *who)
{
	const struct option_entry *entry;

	for (const char *letter = word + 1; *letter; letter++) {
		const char shown[] = { '-', *letter, '\0' };

		entry = find_short(*letter, allowed);
		if (!entry) {
			diag("%sunknown option %s (try --help)", prefix(who),
			     print_quote(shown, 2));
			return -1;
		}
		if (!entry->help.argument) {
			note(options, entry, NULL);
			continue;
		}
		if (letter[1]) {
			note(options, entry, letter + 1);
			return 1;
		}
		if (!next) {
			diag("%soption '%s' needs an argument", prefix(who),
			     shown);
			return -1;
		}
		note(options, entry, next);
		return 2;
	}
	return 1;
}

int
options_read(struct options *options, char *const words[], unsigned allowed,
	     const char *who)
{
	int at = 0, taken;

	while (words[at] && words[at][0] == '-' && words[at][1]) {
		if (strcmp(words[at], "--") == 0)
			return at + 1;
		if (words[at][1] == '-')
			taken = read_long(options, words[at], words[at + 1],
					  allowed, who);
		else
			taken = read_short(options, words[at], words[at + 1],
					   allowed, who);
		if (taken < 0)
			return -1;
		at += taken;
	}
	return at;
}
