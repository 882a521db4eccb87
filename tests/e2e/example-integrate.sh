#!/bin/sh
# examples/integrate: the sum of the array, the shared sum and the sum of what
# the workers returned are the integral that one process gets; and the example
# would say so if they were not.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/compiler.sh"
. "$(dirname "$0")/segments.sh"

# two chunks and a part of one, so that a chunk has an end before its time
n=2500000
SEGMENT=$seg
OMP_NUM_THREADS=2
export SEGMENT OMP_NUM_THREADS

integrate()
{
	sh "$top_srcdir/examples/integrate/run" "$@"
}

# sums: the three numbers of the last run, one per line
sums()
{
	printf '%s\n' "$out" | sed -n 's/^.* sums*:  *//p'
	printf '%s\n' "$out" | sed -n 's/^sum of the array:  *//p'
}

# near WANTED LIMIT: the numbers on standard input are
near()
{
	awk -v wanted="$1" -v limit="$2" '
	{ far = $1 - wanted; if (!(far <= limit && -far <= limit)) exit 1 }'
}

run integrate $n
is "status and errors" "$status:$err" 0:
like "it says that they agree" "$out" '^they agree$'
is "there are three sums" "$(sums | grep -c '^3\.14159')" 3

# one process, plain additions: off by 3e-10 at most; a rectangle has 8e-7
awk -v n=$n 'BEGIN {
	for (i = 0; i < n; i++) {
		x = (i + 0.5) / n
		sum += 4 / (1 + x * x) / n
	}
	printf "%.17g\n", sum }' >sequential
sums >parallel
ok "each is the sequential sum" near "$(cat sequential)" 1e-9 <parallel
ok "no segment is left" test ! -e "/dev/shm/shmmap.$seg"
is "no file is left" "$(ls -A "$TMPDIR")" ""

run integrate 10
is "ten rectangles" "$status:$err" 0:
ok "are added up" near 3.1424259850010987 1e-14 <<END
$(sums)
END

# ---- what is wrong is found ----

real=$SHMMAP
export real

# broken DESCRIPTION: $T/shmmap does less than it should
broken()
{
	chmod +x "$T/shmmap"
	SHMMAP=$T/shmmap
	run integrate $n
	SHMMAP=$real
	is "$1: status" "$status" 1
	like "$1: it says so" "$out" '^they DIFFER$'
}

cat >shmmap <<'SH'
#!/bin/sh
"$real" "$@" | sed '2d'
SH
broken "a partial sum is missing"
cat >shmmap <<'SH'
#!/bin/sh
"$real" "$@" && "$SHM" --segment "$3" set y 2499999 0
SH
broken "the last rectangle is missing"
cat >shmmap <<'SH'
#!/bin/sh
"$real" "$@" && "$SHM" --segment "$3" add sum 1e-13
SH
broken "something was added to the shared sum"

cat >shmmap <<'SH'
#!/bin/sh
"$real" --segment "$3" --keep -A y=f8:10 -A sum=f8 "$9"
SH
chmod +x shmmap
SHMMAP=$T/shmmap
run integrate $n
SHMMAP=$real
isnt "a worker that fails is a failure" "$status" 0
like "that it reports" "$err" '^integrate: no such chunk$'
ok "that leaves no segment, either" test ! -e "/dev/shm/shmmap.$seg"
done_testing
