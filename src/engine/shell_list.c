/*
 * The half of the walk over a shell line that knows commands.
 *
 * Where a command can begin, words such as "case" are reserved; the patterns of
 * case have closing parentheses without opening ones, which must not end a
 * $(...) around them. Some commands evaluate their arguments as arithmetic.
 * Where the text of a job could be appended is noted on the way.
 */
#include <config.h>

#include "engine/shell_list.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"

#define BLANKS " \t"
#define SEPARATORS " \t\n;&|<>()"
#define NAME_BYTES                                                             \
	"abcdefghijklmnopqrstuvwxyz"                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                           \
	"0123456789_"

/* the list that is being read */
struct list {
	enum shell_list_end end;
	bool wants_command; /* the next word is in command position */
	bool is_test;	    /* between test or [ or [[ and what ends it */
	bool in_brackets;   /* between [[ and ]], where no operator ends it */
	bool is_evaluated;  /* all arguments of the command are expressions */
	bool is_compared;   /* the word before was -eq or its like */
	bool is_descriptor; /* the word before was >& or <& */
};

/* words with a space before and behind each */
static const char openers[] = " if then else elif while until do { ! time ";
static const char closers[] = " fi done } ";
static const char tests[] = " [ [[ test ";
static const char comparisons[] = " -eq -ne -lt -le -gt -ge -t ";
static const char evaluators[] =
	" let integer float exit return break continue shift repeat ulimit ";

/* whether the nbytes of word are one of those in list */
static bool
is_one_of(const char *list, const char *word, size_t nbytes)
{
	const char *at = list;

	if (nbytes == 0)
		return false;
	while ((at = memmem(at, strlen(at), word, nbytes))) {
		if (at > list && at[-1] == ' ' && at[nbytes] == ' ')
			return true;
		at++;
	}
	return false;
}

static bool
is_separator(char c)
{
	return c == '\0' || strchr(SEPARATORS, c);
}

/* whether the word at text is exactly this one */
static bool
is_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	return strncmp(text, word, length) == 0 && is_separator(text[length]);
}

static bool
ends_here(const struct shell_scan *scan, const struct list *list)
{
	switch (list->end) {
	case SHELL_LIST_PAREN:
		return *scan->at == ')';
	case SHELL_LIST_BRACE:
		return list->wants_command && *scan->at == '}';
	case SHELL_LIST_CASE:
		return (scan->at[0] == ';' && scan->at[1] &&
			strchr(";&|", scan->at[1])) ||
		       (list->wants_command && is_word(scan->at, "esac"));
	default:
		return false;
	}
}

/* an argument could stand behind what was just read, or could not */
static void
note_append(struct shell_scan *scan, const struct list *list, bool can_append)
{
	if (list->end != SHELL_LIST_LINE)
		return;
	scan->can_append = can_append;
	scan->append_at = scan->used;
	scan->append_is_number = list->is_evaluated || list->is_test;
}

/* ---- here-documents ---- */

/* the word behind << as it is written; whether it has quotes */
static bool
scan_document_word(struct shell_scan *scan)
{
	bool is_quoted = false;
	struct replacement found;
	char quote = '\0';

	while (*scan->at && (quote || !is_separator(*scan->at))) {
		if (replacement_match(scan->at, scan->columns, &found)) {
			diag("the word that ends a here-document can not hold "
			     "a replacement string");
			shell_fail(scan, -EINVAL);
			return false;
		}
		if (quote ? *scan->at == quote
			  : strchr("'\"", *scan->at) != NULL)
			quote = quote ? '\0' : *scan->at;
		is_quoted |= quote || *scan->at == '\\';
		shell_copy(scan, scan->at[0] == '\\' && scan->at[1] ? 2 : 1);
	}
	return is_quoted;
}

/* << or <<- and the word that ends the document */
static void
scan_document_start(struct shell_scan *scan)
{
	struct shell_document *document;

	if (scan->ndocuments == SHELL_SCAN_DOCUMENTS_MAX) {
		diag("the shell line has too many here-documents");
		shell_fail(scan, -EINVAL);
		return;
	}
	document = &scan->documents[scan->ndocuments++];
	shell_copy(scan, 2);
	document->strips_tabs = *scan->at == '-';
	shell_copy(scan, document->strips_tabs);
	shell_copy(scan, strspn(scan->at, BLANKS));
	document->word = scan->at;
	document->is_quoted = scan_document_word(scan);
	document->nbytes = (size_t)(scan->at - document->word);
}

/* the length of the line at text if it ends the document, else 0 */
static size_t
document_end(const char *text, const struct shell_document *document)
{
	const char *word = document->word, *end = word + document->nbytes;
	const char *at = text;

	if (document->strips_tabs)
		at += strspn(at, "\t");
	for (; word < end; word++) {
		if (strchr("'\"\\", *word))
			continue;
		if (*at++ != *word)
			return 0;
	}
	return *at == '\n' || *at == '\0' ? (size_t)(at - text) : 0;
}

