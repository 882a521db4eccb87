#ifndef SHMMAP_BATCH_H
#define SHMMAP_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/board.h"

/*
 * The batch that a slave has claimed, as it stands in the slave's area, where
 * its successor or the master finds it. What is written when is said in
 * board.h.
 *
 * The text is that of all records, delimiters between them and one behind the
 * last. The text of a range is made from the job's number.
 */

/* the longest decimal number, with sign and NUL */
#define BATCH_NUMBER_SIZE 24

/* Slave: copy the claimed batch from the arena into the area. It is not free
 * yet. */
void batch_keep(const struct board *board, unsigned rank,
		const struct claim *claim);

/*
 * The text of one of its jobs, not terminated. Of a range it is made in number.
 * Returns its bytes, which may be more than are there when the record was too
 * long.
 */
size_t batch_text(const struct board *board, unsigned rank, uint64_t job,
		  char number[BATCH_NUMBER_SIZE], const char **text);

/* of a range: the number that job stands for */
static inline int64_t
batch_value(const struct board *board, uint64_t job)
{
	const struct board_jobs *jobs = &board->header->jobs;

	return shuffle_value(&jobs->shuffle, jobs->range_start,
			     jobs->range_step, job);
}

/* the same in decimal; returns its length */
size_t batch_number(const struct board *board, uint64_t job,
		    char number[BATCH_NUMBER_SIZE]);

/* Master, no more jobs being begun: whether it has jobs that are not. What a
 * filter has in its window it will be given. */
bool batch_has_rest(const struct board *board, unsigned rank);

/*
 * Master, slave dead and its results recovered: what it had not begun becomes
 * the batch that its successor begins with. True if there is something.
 */
bool batch_leave_rest(const struct board *board, unsigned rank);

#endif
