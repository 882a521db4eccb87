/*
 * front/slaves: the words are the number of processors, the argument of -j, and
 * the values of variables that say how many slaves there are.
 */
#include <config.h>

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "engine/plan.h"
#include "front/slaves.h"

static const char *const variables[] = {
	"OMP_NUM_THREADS",    "OMP_THREAD_LIMIT",
	"PBS_NUM_PPN",	      "NSLOTS",
	"LSB_DJOB_NUMPROC",   "SLURM_CPUS_PER_TASK",
	"SLURM_CPUS_ON_NODE",
};

#define NVARIABLES (sizeof(variables) / sizeof(variables[0]))

/* what -j is to give, in another way; 0 for an error */
static unsigned
wanted_slaves(const char *text, unsigned processors)
{
	size_t sign = strspn(text, "+-") > 0;
	size_t digits = strspn(text + sign, "0123456789");
	const char *behind = text + sign + digits;
	double n = strtod(text + sign, NULL);

	if (digits == 0)
		return 0;
	if (sign && !*behind)
		n = *text == '+' ? processors + n : processors - n;
	else if (!sign && strcmp(behind, "%") == 0 && digits < 32)
		n = n < 1 || n > UINT32_MAX ? -1 : processors * n / 100;
	else if (sign || *behind || n < 1)
		return 0;
	if (n < 0 && *behind == '%')
		return 0;
	if (sign && strtod(text + sign, NULL) > UINT32_MAX)
		return 0;
	n = n < 1 ? 1 : n;
	return n < PLAN_SLAVES_MAX + 1 ? (unsigned)n : 0;
}

static void
check_threads(unsigned processors, unsigned nslaves)
{
	const char *list = getenv("OMP_NUM_THREADS");
	char *threads = slaves_worker_threads(processors, nslaves);
	unsigned share = processors / nslaves;
	char text[16];

	REQUIRE(threads);
	snprintf(text, sizeof(text), "%u", share ? share : 1);
	if (strcmp(threads, text) != 0)
		REQUIRE(list && strchr(list, ',') &&
			strcmp(threads, strchr(list, ',') + 1) == 0 &&
			strspn(list, "0123456789, \t") == strlen(list));
	free(threads);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[2 + NVARIABLES];
	size_t n = fuzz_words(data, size, words, 2 + NVARIABLES);
	unsigned processors = (unsigned char)words[0][0] % 64 + 1;
	unsigned nslaves = 0;

	fuzz_listen();
	for (size_t i = 0; i < NVARIABLES; i++)
		if (i + 2 < n)
			setenv(variables[i], words[i + 2], 1);
		else
			unsetenv(variables[i]);
	if (n > 1) {
		int error = slaves_parse(words[1], processors, &nslaves);

		REQUIRE(nslaves == wanted_slaves(words[1], processors));
		REQUIRE(!error == (nslaves > 0));
	}
	REQUIRE(fuzz_messages() == 0);
	nslaves = slaves_default(processors);
	REQUIRE(nslaves >= 1 && nslaves <= PLAN_SLAVES_MAX);
	REQUIRE(fuzz_messages() <= NVARIABLES);
	check_threads(processors, nslaves);
	free(words[0]);
	return 0;
}
