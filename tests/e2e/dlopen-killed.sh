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
# ---- the master is killed ----

called escape <<'C'
#include <stdlib.h>
#include <shmmap.h>
int work(struct shmmap_job *job)
{
	return system(job->text);
}
C
echo ': >ran; exec sleep 1000' >plain
echo "setsid sh -c ': >ran; exec sleep 1000'" >apart
for kind in process:plain process:apart thread:plain; do
	rm -f ran
	token=$(new_token)
	TOKEN=$token "$SHMMAP" -a "${kind#*:}" --backend "${kind%:*}" \
		--segment "$token" --keep -A n=i8 --dlopen ./escape.so &
	ok "$kind: a worker has a child" wait_until 20 test -e ran
	kill -KILL $!
	wait $!
	no_process_left "$token" "$kind: nothing outlives the master"
	not_ok "$kind: the segment's name is gone" \
		test -e "/dev/shm/shmmap.$token"
	rm -f "/dev/shm/shmmap.$token"
done

# ---- slaves are killed ----

storms 1000000 3 --dlopen ./text.so
ok "slaves were killed" test "$slaves" -gt 50
storms 2000000 3 --reduce sum --dlopen ./text.so
ok "slaves that fold were killed" test "$slaves" -gt 50
storms 2000000 3 --backend thread --dlopen ./text.so
ok "processes of several slaves were killed" test "$slaves" -gt 20
done_testing
