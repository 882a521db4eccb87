/*
 * Commands and their expansion.
 *
 * A command is cut into pieces once. The expansion of a job then is one walk
 * over them that copies bytes: constant words are not copied at all, nor is a
 * word that is just the job's text, and the buffer for the others only grows.
 */
#include <config.h>

#include "engine/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "engine/shell.h"

/* for words[] of a command that runs through a shell: SHELL -c LINE NAME */
#define SHELL_WORDS 4

/* what is written on the way from words to pieces */
struct builder {
	struct command *command;
	struct piece *piece; /* the next free one */
};

static int
allocate(struct command *command, size_t nwords, size_t npieces)
{
	command->words = calloc(nwords, sizeof(*command->words));
	command->pieces = calloc(npieces, sizeof(*command->pieces));
	return command->words && command->pieces ? 0 : -ENOMEM;
}

static struct word *
add_word(struct builder *builder)
{
	struct word *word =
		&builder->command->words[builder->command->nwords++];

	word->pieces = builder->piece;
	word->npieces = 0;
	return word;
}

static void
add_piece(struct builder *builder, struct word *word, enum piece_kind kind)
{
	*builder->piece++ = (struct piece){ .kind = kind };
	word->npieces++;
}

static void
add_literal(struct builder *builder, struct word *word, const char *literal,
	    size_t nbytes)
{
	if (nbytes == 0)
		return;
	*builder->piece++ = (struct piece){
		.kind = PIECE_LITERAL,
		.literal = literal,
		.nbytes = nbytes,
	};
	word->npieces++;
}

static void
add_constant_word(struct builder *builder, const char *text)
{
	add_literal(builder, add_word(builder), text, strlen(text));
}

static bool
is_constant(const struct word *word)
{
	return word->npieces == 0 ||
	       (word->npieces == 1 && word->pieces[0].kind == PIECE_LITERAL);
}

/* cut one word of the user's into pieces */
static int
add_parsed_word(struct builder *builder, const char *text)
{
	struct word *word = add_word(builder);
	enum piece_kind kind = PIECE_LITERAL;
	const char *literal = text;
	size_t length;

	while ((text = strchr(text, '{'))) {
		length = replacement_match(text, &kind);
		if (length == 0) {
			text++;
			continue;
		}
		if (kind == PIECE_KINDS) {
			diag("%.*s: jobs have one column", (int)length, text);
			return -EINVAL;
		}
		add_literal(builder, word, literal, (size_t)(text - literal));
		add_piece(builder, word, kind);
		text += length;
		literal = text;
	}
	add_literal(builder, word, literal, strlen(literal));
	return 0;
}

/* no more pieces than this come of the word */
static size_t
pieces_max(const char *text)
{
	size_t n = 1;

	while ((text = strchr(text, '{'))) {
		n += 2;
		text++;
	}
	return n;
}

