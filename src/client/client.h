#ifndef SHMMAP_CLIENT_H
#define SHMMAP_CLIENT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "segment/lock.h"
#include "segment/sections.h"
#include "segment/segment.h"
#include "shmmap.h"

/*
 * libshmmap's own view of an attached segment. The public functions, which
 * shmmap.h documents, are thin over segment/; they trust the checked copies of
 * header and table only.
 */

struct shmmap_array {
	struct shmmap *owner;
	size_t index;
	size_t shape[SHMMAP_NDIM_MAX];
	ptrdiff_t strides[SHMMAP_NDIM_MAX];
	size_t size;
	unsigned char *data; /* NULL: a file that is not mapped yet */
	void *mapping;	     /* of a file, or NULL */
	size_t mapping_nbytes;
};

/* the chunk that a process has of a loop whose iterations are ordered */
struct client_turn {
	bool is_ordered; /* there is such a loop, and */
	bool is_dealt;	 /* its chunks are */
	bool is_inside;	 /* of a section */
	uint64_t loop;
	uint64_t piece; /* that the chunk begins with */
	uint64_t next;	/* none below can be the next chunk's */
	uint64_t left;	/* iterations whose section may come */
};

struct shmmap {
	struct segment segment;
	struct segment state;	  /* of the run, if it is not the same one;
				   * with its copies of arrays */
	struct sections sections; /* of the run; state is NULL outside of one */
	struct lock *locks;	  /* NULL: made by another C library */
	_Atomic(struct lock *) last_lock;  /* that was looked up */
	int rank;			   /* -1 outside of a run */
	const struct shmmap_job *followed; /* see shmmap_follow(); or NULL */
	uint64_t job;
	uint64_t seed;
	uint64_t ordered_last;	  /* job of the last ordered section */
	uint64_t ordered_job;	  /* whose section this process is in, or 0 */
	struct client_jobs *jobs; /* that it takes itself, or NULL */
	bool is_idle;		  /* it does, and has none at hand */
	uint64_t loops;		  /* begun */
	struct client_turn turn;  /* in the loop that was begun last */
	void *local;
	pthread_mutex_t map_mutex; /* guards the mapping of files */
	struct shmmap_array *arrays;
};

/* Where copies of array index are, if there are any: *own is its index there,
 * in the run's own segment or, where that has none, the one of all arrays. */
const struct segment *client_copies(const struct shmmap *segment, size_t index,
				    size_t *own);

/* Make the handle one that takes jobs. Returns 0 or -errno. */
int client_open_jobs(struct shmmap *segment);
void client_close_jobs(struct shmmap *segment);

/* the run's board; NULL after a failure of client_open_jobs() */
struct board *client_board(struct shmmap *segment);

/* shmmap_ordered_begin() and _end() in a loop that is ordered */
int client_loop_begin(struct shmmap *segment);
int client_loop_end(struct shmmap *segment);

/* the job that this process has at hand, or 0 */
static inline uint64_t
client_job(const struct shmmap *segment)
{
	if (segment->is_idle)
		return 0;
	return segment->followed ? segment->followed->number : segment->job;
}

/* note the text of shmmap_error(); returns error */
int client_fail(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
