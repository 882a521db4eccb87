#!/bin/sh
# examples/nearest: every kind of worker answers as one process does, and what
# is no point is named. What its README shows is what is run.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/compiler.sh"
. "$(dirname "$0")/installed.sh"

has python3 || skip "needs python3"
cp "$top_srcdir"/examples/nearest/* .

# each block of indented lines of the README is a script; the last one lists
# the files
awk '/^    / { if (!inside) n++
		inside = 1; print substr($0, 5) >("step." n); next }
	{ inside = 0 }' README
is "all are known here" "$(ls step.* | wc -l)" 7
step()
{
	run sh -eu "step.$1"
	is "$2: status and errors" "$status:$err" "0:"
}

step 1 "points"
is "there are points" "$(wc -l <points.txt)" 20000

# by another formula, one point after the other
awk 'BEGIN { degree = atan2(0, -1) / 180 }
	NR == FNR { name[++n] = $1; lat[n] = $2 * degree; lon[n] = $3 * degree
		next }
	{
		best = -2
		for (i = 1; i <= n; i++) {
			cosine = sin($1 * degree) * sin(lat[i]) + \
				cos($1 * degree) * cos(lat[i]) * \
				cos($2 * degree - lon[i])
			if (cosine > best) {
				best = cosine
				nearest = i
			}
		}
		printf "%s %.4f\n", name[nearest], \
			6371 * atan2(sqrt(1 - best * best), best)
	}' towns.txt points.txt >wanted

# near FILE: its towns are the wanted ones, its distances all but for rounding
near()
{
	paste -d ' ' "$1" wanted | awk '
		NF != 4 || $1 != $3 || ($2 - $4) ^ 2 > 0.06 ^ 2 {
			print "line " NR ": " $0
			bad = 1
		}
		END { exit bad || NR != 20000 }'
}

step 2 "a function"
ok "a function: each point's town" near by-call.txt
step 3 "a filter"
ok "a filter: each point's town" near by-filter.txt
step 4 "a program that takes its jobs"
cut -d ' ' -f 1 wanted | sort | uniq -c | awk '{ print $1, $2 }' >tallies
is "a program that takes its jobs: each town's points" \
	"$(printf '%s\n' "$out" | awk '{ print $1, $2 }' | sort -k 2)" \
	"$(sort -k 2 tallies)"
step 5 "blocks"
is "blocks: the points of the north" "$out" \
	"$(awk '$1 > 0' points.txt | wc -l)"
step 6 "a process for each job"
is "a process for each job" "$out" "$(head -n 3 by-filter.txt)"
while read -r file about; do
	ok "$file ($about) is there" test -f "$file"
done <step.7
is "and the README has them all" "$(cut -d ' ' -f 1 step.7 | sort)" \
	"$(cd "$top_srcdir/examples/nearest" && ls | sed /README/d)"

# ---- what is no point ----

printf '1 2\nhere\n3 4 5\n6 7\n' >points.txt
export LDLIBS=-lm
for kind in "--dlopen nearest.c" "-A counts=u8:10 --attach ./tally"; do
	run sh -c "shmmap -k $kind towns.txt <points.txt"
	is "$kind: wrong points: status" "$status" 1
	is "$kind: wrong points: each is named" \
		"$(printf '%s\n' "$err" | grep -c \
			"job [23]: .*not a latitude.*\('here'\|'3 4 5'\)")" 2
done
run sh -c "shmmap -k --filter python3 nearest.py towns.txt <points.txt"
is "the filter answers them with nothing" \
	"$status:$(printf '%s\n' "$out" | grep -c '^$')" 0:2
run shmmap -a points.txt --dlopen nearest.c nowhere
is "no towns: status" "$status" 125
like "no towns: is said" "$err" '^nowhere: No such file'
done_testing
