#include <config.h>

#include "reduce/typed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "segment/half.h"

/* Results as they lie in memory; see typed.h. */

/* doubles that are added up at once */
#define SOME 256

int
typed_parse(const char *text, struct typed_item *item)
{
	size_t nbytes = strcspn(text, ":");
	struct value count = { .low = 1 };
	struct dtype dtype;

	if (dtype_parse(&dtype, text, nbytes))
		return -EINVAL;
	text += nbytes;
	if (*text && value_read(text + 1, strlen(text + 1), &count))
		return -EINVAL;
	if (count.is_double || count.is_negative || count.low < 1 ||
	    count.low > TYPED_ELEMENTS_MAX)
		return -EINVAL;
	*item = (struct typed_item){ .kind = dtype.kind,
				     .nbytes = dtype.itemsize,
				     .count = (uint32_t)count.low };
	switch (dtype.kind) {
	case DTYPE_BOOL:
	case DTYPE_INT:
	case DTYPE_UINT:
	case DTYPE_FLOAT:
		return 0;
	default:
		return -EINVAL;
	}
}

void
typed_init(struct typed *typed, const struct typed_item *item,
	   const struct op *op)
{
	*typed = (struct typed){ .item = *item, .op = *op };
}

static size_t
nfolds_of(const struct typed *typed)
{
	return typed->op.column ? 1 : typed->item.count;
}

void
typed_release(struct typed *typed)
{
	for (size_t i = 0; typed->folds && i < nfolds_of(typed); i++)
		fold_release(&typed->folds[i], &typed->op);
	free(typed->folds);
	typed->folds = NULL;
	free(typed->bins);
	typed->bins = NULL;
	bytes_release(&typed->begun);
}

static int
need_folds(struct typed *typed)
{
	if (typed->folds)
		return 0;
	typed->folds = calloc(nfolds_of(typed), sizeof(*typed->folds));
	for (size_t i = 0; typed->folds && i < nfolds_of(typed); i++)
		fold_init(&typed->folds[i], &typed->op);
	return typed->folds ? 0 : -ENOMEM;
}

static double
read_float(const char *from, uint32_t nbytes)
{
	uint16_t half;
	float single;
	double number;

	switch (nbytes) {
	case 2:
		memcpy(&half, from, sizeof(half));
		return half_to_double(half);
	case 4:
		memcpy(&single, from, sizeof(single));
		return single;
	default:
		memcpy(&number, from, sizeof(number));
		return number;
	}
}

static void
read_element(const struct typed_item *item, const char *from,
	     struct value *value)
{
	unsigned unused = 64 - 8 * item->nbytes;
	uint64_t bits = 0;

	*value = (struct value){ .is_double = item->kind == DTYPE_FLOAT };
	if (value->is_double) {
		value->number = read_float(from, item->nbytes);
		return;
	}
	memcpy(&bits, from, item->nbytes); /* little endian */
	if (item->kind == DTYPE_INT && bits >> (63 - unused) & 1) {
		value->is_negative = true;
		bits = -(bits | ~(UINT64_MAX >> unused));
	}
	value->low = item->kind == DTYPE_BOOL ? bits != 0 : bits;
}

static int
take_item(struct typed *typed, uint64_t job, const char *item)
{
	unsigned column = typed->op.column;
	struct value value;
	int error = 0;

	for (size_t i = 0; i < nfolds_of(typed) && !error; i++) {
		size_t at = column ? column - 1 : i;

		read_element(&typed->item, item + at * typed->item.nbytes,
			     &value);
		error = fold_add(&typed->folds[i], &typed->op, &value, job);
	}
	return error;
}

/* items that are doubles and nothing else, where only their sum matters */
static int
take_doubles(struct typed *typed, const char *bytes, size_t count)
{
	struct exact *exact = fold_add_doubles(typed->folds, &typed->op, count);
	double some[SOME];

	if (!typed->bins)
		typed->bins = calloc(1, sizeof(*typed->bins));
	if (!exact || !typed->bins)
		return -ENOMEM;
	for (size_t n; count > 0; count -= n, bytes += n * sizeof(*some)) {
		n = count < SOME ? count : SOME;
		memcpy(some, bytes, n * sizeof(*some));
		exact_bins_add(typed->bins, exact, some, n);
	}
	return 0;
}

bool
typed_has_bins(const struct typed_item *item, const struct op *op)
{
	return item->kind == DTYPE_FLOAT && item->nbytes == sizeof(double) &&
	       item->count == 1 && (op->kind == OP_SUM || op->kind == OP_MEAN);
}

static int
take_items(struct typed *typed, uint64_t *job, bool is_item_each,
	   const char *bytes, size_t count)
{
	const struct typed_item *item = &typed->item;
	int error = 0;

	if (typed_has_bins(item, &typed->op)) {
		if (is_item_each)
			*job += count;
		return take_doubles(typed, bytes, count);
	}
	for (; count > 0 && !error; count--, bytes += typed_size(item)) {
		error = take_item(typed, *job, bytes);
		*job += is_item_each;
	}
	return error;
}

int
typed_take(struct typed *typed, uint64_t *job, bool is_item_each,
	   const char *bytes, size_t nbytes)
{
	size_t size = typed_size(&typed->item), n, whole;
	struct bytes *begun = &typed->begun;
	int error = need_folds(typed);

	if (!error && begun->used > 0) {
		n = size - begun->used < nbytes ? size - begun->used : nbytes;
		error = bytes_add(begun, bytes, n);
		bytes += n;
		nbytes -= n;
		if (!error && begun->used == size) {
			begun->used = 0;
			error = take_items(typed, job, is_item_each,
					   begun->data, 1);
		}
	}
	if (error || nbytes == 0)
		return error;
	whole = nbytes / size;
	/* none at all leaves a sum of doubles that is 0 and not 0.0 */
	if (whole > 0)
		error = take_items(typed, job, is_item_each, bytes, whole);
	if (!error)
		error = bytes_add(begun, bytes + whole * size,
				  nbytes - whole * size);
	return error;
}

int
typed_end_job(struct typed *typed)
{
	bool is_left = typed->begun.used > 0;

	typed->begun.used = 0;
	return is_left ? -EMSGSIZE : 0;
}

size_t
typed_gather(struct typed *typed)
{
	if (need_folds(typed))
		return 0;
	if (typed->bins && typed->folds[0].sum.doubles)
		exact_bins_empty(typed->bins, typed->folds[0].sum.doubles);
	return nfolds_of(typed);
}

void
typed_clear(struct typed *typed)
{
	for (size_t i = 0; typed->folds && i < nfolds_of(typed); i++) {
		fold_release(&typed->folds[i], &typed->op);
		fold_init(&typed->folds[i], &typed->op);
	}
}

int
typed_write(struct typed *typed, struct bytes *out)
{
	int error = typed_gather(typed) > 0 ? 0 : -ENOMEM;

	for (size_t i = 0; i < nfolds_of(typed) && !error; i++) {
		/* a tab in place of the last one's newline */
		if (out->used > 0)
			out->data[out->used - 1] = '\t';
		error = fold_write(&typed->folds[i], &typed->op, "", 0, out);
	}
	return error;
}
