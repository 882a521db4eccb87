#include <config.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "segment/segment.h"
#include "segment/utf8.h"
#include "shm/command.h"
#include "shm/print.h"
#include "shm/target.h"

/*
 * shm ls: named segments, or the arrays of one; a line each, its fields
 * separated by tabs and never empty, or a JSON array of objects.
 */

/* ---- JSON ---- */

/* the begin of object number index of an array */
static void
json_begin(size_t index)
{
	fputs(index ? ",\n {" : "[\n {", stdout);
}

static void
json_end_all(size_t count)
{
	fputs(count ? "\n]\n" : "[]\n", stdout);
}

/* JSON is UTF-8. A byte that is none, as the name of a file may have, is half a
 * surrogate, which is what Python makes of it, too. */
static void
json_string(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t left = strlen(text), used;

	putchar('"');
	for (; left > 0; at += used, left -= used) {
		if (utf8_decode(at, left, &used) == UTF8_NONE)
			printf("\\udc%02x", (unsigned)*at);
		else if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if (*at < ' ')
			printf("\\u%04x", (unsigned)*at);
		else
			fwrite(at, 1, used, stdout);
	}
	putchar('"');
}

/* ---- arrays ---- */

static const char *
op_name(uint32_t op)
{
	static const char *const names[] = {
		[ELEMENT_ADD] = "sum", [ELEMENT_MUL] = "prod",
		[ELEMENT_MIN] = "min", [ELEMENT_MAX] = "max",
		[ELEMENT_AND] = "and", [ELEMENT_OR] = "or",
		[ELEMENT_XOR] = "xor",
	};

	return op < sizeof(names) / sizeof(names[0]) ? names[op] : "?";
}

static const char *
scope_name(uint32_t flags)
{
	if (flags & SEGMENT_PRIVATE)
		return "private";
	if (flags & SEGMENT_REDUCTION)
		return "reduction";
	if (flags & SEGMENT_MAP_COPY)
		return "map-copy";
	return flags & SEGMENT_MAPPED ? "map" : "shared";
}

static void
print_array(const struct segment_entry *entry, const struct dtype *dtype,
	    const struct shape *shape)
{
	char name[DTYPE_TEXT_SIZE], dims[192], path[SEGMENT_PATH_SIZE];

	printf("%s\t%s\t%s\t%llu\t%s", entry->name,
	       dtype_name(name, sizeof(name), dtype),
	       shape->ndim ? shape_name(dims, sizeof(dims), shape) : "-",
	       (unsigned long long)entry->nbytes, scope_name(entry->flags));
	if (entry->flags & SEGMENT_REDUCTION)
		printf("(%s)", op_name(entry->op));
	else if (entry->flags & SEGMENT_MAPPED)
		printf(":%s", diag_name(path, sizeof(path), entry->path));
	putchar('\n');
}

static void
print_array_json(const struct segment_entry *entry, const struct shape *shape)
{
	char dims[192];

	printf("\"name\": \"%s\", \"dtype\": ", entry->name);
	json_string(entry->dtype);
	printf(", \"shape\": [%s], \"order\": \"%c\", \"bytes\": %llu, "
	       "\"scope\": \"%s\"",
	       shape_name(dims, sizeof(dims), shape),
	       shape->is_fortran ? 'F' : 'C', (unsigned long long)entry->nbytes,
	       scope_name(entry->flags));
	if (entry->flags & SEGMENT_REDUCTION)
		printf(", \"op\": \"%s\"", op_name(entry->op));
	if (entry->flags & SEGMENT_MAPPED) {
		fputs(", \"file\": ", stdout);
		json_string(entry->path);
	}
	putchar('}');
}

static int
list_arrays(const struct options *options)
{
	bool is_json = options->given & OPTION_JSON;
	const struct segment_entry *entry;
	const struct segment *segment;
	struct shmmap *handle;
	struct shape shape;
	size_t count, own;

	if (target_attach(&handle, options, "ls"))
		return -1;
	segment = &handle->segment;
	count = segment->header.array_count;
	for (size_t i = 0; i < count; i++) {
		segment_shape(segment, i, &shape);
		entry = &client_copies(handle, i, &own)->entries[own];
		if (is_json) {
			json_begin(i);
			print_array_json(entry, &shape);
		} else {
			print_array(entry, &segment->dtypes[i], &shape);
		}
	}
	if (is_json)
		json_end_all(count);
	shmmap_detach(handle);
	return 0;
}

/* ---- segments ---- */

/* the process that it belongs to, 0 if it is finished */
static unsigned long long
owner_of(const struct segment *segment)
{
	/* relaxed: our own copy of the header */
	return atomic_load_explicit(&segment->header.owner_pid,
				    memory_order_relaxed);
}

static void
print_segment(const struct segment *segment, const char *name)
{
	unsigned long long pid = owner_of(segment);

	printf("%s\t%llu\t%u\t", name, (unsigned long long)segment->size,
	       (unsigned)segment->header.array_count);
	if (pid == 0)
		puts("kept");
	else if (segment_is_stale(segment))
		puts("stale");
	else
		printf("in use by %llu\n", pid);
}

static void
print_segment_json(const struct segment *segment, const char *name)
{
	unsigned long long pid = owner_of(segment);
	const char *state = "kept";

	if (pid)
		state = segment_is_stale(segment) ? "stale" : "in use";
	printf("\"name\": \"%s\", \"bytes\": %llu, \"arrays\": %u, "
	       "\"state\": \"%s\"",
	       name, (unsigned long long)segment->size,
	       (unsigned)segment->header.array_count, state);
	if (pid)
		printf(", \"pid\": %llu", pid);
	putchar('}');
}

static int
list_segments(const struct options *options)
{
	bool is_json = options->given & OPTION_JSON;
	char why[SEGMENT_WHY_SIZE], **names;
	struct segment segment;
	size_t count, shown = 0;
	int error = segment_list(&names, &count);

	if (error) {
		diag_errno(-error, "ls: list of segments");
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		/* one that is gone meanwhile is left out */
		if (segment_open_name(&segment, names[i], why) == 0) {
			if (is_json) {
				json_begin(shown++);
				print_segment_json(&segment, names[i]);
			} else {
				print_segment(&segment, names[i]);
			}
			segment_close(&segment);
		}
		free(names[i]);
	}
	free(names);
	if (is_json)
		json_end_all(shown);
	return 0;
}

/* Arrays of the segment that is named, or, in a worker, of its run's. */
int
command_ls(const struct options *options, char *operands[], size_t n)
{
	struct options named = *options;
	int error;

	if (n > 0)
		named.segment = operands[0];
	if (named.segment && options->given & OPTION_ALL) {
		diag("ls: --all and the name of a segment exclude each other");
		return DIAG_EXIT_FAILURE;
	}
	if (options->given & OPTION_ALL ||
	    (!named.segment && !getenv("SHMMAP_FD") &&
	     !getenv("SHMMAP_SEGMENT")))
		error = list_segments(options);
	else
		error = list_arrays(&named);
	return error || print_flush("ls") ? DIAG_EXIT_FAILURE : 0;
}
