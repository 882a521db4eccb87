#include <config.h>

#include "front/range.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Ranges; see range.h. */

/* a decimal number up to a colon or the end; *text goes behind it */
static int
parse_part(const char **text, int64_t *value)
{
	const char *from = *text;
	char *end;

	if (*from == '-' || *from == '+')
		from++;
	if (*from < '0' || *from > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoll(*text, &end, 10);
	if (errno || (*end && *end != ':'))
		return -EINVAL;
	*text = end;
	return 0;
}

static uint64_t
count_numbers(int64_t start, int64_t stop, int64_t step)
{
	uint64_t distance, stride;

	if (step > 0 ? start >= stop : start <= stop)
		return 0;
	/* modulo 2^64, so that the extremes do not overflow */
	distance = step > 0 ? (uint64_t)stop - (uint64_t)start
			    : (uint64_t)start - (uint64_t)stop;
	stride = step > 0 ? (uint64_t)step : -(uint64_t)step;
	return (distance - 1) / stride + 1;
}

int
range_parse(const char *text, int64_t *start, int64_t *step, uint64_t *count)
{
	int64_t parts[3] = { 0, 0, 1 };
	unsigned n = 0;

	for (;;) {
		if (parse_part(&text, &parts[n++]))
			return -EINVAL;
		if (*text == '\0')
			break;
		text++;
		if (n == 3)
			return -EINVAL;
	}
	if (n == 1) {
		parts[1] = parts[0];
		parts[0] = 0;
	}
	if (n < 3)
		parts[2] = 1;
	if (parts[2] == 0)
		return -EINVAL;
	*start = parts[0];
	*step = parts[2];
	*count = count_numbers(parts[0], parts[1], parts[2]);
	return *count > INT64_MAX ? -EINVAL : 0;
}
