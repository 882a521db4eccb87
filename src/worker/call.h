#ifndef SHMMAP_CALL_H
#define SHMMAP_CALL_H

#include "engine/slave.h"
#include "engine/take.h"
#include "worker/library.h"

/*
 * The worker that is a function of a shared library (--dlopen): the slave calls
 * it, job after job.
 */

struct call;

/* In a process that has such slaves, once, before the first: descriptors,
 * folder, environment. Returns 0 or -errno. */
int call_settle(const struct slave_setting *setting);

/* Slave, once, before its first job: enter(). Returns 0 or -errno, after which
 * the slave can not start; -ECANCELED says that enter() has refused. */
int call_enter(struct call **call, const struct slave_setting *setting,
	       struct taker *taker);

/* Slave: all jobs of the batch that the taker has. */
void call_batch(struct call *call);

/* Slave: after the last job: leave(). */
void call_leave(struct call *call);

/* Slave: no worker will be called any more. */
void call_release(struct call *call);

#endif
