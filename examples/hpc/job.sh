#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# job.sh - a batch script: many small simulations on one node
#
#	sbatch job.sh
#	qsub job.sh
#	OMP_NUM_THREADS=4 sh job.sh [RUNS]	without a batch system
#
# Throws DARTS darts in each of RUNS simulations, and estimates pi by those that
# hit the circle. Leaves hits.npy, the hits of each simulation, and hits.raw and
# best.raw, what all have in common.

#SBATCH --job-name=darts
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --time=00:10:00
#PBS -N darts
#PBS -l nodes=1:ppn=8
#PBS -l walltime=00:10:00

set -eu
export LC_ALL=C
cd "${SLURM_SUBMIT_DIR:-${PBS_O_WORKDIR:-.}}"
: "${SHMMAP:=shmmap}" "${SHM:=shm}" "${DARTS:=10000}"
export SHM DARTS
runs=${1:-1000}

# As many simulations at a time as the batch system has granted processors; that
# is what shmmap finds out by itself. OMP_NUM_THREADS=4,2 would be four at a time
# that have OMP_NUM_THREADS=2 for threads of their own.

# A worker: darts from the seed of its job, the same however many slaves there
# are. As a reduction, hits is the slave's own copy, to which nobody else adds
# meanwhile; so is best.
simulate='
	h=$(awk -v seed="$SHMMAP_SEED" -v n="$DARTS" "BEGIN {
		srand(seed % 2147483647)
		for (i = 0; i < n; i++)
			hits += rand() ^ 2 + rand() ^ 2 < 1
		print hits + 0 }")
	"$SHM" set hits_of $(({} - 1)) "$h"
	"$SHM" add hits "$h"
	"$SHM" max best "$h"
'

# The copies are combined when the last worker has ended, and only a run that
# succeeded is saved.
seq "$runs" | "$SHMMAP" --seed 20260101 \
	-A hits_of=u4:"$runs" -A hits=u8 -A best=u4 \
	--reduction sum:hits --reduction max:best \
	--save hits_of=hits.npy --save hits=hits.raw --save best=best.raw \
	"$simulate"

hits=$(od -An -v -t u8 hits.raw)
best=$(od -An -v -t u4 best.raw)
echo "$runs $DARTS $hits $best" | awk '{
	printf "%d darts, %d hits, pi is about %.5f\n", $1 * $2, $3,
		4 * $3 / ($1 * $2)
	printf "best of %d simulations: %d of %d\n", $1, $4, $2 }'
