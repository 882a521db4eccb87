# SPDX-License-Identifier: GPL-3.0-or-later
#
# The table of one race. First file, tabs between: index, installed (0 or 1),
# jobs, name, the names of two entrants to compare with. Second file: round,
# index, nanoseconds; or round, index, "failed", what happened. Round 0 was
# for warming up. Variables: unit; divisor (nanoseconds per unit); per (`run`;
# `job`, time over jobs; `rate`, jobs in so many nanoseconds);
# column_a, column_b (titles of the ratios; none when empty).

function median(values, n,    i, j, value)
{
	for (i = 2; i <= n; i++) {
		value = values[i]
		for (j = i - 1; j > 0 && values[j] > value; j--)
			values[j + 1] = values[j]
		values[j + 1] = value
	}
	lowest = values[1]
	highest = values[n]
	if (n % 2)
		return values[(n + 1) / 2]
	return (values[n / 2] + values[n / 2 + 1]) / 2
}

function time_column(i,    round, values, n)
{
	for (round = 1; round <= rounds; round++)
		if ((round, i) in time)
			values[++n] = per == "rate" ? divisor / time[round, i] \
				: time[round, i] / divisor
	value = median(values, n)
	return sprintf(" %11.2f  %10.2f - %10.2f", value, lowest, highest)
}

# The median of the ratios to the entrant of that name in the same round.
function ratio_column(i, base,    round, values, n, b)
{
	if (!(base in index_of))
		return sprintf(" %11s", "-")
	b = index_of[base]
	for (round = 1; round <= rounds; round++)
		if ((round, i) in time && (round, b) in time)
			values[++n] = time[round, i] / time[round, b]
	if (!n)
		return sprintf(" %11s", "-")
	return sprintf(" %11.3f", median(values, n))
}

BEGIN {
	FS = "\t"
}

NR == FNR {
	count = $1 + 1
	installed[$1] = $2
	jobs[$1] = $3
	name[$1] = $4
	base_a[$1] = $5
	base_b[$1] = $6
	index_of[$4] = $1
	next
}

$3 == "failed" {
	failure[$2] = $4
	failures[$2]++
	next
}

$1 > 0 {
	time[$1, $2] = $3 / (per == "run" ? 1 : jobs[$2])
	runs[$2]++
	if ($1 > rounds)
		rounds = $1
}

END {
	printf "  %-18s %10s %11s  %23s", "", "jobs", unit, "min - max"
	printf column_a ? " %11s" : "%s", column_a
	printf column_b ? " %11s" : "%s", column_b
	printf "\n"
	for (i = 0; i < count; i++) {
		printf "  %-18s %10.0f", name[i], jobs[i]
		if (!installed[i])
			printf "  NOT INSTALLED"
		else if (runs[i]) {
			printf "%s", time_column(i)
			if (column_a)
				printf "%s", ratio_column(i, base_a[i])
			if (column_b)
				printf "%s", ratio_column(i, base_b[i])
		}
		if (failures[i])
			printf "  FAILED %d times: %s", failures[i], failure[i]
		printf "\n"
	}
}
