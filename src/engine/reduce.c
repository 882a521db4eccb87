#include <config.h>

#include "engine/reduce.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "engine/sink.h"
#include "reduce/partial.h"

/* Results to one; see reduce.h. */

/* a text (concat) of this size is passed on before its end */
#define TEXT_SIZE ((size_t)32 << 10)

/* what the sink is given at once, so that it takes a part when it is slow */
#define PIECE_SIZE ((size_t)64 << 10)

void
reduce_init(struct reduce *reduce, const struct plan *plan,
	    const struct shmmap_worker *worker)
{
	bool is_filter = plan->worker == WORKER_FILTER;
	struct reducer_setting setting = {
		.op = plan->reduce.op,
		.by = plan->reduce.by,
		.skip_bad = plan->reduce.skip_bad,
		.item = plan->reduce.item,
		/* a filter's answers end as its jobs do */
		.line_end = is_filter ? (char)plan->delimiter : '\n',
		.seed = plan->seed,
	};

	*reduce = (struct reduce){ .plan = plan };
	reduce->is_called =
		worker->reduce && !plan->reduce.is_on && !plan->reduce.command;
	reduce->is_on = plan->reduce.is_on || reduce->is_called;
	if (reduce->is_called)
		call_reduce_init(&reduce->call, plan, worker, &reduce->out);
	reducer_init(&reduce->reducer, &setting);
}

void
reduce_release(struct reduce *reduce)
{
	reducer_release(&reduce->reducer);
	call_reduce_release(&reduce->call);
	bytes_release(&reduce->out);
}

static void
complain_of_line(const struct reducer_bad *bad, int error)
{
	char shown[4 * REDUCER_SHOWN + 16];
	unsigned long long job = bad->job;

	diag_quote(shown, sizeof(shown), bad->text, bad->nbytes,
		   REDUCER_SHOWN - 4);
	if (error == -ENODATA)
		diag("job %llu: its result %s has no column %u", job, shown,
		     bad->column);
	else if (error == -ERANGE)
		diag("job %llu: its result %s does not fit into 64 bits", job,
		     shown);
	else
		diag("job %llu: its result %s is not a number", job, shown);
}

static void
fail(struct reduce *reduce, uint64_t job, int error)
{
	if (reduce->has_failed)
		return;
	reduce->has_failed = true;
	switch (error) {
	case -ENOMEM:
		diag_errno(ENOMEM, "--reduce");
		break;
	case -EMSGSIZE:
		diag("job %llu: its result is not whole values of %s (%zu "
		     "bytes each)",
		     (unsigned long long)job, reduce->plan->reduce.type,
		     typed_size(&reduce->plan->reduce.item));
		break;
	case -EBADMSG:
		diag("job %llu: its result is damaged",
		     (unsigned long long)job);
		break;
	case -E2BIG:
		diag("job %llu: its result has a line of more than %zu bytes",
		     (unsigned long long)job, REDUCER_LINE_MAX);
		break;
	default:
		complain_of_line(&reduce->reducer.bad, error);
	}
}

/* give the sink what waits for it; true when nothing does */
static bool
flush(struct reduce *reduce)
{
	struct bytes *out = &reduce->out;

	while (reduce->sent < out->used) {
		size_t left = out->used - reduce->sent;
		size_t taken = sink_put(SINK_OUT, out->data + reduce->sent,
					left < PIECE_SIZE ? left : PIECE_SIZE);

		reduce->sent += taken;
		if (taken == 0)
			return false;
	}
	out->used = reduce->sent = 0;
	return true;
}

/* A text that grows with the results is passed on, but for its last byte, which
 * the end of its line is written behind. */
static void
pass_text(struct reduce *reduce)
{
	struct bytes *text = &reduce->reducer.fold.text;

	if (reduce->plan->reduce.op.kind != OP_CONCAT ||
	    text->used < TEXT_SIZE || reduce->has_failed)
		return;
	if (bytes_add(&reduce->out, text->data, text->used - 1)) {
		fail(reduce, 0, -ENOMEM);
		return;
	}
	text->data[0] = text->data[text->used - 1];
	text->used = 1;
}

static int
take_lines(struct reduce *reduce, const struct record *record,
	   uint32_t consumed, const unsigned char *bytes, size_t nbytes)
{
	bool is_line_each = record->kind == RECORD_LINES;

	if (consumed == 0)
		reduce->job = record->job;
	if (record->kind == RECORD_PARTIAL)
		return partial_take(&reduce->reducer, (const char *)bytes,
				    nbytes);
	return reducer_take(&reduce->reducer, &reduce->job, is_line_each,
			    (const char *)bytes, nbytes);
}

size_t
reduce_take(struct reduce *reduce, const struct record *record,
	    uint32_t consumed, const unsigned char *bytes, size_t nbytes)
{
	int error;

	if (reduce->has_failed)
		return nbytes;
	if (!flush(reduce))
		return 0;
	error = reduce->is_called
			? bytes_add(&reduce->call.result, bytes, nbytes)
			: take_lines(reduce, record, consumed, bytes, nbytes);
	if (error)
		fail(reduce, reduce->job, error);
	pass_text(reduce);
	return nbytes;
}

bool
reduce_end_job(struct reduce *reduce, const struct record *record)
{
	int error;

	if (reduce->has_failed)
		return true;
	if (!flush(reduce))
		return false;
	if (reduce->is_called && record->status) {
		reduce->call.result.used = 0;
	} else if (reduce->is_called) {
		if (call_reduce(&reduce->call, record->job, record->count))
			reduce->has_failed = true;
	} else {
		error = reducer_end_job(&reduce->reducer, record->job,
					record->status != 0);
		if (error)
			fail(reduce, record->job, error);
	}
	return true;
}

static void
write_result(struct reduce *reduce)
{
	uint64_t nbad = reduce->reducer.nbad;
	int error;

	reduce->is_written = true;
	if (reduce->is_called) {
		if (call_reduce(&reduce->call, 0, 0))
			reduce->has_failed = true;
		return;
	}
	error = reducer_write(&reduce->reducer, &reduce->out);
	if (error == -ERANGE) {
		diag("--reduce: the product does not fit into 128 bits");
		reduce->has_failed = true;
	} else if (error) {
		fail(reduce, 0, error);
	}
	if (error)
		reduce->out.used = 0;
	else if (nbad > 0)
		diag("--skip-bad: %llu %s skipped", (unsigned long long)nbad,
		     nbad == 1 ? "value was" : "values were");
}

bool
reduce_finish(struct reduce *reduce)
{
	if (!reduce->is_on || reduce->has_failed)
		return true;
	if (!reduce->is_written)
		write_result(reduce);
	return flush(reduce);
}
