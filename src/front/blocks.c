#include <config.h>

#include "front/blocks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/number.h"
#include "front/escape.h"

/* Options about blocks; see blocks.h. */

#define RECEND_MAX 1024

/* bytes, with a suffix as GNU parallel has them: k m g are powers of 1000,
 * K M G of 1024; 0 if it is none, or too large */
static uint64_t
parse_size(const char *text)
{
	static const char suffixes[] = "kmgKMG";
	size_t length = strlen(text);
	const char *suffix =
		length > 0 ? strchr(suffixes, text[length - 1]) : NULL;
	char digits[24];
	uint64_t value;

	length -= suffix != NULL;
	if (length >= sizeof(digits))
		return 0;
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (number_parse(digits, 1, PLAN_BLOCK_MAX, &value))
		return 0;
	if (!suffix)
		return value;
	for (size_t i = (size_t)(suffix - suffixes) % 3 + 1; i > 0; i--)
		value *= suffix - suffixes < 3 ? 1000 : 1024;
	return value <= PLAN_BLOCK_MAX ? value : 0;
}

int
blocks_set_size(struct plan *plan, const char *argument)
{
	plan->block_parts = 0;
	plan->block_size = 0;
	if (argument[0] == '-' && number_parse(argument + 1, 1, PLAN_PARTS_MAX,
					       &plan->block_parts) == 0)
		return 0;
	plan->block_size = parse_size(argument);
	if (plan->block_size)
		return 0;
	diag("--block: %s is not a size from 1 to 1G, such as 64k or 10M, nor "
	     "-1 to -%d",
	     diag_quoted(argument), PLAN_PARTS_MAX);
	return -1;
}

static int
keep_recend(struct plan *plan, const void *bytes, size_t nbytes)
{
	free(plan->recend);
	plan->recend = malloc(nbytes);
	if (!plan->recend) {
		diag_errno(ENOMEM, "--recend");
		return -1;
	}
	memcpy(plan->recend, bytes, nbytes);
	plan->recend_size = nbytes;
	return 0;
}

int
blocks_set_recend(struct plan *plan, const char *argument)
{
	char bytes[RECEND_MAX];
	size_t n;

	if (escape_all(argument, bytes, sizeof(bytes), &n)) {
		diag("--recend: %s has a backslash that begins no escape",
		     diag_quoted(argument));
		return -1;
	}
	if (n == 0 || n > sizeof(bytes)) {
		diag("--recend: %s is not 1 to %d bytes", diag_quoted(argument),
		     RECEND_MAX);
		return -1;
	}
	return keep_recend(plan, bytes, n);
}

static int
check(const struct plan *plan)
{
	bool is_pipe = plan->worker == WORKER_PIPE;
	const char *other = NULL;

	if (!is_pipe && (plan->block_size || plan->block_parts))
		other = "--block";
	else if (!is_pipe && plan->recend)
		other = "--recend";
	if (other) {
		diag("%s needs --pipe", other);
		return -1;
	}
	if (!is_pipe)
		return 0;
	if (plan->is_range) {
		diag("--pipe and --range exclude each other");
		return -1;
	}
	if (plan->block_parts && !plan->list &&
	    (!plan->arg_file || strcmp(plan->arg_file, "-") == 0)) {
		diag("--block -%llu needs a file (--arg-file)",
		     (unsigned long long)plan->block_parts);
		return -1;
	}
	return 0;
}

int
blocks_settle(struct plan *plan)
{
	if (check(plan))
		return -1;
	if (plan->worker != WORKER_PIPE)
		return 0;
	if (!plan->block_size)
		plan->block_size = PLAN_BLOCK_DEFAULT;
	return plan->recend ? 0 : keep_recend(plan, &plan->delimiter, 1);
}
