/*
 * The command line.
 *
 * The table below is all there is to know of an option; getopt's own tables,
 * --help and the proposals for a misspelt name are made from it. getopt_long
 * finds the options, but every message is ours.
 */
#include <config.h>

#include "front/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/number.h"
#include "front/arrays.h"
#include "front/blocks.h"
#include "front/escape.h"
#include "front/help.h"
#include "front/range.h"
#include "front/slaves.h"

/* as much of a bad value as a message shows */
#define SHOWN_MAX 60
#define SHOWN_SIZE (4 * SHOWN_MAX + 16)

/* values of getopt_long beyond those of the letters */
#define LONG_VALUE 0x100

/* what the options said so far */
struct parse {
	struct plan *plan;
	const char *slaves; /* argument of -j, or NULL */
	struct arrays_scopes scopes;
	bool has_seed;
	bool has_schedule;
	const char *worker; /* the option that chose it, or NULL */
	enum plan_backend backend;
	bool debug;
	enum options_outcome outcome;
};

/* takes the option's argument, NULL without one; 0, or -1 after a diagnostic */
typedef int option_action(struct parse *parse, const char *argument);

struct option_entry {
	struct help_entry help;
	option_action *action;
};

/* text as a message shows it, in a buffer that lasts until the next call */
static const char *
quoted(const char *text)
{
	static char shown[SHOWN_SIZE];

	return diag_quote(shown, sizeof(shown), text, strlen(text), SHOWN_MAX);
}

static int
set_arg_file(struct parse *parse, const char *argument)
{
	parse->plan->arg_file = argument;
	return 0;
}

static int
set_null(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->plan->delimiter = '\0';
	return 0;
}

static int
set_delimiter(struct parse *parse, const char *argument)
{
	const char *rest = argument;
	int byte = -1;

	if (argument[0] && !argument[1])
		byte = (unsigned char)*rest++;
	else if (argument[0])
		byte = escape_next(&rest);
	if (byte < 0 || *rest) {
		diag("--delimiter: %s is not one byte", quoted(argument));
		return -1;
	}
	parse->plan->delimiter = (unsigned char)byte;
	return 0;
}

static int
set_skip_empty(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->plan->skip_empty = true;
	return 0;
}

static int
set_range(struct parse *parse, const char *argument)
{
	struct plan *plan = parse->plan;

	if (range_parse(argument, &plan->range_start, &plan->range_step,
			&plan->range_count)) {
		diag("--range: %s is not [START:]STOP[:STEP]",
		     quoted(argument));
		return -1;
	}
	plan->is_range = true;
	return 0;
}

static int
set_schedule(struct parse *parse, const char *argument)
{
	if (schedule_parse(argument, &parse->plan->schedule)) {
		diag("--schedule: %s is not static, dynamic, guided or auto, "
		     "with ,CHUNK or not",
		     quoted(argument));
		return -1;
	}
	parse->has_schedule = true;
	return 0;
}

static int
choose_worker(struct parse *parse, enum plan_worker worker, const char *option)
{
	if (parse->worker && parse->plan->worker != worker) {
		diag("%s and %s exclude each other", parse->worker, option);
		return -1;
	}
	parse->worker = option;
	parse->plan->worker = worker;
	return 0;
}

static int
set_dlopen(struct parse *parse, const char *argument)
{
	parse->plan->library = argument;
	return choose_worker(parse, WORKER_DLOPEN, "--dlopen");
}

static int
set_attach(struct parse *parse, const char *argument)
{
	(void)argument;
	return choose_worker(parse, WORKER_ATTACH, "--attach");
}

static int
set_filter(struct parse *parse, const char *argument)
{
	(void)argument;
	return choose_worker(parse, WORKER_FILTER, "--filter");
}

