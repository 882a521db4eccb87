#ifndef SHMMAP_VARIABLES_H
#define SHMMAP_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/store.h"

/*
 * Variables of a spec. In a text
 *
 *	${NAME}		is what the command line says, NAME=VALUE
 *	${env:NAME}	is what the environment says
 *	${...:-TEXT}	is TEXT where they say nothing, or nothing but ""; it
 *may have variables itself
 *	$${		is ${ itself
 *
 * and any other $ is itself. What was put in is not looked at again.
 */
struct variables {
	char *const *settings; /* count of them, NAME=VALUE */
	size_t count;
	bool *is_used;
};

/* Take the settings, which stay the caller's. Returns 0, or -1 after a
 * diagnostic that quotes the one that is not NAME=VALUE. */
int variables_init(struct variables *variables, char *const settings[],
		   size_t count, struct store *store);

#define VARIABLES_WHY_SIZE 300

/* The text with its variables, as it is if it has none. NULL with the reason in
 * why: no such variable, or it has no end. */
const char *variables_expand(const struct variables *variables,
			     const char *text, struct store *store,
			     char why[VARIABLES_WHY_SIZE]);

/* a setting that no text has used, or NULL */
const char *variables_unused(const struct variables *variables);

#endif
