#ifndef SHMMAP_SPEC_PARTS_H
#define SHMMAP_SPEC_PARTS_H

#include "front/document.h"
#include "front/faults.h"
#include "front/options.h"
#include "front/variables.h"

/*
 * What the files that read a spec share. None of these stops at a fault: it is
 * added, and what can still be looked at is.
 */
struct specfile {
	struct parse *parse; /* of the step at hand */
	struct plan *first;  /* the first one's, which has the arrays */
	struct store *store; /* the plan's */
	struct faults faults;
	struct variables variables;
	bool is_outer[OPTIONS_MAX];	  /* said by the command line */
	const struct parse *outer;	  /* of the first step, which has ... */
	size_t nouter;			  /* ... them before its own options */
	bool has_outer_jobs;		  /* among them where jobs come from */
	struct place places[OPTIONS_MAX]; /* of options' keys; or line 0 */
	struct place begin;		  /* of the step */
	struct place worker;		  /* of the command */
	const char *worker_key;		  /* what chose it, or NULL */
	const struct node *jobs;	  /* the list, or NULL */
	const struct node *lists;	  /* of a product or zip, or NULL */
	bool is_zip;
	bool has_input;	 /* a step reads standard input */
	bool is_first;	 /* the step at hand */
	bool has_scopes; /* it says itself whose arrays are */
};

/* ---- values: spec_options.c ---- */

/* The text of a scalar, with variables; NULL after a fault that says what key
 * wants it. */
const char *spec_text(struct specfile *spec, const char *key,
		      const struct node *value);

/* Whether a key can be a name that an option has before a "=", or else there is
 * a fault. */
bool spec_is_name(struct specfile *spec, const struct node *key);

/* parts, count of them, as one text; NULL after a fault */
char *spec_join(struct specfile *spec, struct place place,
		const char *const parts[], size_t count);

/* run an option's action */
void spec_run(struct specfile *spec, const struct option_entry *entry,
	      const char *argument, struct place place);

/* the same for an option by name */
void spec_run_name(struct specfile *spec, const char *name,
		   const char *argument, struct place place);

/* the key of an option, whose value may have any type that it takes */
void spec_option(struct specfile *spec, const struct option_entry *entry,
		 const struct node *key, const struct node *value);

/* If key is an option of this group (of any if NULL), do that, and return
 * true. */
bool spec_option_of(struct specfile *spec, const char *group,
		    const struct node *key, const struct node *value);

/* no such key in `where`, whose keys are own, nown of them, and the options of
 * group */
void spec_unknown(struct specfile *spec, const char *where,
		  const struct node *key, const char *const own[], size_t nown,
		  const char *group);

/* ---- a spec, or a step of it: specfile.c ---- */

/* a key that stands in it, whatever that says */
void spec_key(struct specfile *spec, const struct node *key,
	      const struct node *value);

/* all its keys are read: make its plan whole, if nothing is wrong so far */
void spec_settle(struct specfile *spec);

/* the same of no more than whose arrays are, in a plan that is not run */
void spec_settle_scopes(struct specfile *spec);

/* the steps of a spec, which is root, and what it says of all of them */
void spec_steps(struct specfile *spec, const struct node *root,
		const struct node *steps);

/* ---- the keys that are no options ---- */

void spec_jobs(struct specfile *spec, const struct node *value);
void spec_worker(struct specfile *spec, const struct node *value);
void spec_arrays(struct specfile *spec, const struct node *value);

/* the list of jobs, when the delimiter is known; lists, behind the command */
void spec_settle_jobs(struct specfile *spec);

#endif
