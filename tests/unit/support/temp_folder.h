/* A temporary folder for the files of a test. */
#ifndef CZ_TESTS_UNIT_SUPPORT_TEMP_FOLDER_H
#define CZ_TESTS_UNIT_SUPPORT_TEMP_FOLDER_H

enum { TEMP_PATH = 256 };

/* Make a folder under $TMPDIR (or /tmp), open to everybody; a test that can't have it ends here. */
void temp_folder(char path[TEMP_PATH]);
/* Remove it with all that is in it; symbolic links aren't followed. */
void temp_folder_remove(const char *path);

#endif
