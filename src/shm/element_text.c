#include <config.h>

#include "shm/element_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"

int
element_text_init(struct element_text *text, const struct dtype *dtype)
{
	*text = (struct element_text){ .dtype = dtype,
				       .size = ELEMENT_TEXT_SIZE };
	text->element = calloc(1, dtype->itemsize);
	text->buffer = malloc(text->size);
	if (text->element && text->buffer)
		return 0;
	diag_errno(ENOMEM, "element");
	return -1;
}

void
element_text_release(struct element_text *text)
{
	free(text->element);
	free(text->buffer);
	*text = (struct element_text){ .dtype = NULL };
}

int
element_text_print(struct element_text *text)
{
	size_t n = element_format(text->buffer, text->size, text->dtype,
				  text->element);

	if (n >= text->size) {
		char *buffer = realloc(text->buffer, n + 1);

		if (!buffer) {
			diag_errno(ENOMEM, "element");
			return -1;
		}
		text->buffer = buffer;
		text->size = n + 1;
		n = element_format(buffer, text->size, text->dtype,
				   text->element);
	}
	fwrite(text->buffer, 1, n, stdout);
	return 0;
}
