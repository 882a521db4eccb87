/*
 * Options: the table, and what those do to the plan that have no file of their
 * own.
 *
 * The table below is all there is to know of an option; getopt's own tables,
 * the keys of a spec, --help and the proposals for a misspelt name are made
 * from it.
 */
#include <config.h>

#include "front/options.h"

#include <errno.h>

#include "base/diag.h"
#include "base/number.h"
#include "front/arrays.h"
#include "front/backend.h"
#include "front/blocks.h"
#include "front/columns.h"
#include "front/reduce.h"
#include "front/source.h"
#include "front/worker.h"

static int
set_colsep(struct parse *parse, const char *argument)
{
	return columns_set_separator(parse->plan, argument);
}

static int
set_header(struct parse *parse, const char *argument)
{
	parse->lists.is_named = true;
	return columns_check_header(argument);
}

static int
set_link(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->lists.is_linked = true;
	return 0;
}

static int
set_shuf(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->lists.is_mixed = true;
	return 0;
}

static int
add_split(struct parse *parse, const char *argument)
{
	return splits_add(&parse->lists.splits, argument);
}

static int
set_block(struct parse *parse, const char *argument)
{
	return blocks_set_size(parse->plan, argument);
}

static int
set_recend(struct parse *parse, const char *argument)
{
	return blocks_set_recend(parse->plan, argument);
}

static int
set_ordered(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->plan->ordered = true;
	return 0;
}

static int
set_ungroup(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->plan->ungroup = true;
	return 0;
}

static int
set_tag(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->plan->tag = true;
	return 0;
}

static int
set_reduce(struct parse *parse, const char *argument)
{
	return reduce_set(parse->plan, argument);
}

static int
set_combine(struct parse *parse, const char *argument)
{
	return reduce_set_combine(parse->plan, argument);
}

static int
set_by(struct parse *parse, const char *argument)
{
	return reduce_set_by(parse->plan, argument);
}

static int
set_type(struct parse *parse, const char *argument)
{
	return reduce_set_type(parse->plan, argument);
}

static int
set_skip_bad(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->plan->reduce.skip_bad = true;
	return 0;
}

static int
set_halt(struct parse *parse, const char *argument)
{
	if (halt_parse(argument, &parse->plan->halt) == 0)
		return 0;
	diag("--halt: %s is not never, soon or now, with ,fail=N ,success=N "
	     "or ,done=N, a number of jobs or N%%",
	     diag_quoted(argument));
	return -1;
}

static int
set_grace(struct parse *parse, const char *argument)
{
	int error = number_parse_duration(argument, &parse->plan->grace_ms);

	if (error == -EINVAL)
		diag("--grace: %s is not a duration such as 10, 0.5s or 2m",
		     diag_quoted(argument));
	else if (error)
		diag("--grace: %s is too long (24d at most)",
		     diag_quoted(argument));
	return error ? -1 : 0;
}

static int
add_array(struct parse *parse, const char *argument)
{
	return arrays_declare(parse->plan, argument);
}

static int
add_private(struct parse *parse, const char *argument)
{
	return arrays_scope(&parse->scopes, argument, false);
}

static int
add_reduction(struct parse *parse, const char *argument)
{
	return arrays_scope(&parse->scopes, argument, true);
}

static int
set_segment(struct parse *parse, const char *argument)
{
	return arrays_name_segment(parse->plan, argument);
}

static int
set_keep(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->plan->keep = true;
	return 0;
}

static int
set_huge_pages(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->plan->huge_pages = true;
	return 0;
}

static int
add_save(struct parse *parse, const char *argument)
{
	return arrays_save(parse->plan, argument, false);
}

static int
add_save_always(struct parse *parse, const char *argument)
{
	return arrays_save(parse->plan, argument, true);
}

static int
set_spec(struct parse *parse, const char *argument)
{
	if (parse->spec) {
		diag("--spec: %s is a second one", diag_quoted(argument));
		return -1;
	}
	parse->spec = argument;
	return 0;
}

static int
set_dump(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->is_dump = true;
	return 0;
}

static int show_help(struct parse *parse, const char *argument);
static int show_version(struct parse *parse, const char *argument);

