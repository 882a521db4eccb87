#include <config.h>

#include "front/dump.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/base64.h"
#include "base/diag.h"
#include "segment/utf8.h"

/* A plan as a spec, by libyaml's emitter; see dump.h. */

/* a line is never broken */
#define WIDTH -1

struct dump {
	yaml_emitter_t emitter;
	bool is_full; /* libyaml gave up */
};

static void
emit(struct dump *dump, yaml_event_t *event, int is_made)
{
	if (!is_made || !yaml_emitter_emit(&dump->emitter, event))
		dump->is_full = true;
}

/* whether it is UTF-8, which a spec must be */
static bool
is_utf8(const char *text, size_t nbytes)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t used;

	for (size_t i = 0; i < nbytes; i += used)
		if (utf8_decode(bytes + i, nbytes - i, &used) == UTF8_NONE)
			return false;
	return true;
}

/* whether it reads as the text that it is without quotes, to everybody */
static bool
is_plain(const char *text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_./+=-";
	static const char *const words[] = { "y",    "n",   "yes",  "no",
					     "true", "on",  "off",  "false",
					     "null", "inf", ".inf", ".nan" };

	if (!*text || text[strspn(text, safe)] || *text == '-' || *text == '=')
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0)
			return false;
	return true;
}

/* bytes that are no text */
static void
put_binary(struct dump *dump, const char *bytes, size_t nbytes)
{
	static char tag[] = "tag:yaml.org,2002:binary";
	char *text = malloc(BASE64_SIZE(nbytes));
	yaml_event_t event;

	if (!text) {
		dump->is_full = true;
		return;
	}
	base64_encode(text, (const unsigned char *)bytes, nbytes);
	emit(dump, &event,
	     yaml_scalar_event_initialize(&event, NULL, (yaml_char_t *)tag,
					  (yaml_char_t *)text, -1, 0, 0,
					  YAML_SINGLE_QUOTED_SCALAR_STYLE));
	free(text);
}

static void
put_scalar(struct dump *dump, const char *text, bool plain)
{
	size_t nbytes = strlen(text);
	yaml_scalar_style_t style = YAML_PLAIN_SCALAR_STYLE;
	yaml_event_t event;

	if (!is_utf8(text, nbytes)) {
		put_binary(dump, text, nbytes);
		return;
	}
	if (!plain)
		style = strpbrk(text, "\n\t") ? YAML_DOUBLE_QUOTED_SCALAR_STYLE
					      : YAML_SINGLE_QUOTED_SCALAR_STYLE;
	emit(dump, &event,
	     yaml_scalar_event_initialize(&event, NULL, NULL,
					  (yaml_char_t *)(uintptr_t)text,
					  (int)nbytes, plain, !plain, style));
}

static void
put(struct dump *dump, const char *text)
{
	put_scalar(dump, text, is_plain(text));
}

/* a value, in which ${ is not a variable */
static void
put_value(struct dump *dump, const char *text)
{
	const char *from = text, *at;
	char *escaped, *end;

	if (!strstr(text, "${")) {
		put(dump, text);
		return;
	}
	escaped = end = malloc(2 * strlen(text) + 1);
	if (!escaped) {
		dump->is_full = true;
		return;
	}
	while ((at = strstr(from, "${")) != NULL) {
		end = mempcpy(end, from, (size_t)(at - from));
		end = stpcpy(end, "$${");
		from = at + 2;
	}
	strcpy(end, from);
	put(dump, escaped);
	free(escaped);
}

static void
begin_list(struct dump *dump)
{
	yaml_event_t event;

	emit(dump, &event,
	     yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
						  YAML_BLOCK_SEQUENCE_STYLE));
}

static void
end_list(struct dump *dump)
{
	yaml_event_t event;

	emit(dump, &event, yaml_sequence_end_event_initialize(&event));
}

static void
begin_mapping(struct dump *dump)
{
	yaml_event_t event;

	emit(dump, &event,
	     yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
						 YAML_BLOCK_MAPPING_STYLE));
}

static void
end_mapping(struct dump *dump)
{
	yaml_event_t event;

	emit(dump, &event, yaml_mapping_end_event_initialize(&event));
}

static void
put_list(struct dump *dump, const char *const texts[], size_t count)
{
	begin_list(dump);
	for (size_t i = 0; i < count; i++)
		put_value(dump, texts[i]);
	end_list(dump);
}

/* what is told with the worker */
static bool
is_worker(const struct option_entry *entry)
{
	static const char *const kinds[] = { "filter", "pipe", "attach",
					     "dlopen" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(entry->help.name, kinds[i]) == 0)
			return true;
	return false;
}

static bool
may_repeat(const struct option_entry *entry)
{
	return entry->key == KEY_LIST || entry->key == KEY_PAIRS;
}

