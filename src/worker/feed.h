#ifndef SHMMAP_FEED_H
#define SHMMAP_FEED_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The standard input of a job that reads a block: a pipe per job, whose write
 * end only the slave has; it never blocks, so that feeding takes turns with
 * collecting what the job prints. A job that does not read all of it is as good
 * as any.
 *
 * The bytes are another's and should not be held for long: of a job that reads
 * slowly, they are copied after a while.
 */

struct feed_input {
	const unsigned char *bytes; /* NULL: those of the file from offset on */
	uint64_t offset;
	uint64_t nbytes;
	int file_fd; /* stays the caller's */
	/* called when bytes are no longer needed; perhaps more than once */
	void (*release)(void *owner);
	void *owner;
};

/* zeroed it is one that is closed */
struct feed {
	bool is_open;
	bool is_held;		 /* the bytes are not released yet */
	bool has_to_copy;	 /* splice(2) does not go with this file */
	int fd;			 /* the write end */
	struct feed_input input; /* what is left of it */
	unsigned char *copy;	 /* of the bytes, or NULL */
	int64_t hold_until_ms;
	int error; /* 0, or why not all could be passed on */
};

/* Make the pipe of one of nslaves slaves: its read end becomes standard input,
 * which the job takes. Returns 0 or -errno, with nothing changed. */
int feed_open(struct feed *feed, unsigned nslaves);

/* The job has been started, or could not be: standard input is null_fd. */
void feed_leave(int null_fd);

/* The job has begun: what it is to read. */
void feed_begin(struct feed *feed, const struct feed_input *input);

/* Write as much as there is room for. Closes the feed at the end of the input,
 * and when nobody reads it any more. */
void feed_step(struct feed *feed);

/* how long to wait for room before feed_step() is called in any case, in ms;
 * -1: any time */
int feed_patience_ms(const struct feed *feed);

/* The job has ended, or has not begun. */
void feed_close(struct feed *feed);

#endif
