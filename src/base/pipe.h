#ifndef SHMMAP_PIPE_H
#define SHMMAP_PIPE_H

/*
 * How much a pipe holds. Who writes into it is stopped, and who reads is woken,
 * whenever it is full: less often when it holds more than the usual 64 KiB. How
 * much that should be is for whoever knows what goes through it and how many of
 * them there are: what all pipes of a user hold together is limited (64 MiB,
 * pipe-user-pages-soft), and beyond that new ones get next to nothing.
 */

/* Let the pipe hold nbytes, if it holds less. One that can not is slower and no
 * more; what is no pipe is not changed. */
void pipe_widen(int fd, int nbytes);

#endif
