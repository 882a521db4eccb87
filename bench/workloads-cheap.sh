# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Workloads of bench/run whose jobs cost next to nothing: functions that are
# called, and processes that take their jobs themselves. Sourced by it, which
# has set what it uses.
# shellcheck disable=SC2154,SC2034

# range_sum N: what the kernel's sum over the numbers below N has to be
# (whichever of the two is even is halved)
# shellcheck disable=SC2017
range_sum()
{
	echo "$(($1 % 2 ? ($1 - 1) / 2 * $1 : $1 / 2 * ($1 - 1))) sum"
}

# A race over the lines of a file in memory, $lines, whose texts without the
# newlines are $texts.
new_race_of_lines()
{
	new_race
	folder=$ram
	make_jobs "$LINES_CHEAP"
	lines=$jobs_file texts=$folder/texts
	tr -d '\n' <"$lines" >"$texts"
	timer_options=(-o "$folder/output")
}

run_call()
{
	local n=$LINES_CHEAP lines texts called="--dlopen=$tmp/worker.so"

	new_race_of_lines
	base_a=nothing column_a='x nothing' column_b=
	entrant nothing "$n" '0 size' \
		"$worker" -j2 -a "$lines" "$called:nothing"
	entrant text "$n" "$(wc -c <"$texts") size" \
		"$worker" -j2 -a "$lines" "$called:text"
	entrant 'text -k' "$n" "same $texts" \
		"$worker" -j2 -k -a "$lines" "$called:text"
	race
	table 'call: a function per line, 2 slaves' 'M jobs/s' 1000 rate
}

run_range()
{
	local shared=(-j2 -u --schedule "dynamic,$RANGE_CHUNK")

	new_race
	input_option=
	timer_options=(-o "$folder/output")
	base_a=OpenMP column_a='x OpenMP' column_b=
	entrant OpenMP "$RANGE" "$(range_sum "$RANGE")" \
		"$cheap_openmp" 2 "$RANGE_CHUNK" "$RANGE"
	entrant batch "$RANGE" "$(range_sum "$RANGE")" "$worker" \
		"${shared[@]}" --range "$RANGE" --dlopen "$tmp/worker.so:batch"
	entrant 'job by job' "$RANGE_EACH" "$(range_sum "$RANGE_EACH")" \
		"$worker" "${shared[@]}" --range "$RANGE_EACH" \
		--dlopen "$tmp/worker.so:each"
	race
	table "range: a tiny kernel, dynamic,$RANGE_CHUNK, 2 threads or slaves" \
		'M jobs/s' 1000 rate
}

run_take()
{
	local n=$LINES_CHEAP lines texts

	new_race_of_lines
	base_a=counted column_a='x counted' column_b=
	entrant counted "$n" "$n sum" \
		"$worker" -j2 -u -a "$lines" --attach "$take" counted
	entrant 'text -k' "$n" "same $texts" \
		"$worker" -j2 -k -a "$lines" --attach "$take" text
	race
	table 'take: shmmap_next() and shmmap_done() per line, 2 slaves' \
		'M jobs/s' 1000 rate
}

# The share of two processors is a rate, too: 100 % are 2 jobs in SPIN_NS.
run_spin()
{
	local n=$SPIN_JOBS

	new_race
	input_option=
	base_a=OpenMP column_a='x OpenMP' column_b=
	entrant OpenMP "$n" - "$cheap_openmp" 2 1 "$n" "$SPIN_NS"
	entrant shmmap "$n" - "$worker" -j2 --schedule auto --range "$n" \
		--dlopen "$tmp/worker.so:spinning" "$SPIN_NS"
	race
	table "spin: jobs of $SPIN_NS ns, their share of 2 processors' time" \
		% $((50 * SPIN_NS)) rate
}

run_memory_cheap()
{
	local all=1000000000 memory_jobs=$MEMORY_CHEAP_JOBS interval_ms=1
	local called="--dlopen=$tmp/worker.so"

	memory_head 'memory-cheap: Pss of master and slaves together' jobs
	memory_rows nothing $all "$worker" -j2 "$called:nothing"
	memory_rows text $all "$worker" -j2 "$called:text"
	memory_rows 'text -k' $all "$worker" -j2 -k "$called:text"
	memory_head \
		"memory-cheap: yes | shmmap | 64 KiB per 0.1 s, $SLOW_SECONDS s" \
		'bytes read'
	slow_row text "$worker" -j2 "$called:text"
	slow_row 'text -k' "$worker" -j2 -k "$called:text"
}
