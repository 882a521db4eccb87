#include <config.h>

#include "front/source.h"

#include "base/diag.h"
#include "front/escape.h"
#include "front/range.h"

/* Options about where jobs come from; see source.h. */

int
source_set_file(struct parse *parse, const char *argument)
{
	parse->plan->arg_file = argument;
	return 0;
}

int
source_set_null(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->plan->delimiter = '\0';
	parse->has_delimiter = true;
	return 0;
}

int
source_set_delimiter(struct parse *parse, const char *argument)
{
	const char *rest = argument;
	int byte = -1;

	if (argument[0] && !argument[1])
		byte = (unsigned char)*rest++;
	else if (argument[0])
		byte = escape_next(&rest);
	if (byte < 0 || *rest) {
		diag("--delimiter: %s is not one byte", diag_quoted(argument));
		return -1;
	}
	parse->plan->delimiter = (unsigned char)byte;
	parse->has_delimiter = true;
	return 0;
}

int
source_skip_empty(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->plan->skip_empty = true;
	return 0;
}

int
source_set_range(struct parse *parse, const char *argument)
{
	struct plan *plan = parse->plan;

	if (range_parse(argument, &plan->range_start, &plan->range_step,
			&plan->range_count)) {
		diag("--range: %s is not [START:]STOP[:STEP]",
		     diag_quoted(argument));
		return -1;
	}
	plan->is_range = true;
	return 0;
}
