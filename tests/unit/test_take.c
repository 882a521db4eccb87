/*
 * Taking jobs, and death in it: a slave runs its jobs one instruction after the
 * other (ptrace), and whenever a word has changed that its death would leave
 * behind, this process is the master that finds it dead: recovers, lets a
 * successor run the rest, and looks at the results. Then all is put back, and
 * the slave takes its next step.
 */
#include <config.h>

#include "unit.h"

#undef fail /* a macro of Check, a member in shmmap.h */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/given.h"
#include "engine/results.h"
#include "engine/take.h"

#define JOBS_MAX 12
#define BATCHES_MAX 3
#define DEAD_STATUS 137u
#define SPLIT_SIZE (STREAM_PAYLOAD_MAX + 9000)

/* an emitted "split" is longer than a record can be */
static const struct scene {
	const char *batches[BATCHES_MAX]; /* NULL: no more */
	bool is_range;			  /* each batch is one call */
	bool skip_empty;
	bool tag;
	bool is_long;  /* refused, one record */
	bool is_asked; /* for results after each job */
	bool is_combined;
} scenes[] = {
	{ .batches = { "one\ntwo\nthree", "four\nfive" } },
	{ .batches = { "one", "two", "three" } },
	{ .batches = { "one\nquiet\nfail\nfour", "fail" } },
	{ .batches = { "one\nsplit\nthree\nsplit" } },
	{ .batches = { "split\nfail\nsplit fail\nfour" } },
	{ .batches = { "\none\n\n\ntwo\n", "\n\nthree" }, .skip_empty = true },
	{ .batches = { "\none\n\ntwo", "three\n" } },
	/* ends in every place of a word, behind what differs in one bit */
	{ .batches = { "1234567\n12345678\n\v\n123456789abcdef\n\x8a\b\x8a",
		       "\v\v\n\n123456789abcdef0123456789\n123456789abcdef"
		       "0" } },
	{ .batches = { "one\nsplit\nfail\nfour", "five" }, .tag = true },
	{ .batches = { "1\n2\n3", "4\n5" }, .is_range = true },
	{ .batches = { "one\nquiet\nfail\nfour", "five" }, .is_asked = true },
	{ .batches = { "a record of which only this is left" },
	  .is_long = true },
	{ .batches = { "one\ntwo\nthree", "four\nfive" }, .is_combined = true },
	{ .batches = { "one\nquiet\nfail\nfour", "quiet" },
	  .is_combined = true },
	{ .batches = { "1\n2\n3", "4\n5" },
	  .is_range = true,
	  .is_combined = true },
	{ .batches = { "one\ntwo\nfail\nfour", "five" },
	  .is_asked = true,
	  .is_combined = true },
};

#define NSCENES (int)(sizeof(scenes) / sizeof(scenes[0]))
/* in which a slave dies at every step */
#define NDEADLY (UNIT_IS_SANITIZED ? 3 : NSCENES)

/* what the scene's jobs are to come to */
struct outcome {
	unsigned status;
	size_t nbytes;
	char bytes[2 * SPLIT_SIZE];
};

static const struct scene *scene;
static struct board board;
static struct sections sections;
static struct plan plan;
static struct results results;
static struct reduce reduce;
static unsigned char *snapshot;
static unsigned njobs;
static struct outcome wanted[JOBS_MAX + 1];
static uint32_t *runs; /* shared: by job */

/* ---- the slave ---- */

static void
emit(struct taker *taker, const char *text)
{
	static const char filling[SPLIT_SIZE] = { 'x' };

	take_emit(taker, text, strlen(text));
	if (strncmp(text, "split", 5) == 0)
		take_emit(taker, filling, sizeof(filling));
	take_emit(taker, "\n", 1);
}

