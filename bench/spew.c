/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spew NBYTES [ANYTHING]...
 *
 * Writes NBYTES of text, in lines of 64 bytes and blocks of 64 KiB, to
 * standard output as fast as it is taken.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 64, BLOCK_BYTES = 64 * 1024 };

static char block[BLOCK_BYTES];

int
main(int argc, char **argv)
{
	long long left = argc > 1 ? atoll(argv[1]) : 0;
	ssize_t n;
	int i;

	memset(block, '.', sizeof(block));
	for (i = LINE_BYTES - 1; i < BLOCK_BYTES; i += LINE_BYTES)
		block[i] = '\n';
	while (left > 0) {
		n = write(STDOUT_FILENO, block,
			  left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES);
		if (n < 0) {
			fprintf(stderr, "spew: %s\n", strerror(errno));
			return 1;
		}
		left -= n;
	}
	return 0;
}
