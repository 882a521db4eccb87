/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef WORKER_H
#define WORKER_H

#include <shmmap.h>

/* see worker.c */
extern const struct shmmap_worker nothing, text, line, counted, each, batch,
	spinning, chunk, populated;

#endif
