#ifndef SHMMAP_OPTIONS_H
#define SHMMAP_OPTIONS_H

#include "engine/plan.h"

/*
 * The command line to a plan. One table (in options.c) holds each option's
 * names, argument, help line and action; --help is printed from it.
 */

enum options_outcome {
	OPTIONS_RUN,  /* the plan is whole: run it */
	OPTIONS_DONE, /* --help or --version was answered */
	OPTIONS_BAD,  /* a diagnostic was printed: exit with 125 */
};

/* argv must live as long as the plan, which the caller releases in each case */
enum options_outcome options_parse(int argc, char *argv[], struct plan *plan);

#endif
