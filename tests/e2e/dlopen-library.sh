#!/bin/sh
# --dlopen: what is a worker, what is not, and what is said of it; C source is
# compiled once.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/called.sh"

# refused DESCRIPTION LIB[:SYMBOL] ERE
refused()
{
	status_is "$1: status" 125 "$SHMMAP" --range 3 --dlopen "$2"
	like "$1: is said" "$err" "$3"
	is "$1: in one line" "$(grep -c '^shmmap:' "$err_file")" 1
	is "$1: nothing else" "$out" ""
}

refused "no such file" ./none.so '^shmmap: --dlopen: .*none.so.*No such file'
echo text >text.so
refused "no library" ./text.so '^shmmap: --dlopen: .*text.so'
refused "no name" :work "^shmmap: --dlopen: ':work' is not LIB"
called_worker
refused "no such symbol" worker.so:none '^shmmap: --dlopen: .*none'
called empty <<'C'
int other;
C
refused "no symbol" empty.so 'neither a symbol shmmap_worker nor work'
called old <<'C'
#include <shmmap.h>
const struct shmmap_worker shmmap_worker = { 99, sizeof(struct shmmap_worker) };
C
refused "another ABI" old.so 'made for ABI 99, this is 1'
called small <<'C'
#include <shmmap.h>
const struct shmmap_worker shmmap_worker = { SHMMAP_ABI, 8 };
C
refused "too small" small.so 'has 8 bytes'
called nothing <<'C'
#include <shmmap.h>
const struct shmmap_worker shmmap_worker = { SHMMAP_WORKER };
C
refused "no function" nothing.so 'neither work nor batch'
echo 'int missing(void); int work(void *job) { return job ? missing() : 0; }' \
	>unresolved.c
# shellcheck disable=SC2086 # flags are words
$CC -shared -fPIC -o unresolved.so unresolved.c
refused "an unresolved symbol" ./unresolved.so 'undefined symbol: missing|missing'
called setup <<'C'
#include <shmmap.h>
static int setup(int argc, char *argv[]) { return argc + (argv[argc] != 0); }
static int work(struct shmmap_job *job) { return job->count != 1; }
const struct shmmap_worker shmmap_worker = { SHMMAP_WORKER, .setup = setup, .work = work };
C
refused "setup refuses" setup.so 'setup.so: setup returned 1'

# ---- struct and function ----

called whole <<'C'
#include <shmmap.h>
#include <stdlib.h>
static long add;
static int setup(int argc, char *argv[])
{
	add = argc > 1 ? atol(argv[1]) : 0;
	return argc != 2;
}
static int enter(struct shmmap_job *job)
{
	job->local = malloc(sizeof(long));
	*(long *)job->local = add;
	return job->number != 0 || job->text;
}
static int work(struct shmmap_job *job)
{
	shmmap_printf(job, "%ld\n", atol(job->text) + *(long *)job->local);
	return 0;
}
static void leave(struct shmmap_job *job) { free(job->local); }
int other(struct shmmap_job *job) { shmmap_emit(job, "o", 1); return 0; }
const struct shmmap_worker shmmap_worker = {
	SHMMAP_WORKER, .setup = setup, .enter = enter, .work = work, .leave = leave
};
C
seq 5 >five
run "$SHMMAP" -k -j2 -a five --dlopen whole.so 100
is "a struct, with setup and its arguments, enter, local" "$out" \
	"101${nl}102${nl}103${nl}104${nl}105"
run "$SHMMAP" -k -j2 -a five --dlopen ./whole.so:other
is "another function of it" "$out" "ooooo"
run "$SHMMAP" -k -j2 -a five --dlopen ./whole.so:shmmap_worker 1
is "the struct by its name" "$out" "2${nl}3${nl}4${nl}5${nl}6"
called refuses <<'C'
#include <shmmap.h>
static int enter(struct shmmap_job *job) { return job->rank + 1; }
static int work(struct shmmap_job *job) { return job->count != 1; }
const struct shmmap_worker shmmap_worker = { SHMMAP_WORKER, .enter = enter, .work = work };
C
run timeout 30 "$SHMMAP" -a five --dlopen refuses.so
is "enter refuses: status" "$status" 125
like "enter refuses: is said" "$err" "enter"

# ---- source ----

cat >source.c <<'C'
#include <shmmap.h>
int work(struct shmmap_job *job) { shmmap_emit(job, WORD, sizeof(WORD) - 1); return 0; }
C
compile_and_run()
{
	CFLAGS="$LIBSHMMAP_CFLAGS $1" "$SHMMAP" --range 3 --dlopen source.c
}
echo '#define WORD "one "' >word.h
is "C source" "$(compile_and_run '-include word.h')" "one one one "
is "has a library in the cache" "$(find cache -name '*.so' | wc -l)" 1
is "it is not compiled again" "$(compile_and_run '-include word.h')" "one one one "
is "nor another one made" "$(find cache -name '*.so' | wc -l)" 1
echo '#define WORD "two "' >word.h
is "when what it includes has changed it is" \
	"$(compile_and_run '-include word.h')" "two two two "
is "and the other stays" "$(find cache -name '*.so' | wc -l)" 2
echo 'int work(' >bad.c
refused "source with errors" bad.c 'bad.c: can not be compiled'
refused "no source" none.c 'none.c: No such file'
for file in cache/shmmap/*.so; do
	: >"$file"
done
is "an empty file in the cache is made again" \
	"$(compile_and_run '-include word.h')" "two two two "
chmod 777 cache/shmmap
for time in 1 2; do
	is "a cache that others can write to is passed over, $time" \
		"$(compile_and_run '-include word.h -DOTHER')" "two two two "
done
is "nothing is put there" "$(find cache -name '*.so' | wc -l)" 2
is "but into a folder of TMPDIR" \
	"$(find "$TMPDIR/shmmap-$(id -u)" -name '*.so' | wc -l)" 1
chmod 777 "$TMPDIR/shmmap-$(id -u)"
refused "two such caches" source.c 'cache .*: Operation not permitted'
done_testing
