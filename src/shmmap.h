/*
 * shmmap.h - shared arrays and sections for workers of shmmap(1)
 *
 * Copyright: see COPYING (GPL-3.0-or-later).
 *
 * A worker attaches to the segment of its run, finds arrays by name, and
 * synchronises with the other workers. The same works outside of a run for a
 * named segment (shm new, shmmap --segment NAME --keep), without what belongs
 * to a run: rank, job, ordered, barrier, single.
 *
 * Caveats
 *
 * - Functions return 0 (or what they say) or a negative errno; none prints,
 *   exits or raises. After a failure shmmap_error() has one line of text.
 * - A handle may be used by many threads at once for arrays, atomics and
 *   shmmap_rank() and the like. Sections belong to the thread that began them.
 * - What other processes write into an array at the same time is the program's
 *   business, as in C: use atomics, critical, or parts that do not overlap.
 * - A child of fork() may use its parent's handle, but no section that the
 *   parent is in.
 * - The data of an array stays where it is until shmmap_detach().
 *
 * Compiles as C11 and as C++17.
 */
#ifndef SHMMAP_H
#define SHMMAP_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* the version of this interface; grows when something is added */
#define SHMMAP_API 3

/* the most dimensions an array has */
#define SHMMAP_NDIM_MAX 8

struct shmmap;	     /* an attached segment */
struct shmmap_array; /* one array of it, valid until shmmap_detach() */

/* ---- attach ---- */

/*
 * Attach to the segment of the run that the calling process is a worker of:
 * the descriptor SHMMAP_FD if it is open and is that segment, else the path
 * SHMMAP_SEGMENT. Returns 0 and a handle that the caller detaches; -ENOENT when
 * the environment names none; -EINVAL when it is no segment, or one whose
 * header or table is damaged or of another version; -EACCES, -ENOMEM, -EMFILE.
 * Nothing in the segment is believed before it is checked. Since API 1.
 */
int shmmap_attach(struct shmmap **segment);

/* The same for an open descriptor, which stays the caller's. Since API 1. */
int shmmap_attach_fd(struct shmmap **segment, int fd);

/* The same for a named segment. -ENOENT when there is none of that name,
 * -EPERM when it belongs to another user, -EINVAL when it can be no name. Since
 * API 1. */
int shmmap_attach_name(struct shmmap **segment, const char *name);

/* Unmap everything and free the handle; NULL is nothing. Sections that this
 * process is in must have ended. Since API 1. */
void shmmap_detach(struct shmmap *segment);

/* What the last call of this thread that failed has to say: one line without a
 * newline, in this thread's memory until its next call. Since API 1. */
const char *shmmap_error(void);

/* ---- who am I ---- */

/* Rank of this worker's slave, 0 to np-1; -1 outside of a run. Since API 1. */
int shmmap_rank(const struct shmmap *segment);

/* Slaves of the run; 0 outside of one. Since API 1. */
int shmmap_np(const struct shmmap *segment);

/* Number of this worker's job, from 1; 0 outside of a run and when no job is at
 * hand (see shmmap_next()). Since API 1. */
uint64_t shmmap_job(const struct shmmap *segment);

/* Seed for this job's random numbers: depends on the run's seed and the job's
 * number only, not on the number of slaves; 0 where shmmap_job() is. Since API
 * 1. */
uint64_t shmmap_seed(const struct shmmap *segment);

/* 1 in rank 0, else 0 (OpenMP's master). Since API 1. */
int shmmap_is_master(const struct shmmap *segment);

/* A pointer of the slave's own, NULL at first, for whatever its worker wants to
 * keep from job to job. It lives as long as the handle (one job, for a worker
 * that is exec'd per job). Since API 1. */
void **shmmap_local(struct shmmap *segment);

/* ---- arrays ---- */

/* Arrays in the segment. Since API 1. */
size_t shmmap_count(const struct shmmap *segment);

/* The index-th array in the order of their declaration; NULL when there are
 * not so many. Since API 1. */
struct shmmap_array *shmmap_at(struct shmmap *segment, size_t index);

/* The array of that name; NULL when there is none, or when a file that it is
 * mapped from can not be opened (see shmmap_error()). Since API 1. */
struct shmmap_array *shmmap_get(struct shmmap *segment, const char *name);

/* Its first element, aligned to a page (to an element's offset in the file for
 * map: arrays). Of private and reduction arrays it is the copy of this worker's
 * slave, outside of a run the one that all share. NULL when a mapped file can
 * not be opened. Since API 1. */
void *shmmap_data(struct shmmap_array *array);

/* Its name. Since API 1. */
const char *shmmap_name(const struct shmmap_array *array);

