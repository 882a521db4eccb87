#ifndef SHMMAP_SIGNALS_H
#define SHMMAP_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Signals of the master. A handler only notes its signal and writes to the bell
 * so that poll(2) returns; the event loop takes the notes. What was ignored
 * when shmmap started stays ignored (nohup), and jobs get the dispositions and
 * the mask that shmmap was started with, or that a library's setup() has left.
 */

/* Master, first: look what is ignored. */
void signals_look(void);

/* Master, before the first fork. bell_fd is an eventfd, non-blocking. */
void signals_init(int bell_fd);

/* Master: ring this one from now on, at once for what was noted meanwhile; -1
 * for none. */
void signals_set_bell(int bell_fd);

/* Take one noted signal, 0 when there is none; SIGCHLD, SIGTSTP and the ones
 * that end the run: SIGINT, SIGTERM, SIGHUP */
int signals_take(void);

/* whether SIGPIPE has its default action for the one who started shmmap */
bool signals_pipe_kills(void);

/* Fork with all signals held back; in the child the dispositions and the mask
 * are as shmmap found them. Returns as fork(2). */
pid_t signals_fork(void);

/* Master: stop as the terminal's suspend key stops a process; returns when
 * continued. */
void signals_suspend(void);

/* End the process by signal, so that the parent sees it. Does not return. */
_Noreturn void signals_end_by(int signal);

#endif
