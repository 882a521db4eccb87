#!/bin/sh
# examples/make: rules that run at the same time share a segment, which is there
# from the first to the last of them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/segments.sh"

has make || skip "NO make, so nothing of this is tested"
make --version 2>/dev/null | grep -q '^GNU Make' || skip "needs GNU make"
cp "$top_srcdir/examples/make/Makefile" Makefile

example()
{
	make SHMMAP="$SHMMAP" SHM="$SHM" SEGMENT="$seg" "$@"
}

sequential()
{
	awk '{ n++; sum += $1; square += $1 * $1 }
	END {
		printf "%d numbers\nmean %.6f\nstandard deviation %.6f\n", n,
			sum / n, sqrt(square / n - (sum / n) ^ 2)
	}' data.txt
}

run example -j2
is "make: status and errors" "$status:$err" 0:
is "the report is what one process makes" "$(cat report.txt)" "$(sequential)"
like "of all numbers" "$(cat report.txt)" '^10000 numbers$'
is "nothing else is left" "$(ls)" "Makefile${nl}data.txt${nl}report.txt"
ok "no segment, either" test ! -e "/dev/shm/shmmap.$seg"
status_is "then there is nothing to do" 0 example -j2 -q

# other data, in chunks of another size
awk 'BEGIN { for (i = 0; i < 1001; i++) print i / 7 - 50 }' >data.txt
run example -j2 COUNT=1001 CHUNK=100
is "new data: status and errors" "$status:$err" 0:
is "the report is a new one" "$(cat report.txt)" "$(sequential)"

# ---- a rule that fails ----

rm report.txt
run example -j2 SHMMAP=false COUNT=1001
is "a rule fails: status" "$status" 2
ok "there is no report" test ! -e report.txt
ok "the segment is still there" test -e "/dev/shm/shmmap.$seg"
run example clean
is "make clean: status" "$status" 0
ok "and takes it away" test ! -e "/dev/shm/shmmap.$seg"
is "with all that was made" "$(ls)" Makefile
run example -j2
is "then it works again" "$status:$(cat report.txt)" "0:$(sequential)"
done_testing
