#ifndef SHMMAP_SCHEDULE_H
#define SHMMAP_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/board.h"

/*
 * How many jobs make a batch: OpenMP's schedules (OpenMP 5.2, 11.5.3), for jobs
 * that cost next to nothing. Where every job costs a process, a batch is one
 * job unless the schedule has a chunk.
 *
 *   static    CHUNK jobs each, dealt to the slaves in turn; without CHUNK one
 *             part of a range for each slave, of records as many as auto has
 *   dynamic   CHUNK jobs each (1) to whoever asks
 *   guided    what is left, divided by the slaves, at least CHUNK (1)
 *   auto      as many as take SCHEDULE_AUTO_NS, by how long they have taken so
 *             far; at first one. CHUNK is the least. A filter has several
 *             batches anyhow; larger ones are fewer writes to it.
 */

#define SCHEDULE_AUTO_NS 100000
#define SCHEDULE_FILTER_NS 400000

/* the most jobs of a batch; a longer part of a range is several */
#define SCHEDULE_MAX (UINT64_C(1) << 30)

enum schedule_kind {
	SCHEDULE_AUTO,
	SCHEDULE_STATIC,
	SCHEDULE_DYNAMIC,
	SCHEDULE_GUIDED,
};

struct schedule {
	enum schedule_kind kind;
	uint64_t chunk; /* 0: none was given */
};

/* KIND[,CHUNK], with monotonic: or nonmonotonic: before it or not, in any case.
 * Returns 0 or -EINVAL. */
int schedule_parse(const char *text, struct schedule *schedule);

/* the master's state of it */
struct batch_sizes {
	struct schedule schedule;
	unsigned nslaves;
	uint64_t batch_ns; /* what a batch of auto is to take */
	uint64_t size;	   /* auto's */
	bool is_flowing;   /* more than is left is to come at once */
	uint64_t busy_ns, ran;
};

void batch_sizes_init(struct batch_sizes *sizes,
		      const struct schedule *schedule, unsigned nslaves,
		      uint64_t batch_ns);

/* see how long the jobs have taken since the last call */
void batch_sizes_learn(struct batch_sizes *sizes, const struct board *board);

/* jobs of the next batch; left is how many there are, as far as is known */
uint64_t batch_sizes_next(const struct batch_sizes *sizes, uint64_t left);

/* batches that may wait to be claimed, so that the size of the next can still
 * be chosen; UINT64_MAX: any number */
uint64_t batch_sizes_depth(const struct batch_sizes *sizes);

#endif
