#!/bin/sh
# A background process that a job leaves behind holds nothing up, and what it
# writes later stands in no other job's result.
. "$(dirname "$0")/lib.sh"

mkfifo gate done
seq 3 >jobs

# the one left behind writes while job 2, of the same slave, runs
cat >leave <<'SH'
#!/bin/sh
trap '' PIPE
case $1 in
1)
	{
		read x <gate
		echo late
		echo late >&2
		echo late >done
	} &
	;;
2)
	echo go >gate
	read x <done
	;;
esac
echo "$1"
echo "$1" >&2
SH
chmod +x leave

for options in "-j1" "-k -j1" "-j1 --tag"; do
	run timeout 20 "$SHMMAP" $options ./leave <jobs
	is "$options: the run ends well" "$status" 0
	is "$options: only the jobs' own output" "$(cut -f 1 "$out_file")" \
		"1${nl}2${nl}3"
	is "$options: only the jobs' own errors" "$(cut -f 1 "$err_file")" \
		"1${nl}2${nl}3"
done

# nobody ends these before the run is over
for how in "" setsid; do
	[ -z "$how" ] || has setsid || continue
	token=$(new_token)
	begin=$(now_ms)
	status_is "${how:-plain} background process: the run does not wait" 0 \
		env TOKEN="$token" timeout 60 "$SHMMAP" -k -j2 "
			$how sleep 1000 &
			echo {}" <jobs
	is "${how:-plain} background process: the results are there" "$out" \
		"1${nl}2${nl}3"
	le "${how:-plain} background process: and soon (ms)" \
		$(($(now_ms) - begin)) 20000
	left=$(grep -lsF "$token" /proc/[0-9]*/environ | cut -d / -f 3)
	is "${how:-plain} background process: it lives on" \
		"$(echo $left | wc -w)" 3
	for pid in $left; do
		kill -9 "$pid" 2>/dev/null
	done
done

# What it wrote before the job ended belongs to the result, all of it.
head -c 1000000 /dev/urandom >bulk
run "$SHMMAP" -k -j2 'cat bulk & wait; : {}' <jobs
is "a child's output of before the end is kept" "$(wc -c <"$out_file")" 3000000
done_testing
