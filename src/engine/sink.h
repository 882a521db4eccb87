#ifndef SHMMAP_SINK_H
#define SHMMAP_SINK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Where results go: standard output and standard error of the master, written
 * in the order in which they are given, without ever blocking the master on a
 * slow reader, and without setting O_NONBLOCK on a descriptor that others
 * share.
 *
 *   pipe, terminal   opened anew through /proc, which makes a description of
 *                    its own that may be non-blocking; where that is refused,
 *                    poll(2) and then at most PIPE_BUF bytes
 *   socket           send(2) with MSG_DONTWAIT
 *   file and others  written as they are; a disk answers
 *
 * Only the master uses it. Small pieces are collected, large ones are written
 * from where they are. A piece for one output first flushes the other, so that
 * both on one terminal or one pipe come in order.
 */

enum { SINK_OUT, SINK_ERR, SINK_OUTPUTS };

/* the two poll entries of sink_poll() */
#define SINK_POLLS SINK_OUTPUTS

/* Take over what these descriptors are, which stay open. */
void sink_init(int out_fd, int err_fd);
void sink_release(void);

/* Give nbytes to an output. Returns how many were taken: fewer than nbytes when
 * the reader is slow; after an error all are taken and lost. */
size_t sink_put(int output, const void *bytes, size_t nbytes);

/* Write what was collected. True when nothing is left. */
bool sink_flush(void);

/* Write what was collected. True when something waits for a reader: that, or a
 * piece that was not taken whole. */
bool sink_is_busy(void);

/* Nothing more comes for an output: close it, so that its reader sees the end.
 * What is given to it all the same is lost. */
void sink_close(int output);

/* Forget what was collected for an output. */
void sink_abandon(int output);

/* what to wait for: room where an output is full, and with watch_reader the end
 * of the reader of standard output in any case */
void sink_poll(struct pollfd polls[SINK_POLLS], bool watch_reader);

/* Say what poll(2) answered. */
void sink_polled(const struct pollfd polls[SINK_POLLS]);

/* 0, or the positive errno of the first failed write to an output; EPIPE also
 * when poll saw its reader leave */
int sink_error(int output);

#endif
