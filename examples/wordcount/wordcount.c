/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wordcount FILE - a worker of shmmap: counts the words of a file
 *
 * A word is a run of letters a to z; capitals are made small. All workers count
 * into one hash table with open addressing, three shared arrays of one length:
 *
 *	used=u1		1: the slot has a word
 *	keys=S<n>	the word
 *	counts=u8	how often it was seen
 *
 * A slot that is used never changes its word, so finding one takes no lock. It
 * is used from the moment that `used` is stored (release, pairs the acquire in
 * find()), when its word is whole. Only one worker at a time adds words, in a
 * critical section. If it dies there, its slot is not used yet, the next one to
 * add writes over what is in it, and nothing is broken.
 *
 * Prints nothing. A word that is too long, or one too many for the table, is an
 * error.
 */

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <shmmap.h>

static struct shmmap *segment;
static struct shmmap_array *counts;
static unsigned char *used;
static char *keys;
static size_t nslots, key_size;

static int
fail(const char *what, const char *why)
{
	fprintf(stderr, "wordcount: %s: %s\n", what, why);
	return -1;
}

static int
find_table(void)
{
	struct shmmap_array *used_array, *keys_array;

	if (shmmap_attach(&segment))
		return fail("shmmap", shmmap_error());
	used_array = shmmap_get(segment, "used");
	keys_array = shmmap_get(segment, "keys");
	counts = shmmap_get(segment, "counts");
	if (!used_array || !keys_array || !counts)
		return fail("shmmap", shmmap_error());
	used = shmmap_data(used_array);
	keys = shmmap_data(keys_array);
	key_size = shmmap_itemsize(keys_array);
	nslots = shmmap_size(counts);
	if (strcmp(shmmap_dtype(used_array), "|u1") ||
	    strcmp(shmmap_dtype(counts), "<u8") ||
	    strncmp(shmmap_dtype(keys_array), "|S", 2) ||
	    shmmap_size(used_array) != nslots ||
	    shmmap_size(keys_array) != nslots)
		return fail("shmmap", "used=u1, keys=S<n>, counts=u8 must have "
				      "one length");
	return 0;
}

/* FNV-1a */
static size_t
hash(const char *word)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (; *word; word++)
		value = (value ^ (unsigned char)*word) *
			UINT64_C(0x100000001b3);
	return (size_t)(value % nslots);
}

/* From slot on: the one of the word, else the first that is not used, else
 * nslots when the table is full. */
static size_t
find(const char *word, size_t slot)
{
	for (size_t i = 0; i < nslots; i++) {
		size_t at = (slot + i) % nslots;

		if (!__atomic_load_n(&used[at], __ATOMIC_ACQUIRE) ||
		    strncmp(keys + at * key_size, word, key_size) == 0)
			return at;
	}
	return nslots;
}

/* The slot of a word that was not there when we looked; it may be now. */
static size_t
add(const char *word, size_t slot)
{
	/* 1, too, is fine: see above */
	if (shmmap_critical_begin(segment, "words") < 0)
		return nslots;
	slot = find(word, slot);
	if (slot < nslots && !used[slot]) {
		/* filled up with zeros, and without one when it just fits */
		strncpy(keys + slot * key_size, word, key_size);
		__atomic_store_n(&used[slot], 1, __ATOMIC_RELEASE);
	}
	shmmap_critical_end(segment, "words");
	return slot;
}

static int
count(const char *word)
{
	const uint64_t one = 1;
	size_t slot = find(word, hash(word));

	if (slot < nslots && !__atomic_load_n(&used[slot], __ATOMIC_ACQUIRE))
		slot = add(word, slot);
	if (slot == nslots)
		return fail(word, "no room for another word");
	shmmap_add(counts, slot, &one, NULL);
	return 0;
}

/* -1 after a message */
static int
count_words(FILE *file, const char *name)
{
	char word[256];
	size_t length = 0;
	int c;

	do {
		c = getc(file);
		if (c < 128 && isalpha(c)) {
			if (length == key_size || length + 1 == sizeof(word))
				return fail(name, "a word is too long");
			word[length++] = (char)tolower(c);
			continue;
		}
		word[length] = '\0';
		if (length > 0 && count(word))
			return -1;
		length = 0;
	} while (c != EOF);
	return ferror(file) ? fail(name, strerror(errno)) : 0;
}

int
main(int argc, char *argv[])
{
	FILE *file;
	int error;

	if (argc != 2)
		return fail("usage", "wordcount FILE") != 0;
	if (find_table())
		return 1;
	file = fopen(argv[1], "r");
	if (!file)
		return fail(argv[1], strerror(errno)) != 0;
	error = count_words(file, argv[1]);
	fclose(file);
	shmmap_detach(segment);
	return error != 0;
}
