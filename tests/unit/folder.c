#include <config.h>

#include "folder.h"

#include <check.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A folder for each test; see folder.h. */

static char path[] = "/tmp/shmmap-test-XXXXXX";

void
folder_make(void)
{
	memcpy(strrchr(path, '-') + 1, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(chdir(path), 0);
}

static int
remove_one(const char *name, const struct stat *status, int flag,
	   struct FTW *where)
{
	(void)status;
	(void)flag;
	(void)where;
	return remove(name);
}

void
folder_remove(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	nftw(path, remove_one, 10, FTW_DEPTH | FTW_PHYS);
}

void
folder_put(const char *name, const void *bytes, size_t nbytes)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, nbytes, file), nbytes);
	ck_assert_int_eq(fclose(file), 0);
}

void
folder_put_text(const char *name, const char *text)
{
	folder_put(name, text, strlen(text));
}

void
folder_put_npy(const char *name, const char *dict, const void *data,
	       size_t nbytes)
{
	size_t length = strlen(dict), size = (10 + length + 64) / 64 * 64;
	unsigned char *bytes = malloc(size + nbytes);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, ' ', size);
	memcpy(bytes, "\x93NUMPY\1\0", 8);
	bytes[8] = (unsigned char)((size - 10) & 0xff);
	bytes[9] = (unsigned char)((size - 10) >> 8);
	memcpy(bytes + 10, dict, length);
	bytes[size - 1] = '\n';
	memcpy(bytes + size, data, nbytes);
	folder_put(name, bytes, size + nbytes);
	free(bytes);
}

size_t
folder_count(void)
{
	DIR *folder = opendir(".");
	struct dirent *entry;
	size_t count = 0;

	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder)))
		count += strcmp(entry->d_name, ".") != 0 &&
			 strcmp(entry->d_name, "..") != 0;
	closedir(folder);
	return count;
}
