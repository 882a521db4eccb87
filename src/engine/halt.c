#include <config.h>

#include "engine/halt.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"

/* Ending a run early; see halt.h. */

/* what GNU parallel took before it had words for it */
static const struct {
	const char *text;
	struct halt halt;
} numbers[] = {
	{ "0", { .when = HALT_NEVER } },
	{ "1", { HALT_SOON, HALT_FAIL, false, 1 } },
	{ "2", { HALT_NOW, HALT_FAIL, false, 1 } },
	{ "-1", { HALT_SOON, HALT_SUCCESS, false, 1 } },
	{ "-2", { HALT_NOW, HALT_SUCCESS, false, 1 } },
};

/* the first of the words that text begins with, whose length goes to *length;
 * or -1 */
static int
find_word(const char *const words[], int nwords, const char *text,
	  size_t *length)
{
	for (int i = 0; i < nwords; i++) {
		*length = strlen(words[i]);
		if (strncmp(text, words[i], *length) == 0)
			return i;
	}
	return -1;
}

/* N or N% */
static int
parse_number(const char *text, struct halt *halt)
{
	char digits[24];
	size_t length = strlen(text);

	halt->is_percent = length > 0 && text[length - 1] == '%';
	length -= halt->is_percent;
	if (length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, length);
	digits[length] = '\0';
	return number_parse(digits, 1, halt->is_percent ? 100 : UINT64_MAX - 1,
			    &halt->number)
		       ? -EINVAL
		       : 0;
}

int
halt_parse(const char *text, struct halt *halt)
{
	static const char *const whens[] = { "never", "soon", "now" };
	static const char *const whys[] = { ",fail", ",success", ",done" };
	struct halt found = { HALT_SOON, HALT_FAIL, false, 1 };
	size_t length;
	int word;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(text, numbers[i].text) == 0) {
			*halt = numbers[i].halt;
			return 0;
		}
	word = find_word(whens, 3, text, &length);
	if (word >= 0) {
		found.when = (enum halt_when)word;
		text += length;
		if (*text == '\0') {
			*halt = found;
			return 0;
		}
		word = find_word(whys, 3, text, &length);
		if (found.when == HALT_NEVER || word < 0 || text[length] != '=')
			return -EINVAL;
		found.why = (enum halt_why)word;
		text += length + 1;
	}
	/* N% alone is soon,fail=N% */
	if (parse_number(text, &found) || (word < 0 && !found.is_percent))
		return -EINVAL;
	*halt = found;
	return 0;
}

void
halt_init(struct halt_count *count, const struct halt *halt)
{
	atomic_init(&count->counted, 0);
	atomic_init(&count->limit,
		    halt->is_percent ? UINT64_MAX : halt->number);
	atomic_init(&count->is_reached, 0);
}

/* true for the first one who comes with the limit or more */
static bool
is_first_beyond(struct halt_count *count, uint64_t counted, uint64_t limit)
{
	/* relaxed: what it orders is the stop that is raised next */
	return counted >= limit &&
	       !atomic_exchange_explicit(&count->is_reached, 1,
					 memory_order_relaxed);
}

bool
halt_know_total(struct halt_count *count, const struct halt *halt,
		uint64_t total)
{
	/* rounded up, and without overflow */
	uint64_t limit = total / 100 * halt->number +
			 (total % 100 * halt->number + 99) / 100;

	if (limit == 0)
		limit = 1;
	/* H1 (pairs H2) */
	atomic_store_explicit(&count->limit, limit, memory_order_seq_cst);
	return is_first_beyond(
		count,
		atomic_load_explicit(&count->counted, memory_order_seq_cst),
		limit);
}

bool
halt_add(struct halt_count *count, const struct halt *halt, uint64_t jobs,
	 unsigned status)
{
	bool has_failed = status != 0;
	uint64_t counted;

	if (halt->when == HALT_NEVER || jobs == 0 || status == STATUS_HALTED ||
	    (halt->why == HALT_FAIL && !has_failed) ||
	    (halt->why == HALT_SUCCESS && has_failed))
		return false;
	/* H2 (pairs H1) */
	counted = jobs + atomic_fetch_add_explicit(&count->counted, jobs,
						   memory_order_seq_cst);
	return is_first_beyond(
		count, counted,
		atomic_load_explicit(&count->limit, memory_order_seq_cst));
}
