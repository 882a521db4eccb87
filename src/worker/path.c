#include <config.h>

#include "worker/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* PATH look-up; see path.h. */

#define DEFAULT_SEARCH "/usr/local/bin:/bin:/usr/bin"

/* 0 if file can be executed, else why not */
static int
try_file(const char *file)
{
	struct stat st;

	if (stat(file, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return access(file, X_OK) < 0 ? errno : 0;
}

const char *
path_find(struct path *path, const char *name, bool is_fixed,
	  const char *search)
{
	int error = ENOENT;

	if (strchr(name, '/'))
		return name;
	if (path->is_known)
		return path->found;
	if (!search)
		search = DEFAULT_SEARCH;
	for (const char *folder = *name ? search : NULL; folder;) {
		size_t length = strcspn(folder, ":");
		const char *slash = length ? "/" : "";
		int size =
			snprintf(path->found, sizeof(path->found), "%.*s%s%s",
				 (int)length, folder, slash, name);
		int answer = size < (int)sizeof(path->found)
				     ? try_file(path->found)
				     : ENAMETOOLONG;

		if (answer == 0) {
			path->is_known = is_fixed;
			return path->found;
		}
		/* a file that may not be run says more than one that is not
		 * there */
		if (answer == EACCES)
			error = EACCES;
		folder = folder[length] ? folder + length + 1 : NULL;
	}
	errno = error;
	return NULL;
}
