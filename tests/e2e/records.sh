# records.sh - what every worker that lives as long as its slave promises of
# records and ranges; sourced after attached.sh or called.sh. WORKER... are the
# options and words that name the worker.
#
#	check_records WORKER...	which emits each job's text and a newline, before
#				that N lines of 0123456789abcde for "long N"
#	check_ranges WORKER...	which emits "NUMBER:VALUE" and a newline

# prints "NUMBER:VALUE" for START STOP STEP
expect_range()
{
	awk -v a="$1" -v b="$2" -v s="$3" 'BEGIN {
		for (v = a; s > 0 ? v < b : v > b; v += s)
			printf "%d:%d\n", ++n, v }'
}

check_schedules()
{
	seq 20000 >many
	for schedule in auto static static,7 dynamic dynamic,100 guided guided,5 \
		nonmonotonic:dynamic,3 MONOTONIC:Static,1000; do
		for slaves in 1 3; do
			run "$SHMMAP" -k -j$slaves --schedule $schedule -a many \
				"$@"
			same "-k -j$slaves $schedule" "$out_file" many
			is "-k -j$slaves $schedule: nothing is said" \
				"$status:$err" "0:"
			"$SHMMAP" -j$slaves --schedule $schedule "$@" \
				<many 2>&1 | sort -n >got
			same "-j$slaves $schedule" got many
		done
	done
}

check_records()
{
	check_schedules "$@"
	printf 'a\n\n\nb\n\nlast' >empties
	run "$SHMMAP" -k --schedule dynamic,4 -a empties "$@"
	is "empty records are jobs" "$out" "a$nl$nl${nl}b$nl${nl}last"
	run "$SHMMAP" -k -r --schedule dynamic,4 -a empties "$@"
	is "unless -r" "$out" "a${nl}b${nl}last"
	printf 'a\0b\nc\0' >nul
	run "$SHMMAP" -k -0 -a nul "$@"
	is "-0" "$out" "a${nl}b${nl}c"
	printf 'a:b\n:c' >colons
	run "$SHMMAP" -k -d : -a colons "$@"
	is "-d" "$out" "a${nl}b$nl${nl}c"
	for slaves in 1 3; do
		run timeout 30 "$SHMMAP" -j$slaves "$@" </dev/null
		is "no input, -j$slaves" "$status:$out$err" "0:"
	done
	run "$SHMMAP" -k --tag -j2 -a empties -r "$@"
	is "--tag" "$out" "a${tab}a${nl}b${tab}b${nl}last${tab}last"
	check_sizes "$@"
	(printf '1\n'; wait_until 10 grep -qx 1 trickle && printf '2\n') |
		"$SHMMAP" -k "$@" >trickle
	is "a trickle is passed on at once" "$(cat trickle)" "1${nl}2"
}

check_sizes()
{
	awk 'BEGIN { for (i = 0; i < 1048576; i++) printf "x"; print ""
		print "short"
		for (i = 0; i < 1048577; i++) printf "y"; print ""
		print "end" }' >long
	run "$SHMMAP" -k -a long "$@"
	awk 'length($0) != 1048577' long >wanted
	same "records up to 1 MiB" "$out_file" wanted
	is "a longer one fails" "$status" 126
	like "and is named" "$err" "^shmmap: job 3: longer than"
	awk 'BEGIN {
		for (i = 1; i <= 300; i++)
			print i % 7 ? i : "long " i * 100
	}' >mixed
	awk '/long/ { for (n = $2; n > 0; n--) print "0123456789abcde" }
		{ print }' mixed >wanted
	for slaves in 1 2 5; do
		"$SHMMAP" -k -j$slaves --schedule dynamic,20 -a mixed "$@" >got
		same "large results among small ones, -j$slaves" got wanted
	done
}

check_ranges()
{
	for range in 0:1000:1 5:10000:3 10:-10:-1 3:3:1 -5:1:2; do
		IFS=: read -r start stop step <<END
$range
END
		expect_range "$start" "$stop" "$step" >wanted
		for schedule in auto static dynamic,6 guided; do
			run "$SHMMAP" -k -j3 --schedule $schedule \
				--range $range "$@"
			same "$range $schedule, $*" "$out_file" wanted
			is "$range $schedule, $*: nothing is said" \
				"$status:$err" "0:"
		done
	done
	run "$SHMMAP" -k --range 9223372036854775805:9223372036854775807 "$@"
	is "up to the greatest number, $*" "$out" \
		"1:9223372036854775805${nl}2:9223372036854775806"
	run "$SHMMAP" -k -j2 --range 3 --tag "$@"
	is "its tags, $*" "$out" "0${tab}1:0${nl}1${tab}2:1${nl}2${tab}3:2"
}
