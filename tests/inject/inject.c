/*
 * Preloaded into shmmap (LD_PRELOAD): the n-th call of one function fails.
 *
 *	INJECT_CALL=mmap	the function
 *	INJECT_IN=master	whose calls are counted: the master's or, all
 *	INJECT_IN=slaves	together, those of the slaves
 *	INJECT_NTH=1		which of them fails
 *	INJECT_ERRNO=ENOMEM	how
 *	INJECT_FILE=/path	is made when that call was made
 *
 * Only calls that can fail so are counted: no read or write of an eventfd or
 * signalfd, no waiting for what is there already. What shmmap starts is left in
 * peace, for it is not called shmmap.
 */
#include <config.h>

/* it would define some of these functions itself */
#undef _FORTIFY_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* a function of that name that fails in its turn, and else is the next one of
 * that name; args are its parameters in parentheses, names only */
#define INJECTED(type, name, failure, parameters, args)                        \
	type name parameters                                                   \
	{                                                                      \
		static type(*next) parameters;                                 \
                                                                               \
		if (is_refused(#name))                                         \
			return failure;                                        \
		find(&next, sizeof(next), #name);                              \
		return next args;                                              \
	}

static const struct {
	const char *name;
	int error;
} errors[] = {
	{ "EACCES", EACCES }, { "EAGAIN", EAGAIN }, { "EFAULT", EFAULT },
	{ "EINTR", EINTR },   { "EINVAL", EINVAL }, { "EIO", EIO },
	{ "EMFILE", EMFILE }, { "ENFILE", ENFILE }, { "ENOENT", ENOENT },
	{ "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC }, { "ENOTSUP", ENOTSUP },
};

static const char *call; /* NULL: nothing is to fail */
static bool in_master;
static unsigned nth;
static int error_number;
static long master;
static bool is_finding;		/* dlsym() is at work */
static _Atomic unsigned *count; /* shared by all processes */

/* whatever is preloaded beside us, and not what the C library remembers */
static long
own_pid(void)
{
	return syscall(SYS_getpid);
}

__attribute__((constructor)) static void
begin(void)
{
	const char *in = getenv("INJECT_IN"), *n = getenv("INJECT_NTH");
	const char *error = getenv("INJECT_ERRNO");
	long shared;

	if (!n || !in || !error ||
	    strcmp(program_invocation_short_name, "shmmap") != 0)
		return;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, error) == 0)
			error_number = errors[i].error;
	shared = syscall(SYS_mmap, NULL, sizeof(*count), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == -1 || !error_number)
		abort();
	count = (_Atomic unsigned *)(uintptr_t)shared;
	nth = (unsigned)atoi(n);
	in_master = strcmp(in, "master") == 0;
	master = own_pid();
	call = getenv("INJECT_CALL");
}

static void
say_so(void)
{
	const char *path = getenv("INJECT_FILE");
	long fd = path ? syscall(SYS_openat, AT_FDCWD, path,
				 O_CREAT | O_WRONLY | O_CLOEXEC, 0600)
		       : -1;

	if (fd >= 0)
		syscall(SYS_close, fd);
}

/* whether this call is the one that fails; errno is set then */
static bool
is_refused(const char *name)
{
	if (!call || strcmp(call, name) != 0 ||
	    (own_pid() == master) != in_master)
		return false;
	if (atomic_fetch_add(count, 1) + 1 != nth)
		return false;
	say_so();
	errno = error_number;
	return true;
}

/* let next, a pointer to a function, be what name would be without us */
static void
find(void *next, size_t size, const char *name)
{
	void *symbol;

	memcpy(&symbol, next, size);
	if (symbol)
		return;
	is_finding = true;
	symbol = dlsym(RTLD_NEXT, name);
	is_finding = false;
	if (!symbol)
		abort();
	memcpy(next, &symbol, size);
}

/* whether the descriptor is an eventfd or a signalfd: they are of no type */
static bool
is_anonymous(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && !(st.st_mode & S_IFMT);
}

/* ---- memory ---- */

INJECTED(void *, mmap, MAP_FAILED,
	 (void *address, size_t size, int protection, int flags, int fd,
	  off_t offset),
	 (address, size, protection, flags, fd, offset))
INJECTED(void *, malloc, NULL, (size_t size), (size))
INJECTED(void *, realloc, NULL, (void *old, size_t size), (old, size))
INJECTED(void *, reallocarray, NULL, (void *old, size_t n, size_t size),
	 (old, n, size))
INJECTED(char *, strdup, NULL, (const char *text), (text))
INJECTED(int, madvise, -1, (void *address, size_t size, int advice),
	 (address, size, advice))

void *
mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
	static void *(*next)(void *, size_t, size_t, int, ...);
	va_list args;
	void *address;

	if (is_refused("mremap"))
		return MAP_FAILED;
	find(&next, sizeof(next), "mremap");
	va_start(args, flags);
	address = flags & MREMAP_FIXED ? va_arg(args, void *) : NULL;
	va_end(args);
	return next(old, old_size, size, flags, address);
}

void *
calloc(size_t n, size_t size)
{
	static void *(*next)(size_t, size_t);

	/* dlsym() takes no for an answer */
	if (is_finding || is_refused("calloc"))
		return NULL;
	find(&next, sizeof(next), "calloc");
	return next(n, size);
}

int
asprintf(char **text, const char *format, ...)
{
	va_list args;
	int n;

	if (is_refused("asprintf"))
		return -1;
	va_start(args, format);
	n = vasprintf(text, format, args);
	va_end(args);
	return n;
}

/* ---- processes ---- */

INJECTED(pid_t, fork, -1, (void), ())
INJECTED(int, execve, -1,
	 (const char *path, char *const argv[], char *const environment[]),
	 (path, argv, environment))
INJECTED(int, sched_getaffinity, -1, (pid_t pid, size_t size, cpu_set_t *mask),
	 (pid, size, mask))

INJECTED(int, unshare, -1, (int flags), (flags))

/* an errno is what it returns */
int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
	       void *(*function)(void *), void *argument)
{
	static int (*next)(pthread_t *, const pthread_attr_t *,
			   void *(*)(void *), void *);

	if (is_refused("pthread_create"))
		return error_number;
	find(&next, sizeof(next), "pthread_create");
	return next(thread, attributes, function, argument);
}

