/*
 * What is settled when all options are known; see settle.h.
 */
#include <config.h>

#include "front/settle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "front/arrays.h"
#include "front/backend.h"
#include "front/blocks.h"
#include "front/columns.h"
#include "front/reduce.h"

void
parse_init(struct parse *parse, struct plan *plan)
{
	static char *const no_words[] = { NULL };

	*parse = (struct parse){ .plan = plan,
				 .words = no_words,
				 .outcome = OPTIONS_RUN };
	*plan = (struct plan){ .delimiter = '\n', .grace_ms = 10000 };
}

void
parse_release(struct parse *parse)
{
	free(parse->scopes.scopes);
	splits_release(&parse->lists.splits);
	free(parse->given);
	if (parse->next)
		parse_release(parse->next);
}

static int
check_conflicts(const struct plan *plan)
{
	if (plan->is_range && plan->arg_file) {
		diag("--range and --arg-file exclude each other");
		return -1;
	}
	if (plan->list && (plan->is_range || plan->arg_file)) {
		diag("%s and a list of jobs exclude each other",
		     plan->is_range ? "--range" : "--arg-file");
		return -1;
	}
	if (!plan->ungroup || !(plan->ordered || plan->tag))
		return 0;
	diag("--ungroup and %s exclude each other",
	     plan->ordered ? "--ordered" : "--tag");
	return -1;
}

/* unpredictable unless told */
static void
settle_seed(const struct parse *parse)
{
	uint64_t *seed = &parse->plan->seed;

	if (!parse->has_seed &&
	    getrandom(seed, sizeof(*seed), GRND_NONBLOCK) != sizeof(*seed))
		*seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
}

/* Of the environment, unless told. As with all variables of OpenMP, blanks may
 * stand before and behind the value (OpenMP 5.2, 21). */
static void
settle_schedule(const struct parse *parse)
{
	const char *text = getenv("OMP_SCHEDULE");
	char word[64];
	size_t n;

	/* empty counts as not set, as for the number of slaves */
	if (parse->has_schedule || !text || !*text)
		return;
	text += strspn(text, " \t");
	for (n = strlen(text); n > 0 && strchr(" \t", text[n - 1]);)
		n--;
	if (n < sizeof(word)) {
		memcpy(word, text, n);
		word[n] = '\0';
		if (schedule_parse(word, &parse->plan->schedule) == 0)
			return;
	}
	diag("OMP_SCHEDULE: %s is not a schedule; ignored", diag_quoted(text));
	parse->plan->schedule = (struct schedule){ SCHEDULE_AUTO, 0 };
}

static int
settle_command(struct plan *plan, char *const words[], size_t nwords)
{
	int error;

	if (plan->worker == WORKER_DLOPEN) {
		plan->words = words;
		plan->nwords = nwords;
		return 0;
	}
	if (nwords == 0) {
		diag("no command (try --help)");
		return -1;
	}
	error = command_init(&plan->command, words, nwords,
			     plan->worker == WORKER_EXEC ? COMMAND_PER_JOB
							 : COMMAND_FOR_MANY,
			     &plan->columns);
	if (error == -ENOMEM)
		diag_errno(ENOMEM, "command");
	return error ? -1 : 0;
}

/* whether standard input is read to know all of the plan, for which a spec that
 * is dumped does not wait: names of columns, or all that there is */
static bool
wants_input(const struct parse *parse, size_t ncommand)
{
	const struct plan *plan = parse->plan;

	if (!parse->is_dump || (ncommand == 0 && plan->worker != WORKER_DLOPEN))
		return false;
	if (ncommand < parse->nwords)
		return lists_have_input(parse->words + ncommand,
					parse->nwords - ncommand);
	return (parse->lists.is_named || parse->lists.is_mixed) &&
	       parse->lists.splits.count == 0 && plan_reads_input(plan);
}

int
settle(struct parse *parse)
{
	struct plan *plan = parse->plan;
	size_t ncommand = lists_find(parse->words, parse->nwords);

	settle_seed(parse);
	settle_schedule(parse);
	if (arrays_settle(plan, &parse->scopes) || check_conflicts(plan) ||
	    backend_settle(parse) ||
	    columns_check(plan, parse->lists.is_named, parse->worker))
		return -1;
	if (wants_input(parse, ncommand))
		return reduce_settle(plan) || blocks_settle(plan) ? -1 : 0;
	if (lists_settle(plan, &parse->lists, parse->words + ncommand,
			 parse->nwords - ncommand) ||
	    columns_settle(plan, parse->lists.is_named) ||
	    reduce_settle(plan) || blocks_settle(plan) ||
	    settle_command(plan, parse->words, ncommand))
		return -1;
	return 0;
}
