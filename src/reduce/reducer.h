#ifndef SHMMAP_REDUCE_REDUCER_H
#define SHMMAP_REDUCE_REDUCER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reduce/bytes.h"
#include "reduce/fold.h"
#include "reduce/groups.h"
#include "reduce/op.h"
#include "reduce/typed.h"

/*
 * From results to one value, or one for each key: each line of a result is a
 * value, or has it in one of its columns, which blanks and tabs separate. Lines
 * that are blank are none. Or results are numbers as they lie in memory
 * (typed.h).
 *
 * Results come in pieces, those of one job after the other.
 *
 * Never prints and never exits.
 */

/* the longest line that is in two pieces */
#define REDUCER_LINE_MAX ((size_t)1 << 20)

/* as much of a bad line as is kept for a message */
#define REDUCER_SHOWN 64

struct reducer_setting {
	struct op op;
	unsigned by;   /* the column of the key; 0: no keys */
	bool is_wide;  /* integers have 128 bits: they are what others came to
			*/
	bool skip_bad; /* what is no value is counted, and no error */
	char line_end;
	struct typed_item item; /* of no elements: results are lines */
	uint64_t seed;		/* of the hash */
};

/* what is wrong with a line */
struct reducer_bad {
	uint64_t job;
	unsigned column;	  /* that it does not have, or 0 */
	char text[REDUCER_SHOWN]; /* the value, or all of the line */
	size_t nbytes;		  /* of text, and ... */
};

struct reducer {
	struct reducer_setting setting;
	struct fold fold;
	struct groups groups;
	struct typed typed;
	struct bytes line;  /* the one that has begun */
	struct bytes entry; /* of a partial (partial.h), likewise */
	unsigned nother;    /* lines before the next try to read plain digits */
	uint64_t nbad;	    /* lines that were skipped */
	struct reducer_bad bad;
};

void reducer_init(struct reducer *reducer,
		  const struct reducer_setting *setting);
void reducer_release(struct reducer *reducer);

/*
 * Take a piece of the result of *job. With is_line_each it is of several jobs
 * from *job on, a line (or item) of each, and *job becomes that of the line
 * behind. Returns 0; -EINVAL (a value is no number), -ERANGE (is too large for
 * one), -ENODATA (a line has no such column), all of which bad then tells more
 * of; -E2BIG for a line that is longer than REDUCER_LINE_MAX; or -ENOMEM.
 */
int reducer_take(struct reducer *reducer, uint64_t *job, bool is_line_each,
		 const char *bytes, size_t nbytes);

/*
 * The same for as many lines (or items) as are whole; *taken becomes their
 * bytes. What is no value is an error, whatever skip_bad says: *taken is where
 * its line begins, which nothing came of. -ENOSPC when reducer_limit() allows
 * no more keys.
 */
int reducer_take_whole(struct reducer *reducer, uint64_t *job,
		       bool is_line_each, const char *bytes, size_t nbytes,
		       size_t *taken);

/* For reducer_take_whole(): at most so many keys, and bytes of keys. */
void reducer_limit(struct reducer *reducer, size_t keys, size_t key_bytes);

/* Begin anew, after reducer_write(). */
void reducer_clear(struct reducer *reducer);

/* The result of a job is complete; its last line may lack its end, and counts
 * all the same, unless is_failed: then it may be half a number. Returns as
 * reducer_take(), -EMSGSIZE when the last item is not whole, or -EBADMSG when
 * the last entry of a partial is not. */
int reducer_end_job(struct reducer *reducer, uint64_t job, bool is_failed);

/* Write what all came to. Returns 0, -ENOMEM or -ERANGE (see fold_write), of
 * the key that bad has then, if there are keys. */
int reducer_write(struct reducer *reducer, struct bytes *out);

#endif