static int
set_pipe(struct parse *parse, const char *argument)
{
	(void)argument;
	return choose_worker(parse, WORKER_PIPE, "--pipe");
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
set_debug(struct parse *parse, const char *argument)
{
	(void)argument;
	parse->debug = true;
	return 0;
}

static int
set_slaves(struct parse *parse, const char *argument)
{
	if (strcmp(argument, "0") == 0)
		return set_debug(parse, NULL);
	parse->slaves = argument;
	return 0;
}

static int
set_backend(struct parse *parse, const char *argument)
{
	if (strcmp(argument, "process") == 0) {
		parse->backend = BACKEND_PROCESS;
		return 0;
	}
	if (strcmp(argument, "thread") == 0) {
		parse->backend = BACKEND_THREAD;
		return 0;
	}
	diag("--backend: %s is not process or thread", quoted(argument));
	return -1;
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

/* told here, once, and not by every job */
static int
set_folder(struct parse *parse, const char *argument)
{
	struct stat status;
	int error = 0;

	if (stat(argument, &status))
		error = errno;
	else if (!S_ISDIR(status.st_mode))
		error = ENOTDIR;
	else if (access(argument, X_OK))
		error = errno;
	if (error) {
		diag_errno(error, "--wd: %s", quoted(argument));
		return -1;
	}
	parse->plan->folder = argument;
	return 0;
}

static int
add_env(struct parse *parse, const char *argument)
{
	struct plan *plan = parse->plan;
	char **env;

	if (argument[0] == '=' || !strchr(argument, '=')) {
		diag("--env: %s is not NAME=VALUE", quoted(argument));
		return -1;
	}
	env = reallocarray(plan->env, plan->nenv + 1, sizeof(*env));
	if (!env) {
		diag_errno(ENOMEM, "--env");
		return -1;
	}
	plan->env = env;
	/* a part of argv, which is writable */
	plan->env[plan->nenv++] = (char *)(uintptr_t)argument;
	return 0;
}

static int
set_grace(struct parse *parse, const char *argument)
{
	int error = number_parse_duration(argument, &parse->plan->grace_ms);

	if (error == -EINVAL)
		diag("--grace: %s is not a duration such as 10, 0.5s or 2m",
		     quoted(argument));
	else if (error)
		diag("--grace: %s is too long (24d at most)", quoted(argument));
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
set_seed(struct parse *parse, const char *argument)
{
	if (number_parse(argument, 0, UINT64_MAX, &parse->plan->seed)) {
		diag("--seed: %s is not a number from 0 to 2^64 - 1",
		     quoted(argument));
		return -1;
	}
	parse->has_seed = true;
	return 0;
}

static int show_help(struct parse *parse, const char *argument);
static int show_version(struct parse *parse, const char *argument);

/* in the order of --help; a heading begins its group */
static const struct option_entry options[] = {
	{ { "Jobs", "arg-file", "a", "FILE",
	    "read the jobs from FILE, - for standard input" },
	  set_arg_file },
	{ { NULL, "null", "0", NULL, "a NUL byte ends a job, not a newline" },
	  set_null },
	{ { NULL, "delimiter", "d", "CHAR",
	    "CHAR ends a job: one byte, or an escape such as\n"
	    "\\t \\0 \\x1e \\036" },
	  set_delimiter },
	{ { NULL, "no-run-if-empty", "r", NULL, "an empty record is no job" },
	  set_skip_empty },
	{ { NULL, "range", "", "[START:]STOP[:STEP]",
	    "the jobs are numbers, STOP is none of them" },
	  set_range },
	{ { "Slaves", "slaves", "jP", "N",
	    "run N jobs at once; also 50% of the processors, +2\n"
	    "more or -1 fewer than there are [OMP_NUM_THREADS,\n"
	    "else what the batch system granted, else one for\n"
	    "each processor]" },
	  set_slaves },
	{ { NULL, "schedule", "", "KIND[,CHUNK]",
	    "how cheap jobs are handed out: static, dynamic,\n"
	    "guided or auto [OMP_SCHEDULE, else auto]" },
	  set_schedule },
	{ { NULL, "backend", "", "KIND",
	    "slaves that call a function are a process each, or\n"
	    "a thread each of one [process]" },
	  set_backend },
	{ { NULL, "debug", "", NULL,
	    "no slaves: one job after the other, a function is\n"
	    "called by shmmap itself; also -j0" },
	  set_debug },
	{ { "Worker", "dlopen", "", "LIB[:SYMBOL]",
	    "call a function of a shared library for each job;\n"
	    "of C source, too (LIB.c)" },
	  set_dlopen },
	{ { NULL, "filter", "", NULL,
	    "run the command once per slave; it answers each\n"
	    "line with a line" },
	  set_filter },
	{ { NULL, "attach", "", NULL,
	    "run the command once per slave; it takes its jobs\n"
	    "itself, through libshmmap" },
	  set_attach },
	{ { NULL, "pipe", "", NULL,
	    "run the command once per block of records, with\n"
	    "the block as its standard input" },
	  set_pipe },
	{ { NULL, "block", "", "SIZE",
	    "bytes of a block, such as 64k or 10M [1M]; or -N:\n"
	    "N parts of --arg-file for each slave" },
	  set_block },
	{ { NULL, "recend", "", "STRING",
	    "what ends a record of a block [newline]" },
	  set_recend },
	{ { NULL, "wd", "", "DIR", "run the workers in DIR" }, set_folder },
	{ { NULL, "env", "", "NAME=VALUE",
	    "set a variable for the workers; may be repeated" },
	  add_env },
	{ { NULL, "seed", "", "N",
	    "each job's SHMMAP_SEED is made from N [at random]" },
	  set_seed },
	{ { "Arrays", "array", "A", "ARRAY",
	    "share an array with all workers:\n"
	    "NAME=DTYPE[:DIM,...][=INIT], such as sum=f8,\n"
	    "img=u1:480,640,3 or x=@in.npy; zeros unless told" },
	  add_array },
	{ { NULL, "private", "", "NAME,...", "each slave has its own copy" },
	  add_private },
	{ { NULL, "reduction", "", "OP:NAME,...",
	    "each slave has its own copy; all are combined at\n"
	    "the end by sum, prod, min, max, and, or, xor" },
	  add_reduction },
	{ { NULL, "save", "", "NAME=FILE",
	    "write the array to FILE (.npy by its name, or raw)\n"
	    "at the end of a run that succeeded" },
	  add_save },
	{ { NULL, "save-always", "", "NAME=FILE", "also if it failed" },
	  add_save_always },
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
	{ { "Signals", "grace", "", "DURATION",
	    "time between a signal and SIGKILL [10s]" },
	  set_grace },
	{ { "Help", "help", "", NULL, "show this help" }, show_help },
	{ { NULL, "version", "", NULL, "show version and licence" },
	  show_version },
};

#define NOPTIONS (sizeof(options) / sizeof(options[0]))

static int
show_help(struct parse *parse, const char *argument)
{
	(void)argument;
	help_begin();
	for (size_t i = 0; i < NOPTIONS; i++)
		help_option(&options[i].help);
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

/* what getopt_long returns for an option: its first letter if it has one */
static int
value_of(size_t index)
{
	const char *letters = options[index].help.letters;

	return letters[0] ? letters[0] : LONG_VALUE + (int)index;
}

static const struct option_entry *
entry_of(int value)
{
	for (size_t i = 0; i < NOPTIONS; i++) {
		if (value == LONG_VALUE + (int)i)
			return &options[i];
		if (value > 0 && value < LONG_VALUE &&
		    strchr(options[i].help.letters, value))
			return &options[i];
	}
	return NULL;
}

/* "+" ends the options at the first word that is not one, ":" leaves the
 * messages to us */
static void
make_short_options(char *out)
{
	*out++ = '+';
	*out++ = ':';
	for (size_t i = 0; i < NOPTIONS; i++) {
		for (const char *c = options[i].help.letters; *c; c++) {
			*out++ = *c;
			if (options[i].help.argument)
				*out++ = ':';
		}
	}
	*out = '\0';
}

static void
make_long_options(struct option *out)
{
	for (size_t i = 0; i < NOPTIONS; i++)
		out[i] = (struct option){
			.name = options[i].help.name,
			.has_arg = options[i].help.argument ? required_argument
							    : no_argument,
			.val = value_of(i),
		};
	out[NOPTIONS] = (struct option){ 0 };
}

/* the options that a name abbreviates, or the one that it is; *found is the
 * last of them */
static size_t
count_matches(const char *name, size_t length, const char **found)
{
	size_t n = 0;

	for (size_t i = 0; i < NOPTIONS; i++) {
		if (strncmp(options[i].help.name, name, length) != 0)
			continue;
		*found = options[i].help.name;
		if ((*found)[length] == '\0')
			return 1;
		n++;
	}
	return n;
}

/* the option whose name is nearest, NULL when none is near */
static const char *
nearest(const char *name, size_t length)
{
	size_t least = 1 + length / 3, distance;
	const char *best = NULL;

	for (size_t i = 0; i < NOPTIONS; i++) {
		distance = help_distance(options[i].help.name, name, length);
		if (distance < least || (distance == least && !best)) {
			least = distance;
			best = options[i].help.name;
		}
	}
	return best;
}

/* getopt_long did not want the long option word, "--" included */
static void
refuse_long(const char *word)
{
	size_t length = strcspn(word + 2, "=");
	const char *name = NULL;
	char shown[SHOWN_SIZE];
	size_t n = count_matches(word + 2, length, &name);

	diag_quote(shown, sizeof(shown), word, length + 2, SHOWN_MAX);
	if (n > 1) {
		diag("option %s is ambiguous (try --help)", shown);
	} else if (n == 1) {
		diag("option '--%s' takes no argument", name);
	} else {
		name = nearest(word + 2, length);
		if (name)
			diag("unknown option %s (did you mean '--%s'?)", shown,
			     name);
		else
			diag("unknown option %s (try --help)", shown);
	}
}

/* value is what getopt_long returned while it was at word */
static void
refuse(const char *word, int value)
{
	const char letter[] = { '-', (char)optopt, '\0' };

	if (value == ':' && strncmp(word, "--", 2) == 0)
		diag("option '--%s' needs an argument",
		     entry_of(optopt)->help.name);
	else if (value == ':')
		diag("option '%s' needs an argument", letter);
	else if (strncmp(word, "--", 2) == 0)
		refuse_long(word);
	else
		diag("unknown option %s (try --help)", quoted(letter));
}

/* act on all options; optind is the first word of the command afterwards */
static enum options_outcome
parse_options(int argc, char *argv[], struct parse *parse)
{
	char short_options[3 + 4 * NOPTIONS];
	struct option long_options[NOPTIONS + 1];
	const char *word;
	int value;

	make_short_options(short_options);
	make_long_options(long_options);
	optind = 0; /* start anew, also in a second call */
	opterr = 0;
	for (;;) {
		/* optind moves on in different ways in different libraries */
		word = argv[optind ? optind : 1];
		value = getopt_long(argc, argv, short_options, long_options,
				    NULL);
		if (value == -1)
			return OPTIONS_RUN;
		if (value == '?' || value == ':') {
			refuse(word, value);
			return OPTIONS_BAD;
		}
		if (entry_of(value)->action(parse, optarg))
			return OPTIONS_BAD;
		if (parse->outcome != OPTIONS_RUN)
			return parse->outcome;
	}
}

static int
check_conflicts(const struct plan *plan)
{
	if (plan->is_range && plan->arg_file) {
		diag("--range and --arg-file exclude each other");
		return -1;
	}
	if (!plan->ungroup || !(plan->ordered || plan->tag))
		return 0;
	diag("--ungroup and %s exclude each other",
	     plan->ordered ? "--ordered" : "--tag");
	return -1;
}

static int
settle_backend(struct plan *plan, const struct parse *parse)
{
	if (parse->backend == BACKEND_THREAD && plan->worker != WORKER_DLOPEN) {
		diag("--backend thread is for --dlopen: a command is a "
		     "process");
		return -1;
	}
	plan->backend = parse->debug ? BACKEND_MASTER : parse->backend;
	/* a batch would be one stride of whoever debugs */
	if (parse->debug && !plan->is_range &&
	    plan->schedule.kind == SCHEDULE_AUTO)
		plan->schedule = (struct schedule){ SCHEDULE_DYNAMIC, 1 };
	return 0;
}

static int
settle_slaves(struct plan *plan, const char *wanted)
{
	unsigned processors = slaves_processors("/proc", "/sys/fs/cgroup");

	if (plan->backend == BACKEND_MASTER) {
		plan->nslaves = 1;
	} else if (!wanted) {
		plan->nslaves = slaves_default(processors);
	} else if (slaves_parse(wanted, processors, &plan->nslaves)) {
		diag("--slaves: %s is not a number from 1 to %d, nor of the "
		     "form 50%%, +2 or -1",
		     quoted(wanted), PLAN_SLAVES_MAX);
		return -1;
	}
	plan->worker_omp_threads =
		slaves_worker_threads(processors, plan->nslaves);
	if (!plan->worker_omp_threads) {
		diag_errno(ENOMEM, "--slaves");
		return -1;
	}
	return 0;
}

/* unpredictable unless told */
static void
settle_seed(const struct parse *parse)
{
	uint64_t *seed = &parse->plan->seed;

	if (!parse->has_seed &&
	    getrandom(seed, sizeof(*seed), GRND_NONBLOCK) != sizeof(*seed))
		*seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
}

/* of the environment, unless told */
static void
settle_schedule(const struct parse *parse)
{
	const char *text = getenv("OMP_SCHEDULE");

	if (parse->has_schedule || !text ||
	    schedule_parse(text, &parse->plan->schedule) == 0)
		return;
	diag("OMP_SCHEDULE: %s is not a schedule; ignored", quoted(text));
	parse->plan->schedule = (struct schedule){ SCHEDULE_AUTO, 0 };
}

static int
settle_command(struct plan *plan, char *const words[], size_t nwords)
{
	int error;

	if (plan->worker == WORKER_DLOPEN) {
		plan->words = words;
		plan->nwords = nwords;
		return 0;
	}
	if (nwords == 0) {
		diag("no command (try --help)");
		return -1;
	}
	error = command_init(&plan->command, words, nwords,
			     plan->worker == WORKER_EXEC ? COMMAND_PER_JOB
							 : COMMAND_FOR_MANY);
	if (error == -ENOMEM)
		diag_errno(ENOMEM, "command");
	return error ? -1 : 0;
}

enum options_outcome
options_parse(int argc, char *argv[], struct plan *plan)
{
	struct parse parse = { .plan = plan, .outcome = OPTIONS_RUN };
	enum options_outcome outcome;

	*plan = (struct plan){ .delimiter = '\n', .grace_ms = 10000 };
	outcome = parse_options(argc, argv, &parse);
	if (outcome != OPTIONS_RUN) {
		free(parse.scopes.scopes);
		return outcome;
	}
	settle_seed(&parse);
	settle_schedule(&parse);
	if (arrays_settle(plan, &parse.scopes) || check_conflicts(plan) ||
	    blocks_settle(plan) ||
	    settle_command(plan, argv + optind, (size_t)(argc - optind)) ||
	    settle_backend(plan, &parse) || settle_slaves(plan, parse.slaves))
		return OPTIONS_BAD;
	return OPTIONS_RUN;
}
