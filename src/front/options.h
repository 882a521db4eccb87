#ifndef SHMMAP_OPTIONS_H
#define SHMMAP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/plan.h"
#include "front/arrays.h"
#include "front/help.h"

/*
 * Options. One table holds each option's names, argument, help line and action.
 * Command line (front/command_line.h) and spec (front/spec.h) find the entry of
 * what is written and run its action; when all is read, front/settle.h makes
 * the plan whole.
 */

enum options_outcome {
	OPTIONS_RUN,  /* the plan is whole: run it */
	OPTIONS_DONE, /* --help or --version was answered */
	OPTIONS_BAD,  /* a diagnostic was printed: exit with 125 */
};

/* what the options said so far */
struct parse {
	struct plan *plan;
	const char *slaves; /* argument of -j, or NULL */
	struct arrays_scopes scopes;
	bool has_seed;
	bool has_schedule;
	const char *worker; /* the option that chose it, or NULL */
	enum plan_backend backend;
	bool debug;
	enum options_outcome outcome;
};

/* takes the option's argument, NULL without one; 0, or -1 after a diagnostic */
typedef int option_action(struct parse *parse, const char *argument);

struct option_entry {
	struct help_entry help;
	option_action *action;
};

/* in the order of --help; a heading begins its group */
extern const struct option_entry options_table[];
extern const size_t options_count;

/* at least as many as there are */
#define OPTIONS_MAX 128

/* the name of an option that is nearest, NULL when none is near */
const char *options_nearest(const char *name, size_t length);

#endif
