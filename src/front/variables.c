#include <config.h>

#include "front/variables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

/* Variables; see variables.h. */

/* as much of a text as a message shows */
#define SHOWN_MAX 60
#define SHOWN_SIZE (4 * SHOWN_MAX + 16)

#define OUTER "env:"
#define OTHERWISE ":-"

/* variables in the texts of others */
#define DEPTH_MAX 16

/* where a text is expanded to; first it is measured, with at NULL */
struct output {
	char *at;
	size_t nbytes;
};

/* ${NAME:-TEXT} taken apart */
struct reference {
	const char *name;
	size_t name_size;
	bool is_outer; /* of the environment */
	const char *otherwise;
	size_t otherwise_size; /* of what is there instead, if otherwise */
	const char *end;       /* behind the brace */
};

static size_t
name_length(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz_0123456789";

	if (*text >= '0' && *text <= '9')
		return 0;
	return strspn(text, letters);
}

int
variables_init(struct variables *variables, char *const settings[],
	       size_t count, struct store *store)
{
	*variables = (struct variables){ .settings = settings, .count = count };
	for (size_t i = 0; i < count; i++) {
		size_t length = name_length(settings[i]);

		if (length > 0 && settings[i][length] == '=')
			continue;
		diag("--spec: %s is not NAME=VALUE", diag_quoted(settings[i]));
		return -1;
	}
	variables->is_used = store_alloc(store, count + 1);
	if (!variables->is_used) {
		diag("--spec: not enough memory");
		return -1;
	}
	memset(variables->is_used, 0, count + 1);
	return 0;
}

static void
put(struct output *output, const char *bytes, size_t nbytes)
{
	if (output->at)
		memcpy(output->at + output->nbytes, bytes, nbytes);
	output->nbytes += nbytes;
}

/* the brace that ends what begins at text, braces of others in it apart, or
 * NULL */
static const char *
find_brace(const char *text, const char *end)
{
	size_t open = 0;

	for (; text < end; text++) {
		if (strncmp(text, "${", 2) == 0)
			open++;
		else if (*text == '}' && open-- == 0)
			return text;
	}
	return NULL;
}

/* text begins with "${" */
static bool
take_apart(const char *text, const char *end, struct reference *reference)
{
	const char *at = text + 2, *brace;

	*reference = (struct reference){ 0 };
	if (strncmp(at, OUTER, strlen(OUTER)) == 0) {
		reference->is_outer = true;
		at += strlen(OUTER);
	}
	reference->name = at;
	reference->name_size = name_length(at);
	at += reference->name_size;
	if (strncmp(at, OTHERWISE, strlen(OTHERWISE)) == 0) {
		at += strlen(OTHERWISE);
		brace = find_brace(at, end);
		if (!brace)
			return false;
		reference->otherwise = at;
		reference->otherwise_size = (size_t)(brace - at);
		at = brace;
	}
	reference->end = at + 1;
	return reference->name_size > 0 && at < end && *at == '}';
}

/* the value of a variable, or NULL; of two settings the last one counts */
static const char *
find(const struct variables *variables, const struct reference *reference)
{
	size_t length = reference->name_size;
	char name[256];
	const char *value = NULL;

	if (reference->is_outer) {
		if (length >= sizeof(name))
			return NULL;
		memcpy(name, reference->name, length);
		name[length] = '\0';
		return getenv(name);
	}
	for (size_t i = 0; i < variables->count; i++) {
		const char *setting = variables->settings[i];

		if (strncmp(setting, reference->name, length) != 0 ||
		    setting[length] != '=')
			continue;
		variables->is_used[i] = true;
		value = setting + length + 1;
	}
	return value;
}

/* a text, or a part of it that stands instead of a variable */
struct part {
	const char *text, *end;
	unsigned depth; /* of variables that it is part of */
};

static int expand(const struct variables *variables, struct output *output,
		  const struct part *part, char why[VARIABLES_WHY_SIZE]);

