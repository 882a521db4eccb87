# compiler.sh - for tests that build programs with libshmmap; sourced after
# lib.sh. From the environment, and exported:
#
#	CC			the compiler [cc]
#	LIBSHMMAP_CFLAGS	how to compile and link with the library that is
#	LIBSHMMAP_LIBS		tested [that of the build SHMMAP belongs to]

CC=${CC:-cc}
has "${CC%% *}" || skip "NO C COMPILER ($CC), so nothing of this is tested"
. "$top_srcdir/examples/build.sh"
find_library || tap_bail "no libshmmap beside $SHMMAP, nor LIBSHMMAP_LIBS"
export CC LIBSHMMAP_CFLAGS LIBSHMMAP_LIBS
