#ifndef SHMMAP_REDUCE_OP_H
#define SHMMAP_REDUCE_OP_H

#include <stdbool.h>

/*
 * What a reduction does with the values: sum, mean:2, hist:0:1:10 ...
 *
 * Never prints and never exits.
 */
enum op_kind {
	OP_SUM,
	OP_PROD,
	OP_MIN,
	OP_MAX,
	OP_ARGMIN,
	OP_ARGMAX,
	OP_MEAN,
	OP_VAR,
	OP_COUNT,
	OP_FIRST,
	OP_LAST,
	OP_CONCAT,
	OP_HIST,
};

/* columns are counted from 1, and bins up to these */
#define OP_COLUMN_MAX 1000000
#define OP_BINS_MAX 1000000

struct op {
	enum op_kind kind;
	unsigned column;  /* of the value; 0: all of the line */
	double low, high; /* OP_HIST */
	unsigned bins;
};

/* whether values may be any text, which is kept, or only counted */
static inline bool
op_takes_texts(enum op_kind kind)
{
	return kind == OP_COUNT || kind == OP_FIRST || kind == OP_LAST ||
	       kind == OP_CONCAT;
}

/* Read OP[:COLUMN] or hist:LO:HI:N[:COLUMN]. Returns 0, -ENOENT when it begins
 * with the name of no operation, or -EINVAL when what follows the name is
 * wrong. */
int op_parse(const char *text, struct op *op);

/* "OP:COLUMN" or "hist:LO:HI:N:COLUMN", for messages about that kind */
const char *op_form(enum op_kind kind);

#endif
