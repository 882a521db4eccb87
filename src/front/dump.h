#ifndef SHMMAP_DUMP_H
#define SHMMAP_DUMP_H

#include "front/options.h"

/*
 * The plan as a spec that says the same: what was given, wherever it was, each
 * option under its key. What nobody said is left unsaid.
 */

/* in memory, which is the caller's; NULL after a diagnostic */
char *dump_text(const struct parse *parse);

/* to standard output; 0, or -1 after a diagnostic */
int dump_print(const struct parse *parse);

#endif
