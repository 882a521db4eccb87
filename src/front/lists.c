#include <config.h>

#include "front/lists.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "front/columns.h"

/* Lists on the command line; see lists.h. */

/* as much of an item as a message shows */
#define SHOWN_MAX 60
#define SHOWN_SIZE (4 * SHOWN_MAX + 16)

#define READ_SIZE ((size_t)64 << 10)

/* what stands between the columns of a text: where a job is a command, its
 * arguments; a worker that sees the text as it is gets a tab */
static const char argument_separator[] = { '\0' };
static const char text_separator[] = { '\t' };

struct lists {
	struct plan *plan;
	const struct lists_setting *setting;
};

static const struct mark {
	const char *spelling;
	bool is_file;
	enum product_link link;
} marks[] = {
	{ ":::", false, LINK_NONE },
	{ ":::+", false, LINK_SHORTEST },
	{ "::::", true, LINK_NONE },
	{ "::::+", true, LINK_SHORTEST },
};

#define NMARKS (sizeof(marks) / sizeof(marks[0]))

static const struct mark *
mark_of(const char *word)
{
	for (size_t i = 0; i < NMARKS; i++)
		if (strcmp(word, marks[i].spelling) == 0)
			return &marks[i];
	return NULL;
}

size_t
lists_find(char *const words[], size_t nwords)
{
	size_t i = 0;

	while (i < nwords && !mark_of(words[i]))
		i++;
	return i;
}

bool
lists_have_input(char *const words[], size_t nwords)
{
	bool is_file = false;

	for (size_t i = 0; i < nwords; i++) {
		const struct mark *mark = mark_of(words[i]);

		if (mark)
			is_file = mark->is_file;
		else if (is_file && strcmp(words[i], "-") == 0)
			return true;
	}
	return false;
}

static int
no_memory(const char *name)
{
	diag_errno(ENOMEM, "%s", name);
	return -1;
}

/* ---- items ---- */

/* write an item with the product's separator in place of --colsep; returns
 * the byte behind it */
static char *
put_columns(char *out, const struct lists *lists, struct span item)
{
	const struct plan *plan = lists->plan;
	const char *end = item.start + item.nbytes;

	for (;;) {
		const char *found =
			memmem(item.start, (size_t)(end - item.start),
			       plan->colsep, plan->colsep_size);

		if (!found)
			break;
		out = mempcpy(out, item.start, (size_t)(found - item.start));
		*out++ = plan->product.separator;
		item.start = found + plan->colsep_size;
	}
	return mempcpy(out, item.start, (size_t)(end - item.start));
}

/* All items are there: cut them into columns, which takes no more bytes. */
static int
cut_columns(const struct lists *lists, struct product_list *list)
{
	size_t nbytes = 1;
	char *bytes, *out;

	if (!lists->plan->colsep)
		return 0;
	for (size_t i = 0; i < list->count; i++)
		nbytes += list->items[i].nbytes;
	bytes = out = malloc(nbytes);
	if (!bytes)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		char *end = put_columns(out, lists, list->items[i]);

		list->items[i] = (struct span){ out, (size_t)(end - out) };
		out = end;
	}
	free(list->bytes);
	list->bytes = bytes;
	return 0;
}

/* what no text of this worker can hold */
static int
check_item(const struct plan *plan, const char *name, struct span item)
{
	bool is_filter = plan->worker == WORKER_FILTER;
	char shown[SHOWN_SIZE];

	if (!memchr(item.start, is_filter ? plan->delimiter : '\0',
		    item.nbytes))
		return 0;
	diag("%s: %s holds %s", name,
	     diag_quote(shown, sizeof(shown), item.start, item.nbytes,
			SHOWN_MAX),
	     is_filter ? "what ends a line of the filter" : "a NUL byte");
	return -1;
}

static int
add_item(const struct lists *lists, struct product_list *list, const char *name,
	 struct span item)
{
	if (item.nbytes == 0 && lists->plan->skip_empty)
		return 0;
	if (check_item(lists->plan, name, item))
		return -1;
	return product_add_item(list, item) ? no_memory(name) : 0;
}

/* ---- files ---- */

