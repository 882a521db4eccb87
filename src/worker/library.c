#include <config.h>

#include "worker/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "worker/compile.h"
#include "worker/guard.h"

/* Loading workers; see library.h. */

/* LIB[:SYMBOL], taken apart */
struct name {
	char file[PATH_MAX];
	const char *symbol; /* or NULL */
};

static int
split(const char *text, struct name *name)
{
	const char *colon = strrchr(text, ':');
	size_t length = strlen(text);

	/* a file whose name has a colon in it is itself */
	if (colon && access(text, F_OK) == 0)
		colon = NULL;
	if (colon)
		length = (size_t)(colon - text);
	if (length == 0 || length + 2 >= sizeof(name->file) ||
	    (colon && !colon[1])) {
		diag("--dlopen: '%s' is not LIB[:SYMBOL]", text);
		return -1;
	}
	name->symbol = colon ? colon + 1 : NULL;
	/* the loader takes what has no slash for a name to be searched for; a
	 * file that is here is meant first */
	snprintf(name->file, sizeof(name->file), "%.*s", (int)length, text);
	if (!strchr(name->file, '/') && access(name->file, F_OK) == 0)
		snprintf(name->file, sizeof(name->file), "./%.*s", (int)length,
			 text);
	return 0;
}

/* for is_code() */
struct place {
	uintptr_t address;
	bool is_code;
};

static int
look_at_object(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct place *place = argument;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + part->p_vaddr;

		if (part->p_type == PT_LOAD && place->address >= from &&
		    place->address - from < part->p_memsz) {
			place->is_code = (part->p_flags & PF_X) != 0;
			return 1;
		}
	}
	return 0;
}

/* whether a symbol is a function, or else data */
static bool
is_code(const void *symbol)
{
	struct place place = { .address = (uintptr_t)symbol };

	dl_iterate_phdr(look_at_object, &place);
	return place.is_code;
}

static int
take_struct(struct library *library, const struct name *name,
	    const struct shmmap_worker *found)
{
	size_t least =
		offsetof(struct shmmap_worker, leave) + sizeof(found->leave);

	if (found->abi != SHMMAP_ABI) {
		diag("--dlopen: %s: made for ABI %u, this is %d", name->file,
		     found->abi, SHMMAP_ABI);
		return -1;
	}
	if (found->size < least) {
		diag("--dlopen: %s: its struct shmmap_worker has %u bytes, "
		     "not %zu",
		     name->file, found->size, least);
		return -1;
	}
	/* one that is older ends before what came later */
	memcpy(&library->worker, found,
	       found->size < sizeof(*found) ? found->size : sizeof(*found));
	if (!library->worker.work && !library->worker.batch) {
		diag("--dlopen: %s: its struct shmmap_worker has neither work "
		     "nor batch",
		     name->file);
		return -1;
	}
	return 0;
}

static int
find_worker(struct library *library, const struct name *name)
{
	void *symbol = NULL;

	if (name->symbol) {
		symbol = dlsym(library->handle, name->symbol);
	} else {
		symbol = dlsym(library->handle, "shmmap_worker");
		if (!symbol)
			symbol = dlsym(library->handle, "work");
	}
	if (!symbol && name->symbol) {
		diag("--dlopen: %s", dlerror());
		return -1;
	}
	if (!symbol) {
		diag("--dlopen: %s: has neither a symbol shmmap_worker nor "
		     "work",
		     name->file);
		return -1;
	}
	if (!is_code(symbol))
		return take_struct(library, name, symbol);
	/* POSIX has it that the one can be made from the other */
	memcpy(&library->worker.work, &symbol, sizeof(symbol));
	return 0;
}

int
library_load(struct library *library, const char *text)
{
	struct name name;
	size_t length;

	*library = (struct library){ 0 };
	if (guard_init()) {
		diag_errno(ENOMEM, "--dlopen");
		return -1;
	}
	if (split(text, &name))
		return -1;
	length = strlen(name.file);
	if (length > 2 && strcmp(name.file + length - 2, ".c") == 0 &&
	    compile_library(name.file, name.file, sizeof(name.file)))
		return -1;
	library->handle = dlopen(name.file, RTLD_NOW | RTLD_LOCAL);
	if (!library->handle) {
		diag("--dlopen: %s", dlerror());
		return -1;
	}
	if (find_worker(library, &name)) {
		library_unload(library);
		return -1;
	}
	return 0;
}

/* a folder has two links, and one for each folder in it */
static bool
is_only_thread(void)
{
	struct stat tasks;

	return stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink == 3;
}

void
library_unload(struct library *library)
{
	/* threads that it has begun, as those of OpenMP, may run in it */
	if (library->handle && is_only_thread())
		dlclose(library->handle);
	library->handle = NULL;
	free(library->argv);
	library->argv = NULL;
}

static int
call_setup(const struct library *library, const char *name, int argc,
	   char **argv)
{
	int status;

	guard_call(name, "setup");
	status = library->worker.setup(argc, argv);
	guard_called();
	fflush(stdout);
	if (status == 0)
		return 0;
	diag("--dlopen: %s: setup returned %d", name, status);
	return -1;
}

int
library_setup(struct library *library, const char *name, char *const *words,
	      size_t nwords)
{
	char **argv;

	if (!library->worker.setup)
		return 0;
	argv = calloc(nwords + 2, sizeof(*argv));
	library->argv = argv;
	if (!argv) {
		diag_errno(ENOMEM, "--dlopen");
		return -1;
	}
	/* its own copy: it may write to it, as main() may */
	argv[0] = (char *)(uintptr_t)name;
	memcpy(argv + 1, words, nwords * sizeof(*argv));
	return call_setup(library, name, (int)nwords + 1, argv);
}
