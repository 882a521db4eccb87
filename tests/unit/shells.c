/*
 * Shells for tests, and a place where a broken quotation shows.
 */
#include <config.h>

#include "shells.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/command.h"

const struct shell shells[NSHELLS] = {
	{ "dash", "printf '%s\\n' ", false },
	{ "bash", "printf '%s\\n' ", true },
	{ "zsh", "printf '%s\\n' ", true },
	{ "ksh", "printf '%s\\n' ", true },
	{ "mksh", "print -r -- ", true },
};

const char *
shells_find(const char *name)
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

void
text_add(struct text *text, const char *bytes, size_t nbytes)
{
	text->bytes = realloc(text->bytes, text->used + nbytes + 1);
	ck_assert_ptr_nonnull(text->bytes);
	memcpy(text->bytes + text->used, bytes, nbytes);
	text->used += nbytes;
	text->bytes[text->used] = '\0';
}

void
text_add_string(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

int
shells_run(char *const argv[], struct text *output)
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
		text_add(output, block, (size_t)n);
	close(ends[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int
shells_run_line(const char *path, const char *line, const char *value,
		struct text *output)
{
	char *words[] = { (char *)(uintptr_t)line };
	struct command_job job = { value, strlen(value), 1, 0 };
	struct expansion expansion = { 0 };
	struct command command;
	int status;

	setenv("SHELL", path, 1);
	setenv("SHMMAP_JOB", "1", 1);
	ck_assert_int_eq(
		command_init(&command, words, 1, COMMAND_PER_JOB, NULL), 0);
	ck_assert(command.is_shell);
	ck_assert_str_eq(command.name, line);
	ck_assert_int_eq(command_expand(&command, &job, &expansion), 0);
	ck_assert_str_eq(expansion.argv[0], path);
	status = shells_run(expansion.argv, output);
	expansion_release(&expansion);
	command_release(&command);
	return status;
}

char shells_folder[] = "/tmp/shmmap-test-XXXXXX";

void
shells_make_folder(void)
{
	memcpy(strrchr(shells_folder, '-') + 1, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(shells_folder));
	ck_assert_int_eq(chdir(shells_folder), 0);
}

void
shells_remove_folder(void)
{
	bool is_broken = access("pwned", F_OK) == 0;

	unlink("pwned");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(shells_folder);
	ck_assert_msg(!is_broken, "a value ran a command");
}
