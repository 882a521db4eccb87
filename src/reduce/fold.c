#include <config.h>

#include "reduce/fold.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Folding values; see fold.h. */

void
fold_init(struct fold *fold, const struct op *op)
{
	memset(fold, 0, sizeof(*fold));
	if (op->kind == OP_PROD) {
		fold->product.amount = 1;
		fold->product.number = 1;
	}
}

void
fold_release(struct fold *fold, const struct op *op)
{
	switch (op->kind) {
	case OP_SUM:
	case OP_MEAN:
	case OP_VAR:
		free(fold->sum.doubles);
		break;
	case OP_FIRST:
	case OP_LAST:
	case OP_CONCAT:
		bytes_release(&fold->text);
		break;
	case OP_HIST:
		free(fold->bins);
		break;
	default:
		break;
	}
	memset(fold, 0, sizeof(*fold));
}

/* ---- sums ---- */

/* room for what is not an integer, or for sum and squares */
static int
need_doubles(struct fold *fold, const struct op *op)
{
	size_t n = op->kind == OP_VAR ? 2 : 1;

	if (fold->sum.doubles)
		return 0;
	/* all zero is exact_init()'s */
	fold->sum.doubles = calloc(n, sizeof(struct exact));
	return fold->sum.doubles ? 0 : -ENOMEM;
}

static int
add_to_sum(struct fold *fold, const struct op *op, const struct value *value)
{
	if (!value->is_double) {
		fold_add_integers(fold, value_amount(value), value->is_negative,
				  0);
		return 0;
	}
	if (need_doubles(fold, op))
		return -ENOMEM;
	exact_add(fold->sum.doubles, value->number);
	return 0;
}

/* the square of an integer */
static void
add_square(struct exact *squares, const struct value *value)
{
	unsigned __int128 low = value->low, high = value->high;

	exact_add_scaled(squares, low * low, 0, false);
	if (high == 0)
		return;
	exact_add_scaled(squares, high * low, 65, false);
	exact_add_scaled(squares, high * high, 128, false);
}

static int
add_to_variance(struct fold *fold, const struct op *op,
		const struct value *value)
{
	/* all that may fail comes first: then nothing was added */
	int error = need_doubles(fold, op);

	if (!error)
		error = add_to_sum(fold, op, value);
	if (error)
		return error;
	if (value->is_double)
		exact_add_square(fold->sum.doubles + 1, value->number);
	else
		add_square(fold->sum.doubles + 1, value);
	return 0;
}

/* integers and doubles in one */
static void
add_up(const struct fold *fold, struct exact *exact)
{
	uint64_t high = fold->sum.high;
	bool is_negative = high >> 63;

	exact_init(exact);
	if (fold->sum.doubles)
		*exact = *fold->sum.doubles;
	exact_add_scaled(exact, fold->sum.low, 0, false);
	exact_add_scaled(exact, is_negative ? -high : high, 128, is_negative);
}

/* the bytes, or -ERANGE */
static int
write_integers(const struct fold *fold, char out[VALUE_TEXT_SIZE])
{
	unsigned __int128 low = fold->sum.low;

	if (fold->sum.high == 0)
		return (int)value_format_integer(out, false, low);
	/* -2^128 itself does not fit */
	if (fold->sum.high == UINT64_MAX && low > 0)
		return (int)value_format_integer(out, true, -low);
	return -ERANGE;
}

/* what has a point, rounded once */
static double
round_sum(const struct fold *fold, const struct op *op)
{
	struct exact all;

	if (op->kind == OP_VAR && fold->count < 2)
		return NAN;
	add_up(fold, &all);
	switch (op->kind) {
	case OP_MEAN:
		return exact_mean(&all, fold->count);
	case OP_VAR:
		return exact_variance(&all, fold->sum.doubles + 1, fold->count);
	default:
		return exact_sum(&all);
	}
}

/* the bytes, or -ERANGE */
static int
write_sum(const struct fold *fold, const struct op *op,
	  char out[VALUE_TEXT_SIZE])
{
	if (op->kind == OP_SUM && !fold->sum.doubles)
		return write_integers(fold, out);
	if (op->kind != OP_SUM && fold->count == 0)
		return 0;
	return (int)value_format_double(out, round_sum(fold, op));
}