/* Its element type as NumPy writes it: "<f8", "|S12",
 * "[('x', '<f8'), ('id', '<i4')]". Since API 1. */
const char *shmmap_dtype(const struct shmmap_array *array);

/* Bytes of one element. Since API 1. */
size_t shmmap_itemsize(const struct shmmap_array *array);

/* Dimensions, 0 for a scalar. Since API 1. */
int shmmap_ndim(const struct shmmap_array *array);

/* Elements along each dimension: shmmap_ndim() numbers. Since API 1. */
const size_t *shmmap_shape(const struct shmmap_array *array);

/* Bytes from one element to the next along each dimension: shmmap_ndim()
 * numbers. Since API 1. */
const ptrdiff_t *shmmap_strides(const struct shmmap_array *array);

/* Elements in all; 1 for a scalar. Since API 1. */
size_t shmmap_size(const struct shmmap_array *array);

/* Bytes in all. Since API 1. */
size_t shmmap_nbytes(const struct shmmap_array *array);

/* 1 when the first index is the fastest (Fortran), 0 when the last one is (C).
 * Since API 1. */
int shmmap_is_fortran(const struct shmmap_array *array);

/*
 * Part index of parts of n things, as numpy.array_split cuts them: sizes differ
 * by at most one, the greater ones first. Things *start to *stop-1, from 0.
 * Returns 0, or -EINVAL unless index < parts. Since API 1.
 */
int shmmap_split(size_t n, size_t parts, size_t index, size_t *start,
		 size_t *stop);

/* The part of this worker's slave along axis: shmmap_split() of that dimension
 * by np and rank. -EINVAL when there is no such axis, or outside of a run.
 * Since API 1. */
int shmmap_split_axis(const struct shmmap_array *array, int axis, size_t *start,
		      size_t *stop);

/* ---- atomics ---- */

/*
 * Atomically add to, or take the minimum or maximum with, the element at index
 * (in memory order, 0 to shmmap_size()-1). value and old point to elements of
 * the array's dtype; old, which gets the element's former value, may be NULL.
 * Integers wrap; NaN wins. Sequentially consistent. Returns 0; -ERANGE when
 * there is no such element; -ENOTSUP for dtypes without the operation (records,
 * S, f2, c16; min and max of complex numbers); -EIO when a mapped file can not
 * be opened. Since API 1.
 */
int shmmap_add(struct shmmap_array *array, size_t index, const void *value,
	       void *old);
int shmmap_min(struct shmmap_array *array, size_t index, const void *value,
	       void *old);
int shmmap_max(struct shmmap_array *array, size_t index, const void *value,
	       void *old);

/*
 * Atomic compare and exchange: when the element has the bytes of *expected it
 * becomes *desired, and 1 is returned; else *expected becomes what it is, and 0
 * is returned. -ERANGE and -EIO as above, -ENOTSUP unless an element has 1, 2,
 * 4 or 8 bytes. Since API 1.
 */
int shmmap_cas(struct shmmap_array *array, size_t index, void *expected,
	       const void *desired);

/* ---- sections ---- */

/*
 * A critical section: one worker at a time is between begin and end with the
 * same name ("" or NULL is a name, too; at most 47 bytes). It belongs to the
 * segment: also processes of another run are kept out. Not recursive.
 *
 * begin returns 0; 1 when the worker before died inside, so that what the
 * section protects may be half done (the section is entered all the same, and
 * the run reports it); -EDEADLK when this thread is inside already;
 * -ENAMETOOLONG; -ENOSPC for more than 64 names; -ENOTSUP in a program with
 * another C library than the segment's maker. end returns 0, or -EPERM when not
 * inside.
 *
 * Robust, process-shared mutexes (POSIX.1-2017, pthread_mutexattr_setrobust).
 * Since API 1.
 */
int shmmap_critical_begin(struct shmmap *segment, const char *name);
int shmmap_critical_end(struct shmmap *segment, const char *name);

/*
 * The ordered section of this job: entered after those of all jobs with lower
 * numbers, which have left it, or have ended without it. Once per job. begin
 * waits; it returns 0, -EALREADY when this job's section is over, -EINVAL
 * outside of a run, -EPERM when no job is at hand, -ECANCELED when the run is
 * being ended. end returns 0 or -EPERM. A job that ends inside has ended it.
 * (OpenMP 5.2, 15.10.2.) Since API 1.
 */
int shmmap_ordered_begin(struct shmmap *segment);
int shmmap_ordered_end(struct shmmap *segment);