/* all that can be read; the caller owns *bytes, also after an error */
static int
read_all(int fd, char **bytes, size_t *nbytes)
{
	size_t room = 0;

	*bytes = NULL;
	*nbytes = 0;
	for (;;) {
		char *more;
		ssize_t n;

		if (room - *nbytes < READ_SIZE) {
			room = 2 * room + READ_SIZE;
			more = realloc(*bytes, room);
			if (!more)
				return -ENOMEM;
			*bytes = more;
		}
		n = read(fd, *bytes + *nbytes, room - *nbytes);
		if (n == 0)
			return 0;
		if (n > 0)
			*nbytes += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
}

static int
add_records(const struct lists *lists, struct product_list *list,
	    const char *name, size_t nbytes)
{
	const struct plan *plan = lists->plan;
	const char *at = list->bytes, *end = at + nbytes;

	while (at < end) {
		const char *found =
			memchr(at, plan->delimiter, (size_t)(end - at));
		const char *stop = found ? found : end;
		struct span record = { at, (size_t)(stop - at) };

		if (add_item(lists, list, name, record))
			return -1;
		at = stop + 1;
	}
	return 0;
}

static int
add_file(struct lists *lists, struct product_list *list, const char *name)
{
	bool is_standard = strcmp(name, "-") == 0;
	int fd = is_standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 ? -errno : 0;
	size_t nbytes;

	if (is_standard && lists->plan->has_input) {
		diag("-: standard input can be one list only");
		return -1;
	}
	lists->plan->has_input |= is_standard;
	if (!error)
		error = read_all(fd, &list->bytes, &nbytes);
	if (fd >= 0 && !is_standard)
		close(fd);
	if (error) {
		diag_errno(-error, "%s",
			   is_standard ? "standard input" : diag_named(name));
		return -1;
	}
	return add_records(lists, list, is_standard ? "standard input" : name,
			   nbytes);
}

/* ---- lists ---- */

/* the names of columns: what the list's first item holds */
static int
take_names(struct lists *lists, struct product_list *list, const char *name)
{
	struct columns cut = { .separator = &lists->plan->product.separator };

	if (!lists->setting->is_named)
		return 0;
	if (list->count == 0) {
		diag("%s: no header", name);
		return -1;
	}
	cut.separator_size = lists->plan->colsep ? 1 : 0;
	if (columns_take_names(&lists->plan->columns, &cut, list->items[0],
			       name))
		return -1;
	list->count--;
	memmove(list->items, list->items + 1,
		list->count * sizeof(*list->items));
	return 0;
}

/* one list: a file, or nwords items */
static int
add_list(struct lists *lists, const struct mark *mark, char *const words[],
	 size_t nwords)
{
	struct product_list *list = product_add(&lists->plan->product);
	const char *name = mark->is_file ? words[0] : mark->spelling;

	if (!list)
		return no_memory(name);
	list->link = mark->link;
	if (mark->is_file) {
		if (add_file(lists, list, words[0]))
			return -1;
	} else {
		for (size_t i = 0; i < nwords; i++)
			if (add_item(lists, list, name,
				     (struct span){ words[i],
						    strlen(words[i]) }))
				return -1;
	}
	if (cut_columns(lists, list))
		return no_memory(name);
	return take_names(lists, list, name);
}

/* a mark and what follows it; returns how many words that are, 0 after a
 * diagnostic */
static size_t
add_marked(struct lists *lists, char *const words[], size_t nwords)
{
	const struct mark *mark = mark_of(words[0]);
	size_t n = lists_find(words + 1, nwords - 1);

	if (n == 0 && mark->is_file) {
		diag("%s needs a file", mark->spelling);
		return 0;
	}
	if (mark->link != LINK_NONE && lists->plan->product.nlists == 0) {
		diag("%s: there is no list before it", mark->spelling);
		return 0;
	}
	if (!mark->is_file)
		return add_list(lists, mark, words + 1, n) ? 0 : n + 1;
	for (size_t i = 1; i <= n; i++)
		if (add_list(lists, mark, words + i, 1))
			return 0;
	return n + 1;
}

/* how many columns all items of a list have, 0 when they differ */
static size_t
count_columns(const struct product_list *list, const struct columns *columns)
{
	size_t count = 0;

	if (list->is_sliced)
		return 2;
	for (size_t i = 0; i < list->count; i++) {
		size_t n = columns_split(columns, list->items[i], NULL, 0);

		if (count > 0 && n != count)
			return 0;
		count = n;
	}
	return count;
}

/* the columns of the jobs' texts */
static void
settle_columns(const struct lists *lists)
{
	struct plan *plan = lists->plan;
	struct columns *columns = &plan->columns;
	size_t count = 0, n;

	columns->separator = plan->worker == WORKER_EXEC ? argument_separator
							 : text_separator;
	columns->separator_size = plan->product.nlists > 1 || plan->colsep ||
				  plan->product.lists[0].is_sliced;
	columns->count = 0;
	for (size_t i = 0; i < plan->product.nlists; i++) {
		n = plan->colsep || plan->product.lists[i].is_sliced
			    ? count_columns(&plan->product.lists[i], columns)
			    : 1;
		if (n == 0)
			return;
		count += n;
	}
	columns->count = count;
}

static int
check_conflicts(const struct plan *plan, const char *mark)
{
	const char *other = plan->is_range   ? "--range"
			    : plan->arg_file ? "--arg-file"
			    : plan->list     ? "a list of jobs"
					     : NULL;

	if (!other)
		return 0;
	diag("%s and %s exclude each other", other, mark);
	return -1;
}

/* so are the jobs of a spec */
static int
add_jobs(struct lists *lists)
{
	static const char name[] = "list of jobs";
	struct plan *plan = lists->plan;
	struct product_list *list = product_add(&plan->product);

	if (list)
		list->bytes = malloc(plan->list_size + 1);
	if (!list || !list->bytes)
		return no_memory(name);
	memcpy(list->bytes, plan->list, plan->list_size);
	if (add_records(lists, list, name, plan->list_size))
		return -1;
	plan->list = NULL;
	plan->list_size = 0;
	return cut_columns(lists, list) ? no_memory(name)
					: take_names(lists, list, name);
}

/* what is read is a list, too, where it has to be there as a whole */
static int
add_input(struct lists *lists)
{
	static const struct mark input = { "::::", true, LINK_NONE };
	const char *file = lists->plan->arg_file;
	/* a word of the command line, or one that nobody writes to */
	char *words[] = { (char *)(uintptr_t)(file ? file : "-") };

	return add_list(lists, &input, words, 1);
}

static int
add_lists(struct lists *lists, char *const words[], size_t nwords)
{
	const struct splits *splits = &lists->setting->splits;
	size_t at = 0, n;

	if (splits->count > 0 &&
	    splits_settle(splits, lists->plan, lists->setting->is_named))
		return -1;
	for (; at < nwords; at += n) {
		n = add_marked(lists, words + at, nwords - at);
		if (n == 0)
			return -1;
	}
	if (splits->count > 0)
		return splits_check(splits, &lists->plan->product);
	if (nwords > 0)
		return 0;
	return lists->plan->list ? add_jobs(lists) : add_input(lists);
}

/* all lists are there: what jobs they make, with which columns */
static int
settle(struct lists *lists, const char *mark)
{
	struct plan *plan = lists->plan;

	if (product_settle(&plan->product)) {
		diag("%s: more than 2^63 - 1 jobs", mark);
		return -1;
	}
	settle_columns(lists);
	/* an item may hold anything else */
	if (plan->worker != WORKER_FILTER)
		plan->delimiter = '\0';
	plan->skip_empty = false;
	if (lists->setting->is_mixed)
		shuffle_init(&plan->shuffle, plan->product.count, plan->seed);
	return 0;
}

int
lists_settle(struct plan *plan, const struct lists_setting *setting,
	     char *const words[], size_t nwords)
{
	struct lists lists = { .plan = plan, .setting = setting };
	bool is_split = setting->splits.count > 0;
	const char *mark = is_split ? "--split" : nwords ? words[0] : "--shuf";

	if (setting->is_mixed && plan->is_range)
		shuffle_init(&plan->shuffle, plan->range_count, plan->seed);
	if (nwords == 0 && !is_split && (!setting->is_mixed || plan->is_range))
		return 0;
	if ((nwords > 0 || is_split) && check_conflicts(plan, mark))
		return -1;
	if (nwords == 2 && strcmp(mark, "::::") == 0 && !mark_of(words[1]) &&
	    !setting->is_mixed) {
		plan->arg_file = words[1];
		return 0;
	}
	if (plan->worker == WORKER_PIPE) {
		diag("--pipe and %s exclude each other", mark);
		return -1;
	}
	plan->product.is_linked = setting->is_linked;
	plan->product.separator = plan->worker == WORKER_EXEC
					  ? argument_separator[0]
					  : text_separator[0];
	if (add_lists(&lists, words, nwords))
		return -1;
	return settle(&lists, mark);
}
