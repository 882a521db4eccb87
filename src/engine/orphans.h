#ifndef SHMMAP_ORPHANS_H
#define SHMMAP_ORPHANS_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/wait.h>

/*
 * Descendants that lost their parents. Master and slaves are subreapers: what a
 * job leaves behind becomes a child of its slave, what a slave leaves behind a
 * child of the master, wherever it put itself by setsid(2). So "my children" is
 * all there is to look for. Everything here is async-signal-safe.
 */

/* For waitpid(2): children of the thread that calls it. A worker that runs in
 * another thread of the process waits for its own, as system(3) does. */
#define ORPHANS_OURS __WNOTHREAD

/* Become the parent of orphaned descendants. Children that the process has
 * already (it was exec'd by a shell that had some) are nobody's orphans: they
 * are left alone from now on. */
void orphans_adopt(void);

/* Children for which is_spared says true are no job's, and count as those from
 * before; until the process adopts anew. */
void orphans_spare(bool (*is_spared)(pid_t));

/* Send signal to every child for which is_spared says false (NULL: every
 * child). Returns how many it was sent to; signal 0 only counts. */
int orphans_signal(int signal, bool (*is_spared)(pid_t));

/* Kill every child, and what then becomes one, until there is none; reaps them,
 * and children from before that end meanwhile, and tells is_reaped (which
 * may be NULL) of each. */
void orphans_kill_all(bool (*is_reaped)(pid_t pid, int status));

#endif
