#ifndef SHMMAP_DOCUMENT_TEXT_H
#define SHMMAP_DOCUMENT_TEXT_H

#include <stddef.h>

#include "front/faults.h"

/* The bytes of a document, before they are YAML. */

/* They are UTF-8 of characters that YAML lets stand there: 0; or -1 with one
 * fault for each line where they are not. */
int document_check(const char *bytes, size_t nbytes, struct faults *faults);

/* the byte at a place, whose column counts characters; 0 if there is none */
char document_byte(const char *bytes, size_t nbytes, struct place place);

#endif
