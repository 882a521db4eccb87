#ifndef SHMMAP_BOARD_H
#define SHMMAP_BOARD_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/claim.h"
#include "engine/halt.h"
#include "engine/shuffle.h"

/*
 * The board: the dispatcher's own shared memory for one run, one anonymous
 * shared mapping made before the first fork. It holds the ring of batches, the
 * arena with their texts, and for every slave an area with its life signs and
 * its results. Nobody but master and slaves maps it, unless its workers take
 * their jobs themselves (--attach): another worker that is exec'd has lost it.
 *
 *   header | arena | area 0: life, text, draft, results | area 1 | ...
 *
 * An anonymous mapping and not a memfd: no descriptor that a worker could
 * inherit, no size that anyone could change, and a system that counts memory
 * strictly refuses it here and not with a SIGBUS later. Only where workers are
 * to take their jobs themselves it is a memfd, of sealed size.
 */

/* How large its parts are; all in bytes, and whole pages. */
struct board_setting {
	unsigned nslaves;
	size_t arena_size; /* for the texts that are not claimed yet */
	size_t text_size;  /* of a slave, for the texts that it claimed */
	uint32_t deal;	   /* see claim_init() */
	bool has_fd;	   /* processes that are exec'd may map it */
};

/* For jobs that cost a process each. The arena holds the longest record, its
 * delimiter and the next reads; a text is an argument, its NUL included: the
 * kernel's MAX_ARG_STRLEN with pages of 4 KiB. */
#define BOARD_ARENA_SIZE ((size_t)5 << 18)
#define BOARD_TEXT_SIZE ((size_t)128 << 10)

/* For jobs that cost next to nothing: what is read while the master sleeps, and
 * the longest record with its NUL. */
#define BOARD_BATCH_ARENA_SIZE ((size_t)8 << 20)
#define BOARD_BATCH_TEXT_SIZE (((size_t)1 << 20) + 4096)

/* what a slave is doing; the word "phase" of its area */
enum slave_phase {
	PHASE_STARTING,
	PHASE_WAITING, /* for something to claim */
	PHASE_CLAIMED, /* has a batch, its job has not begun */
	PHASE_BEGUN,   /* the job may have had an effect */
	PHASE_LEAVING, /* no more jobs: a worker that is called tidies up */
};

/* why no more jobs are begun; the word "stop" of the board. Only ever raised.
 */
enum board_stop {
	STOP_NOT,
	STOP_CLAIMS,  /* no new jobs; running ones go on */
	STOP_RUNNING, /* running jobs get a signal, nothing more is spawned */
	STOP_RESULTS, /* and results are dropped that their reader does not take
		       */
};

/*
 * A slave's area. Life:
 *
 *   field       written by      read by
 *   phase, job  slave           master when the slave is dead; phase also as
 *                               a hint while it lives
 *   text...     slave           master and replacement when the slave is dead
 *   group       the job's own process before exec, slave     master: whom to
 * kill starved     slave           master: the kernel refuses it processes
 *   retire      master          slave: give up the claimed job's start, exit
 *
 * If the slave dies before phase is BEGUN, its replacement runs the job; after
 * that the job has failed, unless its result was committed (see stream.h).
 *
 * A batch of several jobs, job...job + count - 1, has more words, all written
 * by the slave and read when it is dead:
 *
 *   at          number of the job that was begun last, once phase is BEGUN
 *   at_once     how many jobs were begun with it: 1, or all of a range
 *   end         where the text ends of that job, or of the one after it: there
 *               a NUL may stand in place of the delimiter
 *   span...     results of finished jobs that are in no record yet (stream.h)
 *   busy_ns     time spent in batches, and ...
 *   ran         ... jobs in them, both since the slave's start; the master
 *               reads them to choose the size of the next batches
 *
 * Its jobs up to at - 1 have finished. Those from at to at + at_once - 1 have,
 * if a result of them was committed; else the slave died in them. The others
 * have not begun.
 *
 * group is set before exec by the job's process itself, which shares the
 * slave's memory, and cleared before the process is reaped: while it is not 0
 * the number can not belong to anybody else.
 *
 * Results: see stream.h.
 */
struct area {
	/* results, written by the slave */
	alignas(64) _Atomic uint64_t tail;
	_Atomic uint64_t done;
	_Atomic uint64_t ring_from;
	_Atomic uint64_t file_from;
	_Atomic uint32_t need;
	_Atomic uint32_t no_spill;
	/* results, written by the master */
	alignas(64) _Atomic uint64_t head;
	_Atomic uint32_t reply; /* futex word */
	_Atomic uint32_t spill_fd;
	_Atomic uint32_t spill_go;
	/* life */
	alignas(64) _Atomic uint64_t job;
	_Atomic uint32_t phase;
	_Atomic int32_t group;
	_Atomic uint32_t starved;
	_Atomic uint32_t retire;
	_Atomic uint32_t left; /* by a slave that ends by itself: its exit
				* status + 1 */
	uint32_t text_nbytes;
	uint32_t text_flags;
	uint32_t worker_end; /* how a worker of many jobs ended badly: exit
			      * status | signal << 8, errno of its exec << 16,
			      * WORKER_END_TOO_MANY */
	uint64_t count;	     /* of jobs in the batch */
	/* what changes with every job of a batch */
	alignas(64) _Atomic uint64_t at;
	_Atomic uint32_t end;
	_Atomic uint64_t at_once;
	_Atomic uint64_t span_first;
	_Atomic uint64_t span;
	_Atomic uint64_t busy_ns;
	_Atomic uint64_t ran;
	_Atomic uint64_t finished; /* the master's: last finished job of a
				    * slave that is dead */
};

