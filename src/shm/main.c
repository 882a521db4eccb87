/*
 * shm - shared arrays and sections of shmmap(1) from a shell
 *
 * The table of the subcommands, and the way to one of them.
 */
#include <config.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/standard.h"
#include "front/help.h"
#include "shm/command.h"
#include "shm/help.h"
#include "shm/options.h"
#include "shm/print.h"

#define ANY SIZE_MAX

/* in the order of --help */
static const struct command commands[] = {
	{ "new", "NAME [DECLARATION]...", "make a named segment, which stays",
	  "Make the segment NAME with an array for each DECLARATION:\n"
	  "NAME=DTYPE[:DIM[,DIM...]][=INIT], such as x=f8:1000 y=i4:3,4=7 "
	  "z=@z.npy\n"
	  "It stays until it is removed, or the machine ends.",
	  OPTION_SEGMENT, 0, ANY, command_new },
	{ "ls", "[SEGMENT]", "list the arrays of a segment, or the segments",
	  "List the arrays of SEGMENT, or, in a worker, of its run: name, "
	  "dtype,\n"
	  "shape (- for a scalar), bytes, scope. Elsewhere, or with -a, list "
	  "all named\n"
	  "segments of this user: name, bytes, number of arrays, state (kept, "
	  "in use by\n"
	  "the process that made it, or stale: that process is gone). Fields "
	  "are\n"
	  "separated by tabs.",
	  OPTION_SEGMENT | OPTION_ALL | OPTION_JSON, 0, 1, command_ls },
	{ "rm", "NAME...", "remove named segments",
	  "Remove named segments. Who has one mapped keeps it.",
	  OPTION_STALE | OPTION_VERBOSE, 0, ANY, command_rm },
	{ "get", "NAME [SLICE]", "print elements",
	  "Print the elements of array NAME that SLICE picks, as NumPy "
	  "indexes (3  -1\n"
	  "2:5  ::2  0:10,2  ...), or all: one a line; where more than one "
	  "axis is\n"
	  "left, the last one on a line, separated by tabs. shm set reads "
	  "them back\n"
	  "exactly.",
	  OPTION_SEGMENT, 1, 2, command_get },
	{ "set", "NAME [SLICE] VALUE...", "store elements",
	  "Store values in array NAME: one for all that SLICE picks, or as "
	  "many as it\n"
	  "picks. SLICE is as for shm get, and ... is everything; a scalar "
	  "has none. The\n"
	  "value - is standard input: numbers between white space, other "
	  "values between\n"
	  "single newlines and tabs. A value that is wrong changes nothing.",
	  OPTION_SEGMENT, 2, ANY, command_set },
	{ "add", "NAME [INDEX] VALUE", "add to an element, atomically",
	  "Add VALUE to the element of array NAME at INDEX (3  -1  0,2; a "
	  "scalar has\n"
	  "none), atomically.",
	  OPTION_SEGMENT | OPTION_OLD, 2, 3, command_add },
	{ "min", "NAME [INDEX] VALUE", "lower an element, atomically",
	  "Set the element of array NAME at INDEX (a scalar has none) to "
	  "VALUE if that is\n"
	  "less, atomically. NaN wins.",
	  OPTION_SEGMENT | OPTION_OLD, 2, 3, command_min },
	{ "max", "NAME [INDEX] VALUE", "raise an element, atomically",
	  "Set the element of array NAME at INDEX (a scalar has none) to "
	  "VALUE if that is\n"
	  "greater, atomically. NaN wins.",
	  OPTION_SEGMENT | OPTION_OLD, 2, 3, command_max },
	{ "fill", "NAME INIT", "fill an array",
	  "Fill array NAME with INIT, as in a declaration: a value, @FILE.npy, "
	  "@FILE (raw\n"
	  "bytes) or text:FILE (numbers).",
	  OPTION_SEGMENT, 2, 2, command_fill },
	{ "load", "NAME FILE", "fill an array from a file",
	  "Fill array NAME from FILE: NumPy's .npy if its name ends so, else "
	  "raw bytes. It\n"
	  "has to have just the array's size, and a .npy its dtype and shape.",
	  OPTION_SEGMENT, 2, 2, command_load },
	{ "save", "NAME FILE", "write an array to a file",
	  "Write array NAME to FILE: NumPy's .npy if its name ends so, else "
	  "raw bytes. The\n"
	  "file is there whole or as before.",
	  OPTION_SEGMENT | OPTION_RANK, 2, 2, command_save },
	{ "critical", "CMD [ARG]...", "run a command, one worker at a time",
	  "Run CMD in a critical section of the segment: while one runs, "
	  "others "
	  "with the\n"
	  "same NAME wait. Not recursive. CMD is killed when shm is.",
	  OPTION_SEGMENT | OPTION_NAME, 1, ANY, command_critical },
	{ "ordered", "[CMD [ARG]...]", "run a command in the job's turn",
	  "Run CMD in the ordered section of this job, after those of all jobs "
	  "with lower\n"
	  "numbers; once per job. Without CMD only wait for the turn.",
	  OPTION_SEGMENT, 0, ANY, command_ordered },
	{ "barrier", "", "wait for the workers of all slaves",
	  "Wait until the workers of all slaves have come here. Status 1 when "
	  "one can not\n"
	  "come any more.",
	  OPTION_SEGMENT, 0, 0, command_barrier },
	{ "master", "CMD [ARG]...", "run a command in rank 0 only",
	  "Run CMD if this worker's slave has rank 0.", OPTION_SEGMENT, 1, ANY,
	  command_master },
	{ "single", "CMD [ARG]...", "run a command in one slave only",
	  "Run CMD if this worker's slave is the first to come here: the n-th "
	  "call of each\n"
	  "slave belongs together. The others do not wait.",
	  OPTION_SEGMENT, 1, ANY, command_single },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *
find(const char *name)
{
	size_t length = strlen(name), least = 1 + length / 3, distance;
	const char *best = NULL;

	for (size_t i = 0; i < NCOMMANDS; i++) {
		distance = help_distance(commands[i].name, name, length);
		if (distance == 0)
			return &commands[i];
		if (distance > least || distance >= length)
			continue;
		least = distance;
		best = commands[i].name;
	}
	if (best)
		diag("unknown command %s (did you mean '%s'?)",
		     print_quoted(name), best);
	else
		diag("unknown command %s (try --help)", print_quoted(name));
	return NULL;
}

static int
check_operands(const struct command *command, size_t n, char *const words[])
{
	if (n < command->least)
		diag("%s: not enough operands: shm %s %s", command->name,
		     command->name, command->operands);
	else if (n > command->most)
		diag("%s: %s is too much: shm %s%s%s", command->name,
		     print_quoted(words[command->most]), command->name,
		     command->operands[0] ? " " : "", command->operands);
	else
		return 0;
	return -1;
}

/* words are those behind the command's name; options has what stood before */
static int
run(const struct command *command, struct options *options, char *words[])
{
	unsigned refused = options->given & ~command->options;
	size_t n = 0;
	int taken;

	taken = options_read(options, words, command->options | OPTION_HELP,
			     command->name);
	if (taken < 0)
		return DIAG_EXIT_FAILURE;
	if (options->given & OPTION_HELP)
		return shm_help_command(command);
	if (refused) {
		diag("%s: option '--%s' means nothing here", command->name,
		     options_name(refused));
		return DIAG_EXIT_FAILURE;
	}
	words += taken;
	while (words[n])
		n++;
	if (check_operands(command, n, words))
		return DIAG_EXIT_FAILURE;
	return command->run(options, words, n);
}

int
main(int argc, char *argv[])
{
	struct options options = { .given = 0 };
	const struct command *command;
	int taken;

	diag_set_program("shm");
	if (standard_prepare())
		return DIAG_EXIT_FAILURE;
	if (argc > 0)
		argv++;
	taken = options_read(&options, argv,
			     OPTION_SEGMENT | OPTION_HELP | OPTION_VERSION,
			     NULL);
	if (taken < 0)
		return DIAG_EXIT_FAILURE;
	if (options.given & OPTION_HELP)
		return shm_help(commands, NCOMMANDS);
	if (options.given & OPTION_VERSION)
		return shm_version();
	argv += taken;
	if (!*argv) {
		diag("no command (try --help)");
		return DIAG_EXIT_FAILURE;
	}
	command = find(*argv);
	return command ? run(command, &options, argv + 1) : DIAG_EXIT_FAILURE;
}
