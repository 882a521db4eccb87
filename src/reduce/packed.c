#include <config.h>

#include "reduce/packed.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/*
 * Folds as bytes; see packed.h. A fold begins with its count; where that is 0
 * it ends there.
 */

/* of a sum, beside how many exact ones follow */
enum { SUM_WIDE = 4 };

/* of a value */
enum { VALUE_DOUBLE = 1, VALUE_NEGATIVE = 2 };

/* of a product */
enum {
	PRODUCT_NEGATIVE = 1,
	PRODUCT_ZERO = 2,
	PRODUCT_TOO_LARGE = 4,
	PRODUCT_DOUBLE = 8,
};

/* ---- numbers ---- */

int
packed_put(struct bytes *out, unsigned __int128 number)
{
	unsigned char text[19];
	size_t n = 0;

	for (; number > 127; number >>= 7)
		text[n++] = (unsigned char)(number | 128);
	text[n++] = (unsigned char)number;
	return bytes_add(out, text, n);
}

static int
get(struct packed *packed, unsigned __int128 *number)
{
	unsigned shift = 0;
	unsigned char byte;

	*number = 0;
	do {
		if (packed->at == packed->end || shift > 126)
			return -EBADMSG;
		byte = *packed->at++;
		*number |= (unsigned __int128)(byte & 127) << shift;
		shift += 7;
	} while (byte > 127);
	return 0;
}

int
packed_get(struct packed *packed, uint64_t max, uint64_t *number)
{
	unsigned __int128 wide;

	if (get(packed, &wide) || wide > max)
		return -EBADMSG;
	*number = (uint64_t)wide;
	return 0;
}

static int
put_double(struct bytes *out, double number)
{
	return bytes_add(out, &number, sizeof(number));
}

static int
get_double(struct packed *packed, double *number)
{
	if ((size_t)(packed->end - packed->at) < sizeof(*number))
		return -EBADMSG;
	memcpy(number, packed->at, sizeof(*number));
	packed->at += sizeof(*number);
	return 0;
}

/* ---- sums ---- */

static int
put_sum(struct bytes *out, const struct fold *fold, const struct op *op)
{
	__int128 sum = (__int128)fold->sum.low;
	uint64_t sign = (uint64_t)(sum >> 127), high = fold->sum.high - sign;
	unsigned n = !fold->sum.doubles ? 0 : op->kind == OP_VAR ? 2 : 1;
	unsigned char text[EXACT_PACKED_MAX];
	/* the sign is the last bit */
	int error = packed_put(out, (unsigned __int128)sum << 1 ^
					    (unsigned __int128)(sum >> 127));

	if (!error)
		error = packed_put(out, n | (high ? SUM_WIDE : 0));
	if (!error && high)
		error = packed_put(out, high);
	for (unsigned i = 0; i < n && !error; i++)
		error = bytes_add(out, text,
				  exact_pack(fold->sum.doubles + i, text));
	return error;
}

static int
add_sum(struct packed *packed, struct fold *fold, const struct op *op)
{
	unsigned wanted = op->kind == OP_VAR ? 2 : 1;
	unsigned __int128 sum;
	struct exact *doubles;
	uint64_t n, high = 0;

	if (get(packed, &sum) || packed_get(packed, SUM_WIDE | wanted, &n))
		return -EBADMSG;
	if (n & SUM_WIDE && packed_get(packed, UINT64_MAX, &high))
		return -EBADMSG;
	n &= ~(uint64_t)SUM_WIDE;
	fold_add_integers(fold, (sum >> 1) + (sum & 1), sum & 1, 0);
	fold->sum.high += high;
	/* a variance has both of them, if it has any value */
	if (n != wanted)
		return n == 0 && wanted == 1 ? 0 : -EBADMSG;
	doubles = fold_add_doubles(fold, op, 0);
	if (!doubles)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		size_t nbytes =
			exact_add_packed(doubles + i, packed->at,
					 (size_t)(packed->end - packed->at));

		if (nbytes == 0)
			return -EBADMSG;
		packed->at += nbytes;
	}
	return 0;
}

/* ---- the least and the greatest ---- */

static int
put_best(struct bytes *out, const struct fold *fold, const struct op *op)
{
	const struct value *value = &fold->best.value;
	/* a double has its sign with it */
	unsigned flags = value->is_double     ? VALUE_DOUBLE
			 : value->is_negative ? VALUE_NEGATIVE
					      : 0;
	int error = packed_put(out, flags);

	(void)op;
	if (!error)
		error = packed_put(out, fold->best.job);
	if (error)
		return error;
	return value->is_double ? put_double(out, value->number)
				: packed_put(out, value_amount(value));
}

static int
add_best(struct packed *packed, struct fold *fold, const struct op *op)
{
	struct value value = { 0 };
	unsigned __int128 amount = 0;
	uint64_t flags, job;
	int error = packed_get(packed, VALUE_DOUBLE | VALUE_NEGATIVE, &flags);

	if (!error)
		error = packed_get(packed, UINT64_MAX, &job);
	if (error)
		return error;
	value.is_double = flags & VALUE_DOUBLE;
	value.is_negative = flags & VALUE_NEGATIVE;
	error = value.is_double ? get_double(packed, &value.number)
				: get(packed, &amount);
	if (error)
		return error;
	if (!value.is_double) {
		value.low = (uint64_t)amount;
		value.high = (uint64_t)(amount >> 64);
	}
	error = fold_add(fold, op, &value, job);
	/* our caller counts */
	fold->count -= error == 0;
	return error;
}

