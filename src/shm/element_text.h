#ifndef SHMMAP_SHM_ELEMENT_TEXT_H
#define SHMMAP_SHM_ELEMENT_TEXT_H

#include <stddef.h>

#include "segment/element.h"

/* Elements to standard output, as text that element_parse() reads back. */

struct element_text {
	const struct dtype *dtype;
	unsigned char *element; /* room for one */
	char *buffer;
	size_t size;
};

/* 0, or -1 after a diagnostic; release it in each case, zeroed it is fine too
 */
int element_text_init(struct element_text *text, const struct dtype *dtype);
void element_text_release(struct element_text *text);

/* Print text->element. 0, or -1 after a diagnostic when there is no memory. */
int element_text_print(struct element_text *text);

#endif
