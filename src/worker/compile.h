#ifndef SHMMAP_COMPILE_H
#define SHMMAP_COMPILE_H

#include <stddef.h>

/*
 * Compile the C file `source` to a shared library, by
 *
 *	$CC $CFLAGS -O2 -shared -fPIC -I (shmmap.h) source $LDFLAGS $LDLIBS
 *
 * (cc, if CC is not set), unless it was compiled before: what the preprocessor
 * makes of it, the command and the compiler's version are the key of a cache in
 * $XDG_CACHE_HOME/shmmap (~/.cache/shmmap; without either, a folder that is
 * $TMPDIR's). The library's path goes to path, which has size bytes and may be
 * the source's. Returns 0, or -1 after a diagnostic; the compiler's own
 *messages go to standard error.
 */
int compile_library(const char *source, char *path, size_t size);

#endif
