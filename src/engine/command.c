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
	word->is_wide = false;
	return word;
}

static void
add_piece(struct builder *builder, struct word *word,
	  struct replacement replacement)
{
	*builder->piece++ = (struct piece){ .replacement = replacement };
	word->npieces++;
}

static void
add_literal(struct builder *builder, struct word *word, const char *literal,
	    size_t nbytes)
{
	if (nbytes == 0)
		return;
	*builder->piece++ = (struct piece){
		.replacement = { PIECE_LITERAL, 0 },
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

/* a word that becomes an argument for each column */
static void
add_wide_word(struct builder *builder, enum piece_kind kind)
{
	struct word *word = add_word(builder);

	add_piece(builder, word, (struct replacement){ kind, 0 });
	word->is_wide = true;
}

static bool
is_literal(const struct piece *piece)
{
	return piece->replacement.kind == PIECE_LITERAL;
}

static bool
is_constant(const struct word *word)
{
	return word->npieces == 0 ||
	       (word->npieces == 1 && is_literal(&word->pieces[0]));
}

/* cut one word of the user's into pieces */
static int
add_parsed_word(struct builder *builder, const char *text)
{
	const struct columns *columns = builder->command->columns;
	struct word *word = add_word(builder);
	struct replacement found;
	const char *literal = text;
	size_t length;

	while ((text = strchr(text, '{'))) {
		length = replacement_match(text, columns, &found);
		if (length == 0) {
			text++;
			continue;
		}
		if (found.kind == PIECE_KINDS) {
			replacement_refuse(text, length, columns);
			return -EINVAL;
		}
		add_literal(builder, word, literal, (size_t)(text - literal));
		add_piece(builder, word, found);
		text += length;
		literal = text;
	}
	add_literal(builder, word, literal, strlen(literal));
	word->is_wide = word->npieces == 1 &&
			replacement_is_of_all(&word->pieces[0].replacement);
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
		add_wide_word(&builder, PIECE_TEXT);
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
	int error = shell_line_init(&shell, text, command->columns);

	if (error)
		return error;
	if (allocate(command, SHELL_WORDS + shell.nvalues + 1,
		     SHELL_WORDS + shell.nvalues + 1)) {
		shell_line_release(&shell);
		return -ENOMEM;
	}
	command->is_shell = true;
	command->shell_line = shell.line;
	shell.line = NULL;
	builder.piece = command->pieces;
	add_constant_word(&builder, path);
	add_constant_word(&builder, "-c");
	add_constant_word(&builder, command->shell_line);
	add_constant_word(&builder, base_name(path));
	for (size_t i = 0; i < shell.nvalues; i++)
		add_piece(&builder, add_word(&builder), shell.values[i]);
	if (shell.rest)
		add_wide_word(&builder, shell.rest);
	shell_line_release(&shell);
	return 0;
}

/* the words as they are; a shell line as it is */
static int
init_constant(struct command *command, char *const words[], size_t nwords)
{
	struct builder builder = { .command = command };
	const char *path = shell_path();

	command->is_shell =
		nwords == 1 && shell_is_needed(words[0], command->columns);
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

/* how much room an expansion needs at most, and what its jobs need */
static void
measure_word(struct command *command, const struct word *word)
{
	command->fixed_bytes++; /* its NUL */
	for (size_t i = 0; i < word->npieces; i++) {
		const struct piece *piece = &word->pieces[i];
		size_t wanted = replacement_needs(&piece->replacement);

		command->fixed_bytes += piece->nbytes + REPLACEMENT_NUMBER_MAX;
		if (!is_literal(piece))
			command->text_pieces++;
		if (wanted > command->wanted)
			command->wanted = wanted;
	}
	command->wide_words += word->is_wide;
}

int
command_init(struct command *command, char *const words[], size_t nwords,
	     enum command_use use, const struct columns *columns)
{
	int error;

	*command = (struct command){ .name = words[0], .columns = columns };
	if (words[0][0] == '\0') {
		diag("the command is an empty word");
		return -EINVAL;
	}
	if (use == COMMAND_FOR_MANY)
		error = init_constant(command, words, nwords);
	else if (nwords == 1 && shell_is_needed(words[0], command->columns))
		error = init_shell(command, words[0]);
	else
		error = init_direct(command, words, nwords);
	if (error) {
		command_release(command);
		return error;
	}
	command->name_is_fixed = is_constant(&command->words[0]);
	for (size_t i = 0; i < command->nwords; i++)
		measure_word(command, &command->words[i]);
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
whole_argument(const struct command *command, const struct word *word,
	       const struct command_job *job, const struct expansion *expansion)
{
	const struct replacement *replacement;

	if (word->npieces == 0)
		return as_argument("");
	if (word->npieces > 1)
		return NULL;
	replacement = &word->pieces[0].replacement;
	if (replacement->kind == PIECE_LITERAL)
		return as_argument(word->pieces[0].literal);
	if (replacement->kind != PIECE_TEXT)
		return NULL;
	if (replacement->column == 0)
		return expansion->nspans == 1 ? as_argument(job->text) : NULL;
	if (!columns_are_terminated(command->columns))
		return NULL;
	return as_argument(replacement_column(replacement, expansion->spans,
					      expansion->nspans)
				   ->start);
}

static char *
put_word(char *out, const struct word *word, const struct command_job *job,
	 const struct span spans[], size_t nspans)
{
	const struct piece *piece = word->pieces;
	const struct piece *end = piece + word->npieces;

	for (; piece < end; piece++) {
		if (is_literal(piece))
			out = mempcpy(out, piece->literal, piece->nbytes);
		else
			out = replacement_value(out, &piece->replacement, job,
						spans, nspans);
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

/* cut the text into its columns */
static int
split(const struct command *command, const struct command_job *job,
      struct expansion *expansion)
{
	struct span text = { job->text, job->nbytes };
	struct span *spans;
	size_t n = columns_split(command->columns, text, expansion->spans,
				 expansion->spans_size);

	expansion->nspans = n;
	if (n <= expansion->spans_size)
		return 0;
	spans = reallocarray(expansion->spans, n, sizeof(*spans));
	if (!spans)
		return -ENOMEM;
	expansion->spans = spans;
	expansion->spans_size = n;
	columns_split(command->columns, text, spans, n);
	return 0;
}

/* the arguments of a word for all columns, one for each; returns behind them */
static char *
expand_wide(char *out, const struct word *word, const struct command_job *job,
	    const struct expansion *expansion, char **argument)
{
	for (size_t i = 0; i < expansion->nspans; i++) {
		*argument++ = out;
		out = put_word(out, word, job, &expansion->spans[i], 1);
	}
	return out;
}

int
command_expand(const struct command *command, const struct command_job *job,
	       struct expansion *expansion)
{
	size_t at = 0, more;
	char *out, *argument;

	if (split(command, job, expansion))
		return -ENOMEM;
	more = expansion->nspans - 1;
	if (reserve_argv(expansion,
			 command->nwords + command->wide_words * more) ||
	    reserve_bytes(expansion, command->fixed_bytes +
					     command->text_pieces *
						     (job->nbytes + 2 * more)))
		return -ENOMEM;
	out = expansion->bytes;
	for (size_t i = 0; i < command->nwords; i++) {
		const struct word *word = &command->words[i];

		if (more && word->is_wide) {
			out = expand_wide(out, word, job, expansion,
					  &expansion->argv[at]);
			at += expansion->nspans;
			continue;
		}
		argument = whole_argument(command, word, job, expansion);
		if (!argument) {
			argument = out;
			out = put_word(out, word, job, expansion->spans,
				       expansion->nspans);
		}
		expansion->argv[at++] = argument;
	}
	return 0;
}

size_t
command_lacks(const struct command *command, struct span text, size_t *has)
{
	if (command->wanted <= 1)
		return 0;
	*has = columns_split(command->columns, text, NULL, 0);
	return command->wanted > *has ? command->wanted - *has : 0;
}

void
expansion_release(struct expansion *expansion)
{
	if (expansion->argv)
		free(expansion->argv - 1);
	free(expansion->bytes);
	free(expansion->spans);
	*expansion = (struct expansion){ 0 };
}
