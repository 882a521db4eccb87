# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Workloads of bench/run whose jobs are a process each, and those about arrays
# and sections. Sourced by it, which has set what it uses.
# shellcheck disable=SC2154,SC2034

## Workloads that measure time

run_floor()
{
	local method

	new_race
	base_a='floor -m vfork' column_b=
	for method in vfork 'vfork -s' 'vfork -p' clone 'clone -p' spawn fork
	do
		# shellcheck disable=SC2086
		entrant "floor -m $method" "$JOBS" - \
			"$tmp/floor" -j2 -n "$JOBS" -m $method "$tmp/minimal"
	done
	race
	table 'floor: start and wait, minimal program, 2 processes' \
		us/job 1000 job
}

# exec_entrants PROGRAM OUTPUT: those that exec, true and echo share; OUTPUT
# is `lines` when each job gives one, else -.
exec_entrants()
{
	local all=- few=-

	if [ "$2" = lines ]; then
		all="$JOBS lines" few="$PARALLEL_JOBS lines"
	fi
	entrant floor "$JOBS" "$all" "$tmp/floor" -j2 -n "$JOBS" "$1"
	entrant shmmap "$JOBS" "$all" "$shmmap" -j2 "$1"
	entrant 'shmmap -k' "$JOBS" "$all" "$shmmap" -j2 -k "$1"
	entrant 'xargs -P2 -n1' "$JOBS" "$all" "$xargs" -P2 -n1 "$1"
	entrant 'parallel -j2' "$PARALLEL_JOBS" "$few" \
		"$parallel" --will-cite -j2 "$1"
}

run_exec()
{
	new_race
	exec_entrants "$tmp/minimal" -
	race
	table 'exec: one exec per job of the minimal program, 2 slaves' \
		us/job 1000 job
}

run_true()
{
	new_race
	exec_entrants "$true_path" -
	race
	table "true: one exec per job of $true_path, 2 slaves" us/job 1000 job
}

run_echo()
{
	new_race
	timer_options=(-o "$folder/output")
	exec_entrants "$tmp/echo-minimal" lines
	entrant 'parallel -j2 -k' "$PARALLEL_JOBS" "$PARALLEL_JOBS lines" \
		"$parallel" --will-cite -j2 -k "$tmp/echo-minimal"
	race
	table 'echo: the job as output (no libc), 2 slaves, to a file' \
		us/job 1000 job
}

run_startup()
{
	new_race
	input_option=-p
	timer_options=(-r "$STARTUP_REPEATS")
	entrant floor 8 - "$tmp/floor" -j2 -n8 "$true_path"
	entrant shmmap 8 - "$shmmap" -j2 "$true_path"
	entrant 'shmmap -k' 8 - "$shmmap" -j2 -k "$true_path"
	entrant 'xargs -P2 -n1' 8 - "$xargs" -P2 -n1 "$true_path"
	timer_options=(-r 1)
	entrant 'parallel -j2' 8 - "$parallel" --will-cite -j2 "$true_path"
	race
	table "startup: a whole run of 8 times $true_path, 2 slaves" \
		us/run 1000 run
}

# bigout_with FUNCTION: calls FUNCTION NAME PROGRAM [ARG]... for each tool.
bigout_with()
{
	local job=("$tmp/spew" "$BIGOUT_BYTES")

	"$1" shmmap "$shmmap" -j2 "${job[@]}"
	"$1" 'shmmap -k' "$shmmap" -j2 -k "${job[@]}"
	"$1" 'xargs -P2 -n1' "$xargs" -P2 -n1 "${job[@]}"
	"$1" 'parallel -j2 -k' \
		"$parallel" --will-cite -j2 -k --tmpdir "$tmp" "${job[@]}"
}

bigout_entrant()
{
	entrant "$1" 1 "$BIGOUT_BYTES bytes" "${@:2}"
}

bigout_memory()
{
	[ -z "$2" ] || echo 1 |
		"$tmp/memory" -o "$tmp/memory.out" "${@:2}" | cat >/dev/null
	memory_row "$1" "$2" "$BIGOUT_BYTES"
}

