#ifndef SHMMAP_SPECFILE_H
#define SHMMAP_SPECFILE_H

#include <stddef.h>

#include "front/options.h"

/*
 * A spec to a plan: a YAML mapping whose keys are the options' names, and
 * worker, jobs and arrays, which say in a form of their own what options say,
 * too (man/shmmap.5). Each key runs its option's action. What an option of the
 * command line says is said: the spec's key for the same is passed over.
 *
 * Everything that is wrong is told at once, with its place. Returns 0, and the
 * plan is whole, or -1 after diagnostics. settings are the variables,
 * NAME=VALUE, and must live as long as the plan.
 */
int specfile_read(struct parse *parse, const char *file, char *settings[],
		  size_t nsettings);

/* the same of nbytes bytes of text, which messages call name */
int specfile_parse(struct parse *parse, const char *name, const char *text,
		   size_t nbytes, char *settings[], size_t nsettings);

/* the keys that are no option's name: count of them, in a fixed order */
extern const char *const specfile_keys[];
extern const size_t specfile_keys_count;

#endif
