#include <config.h>

#include "engine/reduce.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/diag.h"
#include "engine/combine_command.h"
#include "engine/sink.h"
#include "reduce/partial.h"

/* Results to one; see reduce.h. */

/* a text (concat) of this size is passed on before its end */
#define TEXT_SIZE ((size_t)32 << 10)

/* what the sink is given at once, so that it takes a part when it is slow */
#define PIECE_SIZE ((size_t)64 << 10)

/* what commands have printed is taken in so many pieces without a look at
 * anything else */
#define PIECES_AT_ONCE 32

/* keys of --combine before it hands them over */
#define COMBINED_MAX ((size_t)1 << 20)

static void
init_reducer(struct reducer *reducer, const struct plan *plan,
	     const struct plan_reduce *from)
{
	struct reducer_setting setting = plan_reducer_setting(plan, from);

	reducer_init(reducer, &setting);
}

void
reduce_init(struct reduce *reduce, const struct plan *plan,
	    const struct shmmap_worker *worker)
{
	*reduce = (struct reduce){ .plan = plan };
	reduce->is_called =
		worker->reduce && !plan->reduce.is_on && !plan->reduce.command;
	reduce->is_on = plan_folded(plan)->is_on || reduce->is_called ||
			plan->combine.command;
	reduce->is_gathered = !plan->combine.command;
	if (reduce->is_called)
		call_reduce_init(&reduce->call, plan, worker, &reduce->out);
	init_reducer(&reduce->reducer, plan, &plan->reduce);
	init_reducer(&reduce->combined, plan, &plan->combine);
}

/* the one that takes results */
static struct reducer *
taker_of(struct reduce *reduce)
{
	return reduce->plan->combine.is_on ? &reduce->combined
					   : &reduce->reducer;
}

void
reduce_release(struct reduce *reduce)
{
	reducer_release(&reduce->reducer);
	reducer_release(&reduce->combined);
	call_reduce_release(&reduce->call);
	bytes_release(&reduce->out);
}

static void
complain_of_line(const char *who, const struct reducer *reducer, int error)
{
	const struct reducer_bad *bad = &reducer->bad;
	char shown[4 * REDUCER_SHOWN + 16];

	diag_quote(shown, sizeof(shown), bad->text, bad->nbytes,
		   REDUCER_SHOWN - 4);
	if (error == -ENODATA)
		diag("%s: its result %s has no column %u", who, shown,
		     bad->column);
	else if (error == -ERANGE)
		diag("%s: its result %s does not fit into %d bits", who, shown,
		     reducer->setting.is_wide ? 128 : 64);
	else
		diag("%s: its result %s is not a number", who, shown);
}

/* A result of job could not be taken by this reducer; of job 0, one of
 * --combine. */
static void
fail(struct reduce *reduce, const struct reducer *reducer, uint64_t job,
     int error)
{
	char who[40] = "--combine";

	if (reduce->has_failed)
		return;
	reduce->has_failed = true;
	/* of many jobs it is a certain one */
	if (error == -EINVAL || error == -ERANGE || error == -ENODATA)
		job = reducer->bad.job;
	if (job)
		snprintf(who, sizeof(who), "job %llu", (unsigned long long)job);
	switch (error) {
	case -ENOMEM:
		diag_errno(ENOMEM, "--reduce");
		break;
	case -EMSGSIZE:
		diag("%s: its result is not whole values of %s (%zu bytes "
		     "each)",
		     who, plan_folded(reduce->plan)->type,
		     typed_size(&reducer->setting.item));
		break;
	case -EBADMSG:
		diag("%s: its result is damaged", who);
		break;
	case -E2BIG:
		diag("%s: its result has a line of more than %zu bytes", who,
		     REDUCER_LINE_MAX);
		break;
	default:
		complain_of_line(who, reducer, error);
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
		fail(reduce, &reduce->reducer, 0, -ENOMEM);
		return;
	}
	text->data[0] = text->data[text->used - 1];
	text->used = 1;
}

/* what an operation comes to, at the end of out */
static void
write_folded(struct reduce *reduce, const char *option, struct reducer *reducer,
	     struct bytes *out)
{
	int error = reducer_write(reducer, out);
	const struct reducer_bad *bad = &reducer->bad;
	const char *what =
		reducer->setting.op.kind == OP_PROD ? "product" : "sum";
	char shown[4 * REDUCER_SHOWN + 16];

