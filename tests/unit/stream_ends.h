#ifndef TESTS_UNIT_STREAM_ENDS_H
#define TESTS_UNIT_STREAM_ENDS_H

#include "engine/stream.h"

/*
 * Both ends of a stream for tests of it: a writer whose jobs print bytes that
 * follow from the job's number, and a reader that demands them.
 */

/* status of a job that was finished for a dead writer */
#define DEAD_STATUS 137u

struct consumer {
	struct stream_reader reader;
	size_t size_max;
	uint64_t job;	     /* the next one to end */
	uint64_t nbytes;     /* of it, so far */
	uint64_t last_bytes; /* of the last one that ended */
	unsigned last_status;
	unsigned ndead;	   /* jobs with DEAD_STATUS */
	unsigned nchanges; /* between ring and file */
	unsigned nwrong;   /* records that are not what they should be */
};

/* board->header and rank 0's stream of a new board; fails the test when there
 * can be none */
void ends_open(struct board *board, struct consumer *consumer, size_t size_max);
/* stream_recover(), which must succeed; the last finished job */
uint64_t ends_recover(struct stream_reader *reader);

void ends_close(struct board *board, struct consumer *consumer);

/* a writer of this process at the end of rank 0's stream */
void ends_writer_open(struct stream_writer *writer, const struct board *board);
void ends_writer_close(struct stream_writer *writer);

/* bytes of a job's result, at most size_max, and its exit status */
size_t ends_job_size(uint64_t job, size_t size_max);
unsigned ends_job_status(uint64_t job);

/* append the job's bytes from...to, in records of any size */
void ends_write(struct stream_writer *writer, uint64_t job, size_t from,
		size_t to);

/* the whole job */
void ends_write_job(struct stream_writer *writer, uint64_t job,
		    size_t size_max);

/* Take the next record, or a part of it. False when there is none. */
bool ends_take(struct consumer *consumer, bool is_turn);

/* Wait until the writer sleeps for want of something, or, where pidfd is not
 * -1, its process has ended (NEED_NOTHING). */
enum stream_need ends_await(const struct board *board,
			    const struct consumer *consumer, int pidfd);

#endif
