#include <config.h>

#include <stdio.h>

#include "base/diag.h"
#include "shm/command.h"
#include "shm/element_text.h"
#include "shm/pick.h"
#include "shm/print.h"

/* shm get */

static int
print_all(const struct pick *pick, struct element_text *text)
{
	uint64_t row = pick->row;

	for (uint64_t i = 0; i < pick->count; i++) {
		pick_load(pick, i, text->element);
		if (element_text_print(text))
			return -1;
		putchar((i + 1) % row ? '\t' : '\n');
		if (ferror(stdout))
			break; /* the flush tells */
	}
	return print_flush("get");
}

int
command_get(const struct options *options, char *operands[], size_t n)
{
	struct element_text text = { .dtype = NULL };
	struct target target;
	struct pick pick;
	int status = DIAG_EXIT_FAILURE;

	if (target_open(&target, options, "get", operands[0], true))
		goto out;
	if (n > 1 && target.shape.ndim == 0) {
		diag("%s: a scalar takes no slice, but %s was given",
		     target.name, print_quoted(operands[1]));
		goto out;
	}
	if (pick_slice(&pick, &target, n > 1 ? operands[1] : NULL) ||
	    element_text_init(&text, target.dtype))
		goto out;
	if (print_all(&pick, &text) == 0)
		status = 0;
out:
	element_text_release(&text);
	target_close(&target);
	return status;
}
