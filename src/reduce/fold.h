#ifndef SHMMAP_REDUCE_FOLD_H
#define SHMMAP_REDUCE_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reduce/bytes.h"
#include "reduce/exact.h"
#include "reduce/op.h"
#include "reduce/value.h"

/* bins of a histogram besides those of the user: below, above, NaN */
#define FOLD_MORE_BINS 3

/*
 * What the values that were seen come to. Integers are exact, in 128 bits and a
 * sign; doubles are summed exactly. Nothing depends on the order of the values,
 * but for first, last and concat, and the rounding of prod.
 *
 * Never prints and never exits.
 */
struct fold {
	uint64_t count; /* of values */
	union {
		/* sum, mean, var: integers come to high * 2^128 + low, more
		 * than a result may have; doubles is NULL as long as there are
		 * none */
		struct {
			unsigned __int128 low;
			uint64_t high;	       /* two's complement */
			struct exact *doubles; /* var: [1] are the squares */
		} sum;
		struct {
			struct value value;
			uint64_t job;
		} best; /* min, max, argmin, argmax */
		struct {
			unsigned __int128 amount; /* of the integers */
			double number;		  /* of all */
			bool is_negative;	  /* of the integers */
			bool is_zero;		  /* one of them is 0 */
			bool is_too_large;
			bool has_double;
		} product;
		struct bytes text; /* first, last, concat */
		uint64_t *bins;	   /* hist: below, bins, above, NaN */
	};
};

/* the fold of no value */
void fold_init(struct fold *fold, const struct op *op);
void fold_release(struct fold *fold, const struct op *op);

/* Add a value of job. Returns 0 or -ENOMEM; then nothing is added. */
int fold_add(struct fold *fold, const struct op *op, const struct value *value,
	     uint64_t job);

/* The same of a text, for an op that takes texts. */
int fold_add_text(struct fold *fold, const struct op *op, const char *text,
		  size_t nbytes);

/* sum and mean: where to add count doubles to, exactly; var: the same, and
 * behind it where to add their squares. NULL when there is no memory. */
struct exact *fold_add_doubles(struct fold *fold, const struct op *op,
			       uint64_t count);

/* hist: its bins. NULL when there is no memory. */
uint64_t *fold_bins(struct fold *fold, const struct op *op);

/* sum and mean: add count integers that come to amount, or to -amount */
static inline void
fold_add_integers(struct fold *fold, unsigned __int128 amount, bool is_negative,
		  uint64_t count)
{
	unsigned __int128 *low = &fold->sum.low;

	if (is_negative)
		fold->sum.high -= __builtin_sub_overflow(*low, amount, low);
	else
		fold->sum.high += __builtin_add_overflow(*low, amount, low);
	fold->count += count;
}

/*
 * Write the result to out: a line, several for hist, each behind the nbytes
 * bytes of prefix; none where no value has no result (min ...). Returns 0,
 * -ERANGE when a sum or product of integers does not fit into 128 bits and a
 * sign, or -ENOMEM.
 */
int fold_write(const struct fold *fold, const struct op *op, const char *prefix,
	       size_t nbytes, struct bytes *out);

#endif
