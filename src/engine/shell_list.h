#ifndef SHMMAP_SHELL_LIST_H
#define SHMMAP_SHELL_LIST_H

#include "engine/shell_scan.h"

/*
 * Between the two halves of the walk: shell_list.c reads commands (words,
 * operators, comments, here-documents, case), shell_scan.c what words are made
 * of. Every function reads from scan->at on and leaves it behind what it read.
 */

/* what ends a list of commands */
enum shell_list_end {
	SHELL_LIST_LINE,  /* the end of the line */
	SHELL_LIST_TEXT,  /* the end of the text between backquotes */
	SHELL_LIST_PAREN, /* ) */
	SHELL_LIST_BRACE, /* } where a command could begin */
	SHELL_LIST_CASE,  /* ;; or esac */
};

/* what a replacement string stands in */
enum shell_quoting {
	SHELL_BARE,
	SHELL_DOUBLE,
	SHELL_SINGLE,
	SHELL_ANSI,
};

/* commands up to what ends them, which is left to the caller */
void shell_scan_list(struct shell_scan *scan, enum shell_list_end end);

/* one character, replacement string, quotation or substitution, outside of
 * quotes; or in double quotes, a here-document, an expression */
void shell_scan_unquoted(struct shell_scan *scan);
void shell_scan_quoted(struct shell_scan *scan);

/* whether what follows ((, which is text, ends in )) and so is arithmetic */
bool shell_is_arithmetic(const char *text);

/* an expression between so many bytes of opening and this closing */
void shell_scan_arithmetic(struct shell_scan *scan, size_t opening,
			   const char *closing);

/* a replacement string, if one is there (shell_value.c) */
bool shell_replace(struct shell_scan *scan, enum shell_quoting quoting);

/* bytes that the line has not */
void shell_put(struct shell_scan *scan, const char *bytes, size_t nbytes);

/* nbytes as they are; the latter when they end a construct, and may be missing
 * at the end of the line */
void shell_copy(struct shell_scan *scan, size_t nbytes);
void shell_close(struct shell_scan *scan, size_t nbytes);

/* around everything that can hold itself: false, after a diagnostic, if it
 * does so too often */
bool shell_enter(struct shell_scan *scan);
void shell_leave(struct shell_scan *scan);

/* end the walk */
void shell_fail(struct shell_scan *scan, int error);

#endif
