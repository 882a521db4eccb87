#ifndef SHMMAP_FILL_H
#define SHMMAP_FILL_H

#include <stdbool.h>
#include <stdint.h>

#include "segment/segment.h"
#include "segment/spec.h"

/*
 * Memory for a segment and what its arrays begin with. Reserved up front, so
 * that a full /dev/shm is an error here and not a SIGBUS in a worker; in
 * parallel, because clearing pages is what it costs.
 */

/*
 * Whether nbytes more of shared memory fit: into /dev/shm (is_named only; a
 * memfd is not bound by its size), into what is left of the memory limits of
 * the control groups up the tree (v2 memory.max, v1 memory.limit_in_bytes, less
 * what is used and can not be dropped), and into the memory that is available
 * (MemAvailable and SwapFree). Not for huge pages, which are none of these.
 * proc and cgroup are the mount points ("/proc",
 * "/sys/fs/cgroup"). Returns 0, or -ENOSPC (/dev/shm) / -ENOMEM with why: the
 * sizes and what they were compared with. What can not be found out is no
 * limit.
 */
int fill_check_fit(uint64_t nbytes, bool is_named, const char *proc,
		   const char *cgroup, char *why);

/*
 * Reserve all of a segment that segment_create() made, with nthreads threads
 * (that have ended when it returns), and fill its arrays as the specs say:
 * entry i of the segment is specs[i]. Copies of private arrays begin as the
 * shared one, those of reductions with their op's identity. Big-endian data are
 * swapped, numbers in text are read. Big arrays ask for huge pages. Signals are
 * blocked in the threads. Returns 0 or -errno with why: -ENOSPC, -ENOMEM, a
 * file that became shorter, a word that is no number (with its line and
 * column); the segment is then good for nothing but segment_close().
 */
int fill_segment(struct segment *segment, const struct spec_list *list,
		 unsigned nthreads, char *why);

/*
 * Reserve the copies in a segment that holds nothing else of its arrays, with
 * nthreads threads, and fill them: those of reductions with their op's
 * identity, those of private arrays with what they were in `before` (NULL for
 * none), else with what the array of that name in `from` holds. Returns 0 or
 * -errno with why.
 */
int fill_copies(struct segment *copies, const struct segment *from,
		const struct segment *before, unsigned nthreads, char *why);

/*
 * Combine the copies of every reduction in `copies` into the shared array of
 * its name in `into`, which may be the same segment, in the order of the ranks
 * (so that the result does not depend on nthreads); each copy is its op's
 * identity again afterwards. Nobody may write to the copies meanwhile. Others
 * may do so to the arrays if is_in_use: then each element is changed once, and
 * atomically but for c16. 0 or -errno.
 */
int fill_combine(struct segment *into, struct segment *copies, bool is_in_use,
		 unsigned nthreads);

/* Whether there could be such a file, as far as that can be known before it is
 * written: 0 or -errno with why. */
int fill_check_save(const char *file, char *why);

/*
 * Write an array to a file: .npy when its name ends so, else the raw bytes in
 * memory order. A file without a name, or with a temporary one in the same
 * folder (.NAME.XXXXXX) where there are none, fsync, rename, fsync of the
 * folder: the file is there whole or as before. Its mode
 * is that of any new file; of a link the file is replaced that it leads to;
 * what is there and no regular file is refused. rank as for segment_data().
 * Returns 0 or -errno with why.
 */
int fill_save(const struct segment *segment, size_t index, int rank,
	      const char *file, char *why);

/*
 * Fill one array of a mapped segment with what a spec's INIT says: the text
 * behind the = of a declaration (spec.h), but for map:, map-copy: and like:,
 * for its dtype and shape; raw files must have exactly its size, .npy files its
 * dtype, shape and order. data is where its bytes are. Returns 0 or -errno with
 * why. What is seen to be wrong before data are read (no such value, no such
 * file, another size) leaves the array as it was; a bad word in text or an
 * error of a read leaves what came before.
 */
int fill_array(const struct segment *segment, size_t index, unsigned char *data,
	       const char *init, char *why);

#endif
