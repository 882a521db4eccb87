/*
 * main() of the fuzz targets where there is no libFuzzer: calls the target with
 * the bytes of each file, in a process of its own, and prints a line of TAP.
 *
 *	replay_NAME [FILE]...	without files, those in $FUZZ_CORPUS/NAME
 */
#include <config.h>

#include "fuzz.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* per file, in seconds; a sanitizer makes everything slow */
#define TIME_LIMIT 60

#define PREFIX "/replay_"

static void
replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	long size = 0;
	uint8_t *bytes;

	REQUIRE(file && fseek(file, 0, SEEK_END) == 0);
	size = ftell(file);
	REQUIRE(size >= 0);
	rewind(file);
	/* no byte too much, so that a sanitizer sees who reads beyond */
	bytes = malloc((size_t)size);
	REQUIRE(bytes || size == 0);
	REQUIRE(fread(bytes, 1, (size_t)size, file) == (size_t)size);
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, (size_t)size);
	free(bytes);
}

/* returns whether the target is content with it */
static int
check(unsigned number, const char *path)
{
	const char *name = strrchr(path, '/');
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		/* standard output is TAP */
		dup2(STDERR_FILENO, STDOUT_FILENO);
		alarm(TIME_LIMIT);
		replay(path);
		exit(0);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	printf("%s %u - %s\n", status == 0 ? "ok" : "not ok", number,
	       name ? name + 1 : path);
	if (status != 0)
		printf("# status of wait: 0x%x\n", (unsigned)status);
	return status == 0;
}

int
main(int argc, char *argv[])
{
	const char *folder = getenv("FUZZ_CORPUS");
	const char *name = strstr(argv[0], PREFIX);
	char **files = argv + 1;
	size_t n = (size_t)argc - 1;
	glob_t found = { 0 };
	char pattern[4096];
	int is_good = 1;

	if (n == 0 && folder && name) {
		snprintf(pattern, sizeof(pattern), "%s/%s/*", folder,
			 name + strlen(PREFIX));
		if (glob(pattern, 0, NULL, &found) == 0) {
			files = found.gl_pathv;
			n = found.gl_pathc;
		}
	}
	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++)
		is_good &= check((unsigned)i + 1, files[i]);
	globfree(&found);
	return is_good && n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
