#!/bin/sh
# How many slaves there are: -j in its forms, then the environment, then the
# processors.
. "$(dirname "$0")/lib.sh"

echo job >one

# np [VARIABLE=VALUE]... [-- OPTION...]: the number of slaves of such a run,
# with no variable but PATH and those
np()
{
	settings= options=
	for word; do
		case $word in
		-*) options="$options $word" ;;
		*=*) settings="$settings $word" ;;
		*) options="$options $word" ;;
		esac
	done
	env -i PATH="$PATH" $settings "$SHMMAP" $options \
		sh -c 'echo $SHMMAP_NP' <one
}

processors=$(np)
like "the default is a positive number" "$processors" '^[1-9][0-9]*$'
ok "and no more than the processors" \
	test "$processors" -le "$(env -i PATH="$PATH" nproc)"
if has taskset; then
	cpu=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' \
		/proc/self/status)
	is "the affinity mask counts" "$(taskset -c "$cpu" env -i PATH="$PATH" \
		"$SHMMAP" sh -c 'echo $SHMMAP_NP' <one)" 1
	is "for -j100% too" "$(taskset -c "$cpu" env -i PATH="$PATH" \
		"$SHMMAP" -j100% sh -c 'echo $SHMMAP_NP' <one)" 1
else
	skip_one "needs taskset"
fi

for option in "-j5" "-j 5" "-P5" "-P 5" "--slaves=5" "--slaves 5"; do
	is "$option" "$(np $option)" 5
done
is "the last -j counts" "$(np -j7 -j3)" 3
is "-j100%" "$(np -j100%)" "$processors"
is "-j300%" "$(np -j300%)" $((3 * processors))
is "-j1% is at least one" "$(np -j1%)" 1
is "-j+3" "$(np -j+3)" $((processors + 3))
is "-j +3" "$(np -j +3)" $((processors + 3))
is "-j-1" "$(np -j-1)" $((processors > 1 ? processors - 1 : 1))
is "-j-10000 is at least one" "$(np -j-10000)" 1
is "-j200" "$(np -j200)" 200

for bad in x 3x 0x10 '' - + % 1.5 ' 3' '5%%' +% -- +x 16385 \
	99999999999999999999; do
	status_is "-j '$bad' is an error" 125 "$SHMMAP" -j "$bad" touch ran <one
	is "-j '$bad': one message" "$(wc -l <"$err_file")" 1
	ok "-j '$bad': quotes it" grep -q -F -e "'$bad'" "$err_file"
done
not_ok "nothing was run" test -e ran

# each in its turn, as those before are taken away
set -- OMP_NUM_THREADS=11,3 PBS_NUM_PPN=12 NSLOTS=13 LSB_DJOB_NUMPROC=14 \
	SLURM_CPUS_PER_TASK=15 SLURM_CPUS_ON_NODE=16
is "-j goes before the environment" "$(np "$@" -j2)" 2
wanted=11
while [ $# -gt 0 ]; do
	is "$1" "$(np "$@")" $wanted
	shift
	wanted=$((wanted + 1))
done

# a bad value is warned of, and the next one counts
for bad in x 0 -4 4x 1.5; do
	set -- OMP_NUM_THREADS PBS_NUM_PPN NSLOTS LSB_DJOB_NUMPROC \
		SLURM_CPUS_PER_TASK SLURM_CPUS_ON_NODE
	while [ $# -gt 1 ]; do
		run np "$1=$bad" "$2=6"
		is "$1=$bad: then $2" "$status:$out" 0:6
		like "$1=$bad: one warning" "$err" \
			"^shmmap: ([^:]*: )*$1: .*'$bad'"
		is "$1=$bad: and no other" "$(wc -l <"$err_file")" 1
		shift
	done
done
run np SLURM_CPUS_ON_NODE=x
is "the last one bad: the processors" "$status:$out" "0:$processors"
run np OMP_NUM_THREADS=4,x
isnt "a list that is bad later is warned of" "$err" ""
is "-j: what batch systems say is not looked at" "$(np NSLOTS=x -j3 2>&1)" 3
for option in -j3 -j0; do
	run np OMP_NUM_THREADS=4,x $option
	is "$option: a list that workers would get is" "$status$err" \
		"0shmmap: OMP_NUM_THREADS: '4,x' is not a list of positive numbers; ignored"
done

is "OMP_THREAD_LIMIT is a bound" "$(np OMP_NUM_THREADS=8 OMP_THREAD_LIMIT=3)" 3
is "for the others too" "$(np NSLOTS=8 OMP_THREAD_LIMIT=3)" 3
is "for the processors too" "$(np OMP_THREAD_LIMIT=1)" 1
is "no lower one" "$(np NSLOTS=3 OMP_THREAD_LIMIT=8)" 3
is "not for -j" "$(np OMP_THREAD_LIMIT=3 -j5)" 5
run np NSLOTS=5 OMP_THREAD_LIMIT=x
is "a bad limit is none" "$out" 5
like "and is warned of" "$err" "OMP_THREAD_LIMIT.*'x'"

# what is left for the threads of a worker
threads()
{
	env -i PATH="$PATH" "$@" sh -c 'echo $OMP_NUM_THREADS' <one
}
is "OMP_NUM_THREADS=4,2: 2 for a worker" \
	"$(threads OMP_NUM_THREADS=4,2 "$SHMMAP")" 2
is "the rest of a longer list" \
	"$(threads OMP_NUM_THREADS=4,2,3 "$SHMMAP")" 2,3
is "the list counts with -j too" \
	"$(threads OMP_NUM_THREADS=4,2 "$SHMMAP" -j3)" 2
is "-j1: all processors" "$(threads "$SHMMAP" -j1)" "$processors"
is "-j100%: one each" "$(threads "$SHMMAP" -j100%)" 1
is "-j200%: at least one" "$(threads "$SHMMAP" -j200%)" 1
is "--env decides" \
	"$(threads "$SHMMAP" --env OMP_NUM_THREADS=9 -j1)" 9
done_testing
