# attached.sh - workers for the tests of --attach; sourced after lib.sh
#
#	program NAME	NAME.c is on standard input: becomes ./NAME

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