int
clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
	static int (*next)(int (*)(void *), void *, int, void *, ...);

	if (is_refused("clone"))
		return -1;
	find(&next, sizeof(next), "clone");
	return next(function, stack, flags, argument, NULL, NULL, NULL);
}

pid_t
waitpid(pid_t pid, int *status, int flags)
{
	static pid_t (*next)(pid_t, int *, int);

	if (!(flags & WNOHANG) && is_refused("waitpid"))
		return -1;
	find(&next, sizeof(next), "waitpid");
	return next(pid, status, flags);
}

int
waitid(idtype_t type, id_t id, siginfo_t *info, int flags)
{
	static int (*next)(idtype_t, id_t, siginfo_t *, int);

	if (!(flags & WNOHANG) && is_refused("waitid"))
		return -1;
	find(&next, sizeof(next), "waitid");
	return next(type, id, info, flags);
}

/* ---- descriptors ---- */

INJECTED(int, eventfd, -1, (unsigned value, int flags), (value, flags))
INJECTED(int, signalfd, -1, (int fd, const sigset_t *mask, int flags),
	 (fd, mask, flags))
INJECTED(int, pipe2, -1, (int fds[2], int flags), (fds, flags))
INJECTED(int, epoll_create1, -1, (int flags), (flags))
INJECTED(int, epoll_ctl, -1,
	 (int poll, int what, int fd, struct epoll_event *event),
	 (poll, what, fd, event))
