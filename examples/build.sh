# build.sh - what the drivers beside it need: programs, library, compiler
#
#	. "$(dirname "$0")/../build.sh"
#	build PROGRAM SOURCE...
#
# Sourced by POSIX sh and by bash. After it
#
#	SHMMAP, SHM	the programs: as told, else of a build of this tree,
#			else those in PATH
#	CC		as told, else cc
#	LIBSHMMAP_CFLAGS, LIBSHMMAP_LIBS
#			how to compile and link with libshmmap: as told, else
#			of the build that SHMMAP belongs to, else as pkg-config
#			says
#
# In an installation only the last few lines matter, and for one program
#
#	cc -O2 integrate.c $(pkg-config --cflags --libs shmmap) -o integrate
#
# says all of it.

# The source tree: a driver's folder is beside this file.
tree=$(cd "$(dirname "$0")/.." && pwd)
[ -f "$tree/src/shmmap.h" ] || tree=$(cd "$tree/.." && pwd)

find_programs()
{
	for folder in "$tree" "$tree/build"; do
		[ -z "${SHMMAP-}" ] || break
		if [ -f "$folder/shmmap" ] && [ -x "$folder/shmmap" ]; then
			SHMMAP=$folder/shmmap
		fi
	done
	: "${SHMMAP:=$(command -v shmmap || echo shmmap)}"
	if [ -z "${SHM-}" ]; then
		SHM=${SHMMAP%/*}/shm
		[ -x "$SHM" ] || SHM=shm
	fi
	export SHMMAP SHM
}

# 1 when there is no libshmmap
find_library()
{
	: "${CC:=cc}"
	[ -z "${LIBSHMMAP_LIBS-}" ] || return 0
	libs=$(cd "$(dirname "$SHMMAP")" && pwd)/.libs
	for library in "$libs/libshmmap.so" "$libs/libshmmap.a"; do
		[ -f "$library" ] || continue
		LIBSHMMAP_CFLAGS="-I$tree/src"
		LIBSHMMAP_LIBS="-L$libs -Wl,-rpath,$libs -lshmmap -pthread -lm"
		return
	done
	LIBSHMMAP_LIBS=$(pkg-config --libs shmmap 2>/dev/null) || return
	LIBSHMMAP_CFLAGS=$(pkg-config --cflags shmmap)
}

# The three are lists of words.
# shellcheck disable=SC2086
build()
{
	program=$1
	shift
	$CC -O2 ${CFLAGS-} ${LIBSHMMAP_CFLAGS-} -o "$program" "$@" \
		${LDFLAGS-} $LIBSHMMAP_LIBS
}

find_programs
