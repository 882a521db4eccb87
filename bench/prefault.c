/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prefault [-t THREADS] NBYTES
 *
 * The least that making a shared array costs: NBYTES of a fresh memfd, mapped
 * shared, written to once by THREADS (1) threads with a part each.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

struct part {
	unsigned char *start;
	size_t nbytes;
};

static void *
touch(void *argument)
{
	const struct part *part = argument;

	memset(part->start, 0, part->nbytes);
	return NULL;
}

static unsigned char *
map(size_t nbytes)
{
	int fd = memfd_create("prefault", MFD_CLOEXEC);
	void *base;

	if (fd < 0 || ftruncate(fd, (off_t)nbytes))
		return MAP_FAILED;
	base = mmap(NULL, nbytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base != MAP_FAILED)
		madvise(base, nbytes, MADV_HUGEPAGE);
	return base;
}

int
main(int argc, char *argv[])
{
	struct part parts[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	size_t nbytes, share, n = 1;
	unsigned char *base;
	int option;

	while ((option = getopt(argc, argv, "t:")) != -1) {
		if (option != 't')
			return 2;
		n = strtoul(optarg, NULL, 10);
	}
	if (optind + 1 != argc || n < 1 || n > THREADS_MAX) {
		fprintf(stderr, "usage: prefault [-t THREADS] NBYTES\n");
		return 2;
	}
	nbytes = strtoul(argv[optind], NULL, 10);
	share = nbytes / n;
	base = map(nbytes);
	if (base == MAP_FAILED) {
		fprintf(stderr, "prefault: %s\n", strerror(errno));
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		parts[i].start = base + i * share;
		parts[i].nbytes = i + 1 < n ? share : nbytes - i * share;
		if (i > 0 &&
		    pthread_create(&threads[i], NULL, touch, &parts[i]))
			return 1;
	}
	touch(&parts[0]);
	for (size_t i = 1; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