/* a filter that answered more lines than it was given */
#define WORKER_END_TOO_MANY 0x80000000u

/* the longest record of a stream, and the one that ends its job */
#define BOARD_DRAFT_SIZE ((size_t)36 << 10)

/* what slaves and workers need to know of the run; fixed before the fork */
struct board_jobs {
	unsigned char delimiter; /* ends a record */
	bool skip_empty;	 /* an empty record is no job */
	bool are_many;		 /* in a batch; else a text ends with a NUL */
	bool has_windows;	 /* a slave has several batches: window.h */
	bool ordered;
	bool tag;
	bool are_lines;	      /* in a span of results each job has one line */
	bool are_alone;	      /* no two jobs are in a span */
	uint32_t result_size; /* with are_lines: not lines, but so many bytes */
	bool is_range; /* job k is the number start + (k - 1) * step, or where
			* it is shuffled that of another k */
	int64_t range_start;
	int64_t range_step;
	struct shuffle shuffle;
	uint64_t seed;
	struct halt halt;
	int32_t master;
	bool by_signal; /* wake the master by SIGCHLD */
};

/* Who maps the board by its descriptor finds here how it is made. */
struct board_layout {
	uint32_t abi;
	uint32_t nslaves;
	uint64_t size; /* of all */
	uint64_t arena_size, text_size, area_size, ring_size;
};

/* grows with every change of what stands on the board */
#define BOARD_ABI 4

struct board_header {
	struct board_layout layout;
	/* shmmap_for(): see client/loops.c */
	alignas(64) _Atomic uint64_t loop;
	alignas(64) struct claim_ring claims;
	struct board_jobs jobs;
	/* written by the master */
	alignas(64) _Atomic uint32_t stop; /* enum board_stop; slaves may raise
					    * it to STOP_CLAIMS */
	_Atomic uint32_t asked; /* counts; another number: results of finished
				 * jobs are to come, though the batch goes on */
	alignas(64) _Atomic uint32_t sink_busy; /* the reader of the output is
						 * slow */
	_Atomic uint64_t turn; /* the job whose result may stream */
	/* written by the slaves */
	alignas(64) _Atomic uint32_t bell; /* 1: the master sleeps */
	_Atomic uint32_t command_failed;   /* the first to set it reports */
	_Atomic uint64_t first_failure;	   /* job << 16 | status, or 0 */
	/* written by who commits the end of a job */
	alignas(64) struct halt_count halt;
};

struct board {
	struct board_header *header;
	unsigned char *arena; /* mapped twice in a row: position p is at
			       * arena[p % arena_size], and what begins
			       * there is contiguous */
	size_t arena_size;
	unsigned char *areas;
	size_t area_size;
	size_t text_size;
	size_t ring_size; /* of one slave's results; a power of two */
	size_t size;
	unsigned nslaves;
	int bell_fd; /* eventfd: wakes the master; -1: a signal does */
	int fd;	     /* or -1 */
};

/* Map a board. Returns 0 or -errno (-ENOMEM, -EMFILE, ...), with nothing left
 * behind. board_release() is for the master; slaves just exit. */
int board_init(struct board *board, const struct board_setting *setting);
void board_release(struct board *board);

/* Worker: map the board that has this descriptor. Returns 0, or -errno
 * (-EINVAL: it is no board, or that of another version). */
int board_attach(struct board *board, int fd);

static inline struct area *
board_area(const struct board *board, unsigned rank)
{
	return (struct area *)(void *)(board->areas + rank * board->area_size);
}

/* the texts that a slave has claimed, text_size bytes */
static inline char *
board_text(const struct board *board, unsigned rank)
{
	return (char *)(board_area(board, rank) + 1);
}

/* where a slave builds a record that is to go to a file, BOARD_DRAFT_SIZE
 * bytes */
unsigned char *board_draft(const struct board *board, unsigned rank);

/* the results of a slave, ring_size bytes */
unsigned char *board_ring(const struct board *board, unsigned rank);

/* Map size bytes at address, which must be shared and whole pages, twice in a
 * row. Returns the first byte, or NULL with errno set. */
unsigned char *board_mirror(const struct board *board, unsigned char *address,
			    size_t size);

/* Slave: tell the master there is something to see, if it sleeps. What it is to
 * see must have been stored before. */
void board_ring_bell(const struct board *board);

/* Slave or signal handler: wake the master, whatever it does. Where workers run
 * in the slave, which may close its descriptors, by a signal. */
void board_ring_loudly(const struct board *board);

/* Master: about to sleep; look at everything once more after this. */
void board_bell_arm(const struct board *board);

/* Master: awake. */
void board_bell_disarm(const struct board *board);

/* So many jobs have ended with this status, which is committed: if the run is
 * to end for that, it is stopped, and the master is told. */
void board_count_ends(const struct board *board, uint64_t jobs,
		      unsigned status);

/* whether running jobs are being ended because the run is to end now */
bool board_is_halted(const struct board *board);

/* raise stop to at least level, and wake who sleeps for claims */
void board_raise_stop(const struct board *board, enum board_stop level);

/* whether stop has reached level; full fence before the load, so that it can
 * be paired with a store that precedes it */
bool board_is_stopped(const struct board *board, enum board_stop level);

#endif
