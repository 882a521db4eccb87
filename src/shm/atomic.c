#include <config.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "shm/command.h"
#include "shm/element_text.h"
#include "shm/pick.h"
#include "shm/print.h"
#include "shm/values.h"

/* shm add, min and max */

/* the operation as text, "min" */
struct operation {
	const char *name;
	enum element_op op;
};

static void
refuse_dtype(const struct target *target, const char *what)
{
	char dtype[DTYPE_TEXT_SIZE];

	diag("%s: no %s for %s: integers, f4 and f8 have it, and c8 has add",
	     target->name, what,
	     dtype_name(dtype, sizeof(dtype), target->dtype));
}

/* INDEX, unless it is a scalar, and VALUE */
static int
read_operands(const struct target *target, char *operands[], size_t n,
	      struct pick *pick, struct values *values)
{
	bool is_scalar = target->shape.ndim == 0;
	const char *value = operands[n - 1];

	if (n != (is_scalar ? 2 : 3)) {
		diag("%s: %s", target->name,
		     is_scalar ? "a scalar takes one value and no index"
			       : "an index and a value are needed");
		return -1;
	}
	if (pick_index(pick, target, is_scalar ? NULL : operands[1]) ||
	    values_add(values, "", value, strlen(value)))
		return -1;
	return 0;
}

static int
print_old(struct element_text *text, const char *who)
{
	if (element_text_print(text))
		return -1;
	putchar('\n');
	return print_flush(who);
}

static int
operate(const struct operation *operation, const struct options *options,
	char *operands[], size_t n)
{
	struct target target;
	struct values values = { .target = &target };
	struct element_text old = { .dtype = NULL };
	struct pick pick;
	int status = DIAG_EXIT_FAILURE;

	if (target_open(&target, options, operation->name, operands[0],
			false) ||
	    read_operands(&target, operands, n, &pick, &values) ||
	    element_text_init(&old, target.dtype))
		goto out;
	if (element_atomic(target.dtype, operation->op, pick_at(&pick, 0),
			   values.bytes, old.element)) {
		refuse_dtype(&target, operation->name);
		goto out;
	}
	if (!(options->given & OPTION_OLD) ||
	    print_old(&old, operation->name) == 0)
		status = 0;
out:
	element_text_release(&old);
	values_release(&values);
	target_close(&target);
	return status;
}

int
command_add(const struct options *options, char *operands[], size_t n)
{
	static const struct operation add = { "add", ELEMENT_ADD };

	return operate(&add, options, operands, n);
}

int
command_min(const struct options *options, char *operands[], size_t n)
{
	static const struct operation min = { "min", ELEMENT_MIN };

	return operate(&min, options, operands, n);
}

int
command_max(const struct options *options, char *operands[], size_t n)
{
	static const struct operation max = { "max", ELEMENT_MAX };

	return operate(&max, options, operands, n);
}