/*
 * Wait until all np slaves' workers have called it. Returns 0; -EPIPE in all of
 * them when one can not come any more: it died or failed, or there is no job
 * left for its slave; -EINVAL outside of a run, -ECANCELED when it is being
 * ended. Later barriers work again. Since API 1.
 */
int shmmap_barrier(struct shmmap *segment);

/*
 * 1 in the first slave whose worker comes here, 0 in the others: the n-th call
 * of each slave belongs together, as with OpenMP's single nowait. -EINVAL
 * outside of a run. Since API 1.
 */
int shmmap_single(struct shmmap *segment);

/* ---- workers that are called ---- */

/*
 * A job as its worker sees it. What it points to lasts until the next job. A
 * worker may write to local; all else it only reads. New members are added at
 * the end. Since API 2.
 */
struct shmmap_job {
	uint64_t number;  /* from 1 */
	const char *text; /* nbytes bytes and a NUL; NULL for a range; items
			   * of lists have a tab between them */
	size_t nbytes;
	int64_t value;	/* of a range: the number that the job stands for, and
			 * from one job to the next ... */
	int64_t step;	/* ... this is added */
	uint64_t count; /* of jobs, from this one on: 1 but for batch() */
	int rank;	/* of the slave, 0 to np-1 */
	int np;
	void *local;		/* the slave's own; NULL at first */
	struct shmmap *segment; /* arrays and sections of the run; NULL where
				 * the library was not linked with libshmmap */
	const struct shmmap_calls *calls;
};

/* What the inline functions below call; nothing to be called directly. Since
 * API 2. */
struct shmmap_calls {
	void (*emit)(struct shmmap_job *job, const void *bytes, size_t nbytes);
	int (*print)(struct shmmap_job *job, const char *format,
		     va_list arguments);
	int (*fail)(struct shmmap_job *job, const char *format,
		    va_list arguments);
	uint64_t (*seed)(const struct shmmap_job *job);
};

#ifdef __GNUC__
#define SHMMAP_FORMAT __attribute__((format(printf, 2, 3)))
#else
#define SHMMAP_FORMAT
#endif

/* Append nbytes bytes to the job's result; they are copied. When no job is at
 * hand (in enter() and leave(), behind shmmap_done()) they are dropped. Since
 * API 2. */
static inline void
shmmap_emit(struct shmmap_job *job, const void *bytes, size_t nbytes)
{
	job->calls->emit(job, bytes, nbytes);
}

/* Append formatted text to the job's result. Returns its bytes, or -1 when it
 * can not be formatted or no job is at hand. Since API 2. */
static inline int SHMMAP_FORMAT
shmmap_printf(struct shmmap_job *job, const char *format, ...)
{
	va_list arguments;
	int result;

	va_start(arguments, format);
	result = job->calls->print(job, format, arguments);
	va_end(arguments);
	return result;
}

/* The job has failed, and that is why: at most some 700 bytes, which the master
 * prints with the job's number and text, on one line; a later call in the same
 * job replaces the message. In enter() it says why the slave can not start.
 * Returns 1, so that work() can return it. Since API 2. */
static inline int SHMMAP_FORMAT
shmmap_fail(struct shmmap_job *job, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	job->calls->fail(job, format, arguments);
	va_end(arguments);
	return 1;
}

/* Seed for the job's random numbers, as shmmap_seed(). Since API 2. */
static inline uint64_t
shmmap_job_seed(const struct shmmap_job *job)
{
	return job->calls->seed(job);
}

/* the version of struct shmmap_worker and struct shmmap_job */
#define SHMMAP_ABI 1

/*
 * What `shmmap --dlopen LIB` looks for in LIB:
 *
 *	const struct shmmap_worker shmmap_worker = {
 *		SHMMAP_WORKER, .work = work
 *	};
 *
 * or, where that is all there is to say, a function int work(struct shmmap_job
 * *). Members that are NULL are left out; work or batch must be there. Since
 * API 2.
 *
 * setup   once, in the master, before there are slaves: what it loads is shared
 *         with all of them, copy on write. argv has LIB and the words behind it
 *         on the command line, argc of them, and NULL. Not 0, or exit(): the
 *         run ends, with status 125.
 * enter   in each slave before its first job; number is 0, text NULL. Not 0,
 *         or shmmap_fail(): the slave can not start, and the run ends with
 *         status 125.
 * work    once per job. 0: it has succeeded; 1 to 255: it has failed with that
 *         status; any other: with 1.
 * batch   in place of work for the jobs of a range: job->count of them, from
 *         job->number and job->value on. They have one result, and succeed or
 *         fail together.
 * leave   in each slave that ends in good order, after its last job.
 * reduce  in the master, once per result of a job that has succeeded, in the
 *         order in which results are released, and once more with number 0 and
 *         result NULL when all are through. What it emits is the output, in
 *         place of the results. local is its own, NULL at first; text and
 *         segment are NULL, rank is -1; count is that of a batch. result,
 *         behind which is a NUL, is the caller's again when it returns. Not 0:
 *         the run ends, with status 125. Since API 3.
 */