run_bigout()
{
	new_race
	timer_options=(-c)
	bigout_entrant floor \
		"$tmp/floor" -j1 -n1 "$tmp/spew" "$BIGOUT_BYTES"
	bigout_with bigout_entrant
	race
	table "bigout: one job that prints $BIGOUT_BYTES bytes, to a pipe" \
		ms/run 1000000 run
	memory_head 'bigout: memory meanwhile' bytes
	bigout_with bigout_memory
}

# slaves_entrants NAME PROGRAM OPTION [ARG]...: with 2 and with 64; OPTION is
# the one that the number belongs to.
slaves_entrants()
{
	local n

	for n in 2 64; do
		base_a="floor $n" base_b="$1 2"
		entrant "$1 $n" "$JOBS" - "$2" "$3$n" "${@:4}" \
			"$tmp/minimal"
	done
}

run_slaves()
{
	new_race
	column_b='x its own 2'
	slaves_entrants floor "$tmp/floor" -j -n "$JOBS"
	slaves_entrants shmmap "$shmmap" -j
	slaves_entrants 'shmmap -k' "$shmmap" -j -k
	slaves_entrants xargs "$xargs" -P -n1
	race
	table 'slaves: exec with 2 and with 64 slaves' us/job 1000 job
}

run_sections()
{
	local n=$SECTIONS few=$((SECTIONS / 10)) runner=$shmmap us

	[ -n "$sections" ] || runner=
	new_race
	timer_options=(-o "$folder/output")
	column_b=
	base_a=mutex
	entrant mutex 1 '1 times' "$sections" mutex "$n" 1
	entrant critical 1 '1 times' "$runner" -j1 -A times=u8 \
		"$tmp/sections" critical "$n"
	entrant 'critical, named' 1 '1 times' "$runner" -j1 -A times=u8 \
		"$tmp/sections" named "$n"
	base_a='mutex, 2'
	entrant 'mutex, 2' 2 '2 times' "$sections" mutex "$n"
	entrant 'critical, 2' 2 '2 times' "$runner" -j2 -A times=u8 \
		"$tmp/sections" critical "$n"
	entrant 'critical, named, 2' 2 '2 times' "$runner" -j2 -A times=u8 \
		"$tmp/sections" named "$n"
	base_a='pthread barrier, 2'
	entrant 'pthread barrier, 2' 2 '2 times' \
		"$sections" pthread-barrier "$few"
	entrant 'barrier, 2' 2 '2 times' "$runner" -j2 \
		"$tmp/sections" barrier "$few"
	base_a='futex, 2'
	entrant 'futex, 2' 2 '2 times' "$sections" futex "$few"
	for us in 10 1000; do
		entrant "ordered, $us us" "$ORDERED_JOBS" \
			"$((ORDERED_JOBS - 1)) times" \
			"$runner" -j2 -A times=u8:"$ORDERED_JOBS" \
			"$tmp/sections" ordered "$ORDERED_JOBS" "$us"
	done
	race
	table 'sections: each, by 1 process and by 2' ns 1 run
}

run_arrays()
{
	local array=x=f8:$((ARRAY_BYTES / 8))

	new_race
	base_a='floor, 2 threads' column_a='x 2 threads'
	base_b='floor, 1 thread' column_b='x 1 thread'
	entrant 'floor, 2 threads' 1 - "$tmp/prefault" -t 2 "$ARRAY_BYTES"
	entrant 'floor, 1 thread' 1 - "$tmp/prefault" -t 1 "$ARRAY_BYTES"
	entrant 'shmmap -j2' 1 - "$shmmap" -j2 -A "$array" "$true_path"
	entrant 'shmmap -j1' 1 - "$shmmap" -j1 -A "$array" "$true_path"
	race
	table "arrays: a whole run with $ARRAY_BYTES bytes, one job" \
		ms/run 1000000 run
}

