#!/bin/sh
# --attach: slaves and their workers are killed at any instant: no result is
# lost or doubled, and each job that was lost is named.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/attached.sh"
. "$(dirname "$0")/storm.sh"

program text <<'C'
#include <shmmap.h>
int main(void)
{
	struct shmmap *segment;
	struct shmmap_job *job;
	if (shmmap_attach(&segment))
		return 99;
	while ((job = shmmap_next(segment))) {
		shmmap_emit(job, job->text, job->nbytes);
		shmmap_emit(job, "\n", 1);
		if (job->number % 3 && shmmap_done(job, 0))
			return 98;
	}
	return 0;
}
C
storms 600000 10 --attach ./text
ok "slaves were killed" test "$slaves" -gt 10
ok "workers were killed" test "$workers" -gt 10
done_testing
