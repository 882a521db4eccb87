#!/bin/sh
# examples/hpc: the batch script runs without a batch system, and what it saves
# is what one process makes of the same seeds, for any number of slaves.
. "$(dirname "$0")/lib.sh"

[ -x "$SHM" ] || tap_bail "no shm beside shmmap: build it, or set SHM"
DARTS=500
export DARTS

# job SLAVES: in a folder of its own
job()
{
	mkdir "$1" && (
		cd "$1" &&
		OMP_NUM_THREADS=$1 sh "$top_srcdir/examples/hpc/job.sh" 30
	)
}

# npy FILE: its numbers, one per line; the header says how long it is
npy()
{
	tail -c +$(($(od -An -j 8 -N 2 -t u2 "$1") + 11)) "$1" |
		od -An -v -t u4 | tr -s ' ' '\n' | grep .
}

# The seeds of the jobs are no secret of the script.
seq 30 | "$SHMMAP" -j1 --seed 20260101 'echo "$SHMMAP_SEED"' >seeds
while read -r seed; do
	awk -v seed="$seed" -v n=$DARTS 'BEGIN {
		srand(seed % 2147483647)
		while (n-- > 0)
			hits += rand() ^ 2 + rand() ^ 2 < 1
		print hits }'
done <seeds >wanted
total=$(awk '{ sum += $1 } END { print sum }' wanted)
best=$(sort -n wanted | tail -n 1)
is "the seeds differ" "$(sort -u seeds | wc -l)" 30

for slaves in 1 3; do
	run job $slaves
	is "$slaves slaves: status and errors" "$status:$err" 0:
	npy $slaves/hits.npy >got
	same "$slaves slaves: each simulation" got wanted
	is "$slaves slaves: the sum" "$(od -An -v -t u8 $slaves/hits.raw |
		tr -d ' ')" "$total"
	is "$slaves slaves: the best" "$(od -An -v -t u4 $slaves/best.raw |
		tr -d ' ')" "$best"
	like "$slaves slaves: it prints them" "$out" \
		"^15000 darts, $total hits, pi is about 3\.[0-9]*$"
	like "$slaves slaves: and the best" "$out" \
		"^best of 30 simulations: $best of $DARTS$"
done

# A simulation that fails: nothing is saved.
mkdir bin
cat >bin/awk <<'SH'
#!/bin/sh
[ "$SHMMAP_JOB" != 7 ] || exit 3
echo 1
SH
chmod +x bin/awk
real=$PATH
PATH=$T/bin:$PATH
run job 2
PATH=$real
isnt "a simulation fails: status" "$status" 0
is "nothing is saved" "$(ls 2)" ""
done_testing
