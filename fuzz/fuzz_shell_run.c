/*
 * engine/shell, with a shell: each byte stands for a piece of a shell line, and
 * what is accepted is run, with a value that makes a file wherever it is read
 * as code. The first byte chooses the value. There is no > among the pieces, no
 * name of a command that could do harm, and none of what shell.h does not
 * promise: $1, or a variable that the line itself evaluates.
 */
#include <config.h>

#include "fuzz.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/shell.h"

#define LENGTH_MAX 100

static const char *const pieces[] = {
	"{}",	 "{.}",	   "\"",      "'",	"`",	  "$(",	   ")",
	"${v:-", "}",	   "\\",      "$'",	"((",	  "))",	   "$((",
	"(",	 " ",	   "\n",      ";",	"&&",	  "|",	   "# ",
	": ",	 "echo ",  "v=",      "a[",	"]",	  "<<E\n", "<<'E'\n",
	"\nE\n", "case ",  " in ",    ";;",	" esac ", "if ",   " then ",
	" fi ",	 "for i ", " do ",    " done ", "{ ",	  "[[ ",   " ]] ",
	" == ",	 "f() ",   "set -- ", "${v#",	"<<<",	  "${#v",  "[ ",
	" -n ",	 "!",	   "let ",    " -eq ",	"x",	  "7",	   "$[",
	"${v/",	 "${v:",   "=",	      "?",	"-",	  "~",	   "<<-E\n",
	"\t",
};

#define NPIECES (sizeof(pieces) / sizeof(pieces[0]))

static const char *const values[] = {
	"$(>pwned)`>pwned`",	 "\">pwned;\"$(>pwned)", "'>pwned;'`>pwned`",
	"\n>pwned\nE\n>pwned\n", ") >pwned; (",		 "}; >pwned; {",
	"x/\" >pwned #",	 "a[$(>pwned)]",
};

#define NVALUES (sizeof(values) / sizeof(values[0]))

static const char *const shells[] = { "/bin/dash", "/bin/bash", "/bin/zsh",
				      "/bin/mksh" };

static char folder[] = "/tmp/shmmap-fuzz-XXXXXX";

static void
leave_folder(void)
{
	rmdir(folder);
}

static void
enter_folder(void)
{
	static bool is_inside;

	if (is_inside)
		return;
	is_inside = true;
	REQUIRE(mkdtemp(folder) && chdir(folder) == 0);
	atexit(leave_folder);
}

static void
run(const char *shell, const struct shell_line *line, const char *value)
{
	const char *argv[4 + PIECE_KINDS + 1] = { shell, "-c", line->line,
						  "sh" };
	char *environment[] = { NULL };
	struct rlimit second = { 1, 1 };
	pid_t pid;

	for (size_t i = 0; i < line->nvalues; i++)
		argv[4 + i] = value;
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CPU, &second);
		alarm(2);
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		execve(shell, (char *const *)(uintptr_t)argv, environment);
		_exit(127);
	}
	REQUIRE(pid > 0);
	/* libFuzzer has a timer */
	while (waitpid(pid, NULL, 0) < 0)
		REQUIRE(errno == EINTR);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[LENGTH_MAX * 8 + 1] = "";
	const char *value;
	struct shell_line line;

	if (size < 2 || size > LENGTH_MAX)
		return 0;
	enter_folder();
	for (size_t i = 1; i < size; i++)
		strcat(text, pieces[data[i] % NPIECES]);
	value = values[data[0] % NVALUES];
	if (value[0] == 'a' && strstr(text, "v="))
		return 0;
	fuzz_listen();
	if (shell_line_init(&line, text, NULL))
		return 0;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (access(shells[i], X_OK) == 0)
			run(shells[i], &line, value);
	if (access("pwned", F_OK) == 0)
		fprintf(stderr, "line: %s\nbecame: %s\n", text, line.line);
	REQUIRE(access("pwned", F_OK) != 0);
	shell_line_release(&line);
	return 0;
}
