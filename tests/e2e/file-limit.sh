#!/bin/sh
# The limit on the size of files (ulimit -f) is an error with a message, and no
# death by a signal.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/segments.sh"

# limited COMMAND...: files of 64 KiB at most
limited()
{
	sh -c 'ulimit -f 128 && exec "$@"' sh "$@"
}

status_is "what does not need more runs" 0 limited "$SHMMAP" -A x=f8:10 \
	--save x=small echo ::: 1
is "as ever" "$out$err" 1

status_is "a segment that is bigger" 125 limited "$SHMMAP" -A x=f8:100000 \
	touch ::: ran
like "is refused with its size" "$err" \
	"^shmmap: segment 'shmmap': .* 8[0-9]* bytes: .*ulimit -f"
is "on one line" "$(wc -l <"$err_file")" 1
not_ok "before anything runs" test -e ran
status_is "a named one" 125 limited "$SHMMAP" --segment "$seg" --keep \
	-A x=f8:100000 touch ::: ran
like "likewise" "$err" "^shmmap: segment '$seg': .*ulimit -f"
status_is "shm new" 125 limited "$SHM" new "$seg" x=f8:100000
like "likewise, too" "$err" "^shm: .*$seg.*ulimit -f"
not_ok "nothing is left" test -e "/dev/shm/shmmap.$seg"

# of an array that is there, and so takes no memory that would be refused
"$SHM" new "$seg" x=f8:100000
status_is "a file that is too big to be saved" 125 limited \
	"$SHMMAP" --segment "$seg" --save x=big true ::: 1
is "is named" "$err" "shmmap: --save: x: big: File too large"
status_is "by shm, too" 125 limited "$SHM" --segment "$seg" save x big
is "and named" "$err" "shm: x: big: File too large"
is "no part of it is left" "$(ls -A | grep big)" ""

status_is "results that are too big for their file" 125 \
	limited sh -c 'seq 20000 | "$SHMMAP" --pipe cat >results'
like "are told" "$err" "^shmmap: .*File too large"
is "a job dies by the signal as ever" "$(limited "$SHMMAP" \
	'head -c 100000 /dev/zero >big; echo {} $?' ::: 1 2>/dev/null)" "1 153"
done_testing