/* a line of a quoted here-document, which holds no parameters */
static void
scan_quoted_document_line(struct shell_scan *scan)
{
	size_t length = strcspn(scan->at, "\n");
	struct replacement found;

	for (size_t i = 0; i < length; i++) {
		if (!replacement_match(scan->at + i, scan->columns, &found))
			continue;
		diag("no replacement string can stand in a here-document whose "
		     "end is quoted");
		shell_fail(scan, -EINVAL);
		return;
	}
	shell_copy(scan, length);
}

static void
scan_document(struct shell_scan *scan, const struct shell_document *document)
{
	size_t end = 0;

	while (*scan->at && end == 0) {
		end = document_end(scan->at, document);
		if (end > 0)
			shell_copy(scan, end);
		else if (document->is_quoted)
			scan_quoted_document_line(scan);
		else
			while (*scan->at && *scan->at != '\n')
				shell_scan_quoted(scan);
		if (*scan->at)
			shell_copy(scan, 1);
	}
	scan->is_open |= end == 0;
}

/* the end of a line, behind which the bodies of its here-documents stand */
static void
scan_newline(struct shell_scan *scan)
{
	size_t n = scan->ndocuments;

	shell_copy(scan, 1);
	for (size_t i = scan->first_document; i < n; i++)
		scan_document(scan, &scan->documents[i]);
	scan->ndocuments = scan->first_document;
}

/* ---- words and operators ---- */

static void
scan_comment(struct shell_scan *scan)
{
	shell_copy(scan, strcspn(scan->at, "\n"));
}

/* blanks, newlines and comments */
static void
scan_gap(struct shell_scan *scan)
{
	for (;;) {
		if (*scan->at == '\n')
			scan_newline(scan);
		else if (*scan->at == '#')
			scan_comment(scan);
		else if (*scan->at && strchr(BLANKS, *scan->at))
			shell_copy(scan, 1);
		else
			return;
	}
}

/* a word, or as much of it as stands before an operator */
static void
scan_word_bytes(struct shell_scan *scan)
{
	while (!is_separator(*scan->at))
		shell_scan_unquoted(scan);
}

/* patterns of case up to their ), which may hold groups in parentheses */
static void
scan_case_patterns(struct shell_scan *scan)
{
	unsigned depth = 0;

	if (*scan->at == '(')
		shell_copy(scan, 1);
	while (*scan->at && (depth > 0 || *scan->at != ')')) {
		depth += *scan->at == '(';
		depth -= *scan->at == ')';
		shell_scan_unquoted(scan);
	}
	shell_close(scan, 1);
}

/* what follows the word case, esac included */
static void
scan_case(struct shell_scan *scan)
{
	do {
		scan_gap(scan);
		if (is_word(scan->at, "in"))
			break;
		scan_word_bytes(scan);
	} while (*scan->at && !strchr(";&|<>()", *scan->at));
	if (!is_word(scan->at, "in"))
		return;
	shell_copy(scan, 2);
	for (;;) {
		scan_gap(scan);
		if (!*scan->at || is_word(scan->at, "esac"))
			break;
		scan_case_patterns(scan);
		shell_scan_list(scan, SHELL_LIST_CASE);
		if (*scan->at == ';')
			shell_copy(scan, strspn(scan->at, ";&|"));
	}
	shell_close(scan, strlen("esac"));
}

/* the word behind the one at text, nearly: quotes may hold blanks */
static const char *
next_word(const char *text)
{
	char quote = '\0';

	for (; *text && (quote || !is_separator(*text)); text++) {
		if (*text == '\\' && text[1])
			text++;
		else if (quote ? *text == quote : *text == '"' || *text == '\'')
			quote = quote ? '\0' : *text;
	}
	return text + strspn(text, BLANKS);
}

/* whether the word at scan->at is evaluated; behind >& bash expands the value
 * once more, commands in it included */
static bool
is_evaluated(const struct shell_scan *scan, const struct list *list)
{
	const char *next;

	if (list->is_evaluated || list->is_descriptor)
		return true;
	if (!list->is_test || list->is_compared)
		return list->is_test;
	next = next_word(scan->at);
	return is_one_of(comparisons, next, strcspn(next, SEPARATORS));
}

