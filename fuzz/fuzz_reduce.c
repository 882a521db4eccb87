/*
 * reduce: the operation, a NUL, a letter for each option (b: by column 1, s:
 * skip what is bad, e: a line of each job), a NUL, and the results. What they
 * come to must not depend on where they are cut into pieces, and numbers are
 * what the C library takes them for.
 */
#include <config.h>

#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reduce/reducer.h"

struct outcome {
	int error;
	uint64_t job, nbad;
	struct bytes text;
};

/* the results in pieces of so many bytes */
static void
reduce(const struct reducer_setting *setting, bool is_line_each,
       const char *bytes, size_t nbytes, size_t piece, struct outcome *outcome)
{
	struct reducer reducer;
	uint64_t job = 1;
	size_t n;

	memset(outcome, 0, sizeof(*outcome));
	reducer_init(&reducer, setting);
	for (size_t at = 0; at < nbytes && !outcome->error; at += n) {
		n = nbytes - at < piece ? nbytes - at : piece;
		outcome->error = reducer_take(&reducer, &job, is_line_each,
					      bytes + at, n);
	}
	if (!outcome->error)
		outcome->error = reducer_end_job(&reducer, job, false);
	if (outcome->error)
		outcome->job = reducer.bad.job;
	else
		outcome->error = reducer_write(&reducer, &outcome->text);
	outcome->nbad = reducer.nbad;
	reducer_release(&reducer);
}

static void
check_same(const struct outcome *one, const struct outcome *other)
{
	REQUIRE(one->error == other->error);
	REQUIRE(one->job == other->job);
	REQUIRE(one->nbad == other->nbad);
	REQUIRE(one->text.used == other->text.used);
	REQUIRE(one->text.used == 0 ||
		memcmp(one->text.data, other->text.data, one->text.used) == 0);
}

static void
check_number(const char *text)
{
	char out[VALUE_TEXT_SIZE], *end;
	struct value value, again;
	double wanted = strtod(text, &end);

	if (value_read(text, strlen(text), &value))
		return;
	/* what is a number here is one there */
	REQUIRE(*end == '\0' && end > text);
	if (value.is_double)
		REQUIRE(isnan(wanted) ? isnan(value.number)
				      : value.number == wanted);
	else
		REQUIRE(value_double(&value) == wanted);
	REQUIRE(value_read(out, value_format(out, &value), &again) == 0);
	REQUIRE(again.is_double == value.is_double);
	REQUIRE((value.is_double && isnan(value.number)) ||
		value_compare(&value, &again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1, 7, 64 };
	struct reducer_setting setting = { .line_end = '\n' };
	struct outcome whole, cut;
	char *words[3] = { NULL };
	size_t n = fuzz_words(data, size, words, 3);
	bool is_line_each;

	check_number(words[n - 1]);
	if (n == 3 && op_parse(words[0], &setting.op) == 0 &&
	    setting.op.bins <= 1000) {
		setting.by = strchr(words[1], 'b') ? 1 : 0;
		setting.skip_bad = strchr(words[1], 's');
		is_line_each = strchr(words[1], 'e');
		size = strlen(words[2]);
		reduce(&setting, is_line_each, words[2], size, size + 1,
		       &whole);
		for (size_t i = 0; i < 3; i++) {
			reduce(&setting, is_line_each, words[2], size,
			       pieces[i], &cut);
			check_same(&whole, &cut);
			bytes_release(&cut.text);
		}
		bytes_release(&whole.text);
	}
	free(words[0]);
	return 0;
}