static int
refuse(const struct reference *reference, char why[VARIABLES_WHY_SIZE])
{
	char shown[SHOWN_SIZE];

	diag_quote(shown, sizeof(shown), reference->name, reference->name_size,
		   SHOWN_MAX);
	snprintf(why, VARIABLES_WHY_SIZE,
		 reference->is_outer ? "%s is not in the environment"
				     : "variable %s is not set (NAME=VALUE "
				       "behind the file)",
		 shown);
	return -1;
}

static int
put_value(const struct variables *variables, struct output *output,
	  const struct reference *reference, unsigned depth,
	  char why[VARIABLES_WHY_SIZE])
{
	const char *value = find(variables, reference);
	struct output nowhere = { 0 };
	struct part otherwise;

	if (!reference->otherwise) {
		if (!value)
			return refuse(reference, why);
		put(output, value, strlen(value));
		return 0;
	}
	otherwise = (struct part){
		.text = reference->otherwise,
		.end = reference->otherwise + reference->otherwise_size,
		.depth = depth + 1,
	};
	if (!value || !*value)
		return expand(variables, output, &otherwise, why);
	put(output, value, strlen(value));
	/* what is asked for there is not unused */
	expand(variables, &nowhere, &otherwise, why);
	return 0;
}

/* a part begins with "${"; returns what is behind it, or NULL */
static const char *
expand_one(const struct variables *variables, struct output *output,
	   const struct part *part, char why[VARIABLES_WHY_SIZE])
{
	const char *text = part->text, *brace;
	struct reference reference;
	char shown[SHOWN_SIZE];

	if (part->depth == DEPTH_MAX) {
		snprintf(why, VARIABLES_WHY_SIZE,
			 "variables in variables, more than %d", DEPTH_MAX);
		return NULL;
	}
	if (take_apart(text, part->end, &reference))
		return put_value(variables, output, &reference, part->depth,
				 why)
			       ? NULL
			       : reference.end;
	brace = memchr(text, '}', (size_t)(part->end - text));
	snprintf(why, VARIABLES_WHY_SIZE,
		 "%s is no variable, ${NAME}, ${env:NAME} or "
		 "${NAME:-TEXT} (for the shell: $${NAME})",
		 diag_quote(shown, sizeof(shown), text,
			    (size_t)((brace ? brace + 1 : part->end) - text),
			    20));
	return NULL;
}

static int
expand(const struct variables *variables, struct output *output,
       const struct part *part, char why[VARIABLES_WHY_SIZE])
{
	struct part rest = *part;

	while (rest.text < rest.end) {
		size_t left = (size_t)(rest.end - rest.text);
		const char *dollar = memchr(rest.text, '$', left);
		size_t length = dollar ? (size_t)(dollar - rest.text) : left;

		put(output, rest.text, length);
		rest.text += length;
		left -= length;
		if (left >= 3 && memcmp(rest.text, "$${", 3) == 0) {
			put(output, "${", 2);
			rest.text += 3;
		} else if (left < 2 || memcmp(rest.text, "${", 2) != 0) {
			put(output, rest.text, left > 0);
			rest.text += left > 0;
		} else {
			rest.text = expand_one(variables, output, &rest, why);
			if (!rest.text)
				return -1;
		}
	}
	return 0;
}

const char *
variables_expand(const struct variables *variables, const char *text,
		 struct store *store, char why[VARIABLES_WHY_SIZE])
{
	struct output output = { 0 };
	struct part all = { .text = text, .end = text + strlen(text) };

	if (!strstr(text, "${"))
		return text;
	if (expand(variables, &output, &all, why))
		return NULL;
	output.at = store_alloc(store, output.nbytes + 1);
	if (!output.at) {
		snprintf(why, VARIABLES_WHY_SIZE, "not enough memory");
		return NULL;
	}
	output.nbytes = 0;
	expand(variables, &output, &all, why);
	output.at[output.nbytes] = '\0';
	return output.at;
}

const char *
variables_unused(const struct variables *variables)
{
	for (size_t i = 0; i < variables->count; i++)
		if (!variables->is_used[i])
			return variables->settings[i];
	return NULL;
}
