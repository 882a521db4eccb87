#!/bin/sh
# --attach: results, orders, schedules, ranges, arrays and sections of workers
# that take their jobs themselves.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/attached.sh"
. "$(dirname "$0")/records.sh"

# emits its text and a newline, or what the text says. With an argument it leaves
# the jobs' ends to shmmap_next(); with "first" it takes one job only.
program worker <<'C'
#include <shmmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char *argv[])
{
	struct shmmap *segment;
	struct shmmap_job *job;
	if (shmmap_attach(&segment)) {
		fprintf(stderr, "worker: %s\n", shmmap_error());
		return 9;
	}
	while ((job = shmmap_next(segment))) {
		if (job->text[job->nbytes])
			return 8;
		if (job->number != shmmap_job(segment) || job->count != 1 ||
		    job->rank != shmmap_rank(segment) ||
		    job->np != shmmap_np(segment) || job->segment != segment ||
		    shmmap_seed(segment) != shmmap_job_seed(job))
			return 7;
		if (strncmp(job->text, "long ", 5) == 0)
			for (long n = atol(job->text + 5); n > 0; n--)
				shmmap_emit(job, "0123456789abcde\n", 16);
		if (strcmp(job->text, "print") == 0)
			puts("printed");
		shmmap_emit(job, job->text, job->nbytes);
		shmmap_printf(job, "%c", '\n');
		if (argc == 1 && shmmap_done(job, 0))
			return 6;
		if (argc == 2 && strcmp(argv[1], "first") == 0 &&
		    shmmap_done(job, 0) == 0)
			return 0;
	}
	/* no failure: there were no more */
	if (*shmmap_error())
		fprintf(stderr, "worker: %s\n", shmmap_error());
	shmmap_detach(segment);
	return 0;
}
C
taker number <<'C'
#include <inttypes.h>
static int work(struct shmmap *segment, struct shmmap_job *job)
{
	(void)segment;
	if (job->text || job->nbytes)
		return shmmap_fail(job, "a text");
	shmmap_printf(job, "%" PRIu64 ":%" PRId64 "\n", job->number,
		      job->value);
	return 0;
}
C

# ---- records ----

check_records --attach ./worker
for schedule in auto static static,7 dynamic dynamic,100 guided guided,5; do
	run "$SHMMAP" -k -j2 --schedule $schedule -a many --attach ./worker none
	same "$schedule: without shmmap_done()" "$out_file" many
	is "$schedule: without shmmap_done(): all is well" "$status:$err" "0:"
done
printf 'a\0b\n\0\n' >nul
"$SHMMAP" -k -a nul --attach ./worker >got
same "records with NUL bytes" got nul
seq 50 >fifty
run timeout 60 "$SHMMAP" -k -j2 -a fifty --attach ./worker first
same "workers that end after one job are followed by others" "$out_file" fifty
is "and that is no failure" "$status:$err" "0:"

# ---- what is printed ----

echo print >one
run "$SHMMAP" -a one --attach ./worker
is "what is printed is no result" "$out" print
is "but on standard error" "$err" printed
run "$SHMMAP" -u -a one --attach ./worker
is "-u: it is on standard output" "$(printf '%s\n' "$out" | sort)" \
	"print${nl}printed"
is "and nowhere else" "$err" ""

# ---- ranges ----

check_ranges --attach ./number

# ---- the command ----

program words <<'C'
#include <shmmap.h>
#include <stdlib.h>
int main(int argc, char *argv[])
{
	struct shmmap *segment;
	struct shmmap_job *job;
	if (shmmap_attach(&segment))
		return 9;
	while ((job = shmmap_next(segment))) {
		for (int i = 1; i < argc; i++)
			shmmap_printf(job, "[%s]", argv[i]);
		shmmap_printf(job, "%s\n", getenv("WORD") ? getenv("WORD") : "");
	}
	return 0;
}
C
echo x >one
run "$SHMMAP" -a one --env WORD=set --attach ./words 'a b' ''
is "its words are passed on, and nothing is added" "$out" "[a b][]set"
run "$SHMMAP" -a one --attach './words $((1 + 1)) "a b"'
is "a line for the shell" "$out" "[2][a b]"
mkdir folder
run "$SHMMAP" -a one --wd folder --attach ../words
is "--wd" "$out" ""
PATH=$T:$PATH run "$SHMMAP" -a one --attach words y
is "PATH" "$out" "[y]"

# ---- seeds ----

taker seeds <<'C'
#include <inttypes.h>
static int work(struct shmmap *segment, struct shmmap_job *job)
{
	(void)segment;
	shmmap_printf(job, "%" PRIu64 "\n", shmmap_job_seed(job));
	return 0;
}
C
"$SHMMAP" -k --seed 7 -a fifty 'echo $SHMMAP_SEED; : {}' >wanted
for slaves in 1 3; do
	"$SHMMAP" -k -j$slaves --seed 7 -a fifty --attach ./seeds >got
	same "seeds are those of commands, -j$slaves" got wanted
done

# ---- arrays and sections, with a job at hand ----

taker sums <<'C'
static int fail(struct shmmap_job *job, const char *what)
{
	return shmmap_fail(job, "%s: %s", what, shmmap_error());
}
static int work(struct shmmap *segment, struct shmmap_job *job)
{
	int64_t *last = shmmap_data(shmmap_get(segment, "last"));
	int64_t *plain = shmmap_data(shmmap_get(segment, "plain"));
	double *own = shmmap_data(shmmap_get(segment, "own"));
	double one = 1;
	*own += (double)job->number;
	shmmap_add(shmmap_get(segment, "sum"), 0, &one, NULL);
	if (shmmap_critical_begin(segment, "count"))
		return fail(job, "critical");
	++*(volatile int64_t *)plain;
	if (shmmap_critical_end(segment, "count"))
		return fail(job, "critical's end");
	if (job->number % 5 == 0)
		return 0; /* some skip the section */
	if (shmmap_ordered_begin(segment))
		return fail(job, "ordered");
	if (*last >= (int64_t)job->number)
		return shmmap_fail(job, "not in order");
	*last = (int64_t)job->number;
	if (shmmap_ordered_end(segment) || shmmap_ordered_begin(segment) == 0)
		return fail(job, "twice");
	return 0;
}
C
name=$(new_token)
for options in "-j1" "-j2" "-j4 --schedule dynamic,10" \
	"-j3 --schedule static" "-j3 --segment $name --keep" \
	"-j3 --schedule guided,2"; do
	rm -f s l p o
	# shellcheck disable=SC2086 # words
	run timeout 60 "$SHMMAP" $options -A sum=f8 -A last=i8 -A plain=i8 \
		-A own=f8 --reduction sum:own --save sum=s --save last=l \
		--save plain=p --save own=o --range 3000 --attach ./sums
	is "$options: sections in order" "$status:$out$err" "0:"
	is "$options: atomic sum, last job, counted in critical, reduction" \
		"$(od -An -tf8 s | tr -d ' ') $(od -An -td8 l | tr -d ' ') \
$(od -An -td8 p | tr -d ' ') $(od -An -tf8 o | tr -d ' ')" \
		"3000 2999 3000 4501500"
	"$SHM" rm "$name" 2>/dev/null
done
done_testing
