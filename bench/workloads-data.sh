# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Workloads of bench/run through which data flows: filters, blocks, reductions;
# and specs. Sourced by it, which has set what it uses.
# shellcheck disable=SC2154,SC2034

# What runs `COMMAND <FILE` with a pipe in between: "${piped[@]}" FILE COMMAND...
# shellcheck disable=SC2016
piped=(sh -c 'file=$1; shift; cat "$file" | "$@"' sh)

# halves: the file $lines as $lines.a and $lines.b, cut at a line
halves()
{
	split -n l/2 -a 1 "$lines" "$lines."
}

# What runs a command on the two halves at once, each with an output of its own,
# and prints how large these are.
# shellcheck disable=SC2016
both=(sh -c 'file=$1; shift
	"$@" <"$file.a" >"$file.a.out" & one=$!
	"$@" <"$file.b" >"$file.b.out" & two=$!
	wait $one && wait $two && stat -c %s "$file".[ab].out' sh)

## Filters

run_filter()
{
	local n=$LINES_CHEAP lines texts size

	new_race_of_lines
	halves
	size=$(wc -c <"$lines")
	base_a='two sed' column_a='x two sed' column_b=
	entrant 'two sed' "$n" "$size sum" "${both[@]}" "$lines" sed s/a/b/
	entrant 'shmmap -k' "$n" "same $lines" \
		"$shmmap" -j2 -k -a "$lines" --filter sed s/a/b/
	entrant shmmap "$n" "$size size" \
		"$shmmap" -j2 -a "$lines" --filter sed s/a/b/
	race
	table 'filter: sed s/a/b/ over lines, 2 slaves' 'M jobs/s' 1000 rate
	filter_python
}

# Its output is to be what awk makes of the same lines.
filter_python()
{
	local n=$PYTHON_LINES python lines squares size
	local program='import sys
for line in sys.stdin:
    print(int(line) ** 2)'

	python=$(command -v python3)
	# With it every line is a system call, and that is what is measured.
	unset PYTHONUNBUFFERED
	new_race
	folder=$ram
	timer_options=(-o "$folder/output")
	make_jobs "$n"
	lines=$jobs_file squares=$folder/squares
	halves
	awk '{ printf "%.0f\n", $1 * $1 }' "$lines" >"$squares"
	size=$(wc -c <"$squares")
	base_a='two python3' column_a='x two' column_b=
	entrant 'two python3' "$n" "$size sum" \
		${python:+"${both[@]}"} "$lines" "$python" -c "$program"
	entrant 'shmmap -k' "$n" "same $squares" ${python:+"$shmmap"} \
		-j2 -k -a "$lines" --filter "$python" -c "$program"
	race
	table 'filter: x * x of each line in Python, 2 slaves' us/job 1000 job
}

## Blocks

# blocks_entrants SUFFIX PROGRAM...: what all blocks come to has to be the
# number of lines; spew's have 64 bytes.
blocks_entrant()
{
	entrant "$1" "$BLOCK_BYTES" "$((BLOCK_BYTES / 64)) sum" "${@:2}"
}

run_pipe()
{
	local text=$ram/text
	local gnu=(${parallel:+"$parallel" --will-cite -j2 --tmpdir "$tmp"})

	BLOCK_BYTES=$((BLOCK_BYTES / 64 * 64))
	"$tmp/spew" "$BLOCK_BYTES" >"$text"
	new_race
	folder=$ram input_option=
	timer_options=(-o "$folder/output")
	base_a='floor, pipe' base_b='shmmap, pipe'
	blocks_entrant "$base_a" "${piped[@]}" "$text" \
		"$tmp/block-floor" -j2 wc -l
	blocks_entrant "$base_b" ${shmmap:+"${piped[@]}"} "$text" \
		"$shmmap" -j2 --pipe wc -l
	blocks_entrant 'parallel, pipe' ${gnu[0]:+"${piped[@]}"} "$text" \
		"${gnu[@]}" --pipe --block 1M wc -l
	base_a='floor, file' base_b='shmmap, file'
	blocks_entrant "$base_a" "$tmp/block-floor" -j2 -a "$text" wc -l
	blocks_entrant "$base_b" "$shmmap" -j2 --pipe -a "$text" wc -l
	base_a=- base_b='shmmap, parts'
	blocks_entrant "$base_b" "$shmmap" -j2 -k --pipe --block -1 \
		-a "$text" wc -l
	blocks_entrant 'parallel, parts' "${gnu[0]-}" "${gnu[@]:1}" -k \
		--pipepart --block -1 -a "$text" wc -l
	race
	table "pipe: wc -l of 1 MiB each, $BLOCK_BYTES bytes, 2 slaves" \
		GB/s 1 rate
	rm "$text"
}

run_slow_reader_endless()
{
	memory_head "slow-reader-endless: yes | shmmap | 64 KiB per 0.1 s, \
$SLOW_SECONDS s" 'bytes read'
	slow_row '--filter cat -k' "$shmmap" -j2 -k --filter cat
	slow_row '--filter cat' "$shmmap" -j2 --filter cat
	slow_row '--pipe cat -k' "$shmmap" -j2 -k --pipe cat
	slow_row '--dlopen -k' "$worker" -j2 -k --dlopen "$tmp/worker.so:line"
	slow_row 'reduce by key' "$shmmap" -j2 --by 1 --reduce count \
		--filter cat
}

## Reductions

# reduce_entrants NAME PROGRAM [ARG]...: without and with; the output is to be
# what comes in, or its sum.
reduce_entrants()
{
	base_a=$1
	entrant "$1" "$n" "$size size" "${@:2:2}" -a "$lines" "${@:4}"
	entrant "$1, sum" "$n" "$((n * (n + 1) / 2)) sum" "${@:2:2}" \
		--reduce sum -a "$lines" "${@:4}"
}

run_reduce()
{
	local n=$LINES_CHEAP lines texts size

	new_race_of_lines
	size=$(wc -c <"$lines")
	column_a='x without' column_b=
	reduce_entrants --filter "$shmmap" -j2 --filter cat
	reduce_entrants --dlopen "$worker" -j2 "--dlopen=$tmp/worker.so:line"
	race
	table 'reduce: each line without and with --reduce sum, 2 slaves' \
		'M jobs/s' 1000 rate
	reduce_exactly
}

reduce_exactly()
{
	local n=$DOUBLES

	new_race
	input_option=
	timer_options=(-o "$folder/output")
	base_a='+= loop' column_a='x += loop' column_b=
	entrant '+= loop' "$n" '1 times' "$exact_sum" plain "$n"
	entrant exact "$n" '1 times' "$exact_sum" exact "$n"
	entrant 'exact, wide' "$n" '1 times' "$exact_sum" exact "$n" 300
	race
	table "reduce: the sum of an array of doubles" ns/double 1 job
}

# The same 16 MB over and over, lines of ten words; there are 20000 of them, and
# the k-th is k times as rare as the first. $words is the file, $counted what
# each is there, in order.
make_words()
{
	local piece=$ram/piece times

	words=$ram/words counted=$ram/counted
	awk 'BEGIN {
		srand(1)
		while (nbytes < 16000000) {
			k = int(exp(rand() * log(20000)))
			word = "w"
			for (; k > 0; k = int(k / 26))
				word = word sprintf("%c", 97 + k % 26)
			printf "%s%s", word, ++n % 10 ? " " : "\n"
			nbytes += length(word) + 1
		}
		print "" }' >"$piece"
	times=$(((WORDS_BYTES + 15999999) / 16000000))
	for ((i = 0; i < times; i++)); do
		cat "$piece"
	done >"$words"
	awk -v times="$times" '
		{ for (i = 1; i <= NF; i++) n[$i]++ }
		END { for (word in n) print word "\t" times * n[word] }' \
		"$piece" | sort >"$counted"
}