struct shmmap_worker {
	uint32_t abi;  /* SHMMAP_ABI */
	uint32_t size; /* sizeof(struct shmmap_worker) */
	int (*setup)(int argc, char *argv[]);
	int (*enter)(struct shmmap_job *job);
	int (*work)(struct shmmap_job *job);
	int (*batch)(struct shmmap_job *job);
	void (*leave)(struct shmmap_job *job);
	int (*reduce)(struct shmmap_job *job, const void *result,
		      size_t nbytes);
};

#define SHMMAP_WORKER SHMMAP_ABI, sizeof(struct shmmap_worker)

/* ---- workers that take their jobs themselves ---- */

/*
 * For programs that `shmmap --attach COMMAND` runs, one per slave.
 *
 * The next job, in place of the one before, whose result is complete then; it
 * waits for one. NULL when there are none any more, or, with a text in
 * shmmap_error(), when the process is not such a worker or another handle,
 * also one that is detached, has taken jobs before. The job belongs to the
 * handle and lasts until the next call; one thread at a time takes jobs. Since
 * API 2.
 */
struct shmmap_job *shmmap_next(struct shmmap *segment);

/* The job is over: 0, it has succeeded; 1 to 255, it has failed with that exit
 * status; any other, with 1. shmmap_next() does this with 0 for a job that is
 * at hand. Returns 0, or -EINVAL when it is not. A process that ends while it
 * has a job has failed in it. Since API 2. */
int shmmap_done(struct shmmap_job *job, int status);

/* As in OpenMP; with a chunk of 0 static cuts the iterations into one part for
 * each slave, and the others have chunks of at least 1. */
enum shmmap_schedule {
	SHMMAP_AUTO,
	SHMMAP_STATIC,
	SHMMAP_DYNAMIC,
	SHMMAP_GUIDED
};

/* A loop; its members are the library's. */
struct shmmap_loop {
	struct shmmap *segment;
	void *word;
	int64_t begin;
	uint64_t count, unit, number, taken;
	enum shmmap_schedule schedule;
};

/*
 * The iterations from begin to end-1, shared among the slaves of a run with
 * --attach: all of them call this, with the same arguments, for the same loops
 * in the same order (OpenMP's for, with nowait: what needs all iterations waits
 * at shmmap_barrier()).
 *
 *	shmmap_for(segment, &loop, 0, n, SHMMAP_DYNAMIC, 100);
 *	while (shmmap_for_next(&loop, &from, &to))
 *		for (int64_t i = from; i < to; i++)
 *			...
 *
 * shmmap_for() returns 0, or -EINVAL when the process is no such worker or the
 * schedule is none. shmmap_for_next() returns 1 and a chunk, *from to *to - 1,
 * or 0 when nothing is left, which must have been seen before the next loop.
 * The chunks of a slave that dies are lost; the next barrier is broken then.
 * (OpenMP 5.2, 11.5.) Since API 2.
 */
int shmmap_for(struct shmmap *segment, struct shmmap_loop *loop, int64_t begin,
	       int64_t end, enum shmmap_schedule schedule, uint64_t chunk);
int shmmap_for_next(struct shmmap_loop *loop, int64_t *from, int64_t *to);

/*
 * The same for a loop whose iterations may have ordered sections (OpenMP's for
 * with the ordered clause): between shmmap_ordered_begin() and _end(), at most
 * once in an iteration, it is the turn of this one when those of all iterations
 * before it are over, or were left out. Within a chunk the iterations are to be
 * done in their order. The chunks of a slave that dies are waited for no more.
 *
 * In such a loop shmmap_ordered_begin() returns 0; -EALREADY when each
 * iteration of the chunk has had its section; -ECANCELED when the run is being
 * ended. (OpenMP 5.2, 15.10.) Since API 3.
 */
int shmmap_for_ordered(struct shmmap *segment, struct shmmap_loop *loop,
		       int64_t begin, int64_t end,
		       enum shmmap_schedule schedule, uint64_t chunk);

/* Let rank, job number, seed and sections of the handle be those of job, which
 * must live as long as the handle. For who calls workers. Since API 2. */
void shmmap_follow(struct shmmap *segment, const struct shmmap_job *job);

#ifdef __cplusplus
}
#endif

#endif