static void
work(struct taker *taker)
{
	const char *text = taker->text;

	runs[taker->number]++;
	if (scene->is_asked)
		atomic_fetch_add(&board.header->asked, 1);
	if (strcmp(text, "quiet") != 0)
		emit(taker, text);
	if (strstr(text, "fail"))
		take_fail(taker, 3, "no good");
	else
		take_done(taker);
}

static void
work_range(struct taker *taker)
{
	if (!take_range(taker))
		return;
	for (uint64_t i = 0; i < taker->at_once; i++) {
		char line[] = { (char)('0' + taker->number + i), '\n' };

		runs[taker->number + i]++;
		take_emit(taker, line, sizeof(line));
	}
	take_done(taker);
}

static void
take_all(struct taker *taker)
{
	bool has_batch = take_inherited(taker);
	struct given given;

	given_init(&given, taker, "worker");
	while (has_batch || take_batch(taker)) {
		has_batch = false;
		take_begin(taker);
		if (taker->area->text_flags & CLAIM_TOO_LONG)
			given_refuse_long(&given);
		else if (scene->is_range)
			work_range(taker);
		else
			while (take_next(taker))
				work(taker);
		take_end(taker);
	}
}

/* what a span comes to here: its bytes, all of them changed */
#define CHANGE 0x80

static size_t
combine(struct take_combiner *combiner, uint64_t first,
	const unsigned char *bytes, size_t nbytes, unsigned char *to,
	size_t room)
{
	(void)combiner;
	(void)first;
	if (nbytes > room)
		return 0;
	for (size_t i = 0; i < nbytes; i++)
		to[i] = bytes[i] ^ CHANGE;
	return nbytes;
}

static pid_t
start(bool is_traced)
{
	struct take_combiner combiner = { combine, 8 };
	struct taker taker;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	if (take_init(&taker, &board, &sections, 0) < 0)
		_exit(1);
	if (scene->is_combined)
		taker.combiner = &combiner;
	if (is_traced) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(77);
		raise(SIGSTOP);
	}
	take_all(&taker);
	_exit(0);
}

/* ---- the scene ---- */

static void
want(const char *text, size_t nbytes)
{
	struct outcome *outcome = &wanted[++njobs];
	bool is_split = nbytes >= 5 && strncmp(text, "split", 5) == 0;
	char *to = outcome->bytes;

	ck_assert_uint_le(njobs, JOBS_MAX);
	*outcome = (struct outcome){ .status = 0 };
	if (scene->is_long) {
		outcome->status = 126;
		return;
	}
	if (memmem(text, nbytes, "fail", 4))
		outcome->status = 3;
	if (nbytes == 5 && memcmp(text, "quiet", 5) == 0)
		return;
	if (scene->tag) {
		to = mempcpy(to, text, nbytes);
		*to++ = '\t';
	}
	to = mempcpy(to, text, nbytes);
	if (is_split) {
		*to = 'x';
		to += SPLIT_SIZE;
	}
	*to++ = '\n';
	outcome->nbytes = (size_t)(to - outcome->bytes);
}

/* what is published of it */
static void
publish(const char *text, uint64_t place)
{
	struct batch batch = { .job = njobs + 1,
			       .place = place,
			       .nbytes = (uint32_t)strlen(text),
			       .flags = scene->is_long ? CLAIM_TOO_LONG : 0 };
	const char *end;

	memcpy(board.arena + place, text, strlen(text));
	for (;; text = end + 1) {
		end = strchrnul(text, '\n');
		if (end > text || !scene->skip_empty)
			want(text, (size_t)(end - text));
		if (!*end)
			break;
	}
	batch.count = njobs + 1 - batch.job;
	if (scene->is_range)
		batch.nbytes = 0;
	ck_assert(claim_publish(&board.header->claims, &batch));
}

static void *
map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	return memory;
}

