/*
 * The number of slaves, and of the threads that each worker may use.
 *
 * What an environment variable says wrong is warned of and passed over: it was
 * perhaps meant for somebody else. What -j says wrong is the caller's error.
 */
#include <config.h>

#include "front/slaves.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cgroup.h"
#include "base/diag.h"
#include "base/number.h"
#include "engine/plan.h"

#define LARGEST_MASK (1 << 20) /* processors; the kernel has far fewer */

/* as much of a bad value as a warning shows */
#define SHOWN_MAX 60

/* what batch systems set to the processors they granted on this node */
static const char *const granted[] = {
	"PBS_NUM_PPN",	      "NSLOTS",
	"LSB_DJOB_NUMPROC",   "SLURM_CPUS_PER_TASK",
	"SLURM_CPUS_ON_NODE",
};

/* processors of the affinity mask, 0 when a mask of this size is too small */
static unsigned
count_mask(int nbits)
{
	size_t nbytes = CPU_ALLOC_SIZE(nbits);
	cpu_set_t *mask = CPU_ALLOC(nbits);
	unsigned n = 0;

	if (!mask)
		return 0;
	if (sched_getaffinity(0, nbytes, mask) == 0)
		n = (unsigned)CPU_COUNT_S(nbytes, mask);
	CPU_FREE(mask);
	return n;
}

/* the kernel refuses a mask that could not hold all its processors */
static unsigned
affinity_processors(void)
{
	unsigned n = 0;

	for (int nbits = 1024; n == 0 && nbits <= LARGEST_MASK; nbits *= 2)
		n = count_mask(nbits);
	return n ? n : 1;
}

unsigned
slaves_processors(const char *proc_root, const char *cgroup_root)
{
	unsigned allowed = affinity_processors();
	unsigned quota = cgroup_processors(proc_root, cgroup_root);

	return quota < allowed ? quota : allowed;
}

/* the value of a variable; empty counts as not set */
static const char *
setting(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value ? value : NULL;
}

static void
warn(const char *variable, const char *value, const char *wanted)
{
	char shown[4 * SHOWN_MAX + 16];

	diag("%s: %s is not a %s; ignored", variable,
	     diag_quote(shown, sizeof(shown), value, strlen(value), SHOWN_MAX),
	     wanted);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* text without blanks around it, in out; OpenMP allows them */
static bool
trim(char *out, size_t size, const char *text, size_t nbytes)
{
	while (nbytes > 0 && is_blank(text[0])) {
		text++;
		nbytes--;
	}
	while (nbytes > 0 && is_blank(text[nbytes - 1]))
		nbytes--;
	if (nbytes >= size)
		return false;
	memcpy(out, text, nbytes);
	out[nbytes] = '\0';
	return true;
}

/* a positive number of which no more than max is wanted */
static int
parse_positive(const char *text, size_t nbytes, unsigned max, unsigned *number)
{
	char digits[32];
	uint64_t value = 0;

	if (!trim(digits, sizeof(digits), text, nbytes) ||
	    number_parse(digits, 1, INT32_MAX, &value))
		return -EINVAL;
	*number = value > max ? max : (unsigned)value;
	return 0;
}

/* OMP_NUM_THREADS is a list with one number for each level of parallelism:
 * the first is ours, *rest the workers', NULL without one */
static int
parse_list(const char *list, unsigned *first, const char **rest)
{
	const char *item = list;
	unsigned number;
	size_t length;

	*rest = NULL;
	for (;; item += length + 1) {
		length = strcspn(item, ",");
		if (parse_positive(item, length, PLAN_SLAVES_MAX, &number))
			return -EINVAL;
		if (item == list) {
			*first = number;
			if (item[length])
				*rest = item + length + 1;
		}
		if (!item[length])
			return 0;
	}
}

/* the value of a variable that holds one positive number, 0 if none does */
static unsigned
number_from(const char *variable)
{
	const char *value = setting(variable);
	unsigned number = 0;

	if (value &&
	    parse_positive(value, strlen(value), PLAN_SLAVES_MAX, &number))
		warn(variable, value, "positive number");
	return number;
}

/* what is asked for by the environment, 0 if nothing is */
static unsigned
number_from_environment(void)
{
	const char *list = setting("OMP_NUM_THREADS"), *rest;
	unsigned number = 0;

	/* slaves_worker_threads() warns of it, as that needs it also with -j */
	if (list && parse_list(list, &number, &rest))
		number = 0;
	for (size_t i = 0; !number && i < sizeof(granted) / sizeof(*granted);
	     i++)
		number = number_from(granted[i]);
	return number;
}

unsigned
slaves_default(unsigned processors)
{
	unsigned number = number_from_environment();
	unsigned limit = number_from("OMP_THREAD_LIMIT");

	if (number == 0)
		number = processors;
	if (number > PLAN_SLAVES_MAX)
		number = PLAN_SLAVES_MAX;
	return limit && limit < number ? limit : number;
}

/* a share or a difference, which give at least 1 */
static int
parse_relative(const char *text, unsigned processors, unsigned *nslaves)
{
	size_t length = strlen(text);
	char digits[32];
	uint64_t n, all = processors;

	if (text[0] == '+' || text[0] == '-') {
		if (number_parse(text + 1, 0, UINT32_MAX, &n))
			return -EINVAL;
		n = text[0] == '+' ? all + n : n < all ? all - n : 1;
	} else {
		if (length > sizeof(digits))
			return -EINVAL;
		memcpy(digits, text, length - 1);
		digits[length - 1] = '\0';
		if (number_parse(digits, 1, UINT32_MAX, &n))
			return -EINVAL;
		n = all * n / 100;
	}
	if (n > PLAN_SLAVES_MAX)
		return -EINVAL;
	*nslaves = n ? (unsigned)n : 1;
	return 0;
}

int
slaves_parse(const char *text, unsigned processors, unsigned *nslaves)
{
	size_t length = strlen(text);
	uint64_t n;

	if (text[0] == '+' || text[0] == '-' ||
	    (length > 0 && text[length - 1] == '%'))
		return parse_relative(text, processors, nslaves);
	if (number_parse(text, 1, PLAN_SLAVES_MAX, &n))
		return -EINVAL;
	*nslaves = (unsigned)n;
	return 0;
}

char *
slaves_worker_threads(unsigned processors, unsigned nslaves)
{
	const char *list = setting("OMP_NUM_THREADS"), *rest = NULL;
	unsigned first, share = processors / nslaves;
	char *text;

	if (list && parse_list(list, &first, &rest)) {
		warn("OMP_NUM_THREADS", list, "list of positive numbers");
		rest = NULL;
	}
	if (rest)
		return strdup(rest);
	if (asprintf(&text, "%u", share ? share : 1) < 0)
		return NULL;
	return text;
}