run_integrate()
{
	local n=$(((RECTANGLES + 1048575) / 1048576)) name
	local arrays=(-A "y=f8:$RECTANGLES" -A sum=f8)

	new_race
	timer_options=(-o "$folder/output")
	first_job=0
	base_a=OpenMP column_a='x OpenMP' column_b=
	entrant OpenMP "$n" "$n lines" "$integrate_openmp" 2 "$RECTANGLES"
	entrant 'shmmap -k' "$n" "$n lines" "$worker" -k -j2 \
		"${arrays[@]}" "$integrate"
	for name in chunk populated; do
		entrant "--dlopen $name" "$n" "$n lines" "$worker" -k -j2 \
			"${arrays[@]}" --schedule dynamic,1 \
			--dlopen "$tmp/worker.so:$name"
		entrant "--attach $name" "$n" "$n lines" "$worker" -k -j2 \
			"${arrays[@]}" --schedule dynamic,1 \
			--attach "$take" "$name"
	done
	race
	table "integrate: $RECTANGLES rectangles, 2 threads or slaves" \
		ms/run 1000000 run
}

## Workloads that measure memory

memory_head()
{
	printf '\n%s\n' "$1"
	printf '  %-18s %10s %10s %10s %8s %6s\n' '' "$2" 'max MiB' \
		'1st second' samples procs
}

# memory_row NAME PROGRAM LABEL: prints what `memory` left in its file.
memory_row()
{
	local max early samples processes status

	printf '  %-18s %10s ' "$1" "$3"
	if [ -z "$2" ]; then
		echo 'NOT INSTALLED'
		return
	fi
	if ! read -r max early samples processes status <"$tmp/memory.out"
	then
		echo 'FAILED'
		return
	fi
	awk -v max="$max" -v early="$early" -v samples="$samples" \
		-v processes="$processes" 'BEGIN {
		printf "%10.2f %10.2f %8d %6d", max / 1024, early / 1024,
			samples, processes }'
	[ "$status" = 0 ] || printf '  ended: %s' "$status"
	echo
}

# memory_rows NAME MAX PROGRAM [ARG]...: one row for each of $memory_jobs,
# sampled every $interval_ms.
memory_rows()
{
	local n

	for n in $memory_jobs; do
		if [ "$n" -gt "$2" ]; then
			printf '  %-18s %10d left out, slow\n' "$1" "$n"
			continue
		fi
		[ -z "$3" ] || seq "$n" | "$tmp/memory" -i "$interval_ms" \
			-o "$tmp/memory.out" "${@:3}" >/dev/null
		memory_row "$1" "$3" "$n"
	done
}

run_memory()
{
	local all=1000000000 memory_jobs=$MEMORY_JOBS interval_ms=5

	memory_head 'memory: Pss of master and slaves together' jobs
	memory_rows shmmap $all "$shmmap" -j2 "$tmp/minimal"
	memory_rows 'shmmap -k, echo' $all \
		"$shmmap" -j2 -k "$tmp/echo-minimal"
	memory_rows 'xargs -P2 -n1' "$MEMORY_XARGS_MAX" \
		"$xargs" -P2 -n1 "$tmp/minimal"
	memory_rows 'parallel -j2' "$MEMORY_PARALLEL_MAX" \
		"$parallel" --will-cite -j2 "$tmp/minimal"
}

# slow_row NAME PROGRAM [ARG]...: endless jobs. The reader goes after
# SLOW_SECONDS, which has to end the run.
slow_row()
{
	local bytes=

	[ -z "$2" ] || bytes=$(yes | "$tmp/memory" -o "$tmp/memory.out" \
		-t $((SLOW_SECONDS + 10)) "${@:2}" 2>"$tmp/errors" |
		"$tmp/slow-reader" -t "$SLOW_SECONDS")
	memory_row "$1" "$2" "$bytes"
}

run_slow_reader()
{
	local job=("$tmp/spew" 100000)

	memory_head \
		"slow-reader: yes | TOOL | 64 KiB per 0.1 s, $SLOW_SECONDS s" \
		'bytes read'
	slow_row shmmap "$shmmap" -j2 "${job[@]}"
	slow_row 'shmmap -k' "$shmmap" -j2 -k "${job[@]}"
	slow_row 'xargs -P2 -n1' "$xargs" -P2 -n1 "${job[@]}"
	slow_row 'parallel -j2 -k' \
		"$parallel" --will-cite -j2 -k --tmpdir "$tmp" "${job[@]}"
}
