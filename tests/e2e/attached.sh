# attached.sh - workers for the tests of --attach; sourced after lib.sh
#
#	program NAME	NAME.c is on standard input: becomes ./NAME
#	taker NAME	the same of
#				static int work(struct shmmap *segment,
#						struct shmmap_job *job)
#			which takes job after job, says what became of each, and
#			ends with 9 where it can not attach, with 8 where a job
#			can not be ended

. "$(dirname "$0")/compiler.sh"

# the workers of these tests end without freeing what they have
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS

program()
{
	cat >"$1.c"
	# shellcheck disable=SC2086 # flags are words
	$CC $LIBSHMMAP_CFLAGS -O1 -g -o "$1" "$1.c" $LIBSHMMAP_LIBS ||
		tap_bail "$1.c can not be compiled"
}

taker()
{
	{
		echo '#include <shmmap.h>'
		cat
		cat <<'C'
int main(void)
{
	struct shmmap *segment;
	struct shmmap_job *job;
	if (shmmap_attach(&segment))
		return 9;
	while ((job = shmmap_next(segment)))
		if (shmmap_done(job, work(segment, job)))
			return 8;
	shmmap_detach(segment);
	return 0;
}
C
	} >"$1.taker"
	program "$1" <"$1.taker"
}
