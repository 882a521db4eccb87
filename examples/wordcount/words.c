/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * words.c - a worker of shmmap --dlopen: the words of a line, each with how
 * often it is in it
 *
 * A job is a line. Its words are counted in a table of its own, and the result
 * is the table; `--reduce sum:2 --by 1` adds all tables up.
 */

#include <ctype.h>
#include <shmmap.h>
#include <stdlib.h>
#include <string.h>

/* One entry of the table: a word, in the line itself. */
struct word {
	const char *text;
	size_t nbytes;
	unsigned long count;
};

/* The next word from text on; its text is end when there is none. */
static struct word
next_word(const char *text, const char *end)
{
	struct word word = { .count = 1 };

	while (text < end && !isalpha((unsigned char)*text))
		text++;
	word.text = text;
	while (text < end && isalpha((unsigned char)*text))
		text++;
	word.nbytes = (size_t)(text - word.text);
	return word;
}

static int
is_same(const struct word *a, const struct word *b)
{
	if (a->nbytes != b->nbytes)
		return 0;
	for (size_t i = 0; i < a->nbytes; i++)
		if (tolower((unsigned char)a->text[i]) !=
		    tolower((unsigned char)b->text[i]))
			return 0;
	return 1;
}

/* Lines are short: whoever looks for a word looks at all of them. Returns how
 * many there are in the table then. */
static size_t
count(struct word *table, size_t nwords, struct word word)
{
	for (size_t i = 0; i < nwords; i++)
		if (is_same(&table[i], &word)) {
			table[i].count++;
			return nwords;
		}
	table[nwords] = word;
	return nwords + 1;
}

static void
emit(struct shmmap_job *job, const struct word *word)
{
	for (size_t i = 0; i < word->nbytes; i++) {
		char c = (char)tolower((unsigned char)word->text[i]);

		shmmap_emit(job, &c, 1);
	}
	shmmap_printf(job, " %lu\n", word->count);
}

static int
work(struct shmmap_job *job)
{
	const char *end = job->text + job->nbytes;
	/* a word and what ends it are two bytes */
	struct word *table = calloc(job->nbytes / 2 + 1, sizeof(*table));
	struct word word;
	size_t nwords = 0;

	if (!table)
		return shmmap_fail(job, "out of memory");
	for (word = next_word(job->text, end); word.nbytes > 0;
	     word = next_word(word.text + word.nbytes, end))
		nwords = count(table, nwords, word);
	for (size_t i = 0; i < nwords; i++)
		emit(job, &table[i]);
	free(table);
	return 0;
}

const struct shmmap_worker shmmap_worker = { SHMMAP_WORKER, .work = work };
