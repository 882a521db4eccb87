#ifndef SHMMAP_SECTIONS_PARTS_H
#define SHMMAP_SECTIONS_PARTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/futex.h"
#include "segment/sections.h"

/*
 * Sections as their parts see them: sections.c has barrier and single and what
 * ends them, ordered.c the turns of jobs and of loops.
 */

/* How often to look before sleeping, with so many processes at it: a wake-up
 * through the kernel costs more than most hand-overs take. 0 when somebody else
 * needs the processor. */
unsigned sections_spins(uint32_t np);

static inline void
pause_processor(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static inline bool
is_set(const _Atomic uint32_t *flag)
{
	return atomic_load_explicit(flag, memory_order_relaxed) != 0;
}

static inline void
wake_all(_Atomic uint32_t *event)
{
	/* release: what they wait for was stored before */
	atomic_fetch_add_explicit(event, 1, memory_order_release);
	futex_wake(event, INT_MAX);
}

#endif
