#ifndef SHMMAP_RESERVE_H
#define SHMMAP_RESERVE_H

#include <stddef.h>
#include <stdint.h>

/* Memory for pages of shared mappings, as an error where touching them would be
 * a SIGBUS. */

/* there is memory, but the page tables do not know it yet */
#define RESERVE_UNTOUCHED 1

/*
 * Reserve nbytes at offset of the file fd, which is mapped at base: those pages
 * and no others. Keeps what is in them. Any thread. Returns 0 when touching
 * them costs nothing any more, RESERVE_UNTOUCHED where the kernel can only make
 * sure that there is memory (before Linux 5.14), or -errno: -ENOSPC when file
 * system or memory is full, -ENOMEM.
 */
int reserve_pages(int fd, unsigned char *base, uint64_t offset,
		  uint64_t nbytes);

/* Ask for huge pages; nobody is bound to give any. */
void reserve_huge(unsigned char *base, uint64_t offset, uint64_t nbytes);

#define RESERVE_SIZE 32

/* a number of bytes for messages, such as 1.5 GiB, in out (RESERVE_SIZE bytes),
 * which is returned */
char *reserve_size(char *out, uint64_t nbytes);

#endif
