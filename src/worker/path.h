#ifndef SHMMAP_PATH_H
#define SHMMAP_PATH_H

#include <stdbool.h>

/*
 * Looking a command up in PATH, once for all jobs where its name is the same
 * for all: execvp would try every folder for every job.
 */
struct path {
	char found[4096];
	bool is_known;
};

/*
 * The file to exec for name: name itself if it holds a slash, else the first
 * executable in the folders of search (NULL: the system's default). NULL with
 * errno set (ENOENT, or EACCES when what was found may not be executed). With
 * is_fixed the answer is remembered; it stays valid until the next call.
 */
const char *path_find(struct path *path, const char *name, bool is_fixed,
		      const char *search);

#endif
