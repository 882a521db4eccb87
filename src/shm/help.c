#include <config.h>

#include "shm/help.h"

#include <stdio.h>

#include "base/diag.h"
#include "shm/options.h"
#include "shm/print.h"

static int
end(const char *what)
{
	return print_flush(what) ? DIAG_EXIT_FAILURE : 0;
}

int
shm_help(const struct command *commands, size_t count)
{
	fputs("Usage: shm [--segment NAME] COMMAND [OPTION]... [OPERAND]...\n"
	      "Shared arrays and sections of shmmap, from a shell.\n"
	      "\n"
	      "In a worker that shmmap runs the arrays are those of its run; "
	      "anywhere, with\n"
	      "--segment, those of a named segment.\n"
	      "\n"
	      "Commands:\n",
	      stdout);
	for (size_t i = 0; i < count; i++)
		printf("  %-10s%s\n", commands[i].name, commands[i].summary);
	fputs("\nOptions:\n", stdout);
	options_help(OPTION_SEGMENT | OPTION_HELP | OPTION_VERSION);
	fputs("\n"
	      "More on one of them: shm COMMAND --help\n"
	      "The whole manual: man shm\n",
	      stdout);
	return end("--help");
}

int
shm_help_command(const struct command *command)
{
	printf("Usage: shm %s [OPTION]...%s%s\n%s\n\nOptions:\n", command->name,
	       command->operands[0] ? " " : "", command->operands,
	       command->text);
	options_help(command->options | OPTION_HELP);
	return end("--help");
}

int
shm_version(void)
{
	fputs("shm (shmmap) " PACKAGE_VERSION "\n"
	      "License GPLv3+: GNU GPL version 3 or later "
	      "<https://gnu.org/licenses/gpl.html>.\n"
	      "This is free software: you are free to change and redistribute "
	      "it.\n"
	      "There is NO WARRANTY, to the extent permitted by law.\n",
	      stdout);
	return end("--version");
}
