#!/bin/sh
# examples/wordcount: many processes that count into one table get what one
# process gets; what they can not count is an error.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/compiler.sh"
. "$(dirname "$0")/segments.sh"

SEGMENT=$seg
OMP_NUM_THREADS=4
export SEGMENT OMP_NUM_THREADS

wordcount()
{
	sh "$top_srcdir/examples/wordcount/run" "$@"
}

sequential()
{
	cat "$@" | tr -cs A-Za-z '\n' | tr A-Z a-z | grep . | sort | uniq -c
}

# The same 500 words in every file, each time in another order, so that all
# workers add and count the same words at the same time.
for i in 1 2 3 4 5 6 7 8; do
	awk -v seed=$i 'BEGIN {
		srand(seed)
		for (i = 0; i < 20000; i++) {
			k = int(rand() * 500)
			printf "%c%c%s ", 97 + k % 26, 97 + int(k / 26), \
				k % 3 ? "Word" : "s-"
		}
	}' >"same $i.txt"
done
# words at the edges: no newline at the end, nothing but words, no words, bytes
# above 127, as long as a key
printf 'The end' >end
printf '\n\n12 34\n' >none
: >empty
printf 'na\303\257ve don'"'"'t A a\n' >bytes
printf '%048d' 0 | tr 0 k >long
set -- same*.txt end none empty bytes long "$top_srcdir/COPYING"

sequential "$@" >wanted
for i in 1 2 3; do
	run wordcount "$@"
	is "run $i: status and errors" "$status:$err" 0:
	same "run $i: as one process counts" "$out_file" wanted
done
ok "no segment is left" test ! -e "/dev/shm/shmmap.$seg"
is "no file is left" "$(ls -A "$TMPDIR")" ""

run env SLOTS="$(wc -l <wanted)" sh "$top_srcdir/examples/wordcount/run" "$@"
is "the table may be full: status and errors" "$status:$err" 0:
same "and all words are counted" "$out_file" wanted

# ---- counts that are added up: a spec, and command lines ----

. "$(dirname "$0")/installed.sh"
awk '{ print $2 "\t" $1 }' wanted >wanted.lines
cp "$top_srcdir"/examples/wordcount/*.[cy]* .
# the four blocks of README that run shmmap, and the list of files
awk '/^    / { if (!inside) n++
		inside = 1; print substr($0, 5) >("step." n); next }
	{ inside = 0 }' "$top_srcdir/examples/wordcount/README"
is "README: all are known here" "$(ls step.* | wc -l)" 7
mkdir texts
cp "$@" texts
# each file ends in a newline, as a line is never in two of them
for file in texts/*; do
	echo >>"$file"
done
for step in 4 5 6; do
	sed 's,\*.txt,texts/*,' step.$step >lines
	run sh -eu lines
	is "README: $(grep -o 'shmmap.*' lines | head -n 1): status and errors" \
		"$status:$err" 0:
	same "it counts as one process does" "$out_file" wanted.lines
done

cat texts/* >text
for how in --debug -j1 '-j2 --block 20k' '-k -j3 --block 5k'; do
	# shellcheck disable=SC2086 # options are words
	run shmmap $how --spec wordcount.yaml FILE=text
	is "spec $how: status and errors" "$status:$err" 0:
	same "spec $how: as one process counts" "$out_file" wanted.lines
done
for how in --debug -j1 '-j2 --backend thread' '-k -j3'; do
	# shellcheck disable=SC2086 # options are words
	run shmmap $how --reduce sum:2 --by 1 --dlopen words.c <text
	is "a line a job $how: status and errors" "$status:$err" 0:
	same "a line a job $how: as one process counts" "$out_file" wanted.lines
done
# as everyone knows it, whatever is no letter first
{ echo The; cat "$top_srcdir/COPYING"; } >text
tr -cs A-Za-z '\n' <text | sort | uniq -c | awk '{ print $2 "\t" $1 }' >classic
run shmmap --block 3k --reduce sum:1 --by 2 \
	--pipe "tr -cs A-Za-z '\\n' | grep . | sort | uniq -c" <text
is "capitals: status and errors" "$status:$err" 0:
same "as tr, sort and uniq count" "$out_file" classic

# ---- all want the same slot ----
# A worker that adds a word sleeps before it writes, and in a table that is all
# but full there are not many slots that the others could want instead.

cat >slow.h <<'C'
#include <string.h>
#include <time.h>
static inline char *
slow_strncpy(char *to, const char *from, size_t nbytes)
{
	nanosleep(&(struct timespec){ 0, 1000 }, NULL);
	return strncpy(to, from, nbytes);
}
#define strncpy slow_strncpy
C
for i in 1 2 3 4; do
	awk -v seed=$i 'BEGIN {
		srand(seed)
		for (i = 0; i < 676; i++)
			printf "%f %c%c\n", rand(), 97 + i % 26, 97 + i / 26
	}' | sort | cut -d ' ' -f 2 >"new $i.txt"
done
sequential new*.txt >wanted.new
run env SLOTS=680 CFLAGS="-include $T/slow.h" \
	sh "$top_srcdir/examples/wordcount/run" new*.txt
is "new words: status and errors" "$status:$err" 0:
same "each has one slot, and its own" "$out_file" wanted.new

# ---- what can not be counted ----

run env SLOTS="$(($(wc -l <wanted) - 1))" \
	sh "$top_srcdir/examples/wordcount/run" "$@"
isnt "no room for the last word: status" "$status" 0
is "nothing is printed" "$out" ""
like "it says so" "$err" '^wordcount: [a-z]*: no room for another word$'

printf '%049d' 0 | tr 0 k >long
run wordcount end long
isnt "a word that is too long: status" "$status" 0
is "nothing is printed" "$out" ""
like "it says so" "$err" '^wordcount: long: a word is too long$'

run wordcount end nowhere
isnt "a file that is not there: status" "$status" 0
like "it says so" "$err" '^wordcount: nowhere: No such file'
ok "they leave no segment, either" test ! -e "/dev/shm/shmmap.$seg"
done_testing
