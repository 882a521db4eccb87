#ifndef SHMMAP_COMMAND_LINE_H
#define SHMMAP_COMMAND_LINE_H

#include "engine/plan.h"
#include "front/options.h"

/* The command line to a plan. argv must live as long as the plan, which the
 * caller releases in each case. */
enum options_outcome command_line_parse(int argc, char *argv[],
					struct plan *plan);

#endif
