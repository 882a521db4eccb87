#ifndef SHMMAP_OPTIONS_H
#define SHMMAP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/plan.h"
#include "front/arrays.h"
#include "front/help.h"
#include "front/lists.h"

/*
 * Options. One table holds each option's names, argument, help line and action.
 * Command line (front/command_line.h) and spec (front/specfile.h) find the
 * entry of what is written and run its action; when all is read, front/settle.h
 * makes the plan whole.
 */

enum options_outcome {
	OPTIONS_RUN,  /* the plan is whole: run it */
	OPTIONS_DONE, /* --help or --version was answered */
	OPTIONS_BAD,  /* a diagnostic was printed: exit with 125 */
};

/* an option as it was given */
struct option_given {
	const struct option_entry *entry;
	const char *argument; /* or NULL */
};

/* what the options said so far */
struct parse {
	struct plan *plan;
	const char *spec;	    /* argument of --spec, or NULL */
	bool is_dump;		    /* --dump-spec */
	struct option_given *given; /* in their order */
	size_t ngiven;
	char *const *words; /* the command, or a library's arguments */
	size_t nwords;
	const char **jobs; /* those of a spec's list, or NULL */
	size_t njobs;
	const char *slaves; /* argument of -j, or NULL */
	struct arrays_scopes scopes;
	bool has_seed;
	bool has_schedule;
	bool has_delimiter;
	const char *worker; /* the option that chose it, or NULL */
	enum plan_backend backend;
	bool debug;
	struct lists_setting lists;
	enum options_outcome outcome;
	struct parse *next; /* of the plan's next step, or NULL */
};

/* takes the option's argument, NULL without one; 0, or -1 after a diagnostic */
typedef int option_action(struct parse *parse, const char *argument);

/* what an option's key in a spec takes */
enum option_key {
	KEY_BY_ARGUMENT, /* true or false without an argument, else a text */
	KEY_FILE,	 /* a file that is read, - for standard input */
	KEY_LIST,	 /* a text or several: the option may be repeated */
	KEY_PAIRS,	 /* the same, or a mapping: its argument is NAME=TEXT */
	KEY_NONE,	 /* it has no key */
};

struct option_entry {
	struct help_entry help;
	option_action *action;
	enum option_key key;
};

/* in the order of --help; a heading begins its group */
extern const struct option_entry options_table[];
extern const size_t options_count;

/* at least as many as there are */
#define OPTIONS_MAX 128

/* Run an option's action and keep what was given. Returns what it does. The
 * argument must live as long as the plan. */
int options_apply(struct parse *parse, const struct option_entry *entry,
		  const char *argument);

/* the option of that name, or NULL */
const struct option_entry *options_find(const char *name);

/* the heading that an option stands under */
const char *options_group(const struct option_entry *entry);

/* whether an option is said of a run as a whole, not of a step of it: how many
 * slaves there are, and the arrays, which are the first step's to make */
bool options_is_common(const struct option_entry *entry);
bool options_is_of_arrays(const struct option_entry *entry);

/* whether it says whose arrays are, in one step */
bool options_is_scope(const struct option_entry *entry);

/* the name of an option that is nearest, NULL when none is near */
const char *options_nearest(const char *name, size_t length);

#endif
