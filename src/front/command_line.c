/*
 * The command line. getopt_long finds the options, but every message is ours.
 */
#include <config.h>

#include "front/command_line.h"

#include <getopt.h>
#include <string.h>

#include "base/diag.h"
#include "front/dump.h"
#include "front/options.h"
#include "front/settle.h"
#include "front/specfile.h"

/* as much of a bad option as a message shows */
#define SHOWN_MAX 60
#define SHOWN_SIZE (4 * SHOWN_MAX + 16)

/* values of getopt_long beyond those of the letters */
#define LONG_VALUE 0x100

/* what getopt_long returns for an option: its first letter if it has one */
static int
value_of(size_t index)
{
	const char *letters = options_table[index].help.letters;

	return letters[0] ? letters[0] : LONG_VALUE + (int)index;
}

static const struct option_entry *
entry_of(int value)
{
	for (size_t i = 0; i < options_count; i++) {
		if (value == LONG_VALUE + (int)i)
			return &options_table[i];
		if (value > 0 && value < LONG_VALUE &&
		    strchr(options_table[i].help.letters, value))
			return &options_table[i];
	}
	return NULL;
}

/* "+" ends the options at the first word that is not one, ":" leaves the
 * messages to us */
static void
make_short_options(char *out)
{
	*out++ = '+';
	*out++ = ':';
	for (size_t i = 0; i < options_count; i++) {
		for (const char *c = options_table[i].help.letters; *c; c++) {
			*out++ = *c;
			if (options_table[i].help.argument)
				*out++ = ':';
		}
	}
	*out = '\0';
}

static void
make_long_options(struct option *out)
{
	for (size_t i = 0; i < options_count; i++)
		out[i] = (struct option){
			.name = options_table[i].help.name,
			.has_arg = options_table[i].help.argument
					   ? required_argument
					   : no_argument,
			.val = value_of(i),
		};
	out[options_count] = (struct option){ 0 };
}

/* the options that a name abbreviates, or the one that it is; *found is the
 * last of them */
static size_t
count_matches(const char *name, size_t length, const char **found)
{
	size_t n = 0;

	for (size_t i = 0; i < options_count; i++) {
		if (strncmp(options_table[i].help.name, name, length) != 0)
			continue;
		*found = options_table[i].help.name;
		if ((*found)[length] == '\0')
			return 1;
		n++;
	}
	return n;
}

/* getopt_long did not want the long option word, "--" included */
static void
refuse_long(const char *word)
{
	size_t length = strcspn(word + 2, "=");
	const char *name = NULL;
	char shown[SHOWN_SIZE];
	size_t n = count_matches(word + 2, length, &name);

	diag_quote(shown, sizeof(shown), word, length + 2, SHOWN_MAX);
	if (n > 1) {
		diag("option %s is ambiguous (try --help)", shown);
	} else if (n == 1) {
		diag("option '--%s' takes no argument", name);
	} else {
		name = options_nearest(word + 2, length);
		if (name)
			diag("unknown option %s (did you mean '--%s'?)", shown,
			     name);
		else
			diag("unknown option %s (try --help)", shown);
	}
}

/* value is what getopt_long returned while it was at word */
static void
refuse(const char *word, int value)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	char shown[SHOWN_SIZE];

	if (value == ':' && strncmp(word, "--", 2) == 0)
		diag("option '--%s' needs an argument",
		     entry_of(optopt)->help.name);
	else if (value == ':')
		diag("option '%s' needs an argument", letter);
	else if (strncmp(word, "--", 2) == 0)
		refuse_long(word);
	else
		diag("unknown option %s (try --help)",
		     diag_quote(shown, sizeof(shown), letter, 2, SHOWN_MAX));
}

/* act on all options; optind is the first word of the command afterwards */
static enum options_outcome
parse_options(int argc, char *argv[], struct parse *parse)
{
	char short_options[3 + 4 * OPTIONS_MAX];
	struct option long_options[OPTIONS_MAX + 1];
	const char *word;
	int value;

	make_short_options(short_options);
	make_long_options(long_options);
	optind = 0; /* start anew, also in a second call */
	opterr = 0;
	for (;;) {
		/* optind moves on in different ways in different libraries */
		word = argv[optind ? optind : 1];
		value = getopt_long(argc, argv, short_options, long_options,
				    NULL);
		if (value == -1)
			return OPTIONS_RUN;
		if (value == '?' || value == ':') {
			refuse(word, value);
			return OPTIONS_BAD;
		}
		if (options_apply(parse, entry_of(value), optarg))
			return OPTIONS_BAD;
		if (parse->outcome != OPTIONS_RUN)
			return parse->outcome;
	}
}

static int
finish(struct parse *parse, char *words[], size_t nwords)
{
	if (parse->spec)
		return specfile_read(parse, parse->spec, words, nwords);
	parse->words = words;
	parse->nwords = nwords;
	return settle(parse);
}

enum options_outcome
command_line_parse(int argc, char *argv[], struct plan *plan)
{
	struct parse parse;
	enum options_outcome outcome;

	parse_init(&parse, plan);
	outcome = parse_options(argc, argv, &parse);
	if (outcome == OPTIONS_RUN &&
	    finish(&parse, argv + optind, (size_t)(argc - optind)))
		outcome = OPTIONS_BAD;
	if (outcome == OPTIONS_RUN && parse.is_dump)
		outcome = dump_print(&parse) ? OPTIONS_BAD : OPTIONS_DONE;
	parse_release(&parse);
	return outcome;
}
