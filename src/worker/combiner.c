#include <config.h>

#include "worker/combiner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "reduce/partial.h"
#include "reduce/reducer.h"

/* Folding what jobs print; see combiner.h. */

/* of each job, passed on as they are */
#define FIRST_BYTES 4096

/* what is read at once, and the longest line that is folded */
#define BUFFER_SIZE ((size_t)64 << 10)

/* keys of a partial, and their bytes; a sum may take 1 KiB in memory, which
 * others do not */
#define KEYS_MAX 16384
#define SUMS_MAX 4096
#define KEY_BYTES_MAX ((size_t)64 << 10)

/* bins of all histograms of a partial */
#define BINS_MAX (1u << 17)

/* values that are kept as texts */
#define TEXTS_MAX ((uint64_t)1 << 20)

/* Less than this says nothing about what follows. */
#define ENOUGH ((uint64_t)16 << 10)

/* what is passed on when folding did not make it half as much: the first time,
 * and at most */
#define PAUSE_FIRST ((uint64_t)256 << 10)
#define PAUSE_MAX ((uint64_t)16 << 20)

struct combiner {
	struct stream_writer *stream;
	struct reducer reducer;
	struct bytes packed;
	uint64_t job;
	uint64_t to_pass;    /* bytes that are passed on as they come */
	uint64_t next_pause; /* the next time that folding does not help */
	uint64_t folded;     /* bytes that the reducer has */
	size_t begun;	     /* bytes of the line, or item, of which what was
			      * passed on is the beginning */
	size_t used;	     /* of buffer: they are not folded yet */
	char buffer[BUFFER_SIZE];
};

bool
combiner_is_for(const struct plan *plan)
{
	const struct plan_reduce *folded = plan_folded(plan);

	return folded->is_on && folded->op.kind != OP_CONCAT && !plan->tag;
}

static bool
has_texts(const struct combiner *combiner)
{
	enum op_kind kind = combiner->reducer.setting.op.kind;

	return kind == OP_FIRST || kind == OP_LAST;
}

static size_t
keys_max(const struct op *op)
{
	switch (op->kind) {
	case OP_SUM:
	case OP_MEAN:
	case OP_VAR:
		return SUMS_MAX;
	case OP_HIST:
		return op->bins < BINS_MAX ? BINS_MAX / op->bins : 1;
	default:
		return KEYS_MAX;
	}
}

struct combiner *
combiner_new(const struct plan *plan)
{
	struct reducer_setting setting =
		plan_reducer_setting(plan, plan_folded(plan));
	struct combiner *combiner = calloc(1, sizeof(*combiner));

	if (!combiner)
		return NULL;
	combiner->next_pause = PAUSE_FIRST;
	reducer_init(&combiner->reducer, &setting);
	reducer_limit(&combiner->reducer, keys_max(&setting.op), KEY_BYTES_MAX);
	return combiner;
}

/* ---- what goes into the stream ---- */

static void
append(struct combiner *combiner, enum record_kind kind, const char *bytes,
       size_t nbytes)
{
	while (nbytes > 0) {
		size_t room;
		unsigned char *place = stream_place(combiner->stream, &room);

		if (room > nbytes)
			room = nbytes;
		memcpy(place, bytes, room);
		stream_append(combiner->stream, kind, combiner->job, room);
		bytes += room;
		nbytes -= room;
	}
	stream_tell(combiner->stream, combiner->job, NEWS_PIECE);
}

/* These bytes of the job were passed on: a line, or an item, may have begun
 * with the last of them. */
static void
note_passed(struct combiner *combiner, const char *bytes, size_t nbytes)
{
	const struct reducer_setting *setting = &combiner->reducer.setting;

	if (nbytes == 0)
		return;
	if (setting->item.count)
		combiner->begun =
			(combiner->begun + nbytes) % typed_size(&setting->item);
	else
		combiner->begun = bytes[nbytes - 1] != setting->line_end;
}

static void
pass_on(struct combiner *combiner, const char *bytes, size_t nbytes)
{
	append(combiner, RECORD_OUT, bytes, nbytes);
	note_passed(combiner, bytes, nbytes);
}

