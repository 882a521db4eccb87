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

# ---- without a program: a spec, and command lines ----

. "$(dirname "$0")/installed.sh"
LDLIBS=$LIBSHMMAP_LIBS
export LDLIBS
cp "$top_srcdir"/examples/integrate/*.[chy]* .

# the first and the third sum are exact ones of the same numbers; the shared one
# was added up in any order
three_sums()
{
	is "$1: status and errors" "$status:$err" 0:
	is "$1: three sums" "$(printf '%s\n' "$out" | wc -l)" 3
	printf '%s\n' "$out" >three
	ok "$1: each is the sequential sum" near "$(cat sequential)" 1e-9 <three
	is "$1: what the jobs return, and the array" \
		"$(sed -n 1p three)" "$(sed -n 3p three)"
	ok "$1: what they added up" near "$(sed -n 1p three)" 1e-14 <three
	sed -n 1p three >>firsts
}

for how in --debug -j1 -j2 '-k -j3'; do
	# shellcheck disable=SC2086 # options are words
	run shmmap $how --spec integrate.yaml N=$n
	three_sums "spec $how"
done
# the last block of lines of README but for the list of files, in a segment and
# with a size of our own
awk '/^    / { if (!inside) text = ""
		inside = 1; text = text substr($0, 5) "\n"; next }
	{ if (text ~ /split/) exit; inside = 0 }
	END { printf "%s", text }' "$top_srcdir/examples/integrate/README" |
	sed "s/^n=.*/n=$n/; s/--segment pi/--segment $seg/; s/rm pi/rm $seg/" \
	>lines
is "README: all lines were found" "$(grep -c "$seg" lines)" 4
run sh -eu lines
three_sums "command lines"
ok "they leave no segment" test ! -e "/dev/shm/shmmap.$seg"
is "the same bits, whatever the slaves" "$(sort -u firsts | wc -l)" 1
run shmmap --spec integrate.yaml N=none
is "a size that is none: status" "$status" 125
run shmmap -A y=f4:9 -A sum=f8 --range 1 --dlopen ./chunks.c:fill
is "another array than it needs: status" "$status" 125
like "and it says so" "$err" '^chunks.c: no arrays y and sum of f8$'

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
