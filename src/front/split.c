#include <config.h>

#include "front/split.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/number.h"
#include "segment/segment.h"

/* Slices; see split.h. */

/* as much of a bad value as a message shows */
#define SHOWN_MAX 60

#define READ_SIZE ((size_t)64 << 10)

static int
refuse(const char *text, size_t nbytes, const char *why)
{
	char shown[4 * SHOWN_MAX + 16];

	diag("--split: %s: %s",
	     diag_quote(shown, sizeof(shown), text, nbytes, SHOWN_MAX), why);
	return -1;
}

int
splits_add(struct splits *splits, const char *argument)
{
	const char *comma = strrchr(argument, ',');
	struct split split = { .text = argument, .nbytes = strlen(argument) };
	struct split *grown;

	if (comma && number_parse(comma + 1, 1, INT64_MAX, &split.chunks))
		return refuse(argument, split.nbytes,
			      "behind the comma stands no number of chunks");
	if (comma)
		split.nbytes = (size_t)(comma - argument);
	if (split.nbytes == 0)
		return refuse(argument, strlen(argument), "no name");
	grown = reallocarray(splits->splits, splits->count + 1, sizeof(*grown));
	if (!grown) {
		diag_errno(ENOMEM, "--split");
		return -1;
	}
	splits->splits = grown;
	grown[splits->count++] = split;
	return 0;
}

/* ---- how many there are to split ---- */

static int
count_in_shape(const char *name, const struct shape *shape, uint64_t *length)
{
	if (shape->ndim == 0)
		return refuse(name, strlen(name),
			      "a scalar can not be split, it is the same for "
			      "all");
	*length = shape->dims[0];
	return 0;
}

/* an array of the segment that exists already, and that nobody declared */
static int
count_in_segment(const struct plan *plan, const char *name, uint64_t *length)
{
	struct segment segment;
	struct shape shape;
	char why[SEGMENT_WHY_SIZE];
	int index = -1, error = -1;

	if (!plan->segment_name ||
	    segment_open_name(&segment, plan->segment_name, why))
		return refuse(name, strlen(name), "no such array");
	index = segment_find(&segment, name);
	if (index >= 0) {
		segment_shape(&segment, (size_t)index, &shape);
		error = count_in_shape(name, &shape, length);
	} else {
		refuse(name, strlen(name), "no such array");
	}
	segment_close(&segment);
	return error;
}

static int
count_records(const struct plan *plan, const char *file, uint64_t *length)
{
	unsigned char *bytes = malloc(READ_SIZE);
	int fd = bytes ? open(file, O_RDONLY | O_CLOEXEC) : -1;
	unsigned char last = plan->delimiter;
	ssize_t n = -1;

	*length = 0;
	while (fd >= 0) {
		n = read(fd, bytes, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++) {
			*length +=
				bytes[i] == plan->delimiter &&
				!(plan->skip_empty && last == plan->delimiter);
			last = bytes[i];
		}
	}
	/* the last record needs no delimiter */
	*length += last != plan->delimiter;
	if (n < 0)
		diag_errno(bytes ? errno : ENOMEM, "--split: %s",
			   diag_named(file));
	if (fd >= 0)
		close(fd);
	free(bytes);
	return n < 0 ? -1 : 0;
}

static int
count_things(const struct plan *plan, const char *name, uint64_t *length)
{
	int index;

	if (name[0] == '@')
		return count_records(plan, name + 1, length);
	if (name[0] >= '0' && name[0] <= '9')
		return number_parse(name, 0, INT64_MAX, length)
			       ? refuse(name, strlen(name), "not a number")
			       : 0;
	index = spec_find(&plan->arrays, name, strlen(name));
	if (index < 0)
		return count_in_segment(plan, name, length);
	return count_in_shape(name, &plan->arrays.specs[index].array.shape,
			      length);
}

/* ---- lists ---- */

static int
name_columns(struct columns *columns, const char *name)
{
	static const char *const ends[] = { "start", "stop" };
	int error = 0;

	for (size_t i = 0; i < 2 && !error; i++) {
		char *text;
		int n = asprintf(&text, "%s.%s", name, ends[i]);

		if (n < 0)
			return -ENOMEM;
		error = columns_name(columns, (struct span){ text, (size_t)n });
		free(text);
	}
	return error;
}

static int
add_slices(const struct split *split, struct plan *plan, uint64_t chunks,
	   bool is_named)
{
	struct product_list *list = product_add(&plan->product);
	char *name = strndup(split->text, split->nbytes);
	int error = -ENOMEM;

	if (list && name && (!is_named || !name_columns(&plan->columns, name)))
		error = count_things(plan, name, &list->length);
	if (error == -ENOMEM)
		diag_errno(ENOMEM, "--split");
	free(name);
	if (error)
		return -1;
	list->is_sliced = true;
	list->count = chunks;
	return 0;
}

/* how many chunks all splits have; 0 after a diagnostic */
static uint64_t
count_chunks(const struct splits *splits, unsigned nslaves)
{
	const struct split *told = NULL;

	for (size_t i = 0; i < splits->count; i++) {
		const struct split *split = &splits->splits[i];

		if (split->chunks && told && split->chunks != told->chunks) {
			diag("--split: '%s' and '%s' differ in their chunks",
			     told->text, split->text);
			return 0;
		}
		if (split->chunks)
			told = split;
	}
	return told ? told->chunks : nslaves;
}

int
splits_settle(const struct splits *splits, struct plan *plan, bool is_named)
{
	uint64_t chunks = count_chunks(splits, plan->nslaves);

	if (chunks == 0)
		return -1;
	plan->product.is_linked = true;
	for (size_t i = 0; i < splits->count; i++)
		if (add_slices(&splits->splits[i], plan, chunks, is_named))
			return -1;
	return 0;
}

int
splits_check(const struct splits *splits, const struct product *product)
{
	for (size_t i = splits->count; i < product->nlists; i++) {
		uint64_t count = product->lists[i].count;

		if (count == 1 || count == product->lists[0].count)
			continue;
		diag("--split: there are %llu chunks, but list %zu has %llu "
		     "items, not 1 or as many",
		     (unsigned long long)product->lists[0].count,
		     i - splits->count + 1, (unsigned long long)count);
		return -1;
	}
	return 0;
}

void
splits_release(struct splits *splits)
{
	free(splits->splits);
	*splits = (struct splits){ .splits = NULL };
}
