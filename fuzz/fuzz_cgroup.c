/*
 * base/cgroup: the words are /proc/self/cgroup, /proc/self/mountinfo, and
 * what each of the files that hold quotas has in it. The order of lines does
 * not matter.
 */
#include <config.h>

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_word(const char *path);

/* all of the parser, over files that are words */
#define fopen(path, mode) open_word(path)
#include "base/cgroup.c"
#undef fopen

enum { GROUPS, MOUNTS, LIMITS, WORDS = 10 };

static const char *const names[WORDS] = {
	"/self/cgroup",
	"/self/mountinfo",
	"/cpu.max",
	"/cpu.cfs_quota_us",
	"/cpu.cfs_period_us",
	"/memory.max",
	"/memory.limit_in_bytes",
	"/memory.current",
	"/memory.usage_in_bytes",
	"/memory.stat",
};

static char *words[WORDS];

static FILE *
open_word(const char *path)
{
	for (int i = 0; i < WORDS; i++) {
		size_t length = strlen(path), end = strlen(names[i]);

		/* a third of the folders have no such file */
		if (length < end || strcmp(path + length - end, names[i]) != 0)
			continue;
		if (i >= LIMITS && length % 3 == 0)
			return NULL;
		return words[i] && *words[i]
			       ? fmemopen(words[i], strlen(words[i]), "r")
			       : NULL;
	}
	return NULL;
}

/* the lines of text in the opposite order, each with a newline */
static char *
reversed(const char *text)
{
	size_t length = strlen(text), line;
	char *copy = malloc(length + 2), *out = copy;

	REQUIRE(copy);
	if (length > 0 && text[length - 1] == '\n')
		length--;
	for (; length > 0 || *text == '\n'; length = line - 1) {
		for (line = length; line > 0 && text[line - 1] != '\n'; line--)
			;
		memcpy(out, text + line, length - line);
		out += length - line;
		*out++ = '\n';
		if (line == 0)
			break;
	}
	*out = '\0';
	return copy;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes, *turned[LIMITS] = { 0 };
	unsigned found;
	uint64_t nbytes, most, same;
	size_t n;

	memset(words, 0, sizeof(words));
	n = fuzz_words(data, size, words, WORDS);
	bytes = words[0];
	found = cgroup_processors("/p", SYSTEM_ROOT);
	nbytes = cgroup_memory("/p", SYSTEM_ROOT, &most);
	REQUIRE(nbytes <= most);
	REQUIRE(found >= 1);
	REQUIRE(n > LIMITS || (found == UINT_MAX && nbytes == UINT64_MAX));
	for (size_t i = 0; i < LIMITS && i < n; i++)
		words[i] = turned[i] = reversed(words[i]);
	REQUIRE(cgroup_processors("/p", SYSTEM_ROOT) == found);
	REQUIRE(cgroup_memory("/p", SYSTEM_ROOT, &same) == nbytes);
	REQUIRE(same == most);
	for (size_t i = 0; i < LIMITS; i++)
		free(turned[i]);
	free(bytes);
	return 0;
}
