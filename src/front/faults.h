#ifndef SHMMAP_FAULTS_H
#define SHMMAP_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

/*
 * What is wrong with a file, and where. Messages are gathered, so that one
 * reading tells all of them, and printed in the order of their places as
 * "FILE:LINE:COLUMN: MESSAGE".
 */

/* as many are printed; of the others only the number */
#define FAULTS_MAX 20

/* the environment has hardly more to be warned of */
#define WARNINGS_MAX 16

/* both from 1; a column counts characters */
struct place {
	unsigned line, column;
};

struct fault {
	struct place place;
	char *text;
};

struct faults {
	const char *file; /* as messages name it */
	struct fault list[FAULTS_MAX];
	size_t count; /* of all of them */
	/* the message that was caught last */
	bool is_caught;
	char caught[1024];
	/* those before it, and of other steps, each once */
	char *warnings[WARNINGS_MAX];
	size_t nwarnings, nprinted;
	diag_writer *writer; /* where messages went before */
	void *context;
};

void faults_init(struct faults *faults, const char *file);
void faults_release(struct faults *faults);

/* the same at the same place is added once */
void faults_add(struct faults *faults, struct place place, const char *format,
		...) __attribute__((format(printf, 3, 4)));

/*
 * Catch what diag prints until faults_caught(), because that is said of an
 * option and knows no place. If error is not 0, the last message is about it:
 * faults_caught() returns it, without the name of the program, or NULL if there
 * was none. All others are warnings, of the environment, which is looked at for
 * each step: they are printed, once each.
 */
void faults_catch(struct faults *faults);
const char *faults_caught(struct faults *faults, int error);

/* A message about options names them as the command line writes them: add it
 * without their dashes. */
void faults_add_option(struct faults *faults, struct place place,
		       const char *message);

/* print what there is; returns 0 if that was nothing, else -1 */
int faults_print(struct faults *faults);

#endif
