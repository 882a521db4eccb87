#ifndef SHMMAP_INIT_H
#define SHMMAP_INIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "segment/spec.h"

/*
 * What an array begins with: the INIT of a declaration (spec.h), but for
 * like:OTHER, which only a list of declarations can know. Files are looked at
 * here, and read by fill.h.
 *
 * Functions return 0 or -errno with why (SEGMENT_WHY_SIZE bytes).
 */

/* enough for a file's name in a message, see diag_name() */
#define INIT_SHOWN_SIZE 424

/* Whether text is one of @FILE, text:FILE, map:FILE and map-copy:FILE, so that
 * a declaration may have it instead of a dtype. */
bool init_is_file(const char *text);

/*
 * Parse text and look at the file that it names. spec->array has dtype and
 * shape (one dimension may be -1) if is_typed, else both are taken from a .npy
 * file. Sets init, file, file_offset and value of spec, which
 * init_release() frees, also on failure; and dtype, shape, flags, path,
 * file_offset, file_dev and file_ino of spec->array. After success its shape is
 * whole, its size fits, and the file has what it takes.
 */
int init_parse(struct spec *spec, const char *text, bool is_typed, char *why);

/* Set a value of dtype from text: spec->value. */
int init_parse_value(struct spec *spec, const char *text, char *why);

/* Check that the shape is whole and can be counted; its elements and bytes. */
int init_check_size(const struct segment_array *array, uint64_t *count,
		    uint64_t *nbytes, char *why);

/* Open a regular file, for reading only or for both; never waits for the writer
 * of a FIFO. A descriptor, the caller's, or -errno. */
int init_open(const char *file, bool is_read_only, struct stat *status,
	      char *why);

/* Free what spec owns. */
void init_release(struct spec *spec);

#endif
