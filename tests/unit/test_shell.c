/*
 * Shell lines: whatever a job's text holds, and wherever the line has it, the
 * shell passes it on byte for byte and runs nothing of it.
 *
 * To keep this quick, a shell is started once for many values: the line, as
 * shell_line_init made it, is the body of a loop that sets the positional
 * parameters to one value after the other.
 */
#include <config.h>

#include "unit.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "engine/command.h"
#include "engine/shell.h"

#define NELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* in the tests' lines: write a word and a newline, without a new process */
#define PRINT '@'

static const struct shell {
	const char *name;
	const char *print;
	bool has_more; /* $'...', <<<, [[ ]], ${x/y/z} */
} shells[] = {
	{ "dash", "printf '%s\\n' ", false },
	{ "bash", "printf '%s\\n' ", true },
	{ "zsh", "printf '%s\\n' ", true },
	{ "ksh", "printf '%s\\n' ", true },
	{ "mksh", "print -r -- ", true },
};

/* where a shell is, NULL when it is not installed */
static const char *
find_shell(const char *name)
{
	static char path[100];
	static const char *const folders[] = { "/bin", "/usr/bin",
					       "/usr/local/bin" };

	for (size_t i = 0; i < NELEMENTS(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

/* ---- a place for what must not happen ---- */

static char folder[] = "/tmp/shmmap-test-XXXXXX";

static void
make_folder(void)
{
	memcpy(strrchr(folder, '-') + 1, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void
remove_folder(void)
{
	bool is_broken = access("pwned", F_OK) == 0;

	unlink("pwned");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
	ck_assert_msg(!is_broken, "a value ran a command");
}

/* ---- text that grows ---- */

struct text {
	char *bytes;
	size_t used;
};

static void
add(struct text *text, const char *bytes, size_t nbytes)
{
	text->bytes = realloc(text->bytes, text->used + nbytes + 1);
	ck_assert_ptr_nonnull(text->bytes);
	memcpy(text->bytes + text->used, bytes, nbytes);
	text->used += nbytes;
	text->bytes[text->used] = '\0';
}

static void
add_string(struct text *text, const char *string)
{
	add(text, string, strlen(string));
}

/* template with each byte of the kind replaced by the string */
static void
add_replaced(struct text *text, const char *template, char byte,
	     const char *string)
{
	for (; *template; template ++) {
		if (*template == byte)
			add_string(text, string);
		else
			add(text, template, 1);
	}
}

/* ---- running ---- */

/* the output of argv, and its exit status */
static int
run(char *const argv[], struct text *output)
{
	posix_spawn_file_actions_t actions;
	char block[4096];
	int ends[2], status;
	ssize_t n;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	posix_spawn_file_actions_addclose(&actions, ends[1]);
	ck_assert_int_eq(
		posix_spawn(&child, argv[0], &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	while ((n = read(ends[0], block, sizeof(block))) > 0)
		add(output, block, (size_t)n);
	close(ends[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* run a command of one word, with a shell, for one job */
static int
run_line(const char *path, const char *line, const char *value,
	 struct text *output)
{
	char *words[] = { (char *)(uintptr_t)line };
	struct command_job job = { value, strlen(value), 1, 0 };
	struct expansion expansion = { 0 };
	struct command command;
	int status;

	setenv("SHELL", path, 1);
	setenv("SHMMAP_JOB", "1", 1);
	ck_assert_int_eq(command_init(&command, words, 1), 0);
	ck_assert(command.is_shell);
	ck_assert_str_eq(command.name, line);
	ck_assert_int_eq(command_expand(&command, &job, &expansion), 0);
	ck_assert_str_eq(expansion.argv[0], path);
	status = run(expansion.argv, output);
	expansion_release(&expansion);
	command_release(&command);
	return status;
}

/* ---- values ---- */

#define VALUES_MAX 500

/* those that can go wrong at an end of the value come first */
#define NENDS 26

static const char *const hostile[] = {
	"",
	" ",
	"  a  b  ",
	"-n",
	"--",
	"$(touch pwned)",
	"`touch pwned`",
	"\"; touch pwned; \"",
	"'; touch pwned; '",
	"\ntouch pwned\n",
	"x\nE\ntouch pwned\n",
	"E",
	"E\n",
	"\nE\n",
	") touch pwned; (",
	"\\",
	"\\\n",
	"a\\",
	"$",
	"'",
	"\"",
	"`",
	"*",
	"~",
	"#",
	"\n",
	"a b",
	"-e",
	"--help",
	"${x:=$(touch pwned)}",
	"$((touch pwned))",
	"$((a[$(touch pwned)]))",
	"a[$(touch pwned)]",
	"\"$(touch pwned)\"",
	"'$(touch pwned)'",
	"'\"$(touch pwned)\"'",
	"\"'$(touch pwned)'\"",
	"; touch pwned",
	"& touch pwned &",
	"| touch pwned",
	"|| touch pwned",
	"> pwned",
	">pwned",
	"\tE",
	"}; touch pwned; {",
	";; esac; touch pwned; case x in x)",
	"\\\\",
	"\\\"",
	"\\'",
	"\\$(touch pwned)",
	"\\`touch pwned\\`",
	"$$",
	"$x",
	"${1}",
	"\"${1}\"",
	"${shmmap_1}",
	"$'\\n'",
	"'\"",
	"\"'\"'\"",
	"?",
	"/*",
	"[a-z]*",
	"~root",
	"a:~:b",
	"{a,b}",
	"{1..3}",
	"!!",
	"!x",
	"# x",
	"a #b",
	"=ls",
	"^a^b",
	"%s%n%d",
	"\\0101\\c\\n",
	"{}",
	"{#}",
	"\n\n",
	"\t",
	"\r\n",
	"\x7f\x80\xff",
	"caf\xc3\xa9",
};

static const char specials[] = "'\"`\\$(){}<>|&;*?[]#~!= \t\na1-";

struct values {
	char *list[VALUES_MAX];
	size_t n;
};

static void
add_value(struct values *values, const char *value)
{
	ck_assert_uint_lt(values->n, VALUES_MAX);
	values->list[values->n] = strdup(value);
	ck_assert_ptr_nonnull(values->list[values->n++]);
}

/* all bytes in one value, and all pairs of special ones in another */
static void
add_bytes_together(struct values *values)
{
	struct text text = { NULL, 0 };
	char byte;

	for (int i = 1; i < 256; i++) {
		byte = (char)i;
		add(&text, &byte, 1);
	}
	add_value(values, text.bytes);
	text.used = 0;
	for (const char *a = specials; *a; a++) {
		for (const char *b = specials; *b; b++) {
			add(&text, a, 1);
			add(&text, b, 1);
		}
	}
	add_value(values, text.bytes);
	free(text.bytes);
}

/* every byte, and every hostile text, for itself */
static void
make_all_values(struct values *values)
{
	char byte[2] = "";

	values->n = 0;
	add_bytes_together(values);
	for (size_t i = 0; i < NELEMENTS(hostile); i++)
		add_value(values, hostile[i]);
	for (int i = 1; i < 256; i++) {
		byte[0] = (char)i;
		add_value(values, byte);
	}
}

/* the same in fewer values, where each of them costs processes */
static void
make_few_values(struct values *values)
{
	struct text text = { NULL, 0 };

	values->n = 0;
	add_bytes_together(values);
	for (size_t i = 0; i < NENDS; i++)
		add_value(values, hostile[i]);
	for (size_t i = NENDS; i < NELEMENTS(hostile); i++) {
		add_string(&text, hostile[i]);
		add_string(&text, "\n");
	}
	add_value(values, text.bytes);
	free(text.bytes);
}

static void
free_values(struct values *values)
{
	for (size_t i = 0; i < values->n; i++)
		free(values->list[i]);
}

/* ---- a line in a shell, over all values ---- */

struct context {
	const char *line;   /* @ prints a word and a newline */
	const char *wanted; /* where @ is the value */
};

/* the line of a context for a shell; free it */
static char *
context_line(const struct context *context, const struct shell *shell)
{
	struct text line = { NULL, 0 };

	add_replaced(&line, context->line, PRINT, shell->print);
	return line.bytes;
}

/* the context's line, in a loop over all values */
static void
run_values(const char *path, const char *line, const struct values *values,
	   struct text *output)
{
	char **argv = calloc(5 + values->n, sizeof(*argv));
	struct text script = { NULL, 0 };
	struct shell_line shell;

	ck_assert_ptr_nonnull(argv);
	ck_assert_int_eq(shell_line_init(&shell, line), 0);
	ck_assert_uint_eq(shell.nvalues, 1);
	ck_assert_int_eq(shell.values[0], PIECE_TEXT);
	add_string(&script, "for value\ndo set -- \"${value}\"\n");
	add_string(&script, shell.line);
	add_string(&script, "\ndone");
	argv[0] = (char *)(uintptr_t)path;
	argv[1] = (char *)(uintptr_t) "-c";
	argv[2] = script.bytes;
	argv[3] = (char *)(uintptr_t) "sh";
	memcpy(argv + 4, values->list, values->n * sizeof(*argv));
	ck_assert_int_eq(run(argv, output), 0);
	free(argv);
	free(script.bytes);
	free(shell.line);
}

static void
check_values(const struct shell *shell, const struct context *context,
	     const struct values *values)
{
	struct text wanted = { NULL, 0 }, got = { NULL, 0 };
	const char *path = find_shell(shell->name);
	char *line = context_line(context, shell);
	size_t same = 0;

	if (!path) {
		free(line);
		return;
	}
	for (size_t i = 0; i < values->n; i++)
		add_replaced(&wanted, context->wanted, PRINT, values->list[i]);
	run_values(path, line, values, &got);
	while (same < wanted.used && same < got.used &&
	       wanted.bytes[same] == got.bytes[same])
		same++;
	if (same < wanted.used || same < got.used)
		ck_abort_msg("%s: %s: byte %zu: got <%.40s> wanted <%.40s>",
			     shell->name, line, same,
			     got.bytes ? got.bytes + same : "",
			     wanted.bytes + same);
	free(wanted.bytes);
	free(got.bytes);
	free(line);
}

/* contexts that cost no process */
static const struct context cheap[] = {
	{ "@ {}", "@\n" },
	{ "@ \"{}\"", "@\n" },
	{ "@ '{}'", "@\n" },
	{ "@ x{}y\"{}\"'{}'", "x@y@@\n" },
	{ "@ \"a\"{}'b'", "a@b\n" },
	{ "@ {}; @ {}", "@\n@\n" },
	{ "@ 'a\"{}\"b'", "a\"@\"b\n" },
	{ "@ \"a'{}'b\"", "a'@'b\n" },
	{ "@ \\\"{}\\\"", "\"@\"\n" },
	{ "@ \"\\\"{}\\\"\"", "\"@\"\n" },
	{ "@ \\'{}\\'", "'@'\n" },
	{ "@ \"a\\{}\"", "a\\@\n" },
	{ "@ \\\\{}", "\\@\n" },
	{ "@ \\{}{}", "{}@\n" },
	{ "@ \\${}", "$@\n" },
	{ "@ \"\\${}\"", "$@\n" },
	{ "@ \\`{}\\`", "`@`\n" },
	{ "@ '\\'{}", "\\@\n" },
	{ "@ a#{}", "a#@\n" },
	{ "# it's \"{} $(\n@ {}", "@\n" },
	{ "@ {} # it's {}", "@\n" },
	{ ":;# `{}\n@ {}", "@\n" },
	{ "v={}; @ \"$v\"", "@\n" },
	{ "v=\"{}\"; @ \"$v\"", "@\n" },
	{ "v='{}'; @ \"$v\"", "@\n" },
	{ "v=x{}y; @ \"$v\"", "x@y\n" },
	{ "for v in {} \"{}\"; do @ \"$v\"; done", "@\n@\n" },
	{ "case {} in {}) @ {};; *) @ no;; esac", "@\n" },
	{ "case \"{}\" in '{}') @ {};; esac", "@\n" },
	{ "case x{} in (\"x\"{}) @ {} ;; esac; @ '{}'", "@\n@\n" },
	{ "if [ {} = '{}' ]; then @ {}; fi", "@\n" },
	{ "{ @ {}; }", "@\n" },
	{ "unset v; @ \"${v:-{}}\"", "@\n" },
	{ "unset v; @ \"${v-a{}b}\"", "a@b\n" },
	{ "unset v; @ ${v:-{}}", "@\n" },
	{ "unset v; @ ${v:-\"{}\"}", "@\n" },
	{ "unset v; @ ${v:-'{}'}", "@\n" },
	{ "unset v; @ \"${v:={}}\"; @ \"$v\"", "@\n@\n" },
	{ "v=x{}; @ \"${v#x}\"", "@\n" },
	{ "v=x{}; @ \"<${v%{}}>\"", "<x>\n" },
	{ "v=x{}; @ \"<${v%\"{}\"}>\"", "<x>\n" },
	{ "v={}x; @ \"<${v#{}}>\" # <", "<x>\n" },
	{ "v={}x; @ \"${v#'{}'}\"", "x\n" },
	{ "@ \"${#}\"{}", "1@\n" },
	{ "f() { @ {}; }; f a b", "@\n" },
	{ "f() { set -- x; shift; @ \"{}\"; @ '{}'; }; f; @ {}", "@\n@\n@\n" },
	{ "@ \\\n{}", "@\n" },
	{ "@ \"\\\n{}\"", "@\n" },
	{ "@ 'a'\\\n'{}'", "a@\n" },
	{ "@", "@\n" },
	{ "@ # b", "@\n" },
	{ "@ \n\n", "@\n" },
	{ ": $((1 << 2)); @ {}", "@\n" },
	{ "true && @ {} || @ no", "@\n" },
	{ "! false; @ {}", "@\n" },
};

/* contexts with processes */
static const struct context costly[] = {
	{ "@ \"$(@ {}.)\"", "@.\n" },
	{ "@ \"$(@ \"{}.\")\"", "@.\n" },
	{ "@ \"$(@ '{}.')\"", "@.\n" },
	{ "v=$(@ {}.); @ \"$v\"", "@.\n" },
	{ "@ \"a$(@ \"$(@ '{}.')\")b\"'{}'", "a@.b@\n" },
	{ "@ \"$(case x in x) @ {}.;; esac)\"", "@.\n" },
	{ "@ \"$(case x in (y) ;; x) @ '{}.'; esac; @ \"{}.\")\"", "@.\n@.\n" },
	{ "@ \"$( # it's )\n@ {}.)\"", "@.\n" },
	{ "@ \"$( (@ {}.) )\"", "@.\n" },
	{ "(@ {}); (@ \"{}\" )", "@\n@\n" },
	{ "@ \"`@ {}.`\"", "@.\n" },
	{ "@ \"`@ '{}.'`\"", "@.\n" },
	{ "@ \"`@ \\\"{}.\\\"`\"", "@.\n" },
	{ "v=`@ \"{}.\"`; @ \"$v\"", "@.\n" },
	{ "v=`@ {}. # it's`; @ \"$v\"", "@.\n" },
	{ "v=`@ \\`@ {}.\\`x | cat`; v=`@ {}.`; @ \"$v\"", "@.\n" },
	{ "v=`@ \"\\`@ '{}.'\\`\"`; @ \"$v\"", "@.\n" },
	{ "@ {} | cat", "@\n" },
	{ "cat <<E\n{}\nE", "@\n" },
	{ "cat <<E\na{}b\"{}\"'{}'\nE\n@ {}", "a@b\"@\"'@'\n@\n" },
	{ "cat <<-E\n\t{}\n\tE\n@ {}", "@\n@\n" },
	{ "cat <<A; cat <<E; @ {}\nx{}\nA\ny{}\nE\n@ '{}'", "x@\ny@\n@\n@\n" },
	{ "cat <<E | cat; @ \"{}\"\n\\{}\\\\{}\\$x\nE", "\\@\\@$x\n@\n" },
	{ "cat <<E\n$(@ \"{}.\")\n`@ {}.`\nE", "@.\n@.\n" },
	{ "unset v; cat <<E\n${v:-{}}\nE", "@\n" },
	{ "@ \"$(cat <<E\n{}.\nE\n)\"", "@.\n" },
	{ "v=`cat <<E\n{}.\nE\n`; @ \"$v\"", "@.\n" },
	{ "cat <<'E'; @ {}\n$x `\"\nE\n@ '{}'", "$x `\"\n@\n@\n" },
	{ "cat <<\\E; @ {}\n$x'\nE", "$x'\n@\n" },
	{ "cat <<\"E F\"; @ {}\n$x'\nE F\n", "$x'\n@\n" },
	{ "cat <<E >/dev/null\n$(@ ')') {} \" ' `:`\nE\n@ {}", "@\n" },
	{ "f() { cat <<E\n{}\nE\n}; f x", "@\n" },
};

static const struct context extensions[] = {
	{ "@ $'{}'", "@\n" },
	{ "@ $'a\\t{}\\'{}'", "a\t@'@\n" },
	{ "@ \"$'{}'\"", "$'@'\n" },
	{ "@ \"$(@ $'\\'{}.')\"", "'@.\n" },
	{ "@ \"$\"'{}'", "$@\n" },
	{ "v=x{}; @ \"${v/#x/}\"", "@\n" },
	{ "cat <<<{}", "@\n" },
	{ "cat <<< \"{}\"; @ '{}'", "@\n@\n" },
	{ "[[ {} == {} ]] && @ {}", "@\n" },
	{ "[[ '{}' == \"{}\" ]] && @ {}", "@\n" },
	{ "function f { @ {}; }; f x", "@\n" },
};

static void
check_contexts(const struct shell *shell, const struct context *contexts,
	       size_t n, const struct values *values)
{
	for (size_t i = 0; i < n; i++)
		check_values(shell, &contexts[i], values);
}

START_TEST(every_byte_arrives_from_every_place)
{
	struct values values;

	make_folder();
	make_all_values(&values);
	check_contexts(&shells[_i], cheap, NELEMENTS(cheap), &values);
	free_values(&values);
	remove_folder();
}
END_TEST

START_TEST(hostile_text_arrives_from_substitutions_and_documents)
{
	struct values values;

	make_folder();
	make_few_values(&values);
	check_contexts(&shells[_i], costly, NELEMENTS(costly), &values);
	free_values(&values);
	remove_folder();
}
END_TEST

START_TEST(hostile_text_arrives_from_what_only_some_shells_have)
{
	struct values values;

	make_folder();
	make_few_values(&values);
	if (shells[_i].has_more)
		check_contexts(&shells[_i], extensions, NELEMENTS(extensions),
			       &values);
	free_values(&values);
	remove_folder();
}
END_TEST

/* ---- places that a shell evaluates ---- */

static const struct {
	const char *line;   /* prints 42 for the value 7 */
	const char *lacked; /* by these shells */
} evaluations[] = {
	{ "echo $(({} * 6))", "" },
	{ "echo \"$(( {} * 6 ))\"", "" },
	{ "echo $(( (1 + {}) * 6 - 6 ))", "" },
	{ "cat <<E\n$(( {} * 6 ))\nE", "" },
	{ "echo $(echo $(({}*6)))", "" },
	{ "echo `echo $(({}*6))`", "" },
	{ "unset v; echo $(( ${v:-{}} * 6 ))", "" },
	{ "[ {} -eq 7 ] && echo 42", "" },
	{ "test 7 -eq \"{}\" && echo 42", "" },
	{ "if [ 1 = 1 ] && [ '{}' -lt 8 ]; then echo 42; fi", "" },
	{ "(exit {}); [ $? = 7 ] && echo 42", "" },
	{ "f() { return {}; }; f; [ $? = 7 ] && echo 42", "" },
	{ "exec 7>&1; echo 42 >&{}", "" },
	{ "exec 7>&1; echo 42 1>& {}", "" },
	{ "exec 7>&1; echo 42 >&'{}'", "" },
	{ "for i in 1; do break {}; done; echo 42", "" },
	{ "((v = {} * 6)); echo $v", " dash " },
	{ "for ((i = {}; i < 8; i++)); do echo 42; done", " dash mksh " },
	{ "let 'v = {} * 6'; echo $v", " dash " },
	{ "let v={}\\*6; echo $v", " dash " },
	{ "v[{}]=42; echo ${v[7]}", " dash " },
	{ "v[7]=42; echo ${v[{}]}", " dash " },
	{ "v[7]=42; echo \"${v[{}]}\"", " dash " },
	{ "v=123456742; echo ${v:{}}", " dash " },
	{ "v=123456742; echo \"${v:{}:2}\"", " dash " },
	{ "[[ {} -eq 7 ]] && echo 42", " dash " },
	{ "[[ ( a != b || x < y )\n && {} -gt 6 ]] && echo 42", " dash " },
	{ "v=(1 2 [{}]=42); echo ${v[7]}", " dash zsh ksh mksh " },
	{ "[[ a != b && 6 -lt \"{}\" ]] && echo 42", " dash " },
};

static bool
is_lacked(size_t evaluation, const struct shell *shell)
{
	char name[20];

	snprintf(name, sizeof(name), " %s ", shell->name);
	return strstr(evaluations[evaluation].lacked, name) != NULL;
}

static const char *const bad_numbers[] = {
	"a[$(touch pwned)]",
	"a[$(touch pwned)0]=1",
	"a[`touch pwned`]",
	"$(touch pwned)",
	"`touch pwned`",
	"7+a[$(touch pwned)]",
	"x",
	"",
	" 7",
	"7 ",
	"-",
	"+",
	"--7",
	"7-7",
	"x7",
	"7\n",
	"7;touch pwned",
	"7)) ; touch pwned; ((",
	"PATH",
	"7]",
	"07*7",
};

static const char *const good_numbers[] = {
	"0", "7", "-7", "+7", "007", "1.5", "0x1F", "0XfF", "1e3", "42",
};

START_TEST(a_number_is_evaluated)
{
	const char *path = find_shell(shells[_i].name);
	struct text got = { NULL, 0 };

	make_folder();
	for (size_t i = 0; path && i < NELEMENTS(evaluations); i++) {
		if (is_lacked(i, &shells[_i]))
			continue;
		got.used = 0;
		run_line(path, evaluations[i].line, "7", &got);
		ck_assert_msg(got.used == 3 &&
				      memcmp(got.bytes, "42\n", 3) == 0,
			      "%s: %s: got <%.*s>", path, evaluations[i].line,
			      (int)got.used, got.bytes ? got.bytes : "");
	}
	free(got.bytes);
	remove_folder();
}
END_TEST

static void
check_refused(const char *path, const char *line, const char *value)
{
	struct text got = { NULL, 0 };
	int status = run_line(path, line, value, &got);

	ck_assert_msg(status == 126 && got.used == 0, "%s: %s: %s: status %d",
		      path, line, value, status);
	ck_assert_msg(access("pwned", F_OK), "%s: %s: %s", path, line, value);
	free(got.bytes);
}

START_TEST(what_is_no_number_is_not_evaluated)
{
	const char *path = find_shell(shells[_i].name);
	int kept = dup(STDERR_FILENO);

	make_folder();
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	for (size_t i = 0; path && i < NELEMENTS(evaluations); i++)
		if (!is_lacked(i, &shells[_i]))
			check_refused(path, evaluations[i].line,
				      bad_numbers[0]);
	for (size_t i = 0; path && i < NELEMENTS(bad_numbers); i++) {
		check_refused(path, "echo $(({}))", bad_numbers[i]);
		check_refused(path, "f() { exit '{}'; }; f", bad_numbers[i]);
		check_refused(path, "exit ", bad_numbers[i]);
	}
	dup2(kept, STDERR_FILENO);
	close(kept);
	remove_folder();
}
END_TEST

START_TEST(numbers_of_all_forms_pass)
{
	const char *path = find_shell(shells[_i].name);
	struct text got = { NULL, 0 };
	char wanted[20];

	for (size_t i = 0; path && i < NELEMENTS(good_numbers); i++) {
		got.used = 0;
		run_line(path, "false && exit {}; echo {}", good_numbers[i],
			 &got);
		snprintf(wanted, sizeof(wanted), "%s\n", good_numbers[i]);
		ck_assert_str_eq(got.bytes, wanted);
	}
	free(got.bytes);
}
END_TEST

/* ---- what the line becomes ---- */

static const struct {
	const char *text;
	const char *line;
} lines[] = {
	{ "a {}", "a \"${1}\"" },
	{ "a {} {} {1}", "a \"${1}\" \"${1}\" \"${1}\"" },
	{ "a {#} {} {/.}", "a \"${1}\" \"${2}\" \"${3}\"" },
	{ "a \"{}\"", "a \"${1}\"" },
	{ "a '{}'", "a ''\"${1}\"''" },
	{ "a $'{}'", "a $''\"${1}\"$''" },
	{ "a $(( {#} ))", "a $(( ${1} ))" },
	{ "a # {}\n{}", "a # {}\n\"${1}\"" },
	{ "a ${1} ${#} {}", "a ${1} ${#} \"${1}\"" },
	{ "a b ", "a b \"${1}\" " },
	{ "a b\n", "a b \"${1}\"\n" },
	{ "a\n\n # c\n", "a \"${1}\"\n\n # c\n" },
	{ "cat <<E\nx\nE\n", "cat <<E \"${1}\"\nx\nE\n" },
	{ "a <", "a < \"${1}\"" },
	{ "-a {}", " -a \"${1}\"" },
	{ "+a {}", " +a \"${1}\"" },
	{ "f() { a {}; }; f", "shmmap_1=${1}; "
			      "f() { a \"${shmmap_1}\"; }; f" },
	{ "set -- x; a {} {#}", "shmmap_1=${1}; shmmap_2=${2}; "
				"set -- x; a \"${shmmap_1}\" \"${shmmap_2}\"" },
	{ "a dataset {}", "a dataset \"${1}\"" },
	{ "a `b {} \\`c\\`` `d`", "a $(b \"${1}\" `c`\n) `d`" },
	{ "echo \"$(a \"b\" {}", "echo \"$(a \"b\" \"${1}\"" },
};

START_TEST(values_become_parameters)
{
	struct shell_line shell;

	ck_assert_int_eq(shell_line_init(&shell, lines[_i].text), 0);
	ck_assert_str_eq(shell.line, lines[_i].line);
	free(shell.line);
}
END_TEST

START_TEST(values_are_numbered_as_they_come)
{
	struct shell_line shell;

	ck_assert_int_eq(shell_line_init(&shell, "{%} {#} {/} {//} {} {.} "
						 "{/.} {1/.} {1} {%}"),
			 0);
	ck_assert_str_eq(shell.line,
			 "\"${1}\" \"${2}\" \"${3}\" \"${4}\" \"${5}\" "
			 "\"${6}\" \"${7}\" \"${7}\" \"${5}\" \"${1}\"");
	ck_assert_uint_eq(shell.nvalues, 7);
	ck_assert_int_eq(shell.values[0], PIECE_SLAVE);
	ck_assert_int_eq(shell.values[1], PIECE_JOB);
	ck_assert_int_eq(shell.values[2], PIECE_BASE);
	ck_assert_int_eq(shell.values[3], PIECE_FOLDER);
	ck_assert_int_eq(shell.values[4], PIECE_TEXT);
	ck_assert_int_eq(shell.values[5], PIECE_NO_EXTENSION);
	ck_assert_int_eq(shell.values[6], PIECE_BASE_NO_EXTENSION);
	free(shell.line);
}
END_TEST

static const struct {
	const char *text;
	const char *message; /* a part of it */
} errors[] = {
	{ "cat <<'E'\n{}\nE", "whose end is quoted" },
	{ "cat <<\\E\n{}\nE", "whose end is quoted" },
	{ "cat <<\"E\" {}\n {/} \nE", "whose end is quoted" },
	{ "cat <<E{}\nE{}", "ends a here-document" },
	{ "cat <<'E{}'\nE{}", "ends a here-document" },
	{ "a {2}", "{2}: jobs have one column" },
	{ "a \"$(b '{12/}')\"", "{12/}: jobs have one column" },
	{ "a ${}", "${}: neither" },
	{ "a \"${/}\"", "${/: neither" },
	{ "a;", "write {} where" },
	{ "a |", "write {} where" },
	{ "a &", "write {} where" },
	{ "a &&", "write {} where" },
	{ "(a)", "write {} where" },
	{ "if a; then", "write {} where" },
	{ "if a; then b; fi", "write {} where" },
	{ "while a; do b; done", "write {} where" },
	{ "case a in b) c;; esac", "write {} where" },
	{ "{ a; }", "write {} where" },
	{ "A=b\n", "write {} where" },
	{ "a 'b", "write {} where" },
	{ "a \"b", "write {} where" },
	{ "a `b", "write {} where" },
	{ "a $(b", "write {} where" },
	{ "a \\", "write {} where" },
	{ "a >&", "write {} where" },
	{ "cat <<E\nx", "write {} where" },
	{ " ", "write {} where" },
	{ "# {}", "write {} where" },
};

static char printed[1000];

static void
keep(void *context, const char *line, size_t nbytes)
{
	(void)context;
	snprintf(printed, sizeof(printed), "%.*s", (int)nbytes, line);
}

static void
check_error(const char *text, const char *message)
{
	struct shell_line shell;

	printed[0] = '\0';
	diag_redirect(keep, NULL);
	ck_assert_int_eq(shell_line_init(&shell, text), -EINVAL);
	diag_redirect(NULL, NULL);
	ck_assert_ptr_null(shell.line);
	ck_assert_msg(strstr(printed, message), "%s: %s", text, printed);
}

START_TEST(a_place_without_parameters_is_an_error)
{
	check_error(errors[_i].text, errors[_i].message);
}
END_TEST

/* nothing recurses without a bound */
START_TEST(deep_nesting_is_an_error)
{
	static const char *const openings[] = { "$(",	   "(",
						"\"${x:-", "`",
						"${x[",	   "$((1+(",
						"\"$(",	   "case x in x) " };
	struct text line = { NULL, 0 };
	struct shell_line shell;

	for (size_t i = 0; i < NELEMENTS(openings); i++) {
		line.used = 0;
		for (int n = 0; n < 20000; n++)
			add_string(&line, openings[i]);
		add_string(&line, "{}");
		diag_redirect(keep, NULL);
		shell_line_init(&shell, line.bytes); /* returns, that is all */
		diag_redirect(NULL, NULL);
		free(shell.line);
	}
	free(line.bytes);
}
END_TEST

/* lines of random syntax, for sanitizers to watch the walk */
START_TEST(no_line_leads_the_walk_astray)
{
	static const char *const parts[] = {
		"{}", "{/.}", "{2}",   "'",   "\"",	   "`",	     "\\", "$(",
		")",  "((",   "))",    "$((", "${x",	   "${",     "}",  "[",
		"]",  "<<E",  "<<'E'", "<<-", "\nE\n",	   "\n",     " ",  "#",
		";",  ";;",   "&",     "|",   "case x in", " esac ", "x",  "$'",
		"$",  "a[",   "let ",  ">&",  "{",	   ":",	     "(",
	};
	struct text line = { NULL, 0 };
	struct shell_line shell;

	srand(1);
	diag_redirect(keep, NULL);
	for (int n = 0; n < 30000; n++) {
		line.used = 0;
		add_string(&line, "x ");
		for (int length = rand() % 30; length >= 0; length--)
			add_string(&line,
				   parts[(size_t)rand() % NELEMENTS(parts)]);
		if (shell_line_init(&shell, line.bytes) == 0) {
			ck_assert_uint_gt(shell.nvalues, 0);
			free(shell.line);
		} else {
			ck_assert_ptr_null(shell.line);
		}
	}
	diag_redirect(NULL, NULL);
	free(line.bytes);
}
END_TEST

/* ---- when a shell is needed, and which ---- */

START_TEST(white_space_and_syntax_need_a_shell)
{
	static const char *const yes[] = {
		"a b", "a\tb",	"a\nb", "a|b", "a&",  "a;b",  "a<b",	"a>b",
		"(a)", "$a",	"`a`",	"a\\", "a\"", "'a'",  "a*",	"a?",
		"[a",  "{a,b}", "~/a",	"#a",  "{}*", "{} a", "a{}b c",
	};
	static const char *const no[] = {
		"a",	       "./a",	"/bin/a-b_c.d", "{}",  "./{}",
		"{//}/x",      "a{#}b", "a=b",		"a~",  "a#b",
		"a%b",	       "a!b",	"a:b,c+d@e^f",	"a]b", "a}b",
		"caf\xc3\xa9", "{1/.}",
	};

	for (size_t i = 0; i < NELEMENTS(yes); i++)
		ck_assert_msg(shell_is_needed(yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < NELEMENTS(no); i++)
		ck_assert_msg(!shell_is_needed(no[i]), "%s", no[i]);
}
END_TEST

START_TEST(only_a_bourne_shell_runs_lines)
{
	static const char *const names[] = { "bash", "csh", "fish", "xsh" };
	char path[100];

	make_folder();
	for (size_t i = 0; i < NELEMENTS(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		ck_assert_int_eq(symlink("/bin/sh", path), 0);
		setenv("SHELL", path, 1);
		ck_assert_str_eq(shell_path(), i == 0 ? path : "/bin/sh");
		setenv("SHELL", names[i], 1);
		ck_assert_str_eq(shell_path(), "/bin/sh");
		unlink(path);
		setenv("SHELL", path, 1);
		ck_assert_str_eq(shell_path(), "/bin/sh");
	}
	setenv("SHELL", "", 1);
	ck_assert_str_eq(shell_path(), "/bin/sh");
	unsetenv("SHELL");
	ck_assert_str_eq(shell_path(), "/bin/sh");
	remove_folder();
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *values = unit_case(suite, "values");
	TCase *walk = unit_case(suite, "walk");
	TCase *choice = unit_case(suite, "choice");
	int n = (int)NELEMENTS(shells);

	tcase_add_loop_test(values, every_byte_arrives_from_every_place, 0, n);
	tcase_add_loop_test(
		values, hostile_text_arrives_from_substitutions_and_documents,
		0, n);
	tcase_add_loop_test(
		values, hostile_text_arrives_from_what_only_some_shells_have, 0,
		n);
	tcase_add_loop_test(values, a_number_is_evaluated, 0, n);
	tcase_add_loop_test(values, what_is_no_number_is_not_evaluated, 0, n);
	tcase_add_loop_test(values, numbers_of_all_forms_pass, 0, n);
	tcase_add_loop_test(walk, values_become_parameters, 0,
			    NELEMENTS(lines));
	tcase_add_test(walk, values_are_numbered_as_they_come);
	tcase_add_loop_test(walk, a_place_without_parameters_is_an_error, 0,
			    NELEMENTS(errors));
	tcase_add_test(walk, deep_nesting_is_an_error);
	tcase_add_test(walk, no_line_leads_the_walk_astray);
	tcase_add_test(choice, white_space_and_syntax_need_a_shell);
	tcase_add_test(choice, only_a_bourne_shell_runs_lines);
}
