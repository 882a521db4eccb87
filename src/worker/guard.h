#ifndef SHMMAP_GUARD_H
#define SHMMAP_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/given.h"

/*
 * What a function of a library may do to the process that calls it, and must
 * not: return twice, in a child that it has forked, which would then be a
 * second slave, or a second master; and, in the master, call exit(3). (That of
 * a slave is seen by the slave: threads.c, slave.c.)
 *
 * Children are noticed that fork(3) makes; of one that is made by the bare
 * system call nothing is known.
 */

/* Once per process, before any other. Returns 0 or -ENOMEM. */
int guard_init(void);

/* This thread calls functions of a library from now on. Of a child what it
 * emits by given, which may be NULL, is nobody's result. */
void guard_arm(struct given *given);
void guard_disarm(void);

/* The same for one function, in the master, which must not call exit() either:
 * that ends it with a message. name must stay. */
void guard_call(const char *name, const char *function);
void guard_called(void);

extern _Thread_local bool guard_has_forked;

/* Whether the function that was called has returned in a child: then nothing
 * but guard_end_copy() may follow. */
static inline bool
guard_is_copy(void)
{
	return __builtin_expect(guard_has_forked, 0);
}

/* End the child. job: the one at hand, or 0. */
_Noreturn void guard_end_copy(const char *name, const char *function,
			      uint64_t job);

#endif