static void
set_scene(const struct scene *chosen)
{
	scene = chosen;
	ck_assert_int_eq(board_init(&board,
				    &(struct board_setting){
					    .nslaves = 1,
					    .arena_size = BOARD_ARENA_SIZE,
					    .text_size = BOARD_TEXT_SIZE }),
			 0);
	board.header->jobs =
		(struct board_jobs){ .delimiter = '\n',
				     .skip_empty = scene->skip_empty,
				     .are_many = true,
				     .tag = scene->tag,
				     .is_range = scene->is_range,
				     .range_start = 1,
				     .range_step = 1,
				     .master = getpid() };
	sections.np = 1;
	sections.state = map(sections_size(1));
	sections_init(sections.state, 1);
	runs = map(4096);
	reduce_init(&reduce, &plan, &(struct shmmap_worker){ .abi = 0 });
	ck_assert_int_eq(results_init(&results, &plan, &board, &reduce), 0);
	snapshot = malloc(board.size);
	ck_assert_ptr_nonnull(snapshot);
	njobs = 0;
	for (int i = 0; i < BATCHES_MAX && scene->batches[i]; i++)
		publish(scene->batches[i], (uint64_t)i * 256);
	claim_close(&board.header->claims);
}

static void
end_scene(void)
{
	free(snapshot);
	results_release(&results);
	munmap(runs, 4096);
	munmap(sections.state, sections_size(1));
	board_release(&board);
}

/* ---- the master ---- */

/* What was released. */
static uint64_t released; /* jobs */
static struct outcome now;
static uint64_t failed;	   /* the job in which the slave died, or 0 */
static unsigned ncombined; /* records */

static void
check_end(uint64_t job)
{
	const struct outcome *outcome = &wanted[job];

	if (failed && now.status == DEAD_STATUS) {
		ck_assert_uint_le(now.nbytes, outcome->nbytes);
	} else {
		ck_assert_uint_eq(now.status, outcome->status);
		ck_assert_uint_eq(now.nbytes, outcome->nbytes);
		ck_assert_uint_eq(runs[job], !scene->is_long);
	}
	ck_assert_mem_eq(now.bytes, outcome->bytes, now.nbytes);
}

/* the end of count jobs; their bytes are one string */
static void
end_jobs(const struct record *record)
{
	struct outcome all = now;
	size_t at = 0;

	ck_assert_uint_eq(record->job, released + 1);
	for (uint32_t i = 0; i < record->count; i++) {
		size_t left = all.nbytes - at;

		released++;
		ck_assert_uint_le(released, njobs);
		if (all.status == DEAD_STATUS)
			ck_assert(released >= failed);
		now.nbytes =
			i + 1 == record->count || left < wanted[released].nbytes
				? left
				: wanted[released].nbytes;
		memcpy(now.bytes, all.bytes + at, now.nbytes);
		now.status = record->status;
		if (record->status == DEAD_STATUS)
			ck_assert_uint_ne(failed, 0);
		check_end(released);
		at += now.nbytes;
	}
	now = (struct outcome){ .status = 0 };
}

/* bytes of a result */
static void
take_bytes(const struct record *record, const unsigned char *bytes,
	   size_t nbytes)
{
	bool is_combined = record->kind == RECORD_PARTIAL;
	char *to = now.bytes + now.nbytes;

	ck_assert_uint_le(now.nbytes + nbytes, sizeof(now.bytes));
	for (size_t i = 0; i < nbytes; i++)
		to[i] = (char)(bytes[i] ^ (is_combined ? CHANGE : 0));
	now.nbytes += nbytes;
	ncombined += is_combined;
}

/* release what there is, with the turn or without */
static void
release(bool is_turn)
{
	struct stream_reader *reader = &results.readers[0];
	const struct record *record;
	const unsigned char *bytes;
	size_t nbytes;

	while ((record = stream_peek(reader, is_turn))) {
		if (record->kind == RECORD_DONE) {
			now.status = record->status;
			end_jobs(record);
			stream_consume(reader, 0);
			continue;
		}
		ck_assert_int_eq(stream_payload(reader, &bytes, &nbytes), 0);
		if (record->kind == RECORD_OUT ||
		    record->kind == RECORD_PARTIAL)
			take_bytes(record, bytes, nbytes);
		stream_consume(reader, nbytes);
	}
}