/* In the order of --help; a heading begins its group. An entry that does not
 * say what its key takes has the one of its argument. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
const struct option_entry options_table[] = {
	{ { "Jobs", "arg-file", "a", "FILE",
	    "read the jobs from FILE, - for standard input" },
	  source_set_file,
	  KEY_FILE },
	{ { NULL, "null", "0", NULL, "a NUL byte ends a job, not a newline" },
	  source_set_null },
	{ { NULL, "delimiter", "d", "CHAR",
	    "CHAR ends a job: one byte, or an escape such as\n"
	    "\\t \\0 \\x1e \\036" },
	  source_set_delimiter },
	{ { NULL, "no-run-if-empty", "r", NULL, "an empty record is no job" },
	  source_skip_empty },
	{ { NULL, "range", "", "[START:]STOP[:STEP]",
	    "the jobs are numbers, STOP is none of them" },
	  source_set_range },
	{ { NULL, "colsep", "C", "STRING",
	    "STRING is between the columns of a job: {1} {2};\n"
	    "escapes as for --delimiter" },
	  set_colsep },
	{ { NULL, "header", "", ":",
	    "the first record, or the first item of each list,\n"
	    "has the names of the columns: {NAME}" },
	  set_header },
	{ { NULL, "link", "", NULL,
	    "the lists go on together, shorter ones begin again" },
	  set_link },
	{ { NULL, "split", "", "NAME[,CHUNKS]",
	    "the jobs are slices of an array: START STOP, as\n"
	    "many as there are slaves; may be repeated" },
	  add_split,
	  KEY_LIST },
	{ { NULL, "shuf", "", NULL,
	    "in random order, which --seed determines; what is\n"
	    "read is read as a whole before the first job" },
	  set_shuf },
	{ { "Slaves", "slaves", "jP", "N",
	    "run N jobs at once; also 50% of the processors, +2\n"
	    "more or -1 fewer than there are [OMP_NUM_THREADS,\n"
	    "else what the batch system granted, else one for\n"
	    "each processor]" },
	  backend_set_slaves },
	{ { NULL, "schedule", "", "KIND[,CHUNK]",
	    "how cheap jobs are handed out: static, dynamic,\n"
	    "guided or auto [OMP_SCHEDULE, else auto]" },
	  backend_set_schedule },
	{ { NULL, "backend", "", "KIND",
	    "slaves that call a function are a process each, or\n"
	    "a thread each of one [process]" },
	  backend_set_kind },
	{ { NULL, "debug", "", NULL,
	    "no slaves: one job after the other, a function is\n"
	    "called by shmmap itself; also -j0" },
	  backend_set_debug },
	{ { "Worker", "dlopen", "", "LIB[:SYMBOL]",
	    "call a function of a shared library for each job;\n"
	    "of C source, too (LIB.c)" },
	  worker_set_library },
	{ { NULL, "filter", "", NULL,
	    "run the command once per slave; it answers each\n"
	    "line with a line" },
	  worker_set_filter },
	{ { NULL, "attach", "", NULL,
	    "run the command once per slave; it takes its jobs\n"
	    "itself, through libshmmap" },
	  worker_set_attach },
	{ { NULL, "pipe", "", NULL,
	    "run the command once per block of records, with\n"
	    "the block as its standard input" },
	  worker_set_pipe },
	{ { NULL, "block", "", "SIZE",
	    "bytes of a block, such as 64k or 10M [1M]; or -N:\n"
	    "N parts of --arg-file for each slave" },
	  set_block },
	{ { NULL, "recend", "", "STRING",
	    "what ends a record of a block [newline]" },
	  set_recend },
	{ { NULL, "wd", "", "DIR", "run the workers in DIR" },
	  worker_set_folder },
	{ { NULL, "env", "", "NAME=VALUE",
	    "set a variable for the workers; may be repeated" },
	  worker_add_variable,
	  KEY_PAIRS },
	{ { NULL, "seed", "", "N",
	    "each job's SHMMAP_SEED is made from N [at random];\n"
	    "and the order of --shuf" },
	  worker_set_seed },
	{ { "Arrays", "array", "A", "ARRAY",
	    "share an array with all workers:\n"
	    "NAME=DTYPE[:DIM,...][=INIT], such as sum=f8,\n"
	    "img=u1:480,640,3 or x=@in.npy; zeros unless told" },
	  add_array,
	  KEY_LIST },
	{ { NULL, "private", "", "NAME,...", "each slave has its own copy" },
	  add_private,
	  KEY_LIST },
	{ { NULL, "reduction", "", "OP:NAME,...",
	    "each slave has its own copy; all are combined at\n"
	    "the end by sum, prod, min, max, and, or, xor" },
	  add_reduction,
	  KEY_LIST },
	{ { NULL, "save", "", "NAME=FILE",
	    "write the array to FILE (.npy by its name, or raw)\n"
	    "at the end of a run that succeeded" },
	  add_save,
	  KEY_PAIRS },
	{ { NULL, "save-always", "", "NAME=FILE", "also if it failed" },
	  add_save_always,
	  KEY_PAIRS },
	{ { NULL, "segment", "", "NAME", "use the named segment if it exists" },
	  set_segment },
	{ { NULL, "keep", "", NULL,
	    "make it one that stays, for later runs and shm" },
	  set_keep },
	{ { NULL, "hugepages", "", NULL,
	    "of pages that were reserved as huge ones" },
	  set_huge_pages },
	{ { "Results", "ordered", "k", NULL,
	    "release results in the order of the jobs" },
	  set_ordered },
	{ { NULL, "ungroup", "u", NULL,
	    "let jobs write directly, lines may mix" },
	  set_ungroup },
	{ { NULL, "tag", "", NULL,
	    "begin each line of a result with the job and a tab" },
	  set_tag },
	{ { NULL, "reduce", "", "OP[:COL]|COMMAND",
	    "print what the lines of all results come to:\n"
	    "sum, prod, min, max, argmin, argmax, mean, var,\n"
	    "count, first, last, concat or hist:LO:HI:N, of\n"
	    "column COL if there is one; or what COMMAND prints\n"
	    "that reads all results" },
	  set_reduce },
	{ { NULL, "combine", "", "OP[:COL]|COMMAND",
	    "combine the results of each slave\n"
	    "before --reduce gets them" },
	  set_combine },
	{ { NULL, "by", "", "COL", "a result for each key in column COL" },
	  set_by },
	{ { NULL, "result", "", "DTYPE[:N]",
	    "results to reduce are no text, but N numbers each\n"
	    "as they lie in memory, such as f8 or i4:3" },
	  set_type },
	{ { NULL, "skip-bad", "", NULL,
	    "count values that are no numbers, and go on" },
	  set_skip_bad },
	{ { "Ending", "halt", "", "WHEN[,WHY=N]",
	    "begin no more jobs (soon), or end those that run,\n"
	    "too (now), when N or N% are fail, success or done\n"
	    "[never; fail=1]" },
	  set_halt },
	{ { NULL, "grace", "", "DURATION",
	    "time between a signal and SIGKILL [10s]" },
	  set_grace },
	{ { "Plan", "spec", "", "FILE",
	    "read a plan from FILE, - for standard input; the\n"
	    "words behind are its variables, NAME=VALUE" },
	  set_spec,
	  KEY_NONE },
	{ { NULL, "dump-spec", "", NULL,
	    "print the plan as a spec and run nothing" },
	  set_dump,
	  KEY_NONE },
	{ { "Help", "help", "", NULL, "show this help" }, show_help, KEY_NONE },
	{ { NULL, "version", "", NULL, "show version and licence" },
	  show_version,
	  KEY_NONE },
};

#pragma GCC diagnostic pop

const size_t options_count = sizeof(options_table) / sizeof(options_table[0]);

_Static_assert(sizeof(options_table) / sizeof(options_table[0]) <= OPTIONS_MAX,
	       "a larger OPTIONS_MAX");

static int
show_help(struct parse *parse, const char *argument)
{
	(void)argument;
	help_begin();
	for (size_t i = 0; i < options_count; i++)
		help_option(&options_table[i].help);
	parse->outcome = help_end() ? OPTIONS_BAD : OPTIONS_DONE;
	return 0;
}

static int
show_version(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->outcome = help_version() ? OPTIONS_BAD : OPTIONS_DONE;
	return 0;
}