/* whether the option is given at a later (an earlier) place, too */
static bool
is_given_later(const struct parse *parse, size_t index)
{
	for (size_t i = index + 1; i < parse->ngiven; i++)
		if (parse->given[i].entry == parse->given[index].entry)
			return true;
	return false;
}

static bool
is_given_earlier(const struct parse *parse, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (parse->given[i].entry == parse->given[index].entry)
			return true;
	return false;
}

/* all that was given of an option that may be repeated */
static void
put_repeated(struct dump *dump, const struct parse *parse,
	     const struct option_entry *entry)
{
	begin_list(dump);
	for (size_t i = 0; i < parse->ngiven; i++)
		if (parse->given[i].entry == entry)
			put_value(dump, parse->given[i].argument);
	end_list(dump);
}

/* of an option that is not to be repeated the last one counts */
static void
put_option(struct dump *dump, const struct parse *parse, size_t index)
{
	const struct option_given *given = &parse->given[index];
	const struct option_entry *entry = given->entry;

	if (is_worker(entry))
		return;
	if (may_repeat(entry) ? is_given_earlier(parse, index)
			      : is_given_later(parse, index))
		return;
	put(dump, entry->help.name);
	if (may_repeat(entry))
		put_repeated(dump, parse, entry);
	else if (given->argument)
		put_value(dump, given->argument);
	else
		put_scalar(dump, "true", true);
}

static void
put_worker(struct dump *dump, const struct parse *parse)
{
	static const char *const kinds[] = {
		[WORKER_EXEC] = "exec",	    [WORKER_DLOPEN] = "dlopen",
		[WORKER_FILTER] = "filter", [WORKER_ATTACH] = "attach",
		[WORKER_PIPE] = "pipe",
	};
	const struct plan *plan = parse->plan;
	bool is_list = parse->nwords + (plan->worker == WORKER_DLOPEN) > 1;

	put(dump, "worker");
	begin_mapping(dump);
	put(dump, kinds[plan->worker]);
	if (is_list)
		begin_list(dump);
	if (plan->worker == WORKER_DLOPEN)
		put_value(dump, plan->library);
	for (size_t i = 0; i < parse->nwords; i++)
		put_value(dump, parse->words[i]);
	if (is_list)
		end_list(dump);
	end_mapping(dump);
}

/* what is said of the run as a whole, or of one step, or both */
#define COMMON 1
#define OWN 2

static void
put_options(struct dump *dump, const struct parse *parse, unsigned which)
{
	for (size_t i = 0; i < parse->ngiven; i++)
		if (which &
		    (options_is_common(parse->given[i].entry) ? COMMON : OWN))
			put_option(dump, parse, i);
}

static void
put_rest(struct dump *dump, const struct parse *parse)
{
	if (parse->jobs) {
		put(dump, "jobs");
		put_list(dump, parse->jobs, parse->njobs);
	}
	put_worker(dump, parse);
}

static void
put_plan(struct dump *dump, const struct parse *parse)
{
	begin_mapping(dump);
	if (!parse->next) {
		put_options(dump, parse, COMMON | OWN);
		put_rest(dump, parse);
		end_mapping(dump);
		return;
	}
	put_options(dump, parse, COMMON);
	put(dump, "steps");
	begin_list(dump);
	for (; parse; parse = parse->next) {
		begin_mapping(dump);
		put_options(dump, parse, OWN);
		put_rest(dump, parse);
		end_mapping(dump);
	}
	end_list(dump);
	end_mapping(dump);
}

static void
put_document(struct dump *dump, const struct parse *parse)
{
	yaml_event_t event;

	emit(dump, &event,
	     yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit(dump, &event,
	     yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	put_plan(dump, parse);
	emit(dump, &event, yaml_document_end_event_initialize(&event, 1));
	emit(dump, &event, yaml_stream_end_event_initialize(&event));
}

char *
dump_text(const struct parse *parse)
{
	struct dump dump = { 0 };
	char *text = NULL;
	size_t nbytes;
	FILE *file = open_memstream(&text, &nbytes);

	if (!file || !yaml_emitter_initialize(&dump.emitter)) {
		dump.is_full = true;
		goto close;
	}
	yaml_emitter_set_output_file(&dump.emitter, file);
	yaml_emitter_set_unicode(&dump.emitter, 1);
	yaml_emitter_set_width(&dump.emitter, WIDTH);
	put_document(&dump, parse);
	yaml_emitter_delete(&dump.emitter);
close:
	if (file && fclose(file))
		dump.is_full = true;
	if (!dump.is_full)
		return text;
	diag("--dump-spec: not enough memory");
	free(text);
	return NULL;
}

int
dump_print(const struct parse *parse)
{
	char *text = dump_text(parse);
	int error = 0;

	if (!text)
		return -1;
	fputs(text, stdout);
	free(text);
	if (fflush(stdout))
		error = errno;
	else if (ferror(stdout))
		error = EIO;
	if (error)
		diag_errno(error, "--dump-spec: standard output");
	return error ? -1 : 0;
}
