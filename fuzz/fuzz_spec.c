/*
 * front/specfile: the bytes are a spec. Either there is a plan and no message,
 * or there are messages; and a plan's spec is a plan with the same spec.
 */
#include <config.h>

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "front/dump.h"
#include "front/faults.h"
#include "front/settle.h"
#include "front/specfile.h"

extern char **environ;

static void
check_plan(const struct plan *plan)
{
	REQUIRE(plan->nslaves >= 1 && plan->nslaves <= PLAN_SLAVES_MAX);
	REQUIRE(plan->worker_omp_threads);
	REQUIRE(!plan->ungroup || !(plan->ordered || plan->tag));
	REQUIRE(!plan->list || !(plan->is_range || plan->arg_file));
	REQUIRE((plan->library != NULL) >= (plan->worker == WORKER_DLOPEN));
	if (plan->worker != WORKER_DLOPEN)
		REQUIRE(plan->command.nwords >= 1);
	for (size_t at = 0; at < plan->list_size; at++) {
		const char *end = memchr(plan->list + at, plan->delimiter,
					 plan->list_size - at);

		REQUIRE(end);
		at = (size_t)(end - plan->list);
	}
}

/* the spec of the plan that the bytes are, to be freed, or NULL */
static char *
spec_of(const char *bytes, size_t size)
{
	struct plan plan;
	struct parse parse;
	char *text = NULL;

	parse_init(&parse, &plan);
	fuzz_listen();
	if (specfile_parse(&parse, FUZZ_FILE, bytes, size, NULL, 0)) {
		REQUIRE(fuzz_messages() > 0);
		REQUIRE(fuzz_messages() <= FAULTS_MAX + 1);
	} else {
		REQUIRE(fuzz_messages() == 0);
		check_plan(&plan);
		text = dump_text(&parse);
		REQUIRE(text);
	}
	parse_release(&parse);
	plan_release(&plan);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *no_environment[] = { NULL };
	char *text, *again;

	environ = no_environment;
	text = spec_of((const char *)data, size);
	if (!text)
		return 0;
	again = spec_of(text, strlen(text));
	REQUIRE(again && strcmp(text, again) == 0);
	free(again);
	free(text);
	return 0;
}
