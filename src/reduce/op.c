#include <config.h>

#include "reduce/op.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "reduce/value.h"

/* Names of reductions; see op.h. */

static const char *const names[] = {
	[OP_SUM] = "sum",     [OP_PROD] = "prod",     [OP_MIN] = "min",
	[OP_MAX] = "max",     [OP_ARGMIN] = "argmin", [OP_ARGMAX] = "argmax",
	[OP_MEAN] = "mean",   [OP_VAR] = "var",	      [OP_COUNT] = "count",
	[OP_FIRST] = "first", [OP_LAST] = "last",     [OP_CONCAT] = "concat",
	[OP_HIST] = "hist",
};

const char *
op_form(enum op_kind kind)
{
	return kind == OP_HIST ? "hist:LO:HI:N, with :COLUMN or not"
			       : "OP, with :COLUMN or not";
}

/* the number up to the next colon, or the end; *text moves behind the colon */
static bool
next_value(const char **text, struct value *value)
{
	size_t nbytes = strcspn(*text, ":");

	if (value_read(*text, nbytes, value))
		return false;
	*text += nbytes;
	if (**text == ':')
		++*text;
	return true;
}

/* an integer from 1 to max */
static bool
next_count(const char **text, unsigned max, unsigned *count)
{
	struct value value;

	if (!next_value(text, &value) || value.is_double || value.is_negative ||
	    value.low < 1 || value.low > max)
		return false;
	*count = (unsigned)value.low;
	return true;
}

static bool
next_bins(const char **text, struct op *op)
{
	struct value low, high;

	if (!next_value(text, &low) || !next_value(text, &high))
		return false;
	op->low = value_double(&low);
	op->high = value_double(&high);
	return op->low < op->high && next_count(text, OP_BINS_MAX, &op->bins) &&
	       isfinite((op->high - op->low) * op->bins);
}

int
op_parse(const char *text, struct op *op)
{
	size_t nbytes = strcspn(text, ":"), kind, last = strlen(text);

	for (kind = 0; kind < sizeof(names) / sizeof(names[0]); kind++)
		if (strlen(names[kind]) == nbytes &&
		    memcmp(names[kind], text, nbytes) == 0)
			break;
	if (kind == sizeof(names) / sizeof(names[0]))
		return -ENOENT;
	*op = (struct op){ .kind = (enum op_kind)kind };
	/* a colon has something behind it */
	if (text[last - 1] == ':')
		return -EINVAL;
	text += nbytes;
	if (*text == ':')
		text++;
	if (kind == OP_HIST && !next_bins(&text, op))
		return -EINVAL;
	if (*text && !next_count(&text, OP_COLUMN_MAX, &op->column))
		return -EINVAL;
	return *text ? -EINVAL : 0;
}
