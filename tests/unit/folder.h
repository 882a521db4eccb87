#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

#include <stddef.h>

/*
 * A folder of its own for each test, which is the working folder while the test
 * runs. For tcase_add_checked_fixture(); functions fail the test when they can
 * not do what they are for.
 */
void folder_make(void);
void folder_remove(void);

/* make a file of nbytes */
void folder_put(const char *name, const void *bytes, size_t nbytes);

/* make a file with that text */
void folder_put_text(const char *name, const char *text);

/* make a .npy file: the dict of its header, as numpy.save writes it, and the
 * data */
void folder_put_npy(const char *name, const char *dict, const void *data,
		    size_t nbytes);

/* entries of the folder */
size_t folder_count(void);

#endif
