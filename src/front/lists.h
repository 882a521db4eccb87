#ifndef SHMMAP_FRONT_LISTS_H
#define SHMMAP_FRONT_LISTS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/plan.h"
#include "front/split.h"

/*
 * Jobs that stand on the command line, behind the command:
 *
 *   ::: ITEM...     a list          :::+ ITEM...    one that goes on together
 *   :::: FILE...    one per file    ::::+ FILE...   with the list before it
 *
 * A file alone is read as it comes (plan->arg_file); else the lists become
 * plan->product, with the files in memory.
 */
struct lists_setting {
	bool is_linked;	      /* --link: all lists go on together */
	bool is_named;	      /* --header: the first items are names */
	struct splits splits; /* --split: slices, together with the lists */
	bool is_mixed; /* --shuf: in a random order, which takes all of the
			* input to be there */
};

/* The words of the command among nwords words of the command line: those before
 * the first list. */
size_t lists_find(char *const words[], size_t nwords);

/* whether standard input is one of the lists that these words are */
bool lists_have_input(char *const words[], size_t nwords);

/*
 * Read the lists, which the words from the first ::: on are, behind the slices
 * of --split; with --shuf, what else is to be read is one, too. Afterwards the
 * plan has them and their columns. The worker, the slaves
 * and --colsep must be known.
 * Returns 0, or -1 after a diagnostic.
 */
int lists_settle(struct plan *plan, const struct lists_setting *setting,
		 char *const words[], size_t nwords);

#endif
