#ifndef SHMMAP_PLAN_H
#define SHMMAP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/store.h"
#include "engine/command.h"
#include "engine/halt.h"
#include "engine/product.h"
#include "engine/schedule.h"
#include "engine/shuffle.h"
#include "reduce/op.h"
#include "reduce/reducer.h"
#include "reduce/typed.h"
#include "segment/spec.h"

/* an array that is to be written to a file at the end */
struct plan_save {
	char *array;	  /* the plan's */
	const char *file; /* .npy by its name, else raw */
	bool always;	  /* also when the run failed */
};

/* whose an array is in a step */
struct plan_scope {
	uint32_t flags; /* SEGMENT_PRIVATE, SEGMENT_REDUCTION or 0: all's */
	enum element_op op;
};

/* what results come to */
struct plan_reduce {
	bool is_on;
	struct op op;
	unsigned by;	  /* column of the keys; 0: none */
	bool skip_bad;	  /* results that are no values are counted only */
	const char *type; /* --result, for messages */
	struct typed_item item; /* what it says; of no elements: text */
	const char
		*command; /* in place of all that: what reads them, or NULL */
};

/*
 * The one checked description of a run. The front builds it from the command
 * line or a spec; the engine only reads it, and so do the slaves, which inherit
 * it by fork. Strings belong to the plan or live as long as the process (argv,
 * environment).
 */
enum plan_worker {
	WORKER_EXEC,   /* a process per job */
	WORKER_DLOPEN, /* a function of a shared library */
	WORKER_FILTER, /* a process per slave, which answers lines with lines */
	WORKER_ATTACH, /* a process per slave, which takes its jobs itself */
	WORKER_PIPE,   /* a process per block, which reads it */
};

enum plan_backend {
	BACKEND_PROCESS, /* each slave is a process */
	BACKEND_THREAD,	 /* they are threads of one; WORKER_DLOPEN only */
	BACKEND_MASTER, /* --debug: the only one is a thread of the master, with
			 * WORKER_DLOPEN; else a process */
};

struct plan {
	/* jobs */
	bool is_range; /* job k is the number start + (k - 1) * step */
	int64_t range_start, range_step;
	uint64_t range_count;
	const char *list; /* records in memory, each with its delimiter ... */
	size_t list_size; /* ... or NULL */
	const char *arg_file;	 /* NULL or "-": standard input */
	unsigned char delimiter; /* ends a record; '\n' unless told */
	bool skip_empty;	 /* an empty record is no job */
	struct product product;	 /* of lists, if it has some */
	bool has_input;		 /* standard input is one of them */
	struct shuffle shuffle;	 /* the order of a range or of lists */
	char *colsep;		 /* between columns, or NULL */
	size_t colsep_size;
	int input_fd;		/* arg_file, where its header was read; or 0 */
	struct columns columns; /* of a job's text */

	/* blocks: WORKER_PIPE */
	uint64_t block_size;   /* bytes, as far as records allow; or ... */
	uint64_t block_parts;  /* ... of arg_file, for each slave; 0: neither */
	unsigned char *recend; /* ends a record */
	size_t recend_size;

	/* slaves */
	unsigned nslaves; /* 1... PLAN_SLAVES_MAX */
	enum plan_backend backend;
	char *worker_omp_threads; /* OMP_NUM_THREADS of a worker */

	struct schedule schedule;

	/* worker */
	enum plan_worker worker;
	struct command command; /* but for WORKER_DLOPEN */
	const char *library;	/* WORKER_DLOPEN: LIB[:SYMBOL] */
	char *const *words;	/* WORKER_DLOPEN: its arguments */
	size_t nwords;
	const char *folder; /* --wd: working folder of the workers, or NULL */
	char **env; /* --env: nenv settings NAME=VALUE, later ones win */
	size_t nenv;

	/* arrays */
	struct spec_list arrays;
	struct plan_scope *scopes; /* of each, in this step */
	const char *segment_name;  /* --segment, or NULL */
	bool keep;		   /* the segment stays, and has that name */
	bool huge_pages;
	struct plan_save *saves;
	size_t nsaves;
	uint64_t seed; /* of the run; each job's is made from it */

	/* results */
	bool ordered;
	bool ungroup; /* jobs write to shmmap's own output and error */
	bool tag;     /* each line of a result begins with the text and a tab */
	struct plan_reduce combine; /* before reduce; see plan_folded() */
	struct plan_reduce reduce;

	struct store texts; /* of a spec: strings of the plan */

	/* The step that follows, this plan's, or NULL. It has the same number
	 * of slaves, and no arrays, only scopes: all share those of the first.
	 */
	struct plan *next;

	/* failure */
	struct halt halt; /* when to begin no more jobs */
	int32_t grace_ms; /* from a forwarded signal to SIGKILL */
};

#define PLAN_SLAVES_MAX 16384

/* the longest record, in bytes without its delimiter */
#define PLAN_RECORD_MAX (1u << 20)

/* blocks: what --block may ask for, and the longest that a long record makes
 * where it asked for less */
#define PLAN_BLOCK_DEFAULT ((uint64_t)1 << 20)
#define PLAN_BLOCK_MAX ((uint64_t)1 << 30)
#define PLAN_BLOCK_LONGEST ((uint64_t)64 << 20)
#define PLAN_PARTS_MAX 1024

/* whether jobs are made of lists, and not read */
static inline bool
plan_is_made(const struct plan *plan)
{
	return plan->product.nlists > 0;
}

/* whether jobs, or one of their lists, come from standard input */
static inline bool
plan_reads_input(const struct plan *plan)
{
	if (plan_is_made(plan))
		return plan->has_input;
	return !plan->list && !plan->is_range &&
	       (!plan->arg_file || strcmp(plan->arg_file, "-") == 0);
}

/* whether a job is so cheap that a batch has many, unless told */
static inline bool
plan_has_batches(const struct plan *plan)
{
	return plan->worker != WORKER_EXEC && plan->worker != WORKER_PIPE;
}

/* What results are folded with, if they are, as they come from the slaves; what
 * that comes to is then reduced, where there are two. */
static inline const struct plan_reduce *
plan_folded(const struct plan *plan)
{
	return plan->combine.is_on || plan->combine.command ? &plan->combine
							    : &plan->reduce;
}

/* whether a slave is a thread, which shares its process with others */
static inline bool
plan_has_threads(const struct plan *plan)
{
	return plan->backend != BACKEND_PROCESS &&
	       plan->worker == WORKER_DLOPEN;
}

/* whether it is a thread of the master */
static inline bool
plan_is_in_master(const struct plan *plan)
{
	return plan->backend == BACKEND_MASTER && plan_has_threads(plan);
}

/* the longest block, in bytes */
static inline uint64_t
plan_block_longest(const struct plan *plan)
{
	return plan->block_size > PLAN_BLOCK_LONGEST ? plan->block_size
						     : PLAN_BLOCK_LONGEST;
}

/* how a reducer is to take what comes to this one of the plan's reductions */
struct reducer_setting plan_reducer_setting(const struct plan *plan,
					    const struct plan_reduce *from);

/* the worker's name for messages */
const char *plan_worker_name(const struct plan *plan);

void plan_release(struct plan *plan);

#endif