/* what a word in command position says of the words behind it */
static void
note_command(struct shell_scan *scan, struct list *list, const char *word,
	     size_t nbytes)
{
	size_t name = strspn(word, NAME_BYTES);

	if (nbytes == strlen("case") && is_word(word, "case")) {
		scan_case(scan);
		note_append(scan, list, false);
	} else if (is_one_of(openers, word, nbytes) ||
		   is_one_of(closers, word, nbytes) ||
		   (name > 0 && name < nbytes && strchr("=[+", word[name]))) {
		/* reserved, or an assignment: a command may follow */
		note_append(scan, list, false);
	} else {
		list->wants_command = false;
		list->is_test = is_one_of(tests, word, nbytes);
		list->in_brackets = is_one_of(" [[ ", word, nbytes);
		list->is_evaluated = is_one_of(evaluators, word, nbytes);
		note_append(scan, list, true);
	}
}

static void
note_argument(struct shell_scan *scan, struct list *list, const char *word,
	      size_t nbytes)
{
	list->is_compared = is_one_of(comparisons, word, nbytes);
	list->wants_command = nbytes == 1 && *word == '{';
	if (is_one_of(" ] ]] ", word, nbytes)) {
		list->is_test = false;
		list->in_brackets = false;
	}
	note_append(scan, list, true);
}

/* the subscript in NAME[...], or in [...]= between parentheses */
static void
scan_subscript(struct shell_scan *scan, const struct list *list)
{
	size_t name = strspn(scan->at, NAME_BYTES);

	if (scan->at[name] != '[' || is_separator(scan->at[name + 1]))
		return;
	if (name == 0 && (list->end != SHELL_LIST_PAREN || scan->at[1] == '['))
		return;
	shell_copy(scan, name);
	shell_scan_arithmetic(scan, 1, "]");
}

static void
scan_word(struct shell_scan *scan, struct list *list)
{
	const char *word = scan->at;

	scan->is_number_place = is_evaluated(scan, list);
	scan_subscript(scan, list);
	scan_word_bytes(scan);
	scan->is_number_place = false;
	list->is_descriptor = false;
	if (scan->error)
		return;
	if (list->wants_command)
		note_command(scan, list, word, (size_t)(scan->at - word));
	else
		note_argument(scan, list, word, (size_t)(scan->at - word));
}

/* (...) or ((...)) */
static void
scan_parentheses(struct shell_scan *scan)
{
	if (scan->at[1] == '(' && shell_is_arithmetic(scan->at + 2)) {
		shell_scan_arithmetic(scan, 2, "))");
	} else {
		shell_copy(scan, 1);
		shell_scan_list(scan, SHELL_LIST_PAREN);
		shell_close(scan, 1);
	}
}

/* < and > with all that belongs to them but a file name */
static void
scan_redirection(struct shell_scan *scan, struct list *list)
{
	if (scan->at[1] == '(') {
		shell_copy(scan, 1);
		scan_parentheses(scan);
		list->wants_command = false;
	} else if (strncmp(scan->at, "<<<", 3) == 0) {
		shell_copy(scan, 3);
	} else if (strncmp(scan->at, "<<", 2) == 0) {
		scan_document_start(scan);
	} else {
		list->is_descriptor = scan->at[1] == '&';
		shell_copy(scan, 1);
		shell_copy(scan, strspn(scan->at, ">&|"));
	}
	note_append(scan, list, !list->is_descriptor && !list->wants_command);
}

/* a command ends, another may begin */
static void
end_command(struct list *list)
{
	list->wants_command = true;
	list->is_test = false;
	list->in_brackets = false;
	list->is_evaluated = false;
	list->is_compared = false;
	list->is_descriptor = false;
}

static void
scan_operator(struct shell_scan *scan, struct list *list)
{
	if (list->in_brackets) {
		list->is_compared = false;
		shell_copy(scan, 1);
	} else if (*scan->at == '<' || *scan->at == '>') {
		scan_redirection(scan, list);
	} else {
		if (*scan->at == '(')
			scan_parentheses(scan);
		else
			shell_copy(scan, 1);
		end_command(list);
		note_append(scan, list, false);
	}
}

/* what a list is made of, one step */
static void
scan_item(struct shell_scan *scan, struct list *list)
{
	const char *at = scan->at;

	if (at[0] == '\n') {
		scan_newline(scan);
		if (!list->in_brackets)
			end_command(list);
	} else if (at[0] == '\\' && at[1] == '\n') {
		shell_copy(scan, 2);
	} else if (strchr(BLANKS, at[0])) {
		shell_copy(scan, 1);
	} else if (at[0] == '#') {
		scan_comment(scan);
	} else if (is_separator(at[0])) {
		scan_operator(scan, list);
	} else {
		scan_word(scan, list);
	}
}

void
shell_scan_list(struct shell_scan *scan, enum shell_list_end end)
{
	struct list list = { .end = end, .wants_command = true };
	bool was_number_place = scan->is_number_place;

	if (!shell_enter(scan))
		return;
	scan->is_number_place = false;
	while (*scan->at && !ends_here(scan, &list))
		scan_item(scan, &list);
	scan->is_number_place = was_number_place;
	shell_leave(scan);
}
