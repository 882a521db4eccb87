#include <config.h>

#include "reduce/partial.h"

#include <errno.h>
#include <stdint.h>
#include <sys/types.h>

#include "reduce/packed.h"

/* What reducers have, as bytes; see partial.h. */

/* ---- writing ---- */

/* what the entry that stands in reducer->entry becomes */
static int
put_entry(struct reducer *reducer, struct bytes *out)
{
	struct bytes *entry = &reducer->entry;
	int error = packed_put(out, entry->used);

	if (!error)
		error = bytes_add(out, entry->data, entry->used);
	entry->used = 0;
	return error;
}

static int
put_groups(struct reducer *reducer, struct bytes *out)
{
	struct groups *groups = &reducer->groups;
	int error = 0;

	for (size_t i = 0; i < groups->count && !error; i++) {
		const struct group *group = &groups->all[i];

		error = packed_put(&reducer->entry, group->nbytes);
		if (!error)
			error = bytes_add(&reducer->entry, group->key,
					  group->nbytes);
		if (!error)
			error = packed_put_fold(&reducer->entry, &group->fold,
						groups->op);
		if (!error)
			error = put_entry(reducer, out);
	}
	groups_clear(groups);
	return error;
}

static int
put_typed(struct reducer *reducer, struct bytes *out)
{
	struct typed *typed = &reducer->typed;
	size_t n = typed_gather(typed);
	int error = 0;

	for (size_t i = 0; i < n && !error; i++)
		error = packed_put_fold(&reducer->entry, &typed->folds[i],
					&typed->op);
	if (n > 0 && !error)
		error = put_entry(reducer, out);
	typed_clear(typed);
	return error;
}

int
partial_write(struct reducer *reducer, struct bytes *out)
{
	const struct op *op = &reducer->setting.op;
	struct fold *fold = &reducer->fold;
	int error;

	reducer->entry.used = 0;
	if (reducer->setting.item.count)
		return put_typed(reducer, out);
	if (reducer->setting.by)
		return put_groups(reducer, out);
	if (fold->count == 0)
		return 0;
	error = packed_put_fold(&reducer->entry, fold, op);
	if (!error)
		error = put_entry(reducer, out);
	fold_release(fold, op);
	fold_init(fold, op);
	return error;
}

/* ---- taking ---- */

/* Bytes of the entry that begins there, the number before it included, which
 * goes to *header; 0 as long as that is not whole, -EBADMSG when it is none. */
static ssize_t
entry_size(const char *bytes, size_t nbytes, size_t *header)
{
	const unsigned char *from = (const unsigned char *)bytes;
	struct packed packed = { from, from + nbytes };
	uint64_t size;

	if (packed_get(&packed, PARTIAL_ENTRY_MAX, &size))
		/* what all begin with is no more than that */
		return nbytes < 4 && (nbytes == 0 || from[nbytes - 1] > 127)
			       ? 0
			       : -EBADMSG;
	*header = (size_t)(packed.at - from);
	return (ssize_t)(*header + size);
}

static int
take_typed(struct reducer *reducer, struct packed *packed)
{
	struct typed *typed = &reducer->typed;
	size_t n = typed_gather(typed);
	int error = n > 0 ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !error; i++)
		error = packed_add_fold(packed, &typed->folds[i], &typed->op);
	return error;
}

static int
take_group(struct reducer *reducer, struct packed *packed)
{
	struct fold *fold;
	const char *key;
	uint64_t nbytes;

	if (packed_get(packed, (uint64_t)(packed->end - packed->at), &nbytes) ||
	    nbytes > (size_t)(packed->end - packed->at))
		return -EBADMSG;
	key = (const char *)packed->at;
	packed->at += nbytes;
	fold = groups_find(&reducer->groups, key, (size_t)nbytes);
	if (!fold)
		return -ENOMEM;
	return packed_add_fold(packed, fold, &reducer->setting.op);
}

static int
take_entry(struct reducer *reducer, const char *bytes, size_t nbytes)
{
	const unsigned char *from = (const unsigned char *)bytes;
	struct packed packed = { from, from + nbytes };
	int error;

	if (reducer->setting.item.count)
		error = take_typed(reducer, &packed);
	else if (reducer->setting.by)
		error = take_group(reducer, &packed);
	else
		error = packed_add_fold(&packed, &reducer->fold,
					&reducer->setting.op);
	if (error)
		return error;
	return packed.at == packed.end ? 0 : -EBADMSG;
}

/* the entry that has begun; *taken are the bytes that were needed for it */
static int
go_on(struct reducer *reducer, const char *bytes, size_t nbytes, size_t *taken)
{
	struct bytes *entry = &reducer->entry;
	ssize_t size = 0;
	size_t header = 0, n;
	int error = 0;

	for (*taken = 0; *taken < nbytes && !error; *taken += n) {
		/* its first bytes say how many there are */
		n = size > 0 ? (size_t)size - entry->used : 1;
		if (n > nbytes - *taken)
			n = nbytes - *taken;
		error = bytes_add(entry, bytes + *taken, n);
		if (error)
			break;
		size = entry_size(entry->data, entry->used, &header);
		if (size < 0)
			return -EBADMSG;
		if (size == 0 || entry->used < (size_t)size)
			continue;
		error = take_entry(reducer, entry->data + header,
				   entry->used - header);
		entry->used = 0;
		*taken += n;
		break;
	}
	return error;
}

int
partial_take(struct reducer *reducer, const char *bytes, size_t nbytes)
{
	size_t header = 0, taken;
	ssize_t size;
	int error = 0;

	for (; nbytes > 0 && !error; bytes += taken, nbytes -= taken) {
		size = reducer->entry.used > 0
			       ? 0
			       : entry_size(bytes, nbytes, &header);
		if (size < 0)
			return -EBADMSG;
		taken = (size_t)size;
		if (size > 0 && taken <= nbytes)
			error = take_entry(reducer, bytes + header,
					   taken - header);
		else
			error = go_on(reducer, bytes, nbytes, &taken);
	}
	return error;
}
