#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the fuzz targets share. A target is one file, fuzz_NAME.c, with one
 * function, which libFuzzer calls with bytes that it makes up, and replay.c
 * with those of the files in corpus/NAME. What the bytes mean is said at the
 * head of each file. A target that finds something wrong aborts.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* abort, after a line that says where, unless the condition holds */
#define REQUIRE(condition)                                                     \
	((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))

void fuzz_fail(const char *file, int line, const char *condition)
	__attribute__((noreturn));

/* Cut the bytes at NULs into at most max words, at least one. Returns their
 * number; words[0] is to be freed, and all of them go with it. */
size_t fuzz_words(const uint8_t *data, size_t size, char **words, size_t max);

/* what messages call a file that is wrong */
#define FUZZ_FILE "file"

/* Catch what diag prints from now on. Each message must be one whole line, for
 * a terminal, whatever is quoted in it. */
void fuzz_listen(void);

/* messages since fuzz_listen() */
unsigned fuzz_messages(void);

#endif
