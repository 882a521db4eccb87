#include <config.h>

#include "engine/schedule.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"

/* Sizes of batches; see schedule.h. */

/* of auto, for each slave: at half of it the master is woken */
#define DEPTH_PER_SLAVE 32

/* how much larger than the last one a batch may be */
#define GROWTH 8

static const struct {
	const char *name;
	enum schedule_kind kind;
} kinds[] = {
	{ "static", SCHEDULE_STATIC },
	{ "dynamic", SCHEDULE_DYNAMIC },
	{ "guided", SCHEDULE_GUIDED },
	{ "auto", SCHEDULE_AUTO },
};

/* The order in which a slave gets its batches is that of the jobs, whatever the
 * modifier allows. */
static const char *
skip_modifier(const char *text)
{
	static const char *const modifiers[] = { "monotonic:",
						 "nonmonotonic:" };

	for (size_t i = 0; i < 2; i++)
		if (strncasecmp(text, modifiers[i], strlen(modifiers[i])) == 0)
			return text + strlen(modifiers[i]);
	return text;
}

int
schedule_parse(const char *text, struct schedule *schedule)
{
	const char *name = skip_modifier(text);
	size_t length = strcspn(name, ",");

	schedule->chunk = 0;
	if (name[length] == ',' &&
	    number_parse(name + length + 1, 1, SCHEDULE_MAX, &schedule->chunk))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == length &&
		    strncasecmp(name, kinds[i].name, length) == 0) {
			schedule->kind = kinds[i].kind;
			return 0;
		}
	return -EINVAL;
}

void
batch_sizes_init(struct batch_sizes *sizes, const struct schedule *schedule,
		 unsigned nslaves, uint64_t batch_ns)
{
	*sizes = (struct batch_sizes){ .schedule = *schedule,
				       .nslaves = nslaves,
				       .batch_ns = batch_ns,
				       .size = 1 };
}

static bool
is_measured(const struct batch_sizes *sizes)
{
	return sizes->schedule.kind == SCHEDULE_AUTO ||
	       (sizes->schedule.kind == SCHEDULE_STATIC &&
		sizes->schedule.chunk == 0);
}

void
batch_sizes_learn(struct batch_sizes *sizes, const struct board *board)
{
	uint64_t busy_ns = 0, ran = 0, most;

	if (!is_measured(sizes))
		return;
	for (unsigned rank = 0; rank < board->nslaves; rank++) {
		const struct area *area = board_area(board, rank);

		/* relaxed: a hint, and the two need not belong together */
		busy_ns += atomic_load_explicit(&area->busy_ns,
						memory_order_relaxed);
		ran += atomic_load_explicit(&area->ran, memory_order_relaxed);
	}
	if (ran == sizes->ran || busy_ns <= sizes->busy_ns)
		return;
	most = sizes->size * GROWTH;
	sizes->size = (ran - sizes->ran) * sizes->batch_ns /
		      (busy_ns - sizes->busy_ns);
	if (sizes->size > most)
		sizes->size = most;
	if (sizes->size < 1)
		sizes->size = 1;
	sizes->busy_ns = busy_ns;
	sizes->ran = ran;
}

uint64_t
batch_sizes_next(const struct batch_sizes *sizes, uint64_t left)
{
	uint64_t chunk = sizes->schedule.chunk ? sizes->schedule.chunk : 1;
	uint64_t size = chunk;

	switch (sizes->schedule.kind) {
	case SCHEDULE_DYNAMIC:
		break;
	case SCHEDULE_STATIC:
		if (!sizes->schedule.chunk)
			size = sizes->size;
		break;
	case SCHEDULE_GUIDED:
		size = left / sizes->nslaves + (left % sizes->nslaves != 0);
		break;
	case SCHEDULE_AUTO:
		size = sizes->size;
		if (!sizes->is_flowing && size > left / (2 * sizes->nslaves))
			size = left / (2 * sizes->nslaves);
		break;
	}
	if (size < chunk)
		size = chunk;
	return size < SCHEDULE_MAX ? size : SCHEDULE_MAX;
}

uint64_t
batch_sizes_depth(const struct batch_sizes *sizes)
{
	/* once jobs are known to be long, one makes a batch: there is nothing
	 * to choose */
	if (!is_measured(sizes) || (sizes->ran > 0 && sizes->size == 1))
		return UINT64_MAX;
	return (uint64_t)DEPTH_PER_SLAVE * sizes->nslaves;
}
