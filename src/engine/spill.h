#ifndef SHMMAP_SPILL_H
#define SHMMAP_SPILL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Unlinked files in $TMPDIR (else /tmp) for results whose turn has not come.
 * The master creates them, so that they outlive the slave that fills them.
 */

/* where they are */
const char *spill_folder(void);

/* Master: a new file that has no name, close-on-exec. Descriptor or -errno. */
int spill_create(void);

/* Slave: the file that is fd in process master, through /proc. Descriptor (its
 * own) or -errno. */
int spill_open(pid_t master, int fd);

/* all of nbytes at offset; 0 or -errno (-ENOSPC, ...; part may be written) */
int spill_write(int fd, const void *bytes, size_t nbytes, uint64_t offset);

/* all of nbytes at offset; 0 or -errno (-EIO when the file ends before) */
int spill_read(int fd, void *bytes, size_t nbytes, uint64_t offset);

/* give back the disk space of the first nbytes, where the file system can */
void spill_punch(int fd, uint64_t nbytes);

#endif
