#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "front/options.h"

/* Finding options, and keeping what was given; see options.h. */

static int
keep_given(struct parse *parse, const struct option_entry *entry,
	   const char *argument)
{
	/* room for a power of two */
	if ((parse->ngiven & (parse->ngiven - 1)) == 0) {
		size_t room = parse->ngiven ? 2 * parse->ngiven : 1;
		struct option_given *given =
			reallocarray(parse->given, room, sizeof(*given));

		if (!given) {
			diag_errno(ENOMEM, "--%s", entry->help.name);
			return -1;
		}
		parse->given = given;
	}
	parse->given[parse->ngiven++] =
		(struct option_given){ entry, argument };
	return 0;
}

int
options_apply(struct parse *parse, const struct option_entry *entry,
	      const char *argument)
{
	if (entry->key != KEY_NONE && keep_given(parse, entry, argument))
		return -1;
	return entry->action(parse, argument);
}

const struct option_entry *
options_find(const char *name)
{
	for (size_t i = 0; i < options_count; i++)
		if (strcmp(options_table[i].help.name, name) == 0)
			return &options_table[i];
	return NULL;
}

const char *
options_group(const struct option_entry *entry)
{
	while (!entry->help.heading)
		entry--;
	return entry->help.heading;
}

bool
options_is_scope(const struct option_entry *entry)
{
	return strcmp(entry->help.name, "private") == 0 ||
	       strcmp(entry->help.name, "reduction") == 0;
}

bool
options_is_of_arrays(const struct option_entry *entry)
{
	return strcmp(options_group(entry), "Arrays") == 0 &&
	       !options_is_scope(entry);
}

bool
options_is_common(const struct option_entry *entry)
{
	return strcmp(entry->help.name, "slaves") == 0 ||
	       strcmp(entry->help.name, "debug") == 0 ||
	       options_is_of_arrays(entry);
}

const char *
options_nearest(const char *name, size_t length)
{
	size_t least = 1 + length / 3, distance;
	const char *best = NULL;

	for (size_t i = 0; i < options_count; i++) {
		distance =
			help_distance(options_table[i].help.name, name, length);
		if (distance < least || (distance == least && !best)) {
			least = distance;
			best = options_table[i].help.name;
		}
	}
	return best;
}