/* ---- the least and the greatest ---- */

static bool
is_nan(const struct value *value)
{
	return value->is_double && isnan(value->number);
}

/* NaN is better than all others, as in NumPy */
static int
compare(const struct op *op, const struct value *one, const struct value *other)
{
	if (is_nan(one) || is_nan(other))
		return is_nan(one) - is_nan(other);
	switch (op->kind) {
	case OP_MIN:
		return -value_compare(one, other);
	case OP_MAX:
		return value_compare(one, other);
	case OP_ARGMIN:
		return -value_order(one, other);
	default:
		return value_order(one, other);
	}
}

static void
add_to_best(struct fold *fold, const struct op *op, const struct value *value,
	    uint64_t job)
{
	int order =
		fold->count == 0 ? 1 : compare(op, value, &fold->best.value);

	if (order > 0 || (order == 0 && job < fold->best.job)) {
		fold->best.value = *value;
		fold->best.job = job;
	}
}

static int
write_best(const struct fold *fold, const struct op *op,
	   char out[VALUE_TEXT_SIZE])
{
	if (fold->count == 0)
		return 0;
	if (op->kind == OP_MIN || op->kind == OP_MAX)
		return (int)value_format(out, &fold->best.value);
	return (int)value_format_integer(out, false, fold->best.job);
}

/* ---- products ---- */

static void
add_to_product(struct fold *fold, const struct value *value)
{
	fold->product.number *= value_double(value);
	if (value->is_double)
		fold->product.has_double = true;
	else if (value_amount(value) == 0)
		fold->product.is_zero = true;
	else if (__builtin_mul_overflow(fold->product.amount,
					value_amount(value),
					&fold->product.amount))
		fold->product.is_too_large = true;
	if (!value->is_double)
		fold->product.is_negative ^= value->is_negative;
}

/* the bytes, or -ERANGE */
static int
write_product(const struct fold *fold, char out[VALUE_TEXT_SIZE])
{
	if (fold->product.has_double)
		return (int)value_format_double(out, fold->product.number);
	/* also where it did not fit on the way: in every order the same */
	if (fold->product.is_zero)
		return (int)value_format_integer(out, false, 0);
	if (fold->product.is_too_large)
		return -ERANGE;
	return (int)value_format_integer(out, fold->product.is_negative,
					 fold->product.amount);
}

/* ---- texts ---- */

static int
add_to_text(struct fold *fold, const struct op *op, const char *text,
	    size_t nbytes)
{
	if (op->kind == OP_FIRST && fold->count > 0)
		return 0;
	if (op->kind == OP_LAST)
		fold->text.used = 0;
	else if (fold->count > 0 && bytes_add(&fold->text, " ", 1))
		return -ENOMEM;
	return bytes_add(&fold->text, text, nbytes);
}

static int
write_line(const char *prefix, size_t nbytes, const char *text, size_t ntext,
	   struct bytes *out)
{
	if (bytes_add(out, prefix, nbytes) || bytes_add(out, text, ntext) ||
	    bytes_add(out, "\n", 1))
		return -ENOMEM;
	return 0;
}

static int
write_text(const struct fold *fold, const char *prefix, size_t nbytes,
	   struct bytes *out)
{
	if (fold->text.used == 0)
		return 0;
	return write_line(prefix, nbytes, fold->text.data, fold->text.used,
			  out);
}

/* ---- histograms ---- */

static double
edge(const struct op *op, unsigned bin)
{
	if (bin == op->bins)
		return op->high;
	return op->low + (op->high - op->low) * bin / op->bins;
}

/* the place of a number among the bins: 0 below, 1... bins, above, NaN */
static unsigned
bin_of(const struct op *op, double number)
{
	unsigned bin;

	if (isnan(number))
		return op->bins + 2;
	if (number < op->low)
		return 0;
	if (number >= op->high)
		return op->bins + 1;
	bin = (unsigned)((number - op->low) / (op->high - op->low) * op->bins);
	/* the edges that are printed decide, not how this was rounded */
	while (bin > 0 && (bin >= op->bins || number < edge(op, bin)))
		bin--;
	while (bin + 1 < op->bins && number >= edge(op, bin + 1))
		bin++;
	return bin + 1;
}

