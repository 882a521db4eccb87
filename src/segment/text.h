#ifndef SHMMAP_TEXT_H
#define SHMMAP_TEXT_H

#include <stdint.h>

#include "segment/dtype.h"

/*
 * Numbers in text files: words with white space or single commas between them,
 * lines having no meaning but that # begins a comment up to the line's end. A
 * comma wants a word before it in its line, so that an empty field is an error
 * and not one number less.
 *
 * Both go through a regular file once, from its beginning (pread; the
 * descriptor's position is not used), with a bounded piece of memory. shown is
 * the file's name for messages. 0, or -errno with why: -EINVAL for a word that
 * is no value or a comma too many, -ERANGE for what does not fit, -ENODATA for
 * too few words, -E2BIG for too many, ...
 */

/* the longest word, in bytes */
#define TEXT_WORD_MAX ((size_t)64 << 10)

/* how many words there are */
int text_count(int fd, const char *shown, uint64_t *count, char *why);

/* read words, exactly count of them, as elements to data; on failure data have
 * what came before */
int text_read(int fd, const char *shown, const struct dtype *dtype,
	      uint64_t count, unsigned char *data, char *why);

#endif
