#ifndef SHMMAP_CUT_H
#define SHMMAP_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where a batch ends: after most records at most. Returns the bytes up to and
 * with the last delimiter of the last of them, 0 when there is not even one
 * whole record; *count is how many records that are, empty ones left out with
 * skip_empty (so it may be 0).
 */
size_t cut_records(const unsigned char *bytes, size_t nbytes,
		   unsigned char delimiter, bool skip_empty, uint64_t most,
		   uint64_t *count);

/* The bytes up to and with the last record end in bytes, or the first; 0 when
 * there is none. recend is recend_size >= 1 bytes. */
size_t cut_last(const unsigned char *bytes, size_t nbytes,
		const unsigned char *recend, size_t recend_size);
size_t cut_first(const unsigned char *bytes, size_t nbytes,
		 const unsigned char *recend, size_t recend_size);

#endif
