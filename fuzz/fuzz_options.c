/*
 * front/options: the words are the command line behind the program's name.
 * Either there is a plan that can be run, and no message, or exactly one.
 */
#include <config.h>

#include "fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "front/command_line.h"

#define WORDS_MAX 32

extern char **environ;

static void
check_plan(const struct plan *plan, char *const words[], size_t nwords)
{
	const struct command *command = &plan->command;
	const char *first = words[0], *end = words[nwords - 1];

	while (*end)
		end++;
	REQUIRE(plan->nslaves >= 1 && plan->nslaves <= PLAN_SLAVES_MAX);
	REQUIRE(plan->grace_ms >= 0);
	REQUIRE(plan->worker_omp_threads);
	REQUIRE(!plan->ungroup || !(plan->ordered || plan->tag));
	for (size_t i = 0; i < plan->nenv; i++)
		REQUIRE(plan->env[i] >= first && plan->env[i] <= end);
	REQUIRE((plan->library != NULL) >= (plan->worker == WORKER_DLOPEN));
	if (plan->worker == WORKER_DLOPEN)
		return;
	REQUIRE(command->nwords >= 1);
	/* getopt did not move the words about */
	REQUIRE(command->name >= first && command->name <= end);
	REQUIRE(command->name[0]);
	/* only a line with something to replace is rewritten */
	REQUIRE(command->is_shell || !command->shell_line);
	REQUIRE(plan->worker != WORKER_EXEC || !command->is_shell ||
		command->shell_line);
	REQUIRE((plan->worker == WORKER_PIPE) == (plan->block_size > 0));
	REQUIRE((plan->worker == WORKER_PIPE) == (plan->recend != NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *no_environment[] = { NULL };
	static char program[] = "shmmap";
	static bool is_muted;
	char *words[WORDS_MAX + 2] = { program };
	size_t n = size ? fuzz_words(data, size, words + 1, WORDS_MAX) : 0;
	char *bytes = words[1];
	struct plan plan = { 0 };

	environ = no_environment;
	if (!is_muted) {
		/* where --help goes */
		REQUIRE(freopen("/dev/null", "w", stdout));
		is_muted = true;
	}
	fuzz_listen();
	switch (command_line_parse((int)n + 1, words, &plan)) {
	case OPTIONS_RUN:
		REQUIRE(fuzz_messages() == 0);
		check_plan(&plan, words + 1, n);
		break;
	case OPTIONS_DONE:
		REQUIRE(fuzz_messages() == 0);
		break;
	case OPTIONS_BAD:
		REQUIRE(fuzz_messages() == 1);
		break;
	}
	plan_release(&plan);
	free(bytes);
	return 0;
}
