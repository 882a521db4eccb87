/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * slow-reader [-t SECONDS]
 *
 * Reads 64 KiB per 0.1 s from standard input, until its end or for SECONDS,
 * and prints how many bytes that were.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 * 1024, TICK_MS = 100 };

static char block[BLOCK_BYTES];

static long long
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/*
 * Reads one block or, when the writer has no more by then, until end_ms.
 * Returns the bytes read; *is_open becomes 0 at the end of input.
 */
static long long
read_block(long long end_ms, int *is_open)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	size_t filled = 0;
	long long left_ms;
	ssize_t n;

	while (filled < sizeof(block)) {
		left_ms = end_ms - now_ms();
		if (left_ms <= 0 || poll(&input, 1, (int)left_ms) == 0)
			break;
		n = read(STDIN_FILENO, block, sizeof(block) - filled);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fprintf(stderr, "slow-reader: %s\n", strerror(errno));
			exit(1);
		}
		if (n == 0) {
			*is_open = 0;
			break;
		}
		filled += (size_t)n;
	}
	return (long long)filled;
}

static void
sleep_until(long long wake_ms)
{
	struct timespec wake = {
		.tv_sec = wake_ms / 1000,
		.tv_nsec = wake_ms % 1000 * 1000000,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL) ==
	       EINTR)
		;
}

int
main(int argc, char **argv)
{
	long long seconds = 24 * 3600;
	long long tick_ms = now_ms();
	long long nbytes = 0;
	long long end_ms;
	int is_open = 1;
	int option;

	while ((option = getopt(argc, argv, "t:")) != -1) {
		if (option != 't')
			return 2;
		seconds = atoll(optarg);
	}
	end_ms = tick_ms + seconds * 1000;
	while (is_open && tick_ms < end_ms) {
		nbytes += read_block(end_ms, &is_open);
		tick_ms += TICK_MS;
		if (is_open)
			sleep_until(tick_ms);
	}
	printf("%lld\n", nbytes);
	return 0;
}
