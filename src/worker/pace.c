#include <config.h>

#include "worker/pace.h"

#include <time.h>

/* How a filter answers; see pace.h. */

/* work that may be unanswered, by how long answers have taken */
#define FLIGHT_NS 4000000

/* so long without an answer is a stall, if the filter has read all */
#define STALL_NS 500000

/* how often to look for new jobs while answers are awaited */
#define LOOK_NS 50000000

/* as many stalls in a row are looked for */
#define STALLS_MAX 8

/* While a filter has so much to do, its answers are left to gather: it writes
 * 4 KiB at a time, and to be woken for each costs it and us more than the
 * bytes. A quarter of FLIGHT_NS, so that it does not run out of jobs. */
#define GATHER_NS (FLIGHT_NS / 4)
#define GATHER_JOBS 64

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void
pace_begin(struct pace *pace)
{
	pace->mark_ns = now_ns();
}

uint64_t
pace_answered(struct pace *pace, uint64_t jobs)
{
	int64_t now = now_ns();
	uint64_t ns = (uint64_t)(now - pace->mark_ns), each = ns / jobs;

	pace->mark_ns = now;
	pace->stalls = 0;
	pace->job_ns = pace->job_ns ? (3 * pace->job_ns + each) / 4 : each;
	if (pace->job_ns == 0)
		pace->job_ns = 1;
	return ns;
}

void
pace_relax(struct pace *pace)
{
	pace->more /= 2;
}

void
pace_silence(struct pace *pace)
{
	pace->stalls++;
}

void
pace_stall(struct pace *pace, uint64_t open)
{
	pace->more = 2 * open;
	pace->stalls = 0;
}

long
pace_patience_ns(const struct pace *pace)
{
	return pace->stalls < STALLS_MAX ? STALL_NS : LOOK_NS;
}

uint64_t
pace_most(const struct pace *pace)
{
	uint64_t most = 1;

	if (pace->job_ns && FLIGHT_NS / pace->job_ns > most)
		most = FLIGHT_NS / pace->job_ns;
	return pace->more > most ? pace->more : most;
}

void
pace_gather(const struct pace *pace, uint64_t open)
{
	struct timespec pause = { .tv_nsec = GATHER_NS };

	if (pace->job_ns && pace->job_ns * GATHER_JOBS < GATHER_NS &&
	    pace->job_ns * open > 2 * GATHER_NS)
		nanosleep(&pause, NULL);
}
