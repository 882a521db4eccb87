#include <config.h>

#include "worker/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"

/* Compiling workers; see compile.h. */

/* the key: two FNV-1a hashes of 64 bits (Fowler, Noll, Vo), begun differently
 */
struct key {
	uint64_t words[2];
};

static void
key_add(struct key *key, const void *bytes, size_t nbytes)
{
	const unsigned char *from = bytes;

	for (size_t i = 0; i < nbytes; i++)
		for (int k = 0; k < 2; k++) {
			key->words[k] ^= from[i];
			key->words[k] *= UINT64_C(0x100000001b3);
			key->words[k] += (uint64_t)k;
		}
}

/*
 * Run a shell command in which "$1" is the source, its descriptor 1 being
 * `output`. Returns whether it succeeded.
 */
static pid_t
spawn_shell(const char *command, const char *source, const char *target,
	    int output)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (output >= 0)
		dup2(output, STDOUT_FILENO);
	else
		dup2(STDERR_FILENO, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", command, "sh", source, target,
	      (char *)NULL);
	_exit(127);
}

static bool
has_succeeded(pid_t pid)
{
	int status = -1;

	if (pid < 0)
		return false;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0;
}

/* What the compiler sees of the source, and who it is, is the key. */
static int
make_key(const char *source, const char *flags, struct key *key)
{
	char command[4 * PATH_MAX], buffer[65536];
	int ends[2];
	ssize_t n;
	pid_t pid;

	snprintf(command, sizeof(command),
		 "${CC:-cc} --version; ${CC:-cc} $CFLAGS %s -E \"$1\"", flags);
	*key = (struct key){ { UINT64_C(0xcbf29ce484222325),
			       UINT64_C(0x6c62272e07bb0142) } };
	for (int i = 0; i < 4; i++) {
		static const char *const names[] = { "CC", "CFLAGS", "LDFLAGS",
						     "LDLIBS" };
		const char *value = getenv(names[i]);

		key_add(key, value ? value : "", value ? strlen(value) + 1 : 1);
	}
	key_add(key, flags, strlen(flags) + 1);
	if (pipe2(ends, O_CLOEXEC) < 0) {
		diag_errno(errno, "%s", source);
		return -1;
	}
	pid = spawn_shell(command, source, "", ends[1]);
	close(ends[1]);
	while ((n = read(ends[0], buffer, sizeof(buffer))) > 0 ||
	       (n < 0 && errno == EINTR))
		if (n > 0)
			key_add(key, buffer, (size_t)n);
	close(ends[0]);
	if (has_succeeded(pid))
		return 0;
	diag("--dlopen: %s: can not be preprocessed", source);
	return -1;
}

/* ours, and nobody else's to write to: what stands there is loaded */
static int
make_folder(const char *path)
{
	struct stat status;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(path, &status) < 0)
		return -errno;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	if (status.st_uid != geteuid() || status.st_mode & 022)
		return -EPERM;
	return 0;
}

static int
find_cache(char *path, size_t size)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	const char *temporary = getenv("TMPDIR");
	int error;

	if (cache && cache[0] == '/') {
		snprintf(path, size, "%s/shmmap", cache);
		if (make_folder(cache) == 0 && make_folder(path) == 0)
			return 0;
	} else if (home && home[0] == '/') {
		snprintf(path, size, "%s/.cache", home);
		mkdir(path, 0700);
		snprintf(path, size, "%s/.cache/shmmap", home);
		if (make_folder(path) == 0)
			return 0;
	}
	snprintf(path, size, "%s/shmmap-%ld",
		 temporary && temporary[0] ? temporary : "/tmp",
		 (long)geteuid());
	error = make_folder(path);
	if (error)
		diag_errno(-error, "--dlopen: cache %s", path);
	return error;
}

static int
compile(const char *source, const char *flags, const char *target)
{
	char command[4 * PATH_MAX], draft[PATH_MAX + 128];

	snprintf(draft, sizeof(draft), "%s.%ld", target, (long)getpid());
	snprintf(command, sizeof(command),
		 "${CC:-cc} $CFLAGS -O2 -shared -fPIC %s -o \"$2\" \"$1\" "
		 "$LDFLAGS $LDLIBS",
		 flags);
	if (has_succeeded(spawn_shell(command, source, draft, -1)) &&
	    rename(draft, target) == 0)
		return 0;
	unlink(draft);
	diag("--dlopen: %s: can not be compiled", source);
	return -1;
}

int
compile_library(const char *source, char *path, size_t size)
{
	static const char flags[] = "-I'" SHMMAP_INCLUDEDIR "'";
	char folder[PATH_MAX], target[PATH_MAX + 64];
	struct stat status;
	struct key key;

	/* library_load() has put ./ before a name that could be an option */
	if (access(source, R_OK)) {
		diag_errno(errno, "--dlopen: %s", source);
		return -1;
	}
	if (make_key(source, flags, &key) || find_cache(folder, sizeof(folder)))
		return -1;
	snprintf(target, sizeof(target), "%s/%016" PRIx64 "%016" PRIx64 ".so",
		 folder, key.words[0], key.words[1]);
	/* empty is what a machine that lost power may have left */
	if ((lstat(target, &status) < 0 || !S_ISREG(status.st_mode) ||
	     status.st_uid != geteuid() || status.st_size == 0) &&
	    compile(source, flags, target))
		return -1;
	if (strlen(target) >= size) {
		diag_errno(ENAMETOOLONG, "--dlopen: %s", folder);
		return -1;
	}
	strcpy(path, target);
	return 0;
}
