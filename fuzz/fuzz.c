/*
 * Helpers of the fuzz targets; see fuzz.h.
 */
#include <config.h>

#include "fuzz.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

static unsigned messages;

void
fuzz_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

size_t
fuzz_words(const uint8_t *data, size_t size, char **words, size_t max)
{
	char *bytes = malloc(size + 1);
	size_t n = 0;

	REQUIRE(bytes);
	if (size > 0)
		memcpy(bytes, data, size);
	bytes[size] = '\0';
	for (size_t at = 0; n < max && at <= size; at += strlen(words[n++]) + 1)
		words[n] = bytes + at;
	return n;
}

static void
hear(void *context, const char *line, size_t nbytes)
{
	(void)context;
	messages++;
	REQUIRE(nbytes <= PIPE_BUF);
	REQUIRE(nbytes > 9 && (memcmp(line, "shmmap: ", 8) == 0 ||
			       memcmp(line, FUZZ_FILE ":", 5) == 0));
	REQUIRE(line[nbytes - 1] == '\n');
	for (size_t i = 0; i + 1 < nbytes; i++)
		REQUIRE((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
}

void
fuzz_listen(void)
{
	messages = 0;
	diag_redirect(hear, NULL);
}

unsigned
fuzz_messages(void)
{
	return messages;
}
