/*
 * NumPy's basic indexing: text to the elements that it picks, and where these
 * are. The text is read whole before it is laid over a shape, so that what is
 * malformed is -EINVAL whatever else is wrong.
 */
#include <config.h>

#include "segment/shape.h"

#include <errno.h>
#include <string.h>

/* what stands between two commas */
struct item {
	enum { ITEM_INDEX, ITEM_SLICE, ITEM_ELLIPSIS } kind;
	bool has_start, has_stop;
	int64_t start, stop, step; /* cut to what an int64_t holds */
};

/* dimensions and an ellipsis that stands for none */
#define ITEMS_MAX (SHAPE_NDIM_MAX + 1)

/* read an optional integer at *text and move *text behind it; false when it is
 * malformed */
static bool
read_integer(const char **text, const char *end, bool *is_there, int64_t *value)
{
	const char *at = *text, *digits;
	int64_t sum = 0;
	bool is_negative = at < end && *at == '-';

	at += is_negative;
	for (digits = at; at < end && *at >= '0' && *at <= '9'; at++) {
		if (sum > (INT64_MAX - (*at - '0')) / 10)
			sum = INT64_MAX; /* and stays there */
		else
			sum = sum * 10 + (*at - '0');
	}
	*is_there = at > digits;
	*value = is_negative ? -sum : sum;
	*text = at;
	return *is_there || !is_negative;
}

/* read what is between two commas */
static int
read_item(const char **text, const char *end, struct item *item)
{
	bool has_step;

	memset(item, 0, sizeof(*item));
	item->step = 1;
	if (end - *text >= 3 && memcmp(*text, "...", 3) == 0) {
		item->kind = ITEM_ELLIPSIS;
		*text += 3;
		return 0;
	}
	if (!read_integer(text, end, &item->has_start, &item->start))
		return -EINVAL;
	if (*text == end || **text != ':')
		return item->has_start ? 0 : -EINVAL;
	item->kind = ITEM_SLICE;
	++*text;
	if (!read_integer(text, end, &item->has_stop, &item->stop))
		return -EINVAL;
	if (*text == end || **text != ':')
		return 0;
	++*text;
	if (!read_integer(text, end, &has_step, &item->step))
		return -EINVAL;
	if (!has_step)
		item->step = 1;
	return item->step == 0 ? -EINVAL : 0;
}

/* read all of text; returns the number of items or -EINVAL */
static int
read_items(const char *text, size_t nbytes, struct item items[ITEMS_MAX])
{
	const char *end = text + nbytes;
	int n = 0;

	if (nbytes == 0)
		return 0;
	for (;;) {
		if (n == ITEMS_MAX || read_item(&text, end, &items[n]))
			return -EINVAL;
		n++;
		if (text == end)
			return n;
		if (*text++ != ',')
			return -EINVAL;
	}
}

/* a border of a slice along dim elements, between low and high */
static int64_t
clip(int64_t border, int64_t dim, int64_t low, int64_t high)
{
	if (border < 0)
		border += dim;
	if (border < low)
		return low;
	return border > high ? high : border;
}

static void
apply_slice(struct slice *slice, const struct item *item, int64_t dim)
{
	bool is_back = item->step < 0;
	int64_t low = is_back ? -1 : 0, high = is_back ? dim - 1 : dim;
	int64_t start = is_back ? high : low, stop = is_back ? low : high;
	uint64_t step = is_back ? -(uint64_t)item->step : (uint64_t)item->step;
	int64_t length;

	if (item->has_start)
		start = clip(item->start, dim, low, high);
	if (item->has_stop)
		stop = clip(item->stop, dim, low, high);
	length = is_back ? start - stop : stop - start;
	slice->count = 0;
	if (length > 0)
		slice->count = (int64_t)(((uint64_t)length - 1) / step + 1);
	slice->start = length > 0 ? start : 0;
	slice->step = item->step;
	slice->is_index = false;
}

static int
apply_index(struct slice *slice, const struct item *item, int64_t dim)
{
	int64_t start = item->start < 0 ? item->start + dim : item->start;

	if (start < 0 || start >= dim)
		return -ERANGE;
	slice->start = start;
	slice->step = 1;
	slice->count = 1;
	slice->is_index = true;
	return 0;
}

int
slice_parse(const struct shape *shape, const char *text, size_t nbytes,
	    struct slice slices[SHAPE_NDIM_MAX])
{
	static const struct item whole = { .kind = ITEM_SLICE, .step = 1 };
	struct item items[ITEMS_MAX];
	int n = read_items(text, nbytes, items), i, ellipsis = n, error = 0;
	int ndim = (int)shape->ndim, dim = 0, rest;

	if (n < 0)
		return n;
	for (i = 0; i < n; i++) {
		if (items[i].kind != ITEM_ELLIPSIS)
			continue;
		if (ellipsis < n)
			return -EINVAL;
		ellipsis = i;
	}
	rest = ndim - n + (ellipsis < n); /* dimensions that are not named */
	if (rest < 0)
		return -EINVAL;
	for (i = 0; i <= n; i++) {
		for (; i == ellipsis && rest > 0; rest--, dim++)
			apply_slice(&slices[dim], &whole, shape->dims[dim]);
		if (i == n || i == ellipsis)
			continue;
		if (items[i].kind == ITEM_SLICE)
			apply_slice(&slices[dim], &items[i], shape->dims[dim]);
		else if (apply_index(&slices[dim], &items[i], shape->dims[dim]))
			error = -ERANGE;
		dim++;
	}
	return error;
}

uint64_t
slice_count(const struct shape *shape,
	    const struct slice slices[SHAPE_NDIM_MAX])
{
	uint64_t count = 1;
	unsigned i;

	for (i = 0; i < shape->ndim; i++)
		count *= (uint64_t)slices[i].count;
	return count;
}

uint64_t
slice_offset(const struct shape *shape, uint32_t itemsize,
	     const struct slice slices[SHAPE_NDIM_MAX], uint64_t i)
{
	int64_t strides[SHAPE_NDIM_MAX];
	uint64_t offset = 0, at;
	unsigned dim;

	shape_strides(shape, itemsize, strides);
	for (dim = shape->ndim; dim-- > 0;) {
		at = i % (uint64_t)slices[dim].count;
		i /= (uint64_t)slices[dim].count;
		at = (uint64_t)slices[dim].start +
		     at * (uint64_t)slices[dim].step;
		offset += at * (uint64_t)strides[dim];
	}
	return offset;
}
