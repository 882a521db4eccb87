#ifndef SHMMAP_NUMBER_H
#define SHMMAP_NUMBER_H

#include <stdint.h>

/*
 * Text to number, whole text or nothing. Each returns 0, -EINVAL when text is
 * not of the form asked for (leading space and sign included), or -ERANGE when
 * the value does not fit or lies outside [min, max]; *value is then untouched.
 */

/* a decimal integer without sign, min to max */
int number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* a duration such as 10, 0.5, 1.5s, 2m, 1h or 1d (seconds without a suffix),
 * in milliseconds rounded up, at most INT32_MAX ms */
int number_parse_duration(const char *text, int32_t *ms);

#endif
