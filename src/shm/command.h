#ifndef SHMMAP_SHM_COMMAND_H
#define SHMMAP_SHM_COMMAND_H

#include <stddef.h>

/*
 * The subcommands of shm: `shm NAME [OPTION]... [OPERAND]...`. main.c has the
 * table of them; each group has a file of its own.
 */

/* options, as bits: those that a subcommand takes, and those that were given */
enum {
	OPTION_SEGMENT = 1 << 0, /* --segment NAME */
	OPTION_ALL = 1 << 1,	 /* -a, --all */
	OPTION_JSON = 1 << 2,	 /* --json */
	OPTION_OLD = 1 << 3,	 /* -o, --old */
	OPTION_RANK = 1 << 4,	 /* --rank R */
	OPTION_STALE = 1 << 5,	 /* --stale */
	OPTION_VERBOSE = 1 << 6, /* -v, --verbose */
	OPTION_NAME = 1 << 7,	 /* -n, --name NAME */
	OPTION_HELP = 1 << 8,	 /* --help */
	OPTION_VERSION = 1 << 9, /* --version, of shm itself */
};

struct options {
	unsigned given;
	const char *segment; /* NULL: the one of the run */
	const char *rank;    /* NULL: this worker's */
	const char *name;    /* of a critical section */
};

struct command {
	const char *name;
	const char *operands; /* as the synopsis shows them */
	const char *summary;  /* for the list, at most 58 characters */
	const char *text;     /* for its own help: lines of at most 78 */
	unsigned options;     /* that it takes beside --help */
	size_t least, most;   /* operands */

	/* Do it; operands ends with NULL. Returns the exit status; what went
	 * wrong has been told by then. */
	int (*run)(const struct options *options, char *operands[], size_t n);
};

/* get.c, set.c, atomic.c, file.c */
int command_get(const struct options *options, char *operands[], size_t n);
int command_set(const struct options *options, char *operands[], size_t n);
int command_add(const struct options *options, char *operands[], size_t n);
int command_min(const struct options *options, char *operands[], size_t n);
int command_max(const struct options *options, char *operands[], size_t n);
int command_fill(const struct options *options, char *operands[], size_t n);
int command_load(const struct options *options, char *operands[], size_t n);
int command_save(const struct options *options, char *operands[], size_t n);

/* new.c, rm.c, list.c */
int command_new(const struct options *options, char *operands[], size_t n);
int command_rm(const struct options *options, char *operands[], size_t n);
int command_ls(const struct options *options, char *operands[], size_t n);

/* sections.c */
int command_critical(const struct options *options, char *operands[], size_t n);
int command_ordered(const struct options *options, char *operands[], size_t n);
int command_barrier(const struct options *options, char *operands[], size_t n);
int command_master(const struct options *options, char *operands[], size_t n);
int command_single(const struct options *options, char *operands[], size_t n);

#endif
