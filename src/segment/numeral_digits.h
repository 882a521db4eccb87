#ifndef SHMMAP_NUMERAL_DIGITS_H
#define SHMMAP_NUMERAL_DIGITS_H

#include "segment/numeral.h"

/* What reading and writing numerals share. */

/* bytes of the 0x before the digits */
#define NUMERAL_PREFIX 2

/* Take digits and exponent from what "%.*Le" made of a positive number, and
 * leave its point where it is. */
void numeral_take(struct numeral *numeral, const char *text);

/* Write the exponent behind the digits, which were changed. */
void numeral_finish(struct numeral *numeral);

#endif
