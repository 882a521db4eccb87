#ifndef SHMMAP_COMBINER_H
#define SHMMAP_COMBINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/plan.h"
#include "engine/stream.h"

/*
 * The slave's part of --reduce: what a job prints is folded while it is
 * collected, and goes into the stream as RECORD_PARTIAL, so that of a job which
 * prints much, only what it comes to travels.
 *
 * A job's result stays its own: nothing is kept from one job to the next, and
 * it is committed by the job's RECORD_DONE as ever. The records of a job are
 * its lines in their order, some of which are folded already; what the master
 * makes of them does not depend on which. So anything may be passed on as it
 * is, and is:
 *
 *   the first bytes of a job, since most jobs print no more than that
 *   a line that is no value, and what was read with it: the master complains
 *   a last line that has no end: whether it counts is known when the job ends
 *   a line that is too long
 *   the next bytes, more each time, where folding did not make much of them
 *
 * What is folded is bounded: when there are too many keys it is written, and
 * begun anew.
 */
struct combiner;

/* Whether results of this plan can be folded by slaves. */
bool combiner_is_for(const struct plan *plan);

/* Slave, once. NULL when there is no memory. Lives as long as the slave. */
struct combiner *combiner_new(const struct plan *plan);

/* A job begins to print, into this stream. */
void combiner_begin(struct combiner *combiner, struct stream_writer *stream,
		    uint64_t job);

/* Read at most nbytes from fd, which does not block. Returns how many there
 * were; 0 when there is nothing now. */
size_t combiner_read(struct combiner *combiner, int fd, size_t nbytes);

/* The job has printed all: what is folded becomes records. */
void combiner_end(struct combiner *combiner);

#endif
