#ifndef SHMMAP_GENERATE_H
#define SHMMAP_GENERATE_H

#include "engine/source.h"

/*
 * Jobs that are made and not read: the text of each is a function of its
 * number, and is written into the arena when there is room and a slot for its
 * batch. So their number costs neither time nor memory. The master's, as all
 * of a source.
 */

/* Publish as many as is wanted now; closes the ring of batches at the end. */
void generate(struct source *source);

#endif
