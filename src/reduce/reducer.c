#include <config.h>

#include "reduce/reducer.h"

#include <errno.h>
#include <string.h>

#include "reduce/digits.h"

/* Lines to values; see reducer.h. */

/* lines that are read one by one, where those before were no plain digits */
#define OTHERS 30

struct field {
	const char *text;
	size_t nbytes;
};

void
reducer_init(struct reducer *reducer, const struct reducer_setting *setting)
{
	memset(reducer, 0, sizeof(*reducer));
	reducer->setting = *setting;
	fold_init(&reducer->fold, &reducer->setting.op);
	groups_init(&reducer->groups, &reducer->setting.op, setting->seed);
	typed_init(&reducer->typed, &setting->item, &setting->op);
}

void
reducer_release(struct reducer *reducer)
{
	fold_release(&reducer->fold, &reducer->setting.op);
	groups_release(&reducer->groups);
	typed_release(&reducer->typed);
	bytes_release(&reducer->line);
	bytes_release(&reducer->entry);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* without blanks before and behind */
static struct field
trim(const char *text, size_t nbytes)
{
	while (nbytes > 0 && is_blank(text[nbytes - 1]))
		nbytes--;
	while (nbytes > 0 && is_blank(*text)) {
		text++;
		nbytes--;
	}
	return (struct field){ text, nbytes };
}

/* a column of a line that was trimmed; of no bytes if there is none */
static struct field
find_column(const struct field *line, unsigned column)
{
	const char *at = line->text, *end = at + line->nbytes, *from = at;

	for (; column > 0; column--) {
		while (at < end && is_blank(*at))
			at++;
		from = at;
		while (at < end && !is_blank(*at))
			at++;
	}
	return (struct field){ from, (size_t)(at - from) };
}

static void
show_bad(struct reducer_bad *bad, const char *text, size_t nbytes)
{
	bad->nbytes = nbytes < sizeof(bad->text) ? nbytes : sizeof(bad->text);
	memcpy(bad->text, text, bad->nbytes);
}

static int
refuse(struct reducer *reducer, uint64_t job, const struct field *shown,
       unsigned column, int error)
{
	struct reducer_bad *bad = &reducer->bad;

	if (reducer->setting.skip_bad) {
		reducer->nbad++;
		return 0;
	}
	bad->job = job;
	bad->column = column;
	show_bad(bad, shown->text, shown->nbytes);
	return error;
}

static int
add_value(const struct reducer_setting *setting, struct fold *fold,
	  const struct field *field, uint64_t job)
{
	const struct op *op = &setting->op;
	struct value value;
	int error;

	if (op_takes_texts(op->kind))
		return fold_add_text(fold, op, field->text, field->nbytes);
	error = setting->is_wide
			? value_read_wide(field->text, field->nbytes, &value)
			: value_read(field->text, field->nbytes, &value);
	return error ? error : fold_add(fold, op, &value, job);
}

static int
take_line(struct reducer *reducer, uint64_t job, const char *text,
	  size_t nbytes)
{
	const struct reducer_setting *setting = &reducer->setting;
	struct field line = trim(text, nbytes), value = line, key = line;
	struct fold *fold = &reducer->fold;
	int error;

	if (line.nbytes == 0)
		return 0;
	if (setting->op.column)
		value = find_column(&line, setting->op.column);
	if (value.nbytes == 0)
		return refuse(reducer, job, &line, setting->op.column,
			      -ENODATA);
	if (setting->by) {
		key = find_column(&line, setting->by);
		if (key.nbytes == 0)
			return refuse(reducer, job, &line, setting->by,
				      -ENODATA);
		fold = groups_find(&reducer->groups, key.text, key.nbytes);
		if (!fold)
			return groups_are_full(&reducer->groups, key.nbytes)
				       ? -ENOSPC
				       : -ENOMEM;
	}
	error = add_value(setting, fold, &value, job);
	if (error == -EINVAL || error == -ERANGE)
		return refuse(reducer, job, &value, 0, error);
	return error;
}

/* keep what has no end yet */
static int
begin_line(struct reducer *reducer, const char *bytes, size_t nbytes)
{
	if (nbytes > REDUCER_LINE_MAX - reducer->line.used)
		return -E2BIG;
	return bytes_add(&reducer->line, bytes, nbytes);
}

static int
end_line(struct reducer *reducer, uint64_t job)
{
	size_t nbytes = reducer->line.used;

	reducer->line.used = 0;
	return take_line(reducer, job, reducer->line.data, nbytes);
}

/* lines that are digits and nothing else, where only their sum matters; returns
 * their bytes */
static size_t
take_digits(struct reducer *reducer, uint64_t *job, bool is_line_each,
	    const char *bytes, size_t nbytes)
{
	const struct reducer_setting *setting = &reducer->setting;
	struct digits_sum sum;
	size_t taken;

	if (reducer->nother > 0) {
		reducer->nother--;
		return 0;
	}
	if (setting->by || setting->op.column || reducer->line.used > 0 ||
	    (setting->op.kind != OP_SUM && setting->op.kind != OP_MEAN))
		return 0;
	taken = digits_sum(bytes, nbytes, setting->line_end, &sum);
	fold_add_integers(&reducer->fold, sum.sum, false, sum.count);
	if (is_line_each)
		*job += sum.count;
	/* where there are none but other lines, there may be none for some
	 * time */
	if (taken == 0 && memchr(bytes, setting->line_end, nbytes))
		reducer->nother = OTHERS;
	return taken;
}

static int
take_lines(struct reducer *reducer, uint64_t *job, bool is_line_each,
	   const char *bytes, size_t nbytes, size_t *taken)
{
	const char *at = bytes, *end = bytes + nbytes, *line_end;
	int error = 0;

	for (;;) {
		at += take_digits(reducer, job, is_line_each, at,
				  (size_t)(end - at));
		line_end = memchr(at, reducer->setting.line_end,
				  (size_t)(end - at));
		if (!line_end)
			break;
		error = take_line(reducer, *job, at, (size_t)(line_end - at));
		if (error)
			break;
		*job += is_line_each;
		at = line_end + 1;
	}
	*taken = (size_t)(at - bytes);
	return error;
}

/* the end of a line that has begun in another piece */
static int
go_on(struct reducer *reducer, uint64_t *job, bool is_line_each,
      const char *bytes, size_t nbytes, size_t *taken)
{
	const char *line_end = memchr(bytes, reducer->setting.line_end, nbytes);
	int error;

	*taken = line_end ? (size_t)(line_end - bytes) + 1 : nbytes;
	error = begin_line(reducer, bytes, *taken - (line_end != NULL));
	if (error || !line_end)
		return error;
	error = end_line(reducer, *job);
	*job += is_line_each;
	return error;
}

int
reducer_take(struct reducer *reducer, uint64_t *job, bool is_line_each,
	     const char *bytes, size_t nbytes)
{
	size_t taken;
	int error = 0;

	if (reducer->setting.item.count)
		return typed_take(&reducer->typed, job, is_line_each, bytes,
				  nbytes);
	if (reducer->line.used > 0) {
		error = go_on(reducer, job, is_line_each, bytes, nbytes,
			      &taken);
		bytes += taken;
		nbytes -= taken;
	}
	if (error || reducer->line.used > 0)
		return error;
	error = take_lines(reducer, job, is_line_each, bytes, nbytes, &taken);
	return error ? error
		     : begin_line(reducer, bytes + taken, nbytes - taken);
}

int
reducer_take_whole(struct reducer *reducer, uint64_t *job, bool is_line_each,
		   const char *bytes, size_t nbytes, size_t *taken)
{
	if (!reducer->setting.item.count)
		return take_lines(reducer, job, is_line_each, bytes, nbytes,
				  taken);
	*taken = nbytes - nbytes % typed_size(&reducer->setting.item);
	return typed_take(&reducer->typed, job, is_line_each, bytes, *taken);
}

void
reducer_limit(struct reducer *reducer, size_t keys, size_t key_bytes)
{
	reducer->setting.skip_bad = false;
	reducer->groups.count_max = keys;
	reducer->groups.key_bytes_max = key_bytes;
}

int
reducer_end_job(struct reducer *reducer, uint64_t job, bool is_failed)
{
	bool is_entry_left = reducer->entry.used > 0;
	int error = typed_end_job(&reducer->typed);

	reducer->entry.used = 0;
	if (is_entry_left && !is_failed)
		return -EBADMSG;
	if (error && !is_failed && reducer->setting.skip_bad)
		reducer->nbad++;
	else if (error && !is_failed)
		return error;
	if (is_failed)
		reducer->line.used = 0;
	return reducer->line.used > 0 ? end_line(reducer, job) : 0;
}

void
reducer_clear(struct reducer *reducer)
{
	fold_release(&reducer->fold, &reducer->setting.op);
	fold_init(&reducer->fold, &reducer->setting.op);
	groups_clear(&reducer->groups);
	typed_clear(&reducer->typed);
}

static int
write_groups(struct reducer *reducer, struct bytes *out)
{
	const struct groups *groups = &reducer->groups;
	int error = groups_write(&reducer->groups, out);

	if (error == -ERANGE)
		show_bad(&reducer->bad, groups->all[groups->nwritten].key,
			 groups->all[groups->nwritten].nbytes);
	return error;
}

int
reducer_write(struct reducer *reducer, struct bytes *out)
{
	if (reducer->setting.item.count)
		return typed_write(&reducer->typed, out);
	if (reducer->setting.by)
		return write_groups(reducer, out);
	return fold_write(&reducer->fold, &reducer->setting.op, "", 0, out);
}
