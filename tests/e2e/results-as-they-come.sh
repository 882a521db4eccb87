#!/bin/sh
# Results come out although their batch goes on, when the next of its jobs
# begins.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"
. "$(dirname "$0")/attached.sh"

# A job that is "look" looks whether something has come out, and takes 10 ms as
# long as not; "tell" says whether one of them has seen it.
cat >job.h <<'C'
#include <shmmap.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static int is_seen;
static int look(struct shmmap_job *job)
{
	struct stat st;

	if (strcmp(job->text, "look") == 0) {
		is_seen |= stat("got", &st) == 0 && st.st_size > 0;
		if (!is_seen)
			usleep(10000);
		return 0;
	}
	shmmap_printf(job, "%s\n", strcmp(job->text, "tell") != 0 ? job->text
				   : is_seen ? "seen" : "not seen");
	return 0;
}
C
called looks <<'C'
#include "job.h"
const struct shmmap_worker shmmap_worker = { SHMMAP_WORKER, .work = look };
C
taker takes <<'C'
#include "job.h"
static int work(struct shmmap *segment, struct shmmap_job *job)
{
	(void)segment;
	return look(job);
}
C
cat >lines <<'SH'
while read -r text; do
	case $text in
	look)
		if [ -s got ]; then seen=seen; else sleep 0.01; fi
		echo
		;;
	tell) echo "${seen-not seen}" ;;
	*) echo "$text" ;;
	esac
done
SH

{
	echo first
	yes look | head -n 2000
	echo tell
} >jobs

# come NAME ARG...: one batch of them all, and another slave without any
come()
{
	name=$1
	shift
	for order in "" -k; do
		: >got
		# shellcheck disable=SC2086 # nothing, or a word
		timeout 100 "$SHMMAP" -j2 $order --schedule dynamic,2002 \
			-a jobs "$@" >got
		is "$name $order: status" "$?" 0
		is "$name $order: what is done comes out" \
			"$(grep -v '^$' got)" "first${nl}seen"
	done
}
come dlopen --dlopen ./looks.so
come threads --backend thread --dlopen ./looks.so
come attach --attach ./takes
come filter --filter sh ./lines

done_testing
