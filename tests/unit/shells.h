#ifndef TESTS_UNIT_SHELLS_H
#define TESTS_UNIT_SHELLS_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * What the tests of shell lines share: the shells there are, lines run in them,
 * and a folder in which nothing named "pwned" may appear.
 */

#define NELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

struct shell {
	const char *name;
	const char *print; /* writes a word and a newline, without a process */
	bool has_more;	   /* $'...', <<<, [[ ]], ${x/y/z} */
};

#define NSHELLS 5
extern const struct shell shells[NSHELLS];

/* where a shell is, until the next call; NULL when it is not installed */
const char *shells_find(const char *name);

/* bytes that grow; zeroed it is empty. The bytes are terminated and the
 * user's to free. */
struct text {
	char *bytes;
	size_t used;
};

void text_add(struct text *text, const char *bytes, size_t nbytes);
void text_add_string(struct text *text, const char *string);

/* run argv, add its standard output to output; returns the exit status */
int shells_run(char *const argv[], struct text *output);

/* the same for a command of one word and one job, through the shell at path */
int shells_run_line(const char *path, const char *line, const char *value,
		    struct text *output);

/* around a test: a folder of its own, in which no value may have made a file */
extern char shells_folder[];
void shells_make_folder(void);
void shells_remove_folder(void);

#endif
