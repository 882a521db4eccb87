#!/bin/sh
# The reduce function of a library is given each result, whole, in the order of
# release; what it emits is the output.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"

called lib <<'C'
#include <shmmap.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
static int work(struct shmmap_job *job)
{
	if (strcmp(job->text, "fail") == 0) {
		shmmap_emit(job, "half", 4);
		return 3;
	}
	if (strcmp(job->text, "kill") == 0) {
		shmmap_emit(job, "half", 4);
		raise(SIGKILL);
	}
	if (strcmp(job->text, "nothing") == 0)
		return 0;
	if (strcmp(job->text, "long") == 0)
		for (int i = 0; i < 200000; i++)
			shmmap_emit(job, "0123456789", 10);
	shmmap_emit(job, job->text, job->nbytes);
	return 0;
}
/* "NUMBER:NBYTES:" and the first bytes of the result; at the end how many */
static int list(struct shmmap_job *job, const void *result, size_t nbytes)
{
	if (!job->local)
		job->local = calloc(1, sizeof(int));
	int *n = job->local;
	if (!result) {
		shmmap_printf(job, "%d results, job %d\n", *n, (int)job->number);
		free(n);
		return nbytes != 0;
	}
	++*n;
	if (job->rank != -1 || job->text || job->segment)
		return shmmap_fail(job, "is not in the master");
	shmmap_printf(job, "%d:%d:%.*s\n", (int)job->number, (int)nbytes,
		      nbytes < 20 ? (int)nbytes : 20, (const char *)result);
	return 0;
}
const struct shmmap_worker shmmap_worker = {
	SHMMAP_WORKER, .work = work, .reduce = list
};
/* of before there was such a function: what is behind it is not looked at */
const struct shmmap_worker older = {
	SHMMAP_ABI, offsetof(struct shmmap_worker, reduce), .work = work,
	.reduce = list
};
/* binary: the sum of the results' first bytes */
static int work_binary(struct shmmap_job *job)
{
	int n[2] = { atoi(job->text), 0x0a0a0a0a };
	shmmap_emit(job, n, sizeof n);
	return 0;
}
static int add_binary(struct shmmap_job *job, const void *result, size_t nbytes)
{
	static long sum;
	int n[2];
	if (!result) {
		shmmap_printf(job, "%ld\n", sum);
		return 0;
	}
	if (nbytes != sizeof n)
		return shmmap_fail(job, "has %d bytes", (int)nbytes);
	memcpy(n, result, sizeof n);
	sum += n[0];
	return 0;
}
const struct shmmap_worker binary = {
	SHMMAP_WORKER, .work = work_binary, .reduce = add_binary
};
static int work_range(struct shmmap_job *job)
{
	shmmap_printf(job, "%d", (int)job->count);
	return 0;
}
static int add_range(struct shmmap_job *job, const void *result, size_t nbytes)
{
	static long jobs, value;
	(void)nbytes;
	if (!result) {
		shmmap_printf(job, "%ld %ld\n", jobs, value);
		return 0;
	}
	if (atoi(result) != (int)job->count)
		return 5;
	jobs += job->count;
	for (uint64_t i = 0; i < job->count; i++)
		value += job->value + job->step * (long)i;
	return 0;
}
const struct shmmap_worker range = {
	SHMMAP_WORKER, .batch = work_range, .reduce = add_range
};
static int work_value(struct shmmap_job *job)
{
	shmmap_printf(job, "%d", (int)job->value);
	return 0;
}
static int compare(struct shmmap_job *job, const void *result, size_t nbytes)
{
	(void)nbytes;
	if (result)
		shmmap_printf(job, "%s %d\n", (const char *)result,
			      (int)job->value);
	return 0;
}
const struct shmmap_worker value = {
	SHMMAP_WORKER, .work = work_value, .reduce = compare
};
static int refuse(struct shmmap_job *job, const void *result, size_t nbytes)
{
	(void)nbytes;
	if (!result)
		return shmmap_fail(job, "at the end");
	if (memcmp(result, "777", 3) == 0)
		return shmmap_fail(job, "no good %d", 7);
	return memcmp(result, "888", 3) == 0 ? 2 : 0;
}
const struct shmmap_worker refusing = {
	SHMMAP_WORKER, .work = work, .reduce = refuse
};
C

reduced()
{
	run timeout 60 "$SHMMAP" "$@"
}
seq 3000 >jobs
seq 3000 | awk '{ print $1 ":" length($1) ":" $1 }' >list
for options in -j1 -j3 "-j2 --schedule dynamic,7"; do
	# shellcheck disable=SC2086 # words
	reduced $options -k -a jobs --dlopen ./lib.so
	{ cat list; echo "3000 results, job 0"; } >wanted
	same "$options: in order" "$out_file" wanted
	is "$options: status and errors" "$status:$err" "0:"
	# shellcheck disable=SC2086
	reduced $options -a jobs --dlopen ./lib.so
	is "$options: once each" "$(sort "$out_file" | cksum)" \
		"$(sort wanted | cksum)"
	# shellcheck disable=SC2086
	reduced $options -a jobs --dlopen ./lib.so:binary
	is "$options: bytes of any kind" "$out:$status:$err" "4501500:0:"
done
reduced --range 5:100005 --dlopen ./lib.so:range
is "ranges" "$out:$status:$err" "100000 5000450000:0:"
for options in "" --shuf; do
	# shellcheck disable=SC2086
	reduced $options --range 100:10:-3 --dlopen ./lib.so:value
	is "a range ${options:-as it is}: each result's number" \
		"$(sort "$out_file")" \
		"$(seq 100 -3 11 | sed 's/.*/& &/' | sort)"
done

printf 'a\nfail\nnothing\nlong\nkill\nb\n' >some
reduced -k -j2 -a some --dlopen ./lib.so
is "what failed has no result, what is empty has one" "$out" "1:1:a
3:0:
4:2000004:01234567890123456789
6:1:b
4 results, job 0"
is "the status is of the first that failed" "$status" 3
is "both are named" "$(grep -c '^shmmap: job [25]: ' "$err_file")" 2

reduced -a jobs --dlopen ./lib.so:refusing
is "a failure ends the run" "$status" 125
like "it is said" "$err" \
	"^shmmap: job (777|888): ./lib.so:refusing: reduce: (no good 7|returned 2)\$"
is "once" "$(grep -c . "$err_file")" 1
reduced -a some --dlopen ./lib.so:refusing
like "at the end, too" "$err" "^shmmap: ./lib.so:refusing: reduce: at the end\$"
is "at the end: status" "$status" 125

reduced -a jobs --reduce sum --dlopen ./lib.so:older
is "an older library" "$out:$status:$err" "4501500:0:"
reduced -k -a jobs --dlopen ./lib.so:older
is "an older library has results" "$(printf '%s' "$out" | cksum)" \
	"$(tr -d '\n' <jobs | cksum)"
reduced -a jobs --reduce sum --dlopen ./lib.so
is "--reduce goes before it" "$out:$status:$err" "4501500:0:"
reduced -k -a some --reduce 'tail -c 1' --dlopen ./lib.so
is "a command, too" "$out" b
run sh -c 'seq 100000 | timeout 60 "$SHMMAP" -k --dlopen ./lib.so |
	{ sleep 0.1; tail -n 1; }'
is "a slow reader" "$out" "100000 results, job 0"
run sh -c '{ yes | timeout 60 "$SHMMAP" --dlopen ./lib.so; echo $? >status; } |
	head -n 1 | wc -l'
is "a reader that leaves" "$out:$err:$(cat status)" "1::141"
done_testing
