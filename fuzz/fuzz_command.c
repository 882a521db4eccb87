/*
 * engine/replacement and engine/command: the words are the job's text and the
 * command. What it expands to is put together once more, by the rules as
 * replacement.h states them.
 */
#include <config.h>

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/command.h"

#define WORDS_MAX 16

static const char *const spellings[] = {
	"{}",	 "{.}",	   "{/}",    "{//}",  "{/.}", "{1}",
	"{1.}",	 "{1/}",   "{1//}",  "{1/.}", "{-1}", "{-1.}",
	"{-1/}", "{-1//}", "{-1/.}", "{#}",   "{%}",
};

#define NSPELLINGS (sizeof(spellings) / sizeof(spellings[0]))

/* the value of a spelling; dirname(1) is File::Basename's dirname */
static void
put_value(FILE *out, const char *spelling, const struct command_job *job)
{
	const char *text = job->text, *base = strrchr(text, '/');
	const char *from = text, *end = text + job->nbytes, *dot;

	if (strchr(spelling, '#') || strchr(spelling, '%')) {
		fprintf(out, "%u",
			spelling[1] == '#' ? (unsigned)job->number
					   : job->rank + 1);
		return;
	}
	base = base ? base + 1 : text;
	dot = strrchr(base, '.');
	if (strstr(spelling, "//")) {
		/* slashes at the end, base name, slashes before it */
		for (int i = 0; i < (*base ? 1 : 2); i++) {
			while (end > text && end[-1] != '/')
				end--;
			while (end > text + 1 && end[-1] == '/')
				end--;
		}
		if (end == text)
			from = ".", end = from + 1;
	} else if (strchr(spelling, '/')) {
		from = base;
	}
	if (strchr(spelling, '.') && dot)
		end = dot;
	fwrite(from, 1, (size_t)(end - from), out);
}

/* the word with all values in their places; *n grows by their number */
static char *
expanded(const char *word, const struct command_job *job, unsigned *n)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	REQUIRE(out);
	while (*word) {
		size_t i = 0;

		while (i < NSPELLINGS &&
		       strncmp(word, spellings[i], strlen(spellings[i])) != 0)
			i++;
		if (i < NSPELLINGS) {
			put_value(out, spellings[i], job);
			word += strlen(spellings[i]);
			++*n;
		} else {
			fputc(*word++, out);
		}
	}
	fclose(out);
	return text;
}

static void
check_direct(const struct expansion *expansion, char *const words[],
	     size_t nwords, const struct command_job *job)
{
	unsigned n = 0;

	for (size_t i = 0; i < nwords; i++) {
		char *wanted = expanded(words[i], job, &n);

		REQUIRE(strcmp(expansion->argv[i], wanted) == 0);
		free(wanted);
	}
	REQUIRE(expansion->argc == nwords + (n == 0));
	if (n == 0)
		REQUIRE(strcmp(expansion->argv[nwords], job->text) == 0);
}

static void
check_shell(const struct command *command, const struct expansion *expansion,
	    const struct command_job *job)
{
	REQUIRE(command->shell_line == expansion->argv[2]);
	for (size_t i = 4; i < expansion->argc; i++) {
		unsigned n = 0;
		size_t k = 0;

		/* it is the value of one of them */
		for (; k < NSPELLINGS && n < 2; k++) {
			char *value = expanded(spellings[k], job, &n);

			n = strcmp(value, expansion->argv[i]) == 0 ? 2 : 0;
			free(value);
		}
		REQUIRE(n == 2);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[1 + WORDS_MAX];
	size_t n = fuzz_words(data, size, words, 1 + WORDS_MAX);
	struct command_job job = { words[0], strlen(words[0]), 7, 2 };
	struct expansion expansion = { 0 };
	struct command command;
	int error = n > 1 ? 0 : -1;

	fuzz_listen();
	if (!error)
		error = command_init(&command, words + 1, n - 1,
				     COMMAND_PER_JOB, NULL);
	if (n > 1)
		REQUIRE(fuzz_messages() == (error ? 1 : 0));
	/* twice, because the second time finds the first one's memory */
	for (int i = 0; i < 2 && !error; i++) {
		REQUIRE(command_expand(&command, &job, &expansion) == 0);
		REQUIRE(!expansion.argv[-1] && !expansion.argv[expansion.argc]);
		if (command.is_shell)
			check_shell(&command, &expansion, &job);
		else
			check_direct(&expansion, words + 1, n - 1, &job);
		job.text = "a.b/c.d";
		job.nbytes = strlen(job.text);
		job.rank = 9;
	}
	expansion_release(&expansion);
	if (!error)
		command_release(&command);
	free(words[0]);
	return 0;
}
