#ifndef SHMMAP_SHM_HELP_H
#define SHMMAP_SHM_HELP_H

#include <stddef.h>

#include "shm/command.h"

/* What --help and --version of shm print. Each returns an exit status. */

/* of shm itself, with a list of the subcommands */
int shm_help(const struct command *commands, size_t count);

/* of one subcommand */
int shm_help_command(const struct command *command);

int shm_version(void);

#endif
