#ifndef SHMMAP_DUMP_H
#define SHMMAP_DUMP_H

#include "front/options.h"

/*
 * Write the plan to standard output as a spec that says the same: what was
 * given, wherever it was, each option under its key. What nobody said is left
 * unsaid. Returns 0, or -1 after a diagnostic.
 */
int dump_print(const struct parse *parse);

#endif