# words_entrant NAME PROGRAM [ARG]...
words_entrant()
{
	entrant "$1" "$(wc -c <"$words")" "same $counted" "${@:2}"
}

run_words()
{
	local words counted i
	local awk='{ for (i = 1; i <= NF; i++) n[$i]++ }
		END { for (word in n) print word, n[word] }'
	local uniq="tr -cs A-Za-z '\\n' | sort | uniq -c"
	# shellcheck disable=SC2016
	local added='"$@" | awk "{ n[\$2] += \$1 }
		END { for (word in n) print word \"\\t\" n[word] }" | sort'

	make_words
	new_race
	folder=$ram input_option=
	timer_options=(-o "$folder/output" -i "$words")
	base_a='awk -j1' column_a='x its -j1'
	words_entrant 'awk -j1' "$shmmap" -j1 --reduce sum:2 --by 1 --pipe \
		awk "$awk"
	base_b='awk -j2' column_b='x awk -j2'
	words_entrant 'awk -j2' "$shmmap" -j2 --reduce sum:2 --by 1 --pipe \
		awk "$awk"
	base_a='uniq -j1'
	words_entrant 'uniq -j1' "$shmmap" -j1 --reduce sum:1 --by 2 --pipe \
		"$uniq"
	words_entrant 'uniq -j2' "$shmmap" -j2 --reduce sum:1 --by 2 --pipe \
		"$uniq"
	base_a='tr -j1'
	words_entrant 'tr -j1' "$shmmap" -j1 --reduce count --by 1 --pipe \
		tr -cs A-Za-z '\n'
	words_entrant 'tr -j2' "$shmmap" -j2 --reduce count --by 1 --pipe \
		tr -cs A-Za-z '\n'
	base_a=-
	words_entrant 'parallel, uniq -j2' ${parallel:+sh} -c "$added" sh \
		"$parallel" --will-cite -j2 --pipe --block 1M "$uniq"
	race
	table 'words: how often each is in a text' MB/s 1000 rate
	rm "$words"
}

## Specs and threads

run_spec()
{
	local n=$SPEC_JOBS spec=$tmp/spec.yaml list=$tmp/spec.list

	seq -f 'job %.0f' "$n" >"$list"
	{
		echo "worker: [$tmp/echo-minimal]"
		echo 'slaves: 2'
		echo 'jobs:'
		sed 's/^/- /' "$list"
	} >"$spec"
	new_race
	input_option=
	timer_options=(-f)
	base_a='-a FILE' column_a='x -a FILE' column_b=
	entrant '-a FILE' "$n" "$(wc -c <"$list") bytes" \
		"$shmmap" -j2 -a "$list" "$tmp/echo-minimal"
	entrant '--spec' "$n" "$(wc -c <"$list") bytes" \
		"$shmmap" --spec "$spec"
	race
	table "spec: $n jobs, until the first has ended" ms/run 1000000 run
}

run_thread()
{
	local n=$LINES_CHEAP lines texts how name
	local called="--dlopen=$tmp/worker.so"

	new_race_of_lines
	column_a='x process' column_b=
	for name in nothing text 'text -k'; do
		base_a="$name, process"
		for how in process thread; do
			# shellcheck disable=SC2086
			thread_entrant "$how" $name
		done
	done
	race
	table 'thread: call, slaves that are threads' 'M jobs/s' 1000 rate
}

# thread_entrant BACKEND WORKER [-k]
thread_entrant()
{
	local wanted

	case $2 in
	nothing) wanted='0 size' ;;
	*) wanted="$(wc -c <"$texts") size" ;;
	esac
	[ $# = 2 ] || wanted="same $texts"
	entrant "${*:2}, $1" "$n" "$wanted" "$worker" -j2 "${@:3}" \
		--backend "$1" -a "$lines" "$called:$2"
}
