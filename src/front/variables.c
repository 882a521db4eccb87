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

/* text begins with "${" */
static bool
take_apart(const char *text, struct reference *reference)
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
		brace = strchr(at, '}');
		if (!brace)
			return false;
		reference->otherwise = at;
		reference->otherwise_size = (size_t)(brace - at);
		at = brace;
	}
	reference->end = at + 1;
	return reference->name_size > 0 && *at == '}';
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

static int
put_value(const struct variables *variables, struct output *output,
	  const struct reference *reference, char why[VARIABLES_WHY_SIZE])
{
	const char *value = find(variables, reference);
	char shown[SHOWN_SIZE];

	if (reference->otherwise && (!value || !*value)) {
		put(output, reference->otherwise, reference->otherwise_size);
		return 0;
	}
	if (value) {
		put(output, value, strlen(value));
		return 0;
	}
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
expand(const struct variables *variables, struct output *output,
       const char *text, char why[VARIABLES_WHY_SIZE])
{
	struct reference reference;
	char shown[SHOWN_SIZE];

	while (*text) {
		size_t length = strcspn(text, "$");

		put(output, text, length);
		text += length;
		if (strncmp(text, "$${", 3) == 0) {
			put(output, "${", 2);
			text += 3;
		} else if (strncmp(text, "${", 2) != 0) {
			put(output, text, *text != '\0');
			text += *text != '\0';
		} else if (!take_apart(text, &reference)) {
			length = strcspn(text, "}");
			snprintf(why, VARIABLES_WHY_SIZE,
				 "%s is no variable, ${NAME}, ${env:NAME} or "
				 "${NAME:-TEXT} (for the shell: $${NAME})",
				 diag_quote(shown, sizeof(shown), text,
					    length + (text[length] == '}'),
					    20));
			return -1;
		} else {
			if (put_value(variables, output, &reference, why))
				return -1;
			text = reference.end;
		}
	}
	return 0;
}

const char *
variables_expand(const struct variables *variables, const char *text,
		 struct store *store, char why[VARIABLES_WHY_SIZE])
{
	struct output output = { 0 };

	if (!strstr(text, "${"))
		return text;
	if (expand(variables, &output, text, why))
		return NULL;
	output.at = store_alloc(store, output.nbytes + 1);
	if (!output.at) {
		snprintf(why, VARIABLES_WHY_SIZE, "not enough memory");
		return NULL;
	}
	output.nbytes = 0;
	expand(variables, &output, text, why);
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
