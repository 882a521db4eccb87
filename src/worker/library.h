#ifndef SHMMAP_LIBRARY_H
#define SHMMAP_LIBRARY_H

#include "shmmap.h"

/*
 * A shared library with a worker in it, loaded into the master before there are
 * slaves. One that is given as C source (*.c) is compiled first.
 */
struct library {
	void *handle;
	struct shmmap_worker worker;
	char **argv; /* setup()'s, which may have kept it */
};

/*
 * Load LIB[:SYMBOL] and find its worker. Returns 0, or -1 after a diagnostic:
 * no such file or symbol, unresolved dependencies (in dlerror(3)'s words),
 * another ABI, no function in it.
 */
int library_load(struct library *library, const char *name);
void library_unload(struct library *library);

/* Call setup(). Returns 0, or -1 after a diagnostic. */
int library_setup(struct library *library, const char *name, char *const *words,
		  size_t nwords);

#endif