/* ---- products ---- */

static int
put_product(struct bytes *out, const struct fold *fold, const struct op *op)
{
	unsigned flags = (fold->product.is_negative ? PRODUCT_NEGATIVE : 0) |
			 (fold->product.is_zero ? PRODUCT_ZERO : 0) |
			 (fold->product.is_too_large ? PRODUCT_TOO_LARGE : 0) |
			 (fold->product.has_double ? PRODUCT_DOUBLE : 0);
	int error = packed_put(out, flags);

	(void)op;
	if (!error)
		error = packed_put(out, fold->product.amount);
	return error ? error : put_double(out, fold->product.number);
}

static int
add_product(struct packed *packed, struct fold *fold, const struct op *op)
{
	unsigned __int128 amount;
	uint64_t flags;
	double number;

	(void)op;
	if (packed_get(packed, 2 * PRODUCT_DOUBLE - 1, &flags) ||
	    get(packed, &amount) || get_double(packed, &number))
		return -EBADMSG;
	fold->product.number *= number;
	fold->product.is_negative ^= (flags & PRODUCT_NEGATIVE) != 0;
	fold->product.is_zero |= (flags & PRODUCT_ZERO) != 0;
	fold->product.is_too_large |= (flags & PRODUCT_TOO_LARGE) != 0;
	fold->product.has_double |= (flags & PRODUCT_DOUBLE) != 0;
	if (__builtin_mul_overflow(fold->product.amount, amount,
				   &fold->product.amount))
		fold->product.is_too_large = true;
	return 0;
}

/* ---- texts ---- */

static int
put_text(struct bytes *out, const struct fold *fold, const struct op *op)
{
	int error = packed_put(out, fold->text.used);

	(void)op;
	return error ? error : bytes_add(out, fold->text.data, fold->text.used);
}

static int
add_text(struct packed *packed, struct fold *fold, const struct op *op)
{
	uint64_t nbytes;
	int error;

	if (packed_get(packed, UINT64_MAX, &nbytes) ||
	    nbytes > (size_t)(packed->end - packed->at))
		return -EBADMSG;
	error = fold_add_text(fold, op, (const char *)packed->at,
			      (size_t)nbytes);
	fold->count -= error == 0;
	packed->at += nbytes;
	return error;
}

/* ---- histograms ---- */

/* the bins that are not 0, each behind how many were skipped; and then how many
 * there are up to the end */
static int
put_bins(struct bytes *out, const struct fold *fold, const struct op *op)
{
	unsigned n = op->bins + FOLD_MORE_BINS, next = 0;
	int error = 0;

	for (unsigned i = 0; i < n && !error; i++) {
		if (fold->bins[i] == 0)
			continue;
		error = packed_put(out, i - next);
		if (!error)
			error = packed_put(out, fold->bins[i]);
		next = i + 1;
	}
	return error ? error : packed_put(out, n - next);
}

static int
add_bins(struct packed *packed, struct fold *fold, const struct op *op)
{
	uint64_t n = op->bins + FOLD_MORE_BINS, at = 0, skipped, count;
	uint64_t *bins = fold_bins(fold, op);

	if (!bins)
		return -ENOMEM;
	for (;;) {
		if (packed_get(packed, n - at, &skipped))
			return -EBADMSG;
		at += skipped;
		if (at == n)
			return 0;
		if (packed_get(packed, UINT64_MAX, &count))
			return -EBADMSG;
		bins[at++] += count;
	}
}

/* ---- all ---- */

/* what follows the count */
static const struct form {
	int (*put)(struct bytes *out, const struct fold *fold,
		   const struct op *op);
	int (*add)(struct packed *packed, struct fold *fold,
		   const struct op *op);
} forms[] = {
	[OP_SUM] = { put_sum, add_sum },
	[OP_PROD] = { put_product, add_product },
	[OP_MIN] = { put_best, add_best },
	[OP_MAX] = { put_best, add_best },
	[OP_ARGMIN] = { put_best, add_best },
	[OP_ARGMAX] = { put_best, add_best },
	[OP_MEAN] = { put_sum, add_sum },
	[OP_VAR] = { put_sum, add_sum },
	[OP_COUNT] = { NULL, NULL },
	[OP_FIRST] = { put_text, add_text },
	[OP_LAST] = { put_text, add_text },
	[OP_CONCAT] = { put_text, add_text },
	[OP_HIST] = { put_bins, add_bins },
};

int
packed_put_fold(struct bytes *out, const struct fold *fold, const struct op *op)
{
	const struct form *form = &forms[op->kind];
	int error = packed_put(out, fold->count);

	if (error || fold->count == 0 || !form->put)
		return error;
	return form->put(out, fold, op);
}

int
packed_add_fold(struct packed *packed, struct fold *fold, const struct op *op)
{
	const struct form *form = &forms[op->kind];
	uint64_t count;
	int error = 0;

	if (packed_get(packed, UINT64_MAX, &count))
		return -EBADMSG;
	if (count == 0)
		return 0;
	if (form->add)
		error = form->add(packed, fold, op);
	if (!error)
		fold->count += count;
	return error;
}
