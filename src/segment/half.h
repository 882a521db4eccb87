#ifndef SHMMAP_HALF_H
#define SHMMAP_HALF_H

#include <stdint.h>

/*
 * f2, binary16 of IEEE 754: a sign, 5 bits of exponent, 10 bits of fraction.
 * There are compilers without a type for it.
 */

#define HALF_SIGN 0x8000u
#define HALF_INFINITE 0x7c00u
#define HALF_NAN 0x7e00u

/* exact */
double half_to_double(uint16_t half);

/* the nearest, even in a tie; what is too big becomes infinite */
uint16_t half_from_double(double value);

/* what the bits without sign amount to, were there no infinity: the next after
 * the greatest finite one is 65536 */
double half_amount(unsigned bits);

#endif
