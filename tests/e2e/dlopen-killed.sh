#!/bin/sh
# --dlopen: slaves are killed at any instant: no result is lost or doubled, and
# each job that was lost is named.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"
. "$(dirname "$0")/storm.sh"

called text <<'C'
#include <shmmap.h>
int work(struct shmmap_job *job)
{
	shmmap_emit(job, job->text, job->nbytes);
	shmmap_emit(job, "\n", 1);
	return 0;
}
C
storms 1000000 3 --dlopen ./text.so
ok "slaves were killed" test "$slaves" -gt 50
storms 2000000 3 --backend thread --dlopen ./text.so
ok "processes of several slaves were killed" test "$slaves" -gt 20
done_testing
