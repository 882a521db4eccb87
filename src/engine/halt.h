#ifndef SHMMAP_HALT_H
#define SHMMAP_HALT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * When a run ends before all of its jobs have begun (--halt), as GNU parallel
 * has it: so many jobs, or so many in a hundred, have failed, succeeded or been
 * done.
 *
 * Who commits the end of jobs, a slave or for a dead one the master, adds them
 * to `counted`; whose sum reaches `limit` sets is_reached and stops the run
 * (STOP_CLAIMS). So it is stopped when that job has ended and before its slave
 * looks for the next one; what others have at hand goes on. If that is to be
 * ended (HALT_NOW), the master does it: STOP_RUNNING, and a signal. From then
 * on a job whose end is not committed has none: STATUS_HALTED.
 *
 * Of jobs that come one after the other the number is known late. The master
 * stores limit and then looks at counted (H1); a slave adds to counted and then
 * looks at limit (H2). All four are in one order (seq_cst), so one of them sees
 * the other; both may, and is_reached has one first.
 *
 * A slave that is killed between the two, commit and count, has counted one too
 * few. Between is_reached and the stop: the master, which looks at is_reached,
 * stops the run then.
 */

enum halt_when {
	HALT_NEVER,
	HALT_SOON, /* jobs that run go on */
	HALT_NOW,  /* they are ended */
};

enum halt_why { HALT_FAIL, HALT_SUCCESS, HALT_DONE };

struct halt {
	enum halt_when when;
	enum halt_why why;
	bool is_percent;
	uint64_t number; /* of jobs, at least 1, or of a hundred */
};

/* on the board */
struct halt_count {
	_Atomic uint64_t counted;
	_Atomic uint64_t limit; /* UINT64_MAX while it is not known */
	_Atomic uint32_t is_reached;
};

/* The status of a job that was ended with its run: no failure, and no success.
 * By HALT_NOW; and what a filter leaves open when a signal ends the run. */
#define STATUS_HALTED 0xffffu

/* never | soon|now[,fail|success|done=N[%]], and GNU parallel's old numbers.
 * Returns 0 or -EINVAL. */
int halt_parse(const char *text, struct halt *halt);

void halt_init(struct halt_count *count, const struct halt *halt);

/* Master: there are so many jobs. True if that many percent of them had been
 * counted before, for the first time. */
bool halt_know_total(struct halt_count *count, const struct halt *halt,
		     uint64_t total);

/* So many jobs have ended with this status. True if that was it. */
bool halt_add(struct halt_count *count, const struct halt *halt, uint64_t jobs,
	      unsigned status);

/* whether the limit was reached */
static inline bool
halt_is_reached(const struct halt_count *count)
{
	/* relaxed: whoever sees it early or late does so at its next look */
	return atomic_load_explicit(&count->is_reached, memory_order_relaxed);
}

#endif