uint64_t *
fold_bins(struct fold *fold, const struct op *op)
{
	if (!fold->bins)
		fold->bins =
			calloc(op->bins + FOLD_MORE_BINS, sizeof(uint64_t));
	return fold->bins;
}

static int
add_to_bins(struct fold *fold, const struct op *op, const struct value *value)
{
	if (!fold_bins(fold, op))
		return -ENOMEM;
	fold->bins[bin_of(op, value_double(value))]++;
	return 0;
}

/* lower edge, tab, count; the last only if there are NaNs */
static int
write_bins(const struct fold *fold, const struct op *op, const char *prefix,
	   size_t nbytes, struct bytes *out)
{
	char text[2 * VALUE_TEXT_SIZE];
	unsigned last = op->bins + (fold->bins && fold->bins[op->bins + 2]);
	int error = 0;

	for (unsigned i = 0; i <= last + 1 && !error; i++) {
		double from = i == 0		  ? -INFINITY
			      : i == op->bins + 2 ? NAN
						  : edge(op, i - 1);
		size_t n = value_format_double(text, from);

		text[n++] = '\t';
		n += value_format_integer(text + n, false,
					  fold->bins ? fold->bins[i] : 0);
		error = write_line(prefix, nbytes, text, n, out);
	}
	return error;
}

/* ---- all ---- */

static int
add_value(struct fold *fold, const struct op *op, const struct value *value,
	  uint64_t job)
{
	switch (op->kind) {
	case OP_SUM:
	case OP_MEAN:
		return add_to_sum(fold, op, value);
	case OP_VAR:
		return add_to_variance(fold, op, value);
	case OP_HIST:
		return add_to_bins(fold, op, value);
	case OP_PROD:
		add_to_product(fold, value);
		return 0;
	default:
		add_to_best(fold, op, value, job);
		return 0;
	}
}

int
fold_add(struct fold *fold, const struct op *op, const struct value *value,
	 uint64_t job)
{
	char text[VALUE_TEXT_SIZE];
	size_t nbytes = 0;
	int error;

	if (op_takes_texts(op->kind)) {
		if (op->kind != OP_COUNT)
			nbytes = value_format(text, value);
		return fold_add_text(fold, op, text, nbytes);
	}
	error = add_value(fold, op, value, job);
	if (!error)
		fold->count++;
	return error;
}

int
fold_add_text(struct fold *fold, const struct op *op, const char *text,
	      size_t nbytes)
{
	int error =
		op->kind == OP_COUNT ? 0 : add_to_text(fold, op, text, nbytes);

	if (!error)
		fold->count++;
	return error;
}

struct exact *
fold_add_doubles(struct fold *fold, const struct op *op, uint64_t count)
{
	if (need_doubles(fold, op))
		return NULL;
	fold->count += count;
	return fold->sum.doubles;
}

int
fold_write(const struct fold *fold, const struct op *op, const char *prefix,
	   size_t nbytes, struct bytes *out)
{
	char text[VALUE_TEXT_SIZE];
	int n = 0;

	switch (op->kind) {
	case OP_SUM:
	case OP_MEAN:
	case OP_VAR:
		n = write_sum(fold, op, text);
		break;
	case OP_COUNT:
		n = (int)value_format_integer(text, false, fold->count);
		break;
	case OP_PROD:
		n = write_product(fold, text);
		break;
	case OP_FIRST:
	case OP_LAST:
	case OP_CONCAT:
		return write_text(fold, prefix, nbytes, out);
	case OP_HIST:
		return write_bins(fold, op, prefix, nbytes, out);
	default:
		n = write_best(fold, op, text);
	}
	if (n < 0)
		return n;
	return n > 0 ? write_line(prefix, nbytes, text, (size_t)n, out) : 0;
}
