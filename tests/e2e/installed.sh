# installed.sh - for tests of what documents show, which is about an installed
# shmmap: PATH has shmmap, shm, cc and pkg-config, which stand for those that
# are tested; sourced after compiler.sh

mkdir bin
ln -s "$SHMMAP" bin/shmmap
ln -s "$SHM" bin/shm
# what pkg-config says of an installed library, of the one that is tested
cat >bin/pkg-config <<SH
#!/bin/sh
[ "\$*" = "--cflags --libs shmmap" ] || exit 1
echo "$LIBSHMMAP_CFLAGS $LIBSHMMAP_LIBS"
SH
compiler=$(command -v "${CC%% *}")
case $CC in
*' '*) compiler="$compiler ${CC#* }" ;;
esac
cat >bin/cc <<SH
#!/bin/sh
exec $compiler $LIBSHMMAP_CFLAGS ${CFLAGS-} -Wall -Wextra -Werror "\$@" \\
	${LDFLAGS-}
SH
chmod +x bin/pkg-config bin/cc
PATH=$T/bin:$PATH
unset CC
XDG_CACHE_HOME=$T/cache
export XDG_CACHE_HOME
