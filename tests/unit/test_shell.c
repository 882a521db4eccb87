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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/shell.h"
#include "shells.h"

/* in the tests' lines: write a word and a newline */
#define PRINT '@'

/* template with each byte of the kind replaced by the string */
static void
add_replaced(struct text *text, const char *template, char byte,
	     const char *string)
{
	for (; *template; template ++) {
		if (*template == byte)
			text_add_string(text, string);
		else
			text_add(text, template, 1);
	}
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
	"[a-z]*",
	"~root",
	"{a,b}",
	"{1..3}",
	"!!",
	"# x",
	"a #b",
	"=ls",
	"^a^b",
	"%s%n%d",
	"\\0101\\c\\n",
	"{}",
	"{#}",
	"\n\n",
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
		text_add(&text, &byte, 1);
	}
	add_value(values, text.bytes);
	text.used = 0;
	for (const char *a = specials; *a; a++) {
		for (const char *b = specials; *b; b++) {
			text_add(&text, a, 1);
			text_add(&text, b, 1);
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
		text_add_string(&text, hostile[i]);
		text_add_string(&text, "\n");
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
	ck_assert_int_eq(shell_line_init(&shell, line, NULL), 0);
	ck_assert_uint_eq(shell.nvalues, 1);
	ck_assert_int_eq(shell.values[0].kind, PIECE_TEXT);
	text_add_string(&script, "for value\ndo set -- \"${value}\"\n");
	text_add_string(&script, shell.line);
	text_add_string(&script, "\ndone");
	argv[0] = (char *)(uintptr_t)path;
	argv[1] = (char *)(uintptr_t) "-c";
	argv[2] = script.bytes;
	argv[3] = (char *)(uintptr_t) "sh";
	memcpy(argv + 4, values->list, values->n * sizeof(*argv));
	ck_assert_int_eq(shells_run(argv, output), 0);
	free(argv);
	free(script.bytes);
	shell_line_release(&shell);
}

static void
check_values(const struct shell *shell, const struct context *context,
	     const struct values *values)
{
	struct text wanted = { NULL, 0 }, got = { NULL, 0 };
	const char *path = shells_find(shell->name);
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

	shells_make_folder();
	make_all_values(&values);
	check_contexts(&shells[_i], cheap, NELEMENTS(cheap), &values);
	free_values(&values);
	shells_remove_folder();
}
END_TEST

START_TEST(hostile_text_arrives_from_substitutions_and_documents)
{
	struct values values;

	shells_make_folder();
	make_few_values(&values);
	check_contexts(&shells[_i], costly, NELEMENTS(costly), &values);
	free_values(&values);
	shells_remove_folder();
}
END_TEST

START_TEST(hostile_text_arrives_from_what_only_some_shells_have)
{
	struct values values;

	shells_make_folder();
	make_few_values(&values);
	if (shells[_i].has_more)
		check_contexts(&shells[_i], extensions, NELEMENTS(extensions),
			       &values);
	free_values(&values);
	shells_remove_folder();
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
		ck_assert_msg(shell_is_needed(yes[i], NULL), "%s", yes[i]);
	for (size_t i = 0; i < NELEMENTS(no); i++)
		ck_assert_msg(!shell_is_needed(no[i], NULL), "%s", no[i]);
}
END_TEST

START_TEST(only_a_bourne_shell_runs_lines)
{
	static const char *const names[] = { "bash", "csh", "fish", "xsh" };
	char path[100];

	shells_make_folder();
	for (size_t i = 0; i < NELEMENTS(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", shells_folder, names[i]);
		ck_assert_int_eq(symlink("/bin/sh", path), 0);
		setenv("SHELL", path, 1);
		ck_assert_str_eq(shell_path(), i == 0 ? path : "/bin/sh");
		setenv("SHELL", names[i], 1);
		ck_assert_str_eq(shell_path(), "/bin/sh");
		snprintf(path, sizeof(path), "./%s", names[i]);
		ck_assert_int_eq(access(path, X_OK), 0);
		setenv("SHELL", path, 1);
		ck_assert_str_eq(shell_path(), "/bin/sh");
		unlink(path);
		snprintf(path, sizeof(path), "%s/%s", shells_folder, names[i]);
		setenv("SHELL", path, 1);
		ck_assert_str_eq(shell_path(), "/bin/sh");
	}
	setenv("SHELL", "", 1);
	ck_assert_str_eq(shell_path(), "/bin/sh");
	unsetenv("SHELL");
	ck_assert_str_eq(shell_path(), "/bin/sh");
	shells_remove_folder();
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *values = unit_case(suite, "values");
	TCase *choice = unit_case(suite, "choice");

	tcase_add_loop_test(values, every_byte_arrives_from_every_place, 0,
			    NSHELLS);
	tcase_add_loop_test(
		values, hostile_text_arrives_from_substitutions_and_documents,
		0, NSHELLS);
	tcase_add_loop_test(
		values, hostile_text_arrives_from_what_only_some_shells_have, 0,
		NSHELLS);
	tcase_add_test(choice, white_space_and_syntax_need_a_shell);
	tcase_add_test(choice, only_a_bourne_shell_runs_lines);
}
