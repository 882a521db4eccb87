#ifndef SHMMAP_SLAVES_H
#define SHMMAP_SLAVES_H

/*
 * How many slaves a run has, and how many threads each worker may use.
 *
 * Without -j the first of these that is set and well formed decides:
 * OMP_NUM_THREADS (its first number), PBS_NUM_PPN, NSLOTS, LSB_DJOB_NUMPROC,
 * SLURM_CPUS_PER_TASK, SLURM_CPUS_ON_NODE, then the processors this process may
 * use: its affinity mask, lowered to the smallest CPU quota of its cgroup and
 * that group's parents (v2 cpu.max, v1 cfs_quota / cfs_period).
 * OMP_THREAD_LIMIT caps that default. A malformed variable is warned of and
 * passed over.
 */

/* processors this process may use, at least 1; proc_root and cgroup_root are
 * "/proc" and "/sys/fs/cgroup" but for tests */
unsigned slaves_processors(const char *proc_root, const char *cgroup_root);

/* the default number of slaves; of a malformed OMP_NUM_THREADS
 * slaves_worker_threads() warns */
unsigned slaves_default(unsigned processors);

/*
 * The argument of -j: N, P% of the processors, +N more or -N fewer than them;
 * the last three give at least 1. Returns 0 or -EINVAL (malformed, 0, or above
 * PLAN_SLAVES_MAX); prints nothing.
 */
int slaves_parse(const char *text, unsigned processors, unsigned *nslaves);

/* OMP_NUM_THREADS for the workers: what follows the first element of this
 * process's own list, else processors / nslaves, at least 1. The caller frees
 * it; NULL when there is no memory. */
char *slaves_worker_threads(unsigned processors, unsigned nslaves);

#endif