static int
init_direct(struct command *command, char *const words[], size_t nwords)
{
	struct builder builder = { .command = command };
	size_t npieces = 1; /* the text behind the last word */
	bool is_whole = true;

	for (size_t i = 0; i < nwords; i++)
		npieces += pieces_max(words[i]);
	if (allocate(command, nwords + 1, npieces))
		return -ENOMEM;
	builder.piece = command->pieces;
	for (size_t i = 0; i < nwords; i++) {
		if (add_parsed_word(&builder, words[i]))
			return -EINVAL;
		is_whole &= is_constant(&command->words[i]);
	}
	if (is_whole)
		add_piece(&builder, add_word(&builder), PIECE_TEXT);
	return 0;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int
init_shell(struct command *command, const char *text)
{
	struct builder builder = { .command = command };
	const char *path = shell_path();
	struct shell_line shell;
	int error = shell_line_init(&shell, text);

	if (error)
		return error;
	command->is_shell = true;
	command->shell_line = shell.line;
	if (allocate(command, SHELL_WORDS + shell.nvalues,
		     SHELL_WORDS + shell.nvalues))
		return -ENOMEM;
	builder.piece = command->pieces;
	add_constant_word(&builder, path);
	add_constant_word(&builder, "-c");
	add_constant_word(&builder, shell.line);
	add_constant_word(&builder, base_name(path));
	for (size_t i = 0; i < shell.nvalues; i++)
		add_piece(&builder, add_word(&builder), shell.values[i]);
	return 0;
}

/* the words as they are; a shell line as it is */
static int
init_constant(struct command *command, char *const words[], size_t nwords)
{
	struct builder builder = { .command = command };
	const char *path = shell_path();

	command->is_shell = nwords == 1 && shell_is_needed(words[0]);
	if (allocate(command, nwords + SHELL_WORDS, nwords + SHELL_WORDS))
		return -ENOMEM;
	builder.piece = command->pieces;
	if (command->is_shell) {
		add_constant_word(&builder, path);
		add_constant_word(&builder, "-c");
	}
	for (size_t i = 0; i < nwords; i++)
		add_constant_word(&builder, words[i]);
	if (command->is_shell)
		add_constant_word(&builder, base_name(path));
	return 0;
}

/* how much room an expansion needs at most */
static void
measure(struct command *command)
{
	const struct word *word;

	for (size_t i = 0; i < command->nwords; i++) {
		word = &command->words[i];
		command->fixed_bytes++; /* its NUL */
		for (size_t k = 0; k < word->npieces; k++) {
			command->fixed_bytes +=
				word->pieces[k].nbytes + REPLACEMENT_NUMBER_MAX;
			if (word->pieces[k].kind != PIECE_LITERAL)
				command->text_pieces++;
		}
	}
}

int
command_init(struct command *command, char *const words[], size_t nwords,
	     enum command_use use)
{
	int error;

	*command = (struct command){ .name = words[0] };
	if (words[0][0] == '\0') {
		diag("the command is an empty word");
		return -EINVAL;
	}
	if (use == COMMAND_FOR_MANY)
		error = init_constant(command, words, nwords);
	else if (nwords == 1 && shell_is_needed(words[0]))
		error = init_shell(command, words[0]);
	else
		error = init_direct(command, words, nwords);
	if (error) {
		command_release(command);
		return error;
	}
	command->name_is_fixed = is_constant(&command->words[0]);
	measure(command);
	return 0;
}

void
command_release(struct command *command)
{
	free(command->words);
	free(command->pieces);
	free(command->shell_line);
	*command = (struct command){ 0 };
}

/* what execve does not change, it takes without const */
static char *
as_argument(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* the argument of a word that needs no copy, else NULL */
static char *
whole_argument(const struct word *word, const struct command_job *job)
{
	if (word->npieces == 0)
		return as_argument("");
	if (word->npieces > 1)
		return NULL;
	if (word->pieces[0].kind == PIECE_LITERAL)
		return as_argument(word->pieces[0].literal);
	if (word->pieces[0].kind == PIECE_TEXT)
		return as_argument(job->text);
	return NULL;
}

static char *
put_word(char *out, const struct word *word, const struct command_job *job)
{
	const struct piece *piece = word->pieces;
	const struct piece *end = piece + word->npieces;

	for (; piece < end; piece++) {
		if (piece->kind == PIECE_LITERAL)
			out = mempcpy(out, piece->literal, piece->nbytes);
		else
			out = replacement_value(out, piece->kind, job);
	}
	*out++ = '\0';
	return out;
}

static int
reserve_argv(struct expansion *expansion, size_t nwords)
{
	char **block;

	if (expansion->argv && expansion->argc == nwords)
		return 0;
	block = realloc(expansion->argv ? expansion->argv - 1 : NULL,
			(nwords + 2) * sizeof(*block));
	if (!block)
		return -ENOMEM;
	block[0] = NULL;
	block[nwords + 1] = NULL;
	expansion->argv = block + 1;
	expansion->argc = nwords;
	return 0;
}

static int
reserve_bytes(struct expansion *expansion, size_t nbytes)
{
	char *bytes;

	if (expansion->bytes_size >= nbytes)
		return 0;
	bytes = realloc(expansion->bytes, nbytes + nbytes / 2);
	if (!bytes)
		return -ENOMEM;
	expansion->bytes = bytes;
	expansion->bytes_size = nbytes + nbytes / 2;
	return 0;
}

int
command_expand(const struct command *command, const struct command_job *job,
	       struct expansion *expansion)
{
	char *out, *argument;

	if (reserve_argv(expansion, command->nwords) ||
	    reserve_bytes(expansion,
			  command->fixed_bytes +
				  command->text_pieces * job->nbytes))
		return -ENOMEM;
	out = expansion->bytes;
	for (size_t i = 0; i < command->nwords; i++) {
		argument = whole_argument(&command->words[i], job);
		if (!argument) {
			argument = out;
			out = put_word(out, &command->words[i], job);
		}
		expansion->argv[i] = argument;
	}
	return 0;
}

void
expansion_release(struct expansion *expansion)
{
	if (expansion->argv)
		free(expansion->argv - 1);
	free(expansion->bytes);
	*expansion = (struct expansion){ 0 };
}