static void
run_successor(void)
{
	int status;
	pid_t pid = start(false);

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* the slave was killed where it is now; with_turn: the master has taken all
 * that it may take */
static void
find_dead(bool with_turn)
{
	struct area *area = board_area(&board, 0);
	uint32_t ran[JOBS_MAX + 1];
	struct claim claim;
	bool has_job;

	memcpy(snapshot, board.header, board.size);
	memcpy(ran, runs, sizeof(ran));
	released = failed = 0;
	now = (struct outcome){ .status = 0 };
	stream_reader_init(&results.readers[0], &board, 0);
	if (with_turn)
		release(true);
	failed = results_recover(&results, 0, DEAD_STATUS);
	if (failed) {
		ck_assert_uint_gt(failed, released);
		ck_assert_uint_le(failed, njobs);
		for (uint64_t job = failed + 1; job <= njobs; job++)
			ck_assert(scene->is_range || !ran[job]);
	}
	has_job = batch_leave_rest(&board, 0) ||
		  claim_taken_by(&board.header->claims, 0, &claim);
	if (!has_job)
		atomic_store(&area->phase, PHASE_STARTING);
	run_successor();
	release(false);
	ck_assert_uint_eq(released, njobs);
	for (unsigned job = 1; job <= njobs; job++)
		ck_assert_uint_le(runs[job], 1);
	memcpy(runs, ran, sizeof(ran));
	memcpy(board.header, snapshot, board.size);
}

/* what recovery looks at; results themselves are behind words that change, but
 * for what they are combined to */
struct left {
	struct area area;
	struct claim_slot slots[BATCHES_MAX];
	uint64_t next;
	char text[128];
	unsigned char ring[192];
};

static bool
is_changed(struct left *left)
{
	struct left found;

	memset(&found, 0, sizeof(found));
	memcpy(&found.area, board_area(&board, 0), sizeof(found.area));
	memcpy(found.slots, board.header->claims.slots, sizeof(found.slots));
	found.next = atomic_load(&board.header->claims.next);
	memcpy(found.text, board_text(&board, 0), sizeof(found.text));
	if (scene->is_combined)
		memcpy(found.ring, board_ring(&board, 0), sizeof(found.ring));
	if (memcmp(left, &found, sizeof(found)) == 0)
		return false;
	*left = found;
	return true;
}

START_TEST(who_dies_at_any_step_loses_one_job)
{
	static struct left left;
	unsigned nlooks = 0;
	int status;
	pid_t pid;

	set_scene(&scenes[_i]);
	pid = start(true);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	while (WIFSTOPPED(status)) {
		if (is_changed(&left)) {
			find_dead(false);
			find_dead(true);
			nlooks++;
		}
		ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	}
	ck_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) != 77) { /* else it may not be traced */
		ck_assert_int_eq(WEXITSTATUS(status), 0);
		ck_assert_uint_gt(nlooks, 15);
	}
	end_scene();
}
END_TEST

START_TEST(all_jobs_run_where_nobody_dies)
{
	set_scene(&scenes[_i]);
	released = failed = 0;
	ncombined = 0;
	now = (struct outcome){ .status = 0 };
	run_successor();
	release(false);
	ck_assert_uint_eq(released, njobs);
	ck_assert(scene->is_combined == (ncombined > 0));
	end_scene();
}
END_TEST

void
unit_suite(Suite *suite)
{
	TCase *alive = unit_case(suite, "alive");
	TCase *death = unit_case(suite, "death");

	tcase_add_loop_test(alive, all_jobs_run_where_nobody_dies, 0, NSCENES);
	tcase_add_loop_test(death, who_dies_at_any_step_loses_one_job, 0,
			    NDEADLY);
}
