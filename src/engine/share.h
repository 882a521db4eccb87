#ifndef SHMMAP_SHARE_H
#define SHMMAP_SHARE_H

#include <stdbool.h>

#include "engine/plan.h"
#include "segment/lock.h"
#include "segment/sections.h"
#include "segment/segment.h"

/*
 * What a run shares with its workers: the segment with its arrays, and the
 * state of sections. Every run has a segment, so that sections work without
 * arrays.
 *
 * The segment is a memfd, which vanishes with the last process that has it. A
 * named one (--segment) that exists already is used as it is; with --keep one
 * is made that stays. As a named one may be shared by several runs at once, it
 * holds no run's state, and no slave's copies of arrays: these stand in a
 * second memfd then, which is a segment, too. So they do in a run of several
 * steps, each of which may have other arrays of which there are copies.
 *
 * A named segment that this run makes is whole before it has its name, belongs
 * to the master until the end, and its name is taken away when the master dies
 * before: by the slaves, whom its death wakes (share_forget()). Only if all of
 * them are killed at once is it left, for `shm rm --stale`.
 */
struct share {
	const struct plan *plan; /* of the first step */
	const struct plan *step; /* the one at hand */
	struct segment segment;
	struct segment state; /* and copies, if they are apart; else fd < 0 */
	struct sections sections;
	int fd;	    /* the segment's, for workers; close-on-exec here */
	int run_fd; /* the state's, if it is one of its own; else -1 */
	uint32_t deaths[LOCK_COUNT]; /* in critical sections, before the run */
	bool is_new;		     /* this run has made the segment */
	bool is_ours; /* its name is to go if the run ends before its end */
};

/* Make or open it, fill it, check it against the plan. Returns 0, or -errno
 * after a diagnostic, with nothing left behind. */
int share_init(struct share *share, const struct plan *plan);

/* Give a segment that is to be kept its name: after this, a signal must not end
 * the process without share_release(). If another run has made one of that name
 * meanwhile, that is used. 0, or -errno after a diagnostic. */
int share_publish(struct share *share);

/*
 * A step is over, and no slave is left: combine reductions, and make what the
 * next step needs. Sections begin anew, with its first job. Copies of an array
 * that is private in both steps stay as they are, and those of reductions are
 * their op's identity. 0, or -errno after a diagnostic.
 */
int share_advance(struct share *share, const struct plan *step);

/*
 * The run is over, and no worker is left: report who died in critical sections,
 * combine reductions, save what is to be saved (of a run that failed, only what
 * --save-always names), and let a kept segment go. Returns 0, or -errno after a
 * diagnostic.
 */
int share_finish(struct share *share, bool has_failed);

/* Close everything. A named segment that was not finished loses its name. */
void share_release(struct share *share);

/* Slave or signal handler, the master being dead: take away the name of the
 * segment that it did not finish. Async-signal-safe. */
void share_forget(const struct share *share);

#endif