/* whether to go on folding, now that we know what came of it */
static void
judge(struct combiner *combiner)
{
	if (combiner->folded < ENOUGH)
		return;
	if (combiner->packed.used <= combiner->folded / 2) {
		combiner->next_pause = PAUSE_FIRST;
		return;
	}
	combiner->to_pass = combiner->next_pause;
	if (combiner->next_pause < PAUSE_MAX)
		combiner->next_pause *= 2;
}

/* No memory. Half a result is none: the slave dies in its job. */
static _Noreturn void
give_up(void)
{
	_exit(DIAG_EXIT_FAILURE);
}

/* what is folded becomes records */
static void
flush(struct combiner *combiner)
{
	if (combiner->folded == 0)
		return;
	combiner->packed.used = 0;
	if (partial_write(&combiner->reducer, &combiner->packed))
		give_up();
	append(combiner, RECORD_PARTIAL, combiner->packed.data,
	       combiner->packed.used);
	judge(combiner);
	combiner->folded = 0;
}

/* ---- what is read ---- */

/* the rest of the line, or item, whose beginning was passed on */
static size_t
pass_rest(struct combiner *combiner)
{
	const struct reducer_setting *setting = &combiner->reducer.setting;
	size_t nbytes = combiner->used;
	const char *end;

	if (combiner->begun == 0)
		return 0;
	if (setting->item.count) {
		size_t rest = typed_size(&setting->item) - combiner->begun;

		nbytes = rest < nbytes ? rest : nbytes;
	} else {
		end = memchr(combiner->buffer, setting->line_end, nbytes);
		if (end)
			nbytes = (size_t)(end - combiner->buffer) + 1;
	}
	pass_on(combiner, combiner->buffer, nbytes);
	return nbytes;
}

/* what is folded, and then the buffer as it is */
static void
pass_buffer(struct combiner *combiner)
{
	flush(combiner);
	if (combiner->used > 0)
		pass_on(combiner, combiner->buffer, combiner->used);
	combiner->used = 0;
}

/* fold what is whole of the buffer */
static void
fold(struct combiner *combiner)
{
	size_t at = pass_rest(combiner), taken;
	uint64_t job = combiner->job;
	int error;

	do {
		error = reducer_take_whole(&combiner->reducer, &job, false,
					   combiner->buffer + at,
					   combiner->used - at, &taken);
		at += taken;
		combiner->folded += taken;
		if (error == -ENOSPC)
			flush(combiner);
	} while (error == -ENOSPC);
	if (error == -ENOMEM)
		give_up();
	combiner->used -= at;
	memmove(combiner->buffer, combiner->buffer + at, combiner->used);
	if (has_texts(combiner) && combiner->folded >= TEXTS_MAX)
		flush(combiner);
	if (error || combiner->used == sizeof(combiner->buffer))
		pass_buffer(combiner);
}

/* from the pipe into the stream, without a copy */
static size_t
read_through(struct combiner *combiner, int fd, size_t nbytes)
{
	unsigned char *place;
	size_t room;
	ssize_t n;

	place = stream_place(combiner->stream, &room);
	if (room > combiner->to_pass)
		room = (size_t)combiner->to_pass;
	do
		n = read(fd, place, nbytes < room ? nbytes : room);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	combiner->to_pass -= (uint64_t)n;
	note_passed(combiner, (const char *)place, (size_t)n);
	stream_append(combiner->stream, RECORD_OUT, combiner->job, (size_t)n);
	stream_tell(combiner->stream, combiner->job, NEWS_PIECE);
	return (size_t)n;
}

size_t
combiner_read(struct combiner *combiner, int fd, size_t nbytes)
{
	size_t room = sizeof(combiner->buffer) - combiner->used;
	ssize_t n;

	if (combiner->to_pass > 0) {
		pass_buffer(combiner);
		return read_through(combiner, fd, nbytes);
	}
	do
		n = read(fd, combiner->buffer + combiner->used,
			 nbytes < room ? nbytes : room);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	combiner->used += (size_t)n;
	fold(combiner);
	return (size_t)n;
}

void
combiner_begin(struct combiner *combiner, struct stream_writer *stream,
	       uint64_t job)
{
	combiner->stream = stream;
	combiner->job = job;
	combiner->begun = 0;
	if (combiner->to_pass < FIRST_BYTES)
		combiner->to_pass = FIRST_BYTES;
}

void
combiner_end(struct combiner *combiner)
{
	pass_buffer(combiner);
}