INJECTED(int, dup2, -1, (int fd, int target), (fd, target))
INJECTED(int, mkostemp, -1, (char *path, int flags), (path, flags))
INJECTED(FILE *, fopen, NULL, (const char *path, const char *mode),
	 (path, mode))

int
open(const char *path, int flags, ...)
{
	static int (*next)(const char *, int, ...);
	va_list args;
	mode_t mode;

	if (is_refused("open"))
		return -1;
	find(&next, sizeof(next), "open");
	va_start(args, flags);
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return next(path, flags, mode);
}

int
openat(int folder, const char *path, int flags, ...)
{
	static int (*next)(int, const char *, int, ...);
	va_list args;
	mode_t mode;

	if (is_refused("openat"))
		return -1;
	find(&next, sizeof(next), "openat");
	va_start(args, flags);
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return next(folder, path, flags, mode);
}

int
fcntl(int fd, int what, ...)
{
	static int (*next)(int, int, ...);
	va_list args;
	void *argument;

	/* the flags of what is open can always be had */
	if (what != F_GETFD && what != F_GETFL && is_refused("fcntl"))
		return -1;
	find(&next, sizeof(next), "fcntl");
	va_start(args, what);
	argument = va_arg(args, void *);
	va_end(args);
	return next(fd, what, argument);
}

/* ---- files ---- */

INJECTED(int, stat, -1, (const char *path, struct stat *st), (path, st))
INJECTED(int, access, -1, (const char *path, int mode), (path, mode))
INJECTED(int, fchdir, -1, (int fd), (fd))
INJECTED(int, flock, -1, (int fd, int operation), (fd, operation))
INJECTED(int, memfd_create, -1, (const char *name, unsigned flags),
	 (name, flags))
INJECTED(int, ftruncate, -1, (int fd, off_t size), (fd, size))
INJECTED(int, fallocate, -1, (int fd, int mode, off_t offset, off_t size),
	 (fd, mode, offset, size))
INJECTED(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
INJECTED(int, fsync, -1, (int fd), (fd))
INJECTED(int, faccessat, -1,
	 (int folder, const char *path, int mode, int flags),
	 (folder, path, mode, flags))
INJECTED(int, linkat, -1,
	 (int from, const char *old, int to, const char *path, int flags),
	 (from, old, to, path, flags))
INJECTED(int, renameat, -1,
	 (int from, const char *old, int to, const char *path),
	 (from, old, to, path))
INJECTED(char *, realpath, NULL, (const char *path, char *out), (path, out))
INJECTED(ssize_t, pread, -1, (int fd, void *bytes, size_t size, off_t offset),
	 (fd, bytes, size, offset))
INJECTED(ssize_t, splice, -1,
	 (int in, off64_t *in_at, int out, off64_t *out_at, size_t size,
	  unsigned flags),
	 (in, in_at, out, out_at, size, flags))
INJECTED(ssize_t, pwrite, -1,
	 (int fd, const void *bytes, size_t size, off_t offset),
	 (fd, bytes, size, offset))

ssize_t
read(int fd, void *bytes, size_t size)
{
	static ssize_t (*next)(int, void *, size_t);

	if (!is_anonymous(fd) && is_refused("read"))
		return -1;
	find(&next, sizeof(next), "read");
	return next(fd, bytes, size);
}

ssize_t
write(int fd, const void *bytes, size_t size)
{
	static ssize_t (*next)(int, const void *, size_t);

	if (!is_anonymous(fd) && is_refused("write"))
		return -1;
	find(&next, sizeof(next), "write");
	return next(fd, bytes, size);
}

/* ---- waiting ---- */

INJECTED(int, poll, -1, (struct pollfd * polls, nfds_t n, int timeout),
	 (polls, n, timeout))
INJECTED(int, ppoll, -1,
	 (struct pollfd * polls, nfds_t n, const struct timespec *timeout,
	  const sigset_t *mask),
	 (polls, n, timeout, mask))
INJECTED(int, nanosleep, -1,
	 (const struct timespec *time, struct timespec *left), (time, left))