	if (error == -ERANGE && reducer->setting.by) {
		diag("%s: the %s of key %s does not fit into 128 bits", option,
		     what,
		     diag_quote(shown, sizeof(shown), bad->text, bad->nbytes,
				REDUCER_SHOWN - 4));
		reduce->has_failed = true;
	} else if (error == -ERANGE) {
		diag("%s: the %s does not fit into 128 bits", option, what);
		reduce->has_failed = true;
	} else if (error) {
		fail(reduce, reducer, 0, error);
	}
}

/* What --combine has so far is given to --reduce: to the operation, or by way
 * of the sink to the command. */
static void
hand_over(struct reduce *reduce)
{
	struct bytes lines = { 0 };
	uint64_t job = 0;
	int error;

	write_folded(reduce, "--combine", &reduce->combined,
		     reduce->plan->reduce.is_on ? &lines : &reduce->out);
	reducer_clear(&reduce->combined);
	if (!reduce->has_failed && reduce->plan->reduce.is_on) {
		error = reducer_take(&reduce->reducer, &job, false, lines.data,
				     lines.used);
		if (error)
			fail(reduce, &reduce->reducer, 0, error);
		pass_text(reduce);
	}
	bytes_release(&lines);
}

static int
take_lines(struct reduce *reduce, const struct record *record,
	   uint32_t consumed, const unsigned char *bytes, size_t nbytes)
{
	bool is_line_each = record->kind == RECORD_LINES;
	struct reducer *taker = taker_of(reduce);

	if (consumed == stream_passed_over(record))
		reduce->job = record->job;
	if (record->kind == RECORD_PARTIAL)
		return partial_take(taker, (const char *)bytes, nbytes);
	return reducer_take(taker, &reduce->job, is_line_each,
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
		fail(reduce, taker_of(reduce), reduce->job, error);
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
		error = reducer_end_job(taker_of(reduce), record->job,
					record->status != 0);
		if (error)
			fail(reduce, taker_of(reduce), record->job, error);
		if (reduce->combined.groups.count >= COMBINED_MAX)
			hand_over(reduce);
	}
	return true;
}

static void
write_result(struct reduce *reduce)
{
	uint64_t nbad = taker_of(reduce)->nbad;

	reduce->is_written = true;
	if (reduce->is_called) {
		if (call_reduce(&reduce->call, 0, 0))
			reduce->has_failed = true;
		return;
	}
	if (reduce->plan->combine.is_on)
		hand_over(reduce);
	if (reduce->plan->reduce.is_on && !reduce->has_failed)
		write_folded(reduce, "--reduce", &reduce->reducer,
			     &reduce->out);
	if (reduce->has_failed)
		reduce->out.used = 0;
	else if (nbad > 0)
		diag("--skip-bad: %llu %s skipped", (unsigned long long)nbad,
		     nbad == 1 ? "value was" : "values were");
}

/* take what a command of --combine has printed; at its end nbytes is 0 */
static void
take_printed(struct reduce *reduce, const char *bytes, size_t nbytes)
{
	uint64_t job = 0;
	int error;

	if (!reduce->plan->reduce.is_on)
		error = bytes_add(&reduce->out, bytes, nbytes);
	else if (nbytes > 0)
		error = reducer_take(&reduce->reducer, &job, false, bytes,
				     nbytes);
	else
		error = reducer_end_job(&reduce->reducer, 0, false);
	if (error)
		fail(reduce, &reduce->reducer, 0, error);
	pass_text(reduce);
}

/* The commands of --combine get no more; what they have printed is taken when
 * all have ended. False while it is not. */
static bool
gather(struct reduce *reduce)
{
	char bytes[TEXT_SIZE];
	bool is_last;

	reduce->has_more = false;
	combine_command_end_input();
	if (combine_command_is_alive() || combine_command_has_failed())
		return false;
	for (unsigned i = 0; i < PIECES_AT_ONCE; i++) {
		ssize_t n;

		if (!flush(reduce))
			return false;
		n = combine_command_read(bytes, sizeof(bytes), &is_last);
		if (n < 0) {
			diag_errno((int)-n, "--combine");
			reduce->has_failed = true;
		} else {
			take_printed(reduce, bytes, (size_t)n);
		}
		reduce->is_gathered = is_last || reduce->has_failed;
		if (reduce->is_gathered)
			return true;
	}
	/* signals are to be looked at meanwhile */
	reduce->has_more = true;
	return false;
}

bool
reduce_finish(struct reduce *reduce)
{
	if (!reduce->is_on || reduce->has_failed)
		return true;
	if (!reduce->is_gathered && !gather(reduce))
		return false;
	if (reduce->has_failed)
		return true;
	if (!reduce->is_written)
		write_result(reduce);
	return flush(reduce);
}
