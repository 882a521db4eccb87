# segments.sh - for tests of shm; sourced after lib.sh
#
#	seg	the name of a segment that no other test uses, removed at the
#		end, as are those that begin with it
#	shm COMMAND [ARG]...	shm with that segment

[ -x "$SHM" ] || tap_bail "no shm beside shmmap: build it, or set SHM"
[ -d /dev/shm ] && [ -w /dev/shm ] || skip "needs /dev/shm"

seg=$(new_token)
trap 'rm -f "/dev/shm/shmmap.$seg"*; tap_cleanup' EXIT

shm()
{
	"$SHM" --segment "$seg" "$@"
}
