#!/bin/sh
# --filter: filters that die, end early, or answer too few or too many lines: the
# job is named, the others have their answers.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/processes.sh"

seq 2000 >jobs

# a filter that does something when it reads a line
filter() # TEXT ACTION [FLUSH]
{
	cat <<AWK
{ if (\$0 == "$1") { $2 } print; ${3:-} }
AWK
}
for flush in 'fflush()' ''; do
	for action in 'exit 3' 'system("kill -9 $PPID")'; do
		filter 777 "$action" "$flush" >program
		case $action in
		exit*) how='exited with status 3' its=3 ;;
		*) how='killed by signal 9 .Killed.' its=137 ;;
		esac
		for options in "-k -j1" "-k -j3" "-j2"; do
			# shellcheck disable=SC2086 # words
			run timeout 60 "$SHMMAP" $options -a jobs --filter awk -f program
			is "$action, '$flush', $options: status" "$status" $its
			like "$action, '$flush', $options: the job is named" "$err" \
				"^shmmap: job 777: awk: $how, its text was '777'"
			is "$action, '$flush', $options: once" \
				"$(grep -c ^shmmap: "$err_file")" 1
			grep -vx 777 jobs >wanted
			case $options in
			-k*) cat "$out_file" >got ;;
			*) sort -n "$out_file" >got ;;
			esac
			same "$action, '$flush', $options: the others" got wanted
		done
	done
done
echo '{ if ($0 ~ /00$/) exit 1; print }' >program
run timeout 100 "$SHMMAP" -k -j2 -a jobs --filter awk -f program
grep -v '00$' jobs >wanted
same "20 of 2000 kill it: the others" "$out_file" wanted
is "and all are named" "$(grep -c "^shmmap: job [0-9]*00: " "$err_file")" 20
run timeout 100 "$SHMMAP" -k -j2 -a jobs --filter head -n 5
sed -n 's/^shmmap: job \([0-9]*\): head: no line came .*/\1/p' "$err_file" |
	cat - "$out_file" | sort -n >got
same "one that ends after five lines is started again, and no job is lost" \
	got jobs
# but what it has been given when there is no more to come
ok "most are answered" test "$(wc -l <"$out_file")" -gt 1800
run timeout 100 "$SHMMAP" -k -j1 -a jobs --filter sed '$d'
is "a line too few at the end: status" "$status" 1
like "is said" "$err" "^shmmap: job 2000: sed: no line came for it, or for one before"
run timeout 100 "$SHMMAP" -k -j1 -a jobs --filter sed '/^1000$/p'
is "a line too many: status" "$status" 1
like "is said" "$err" "^shmmap: sed: answered more lines than it was given"
seq 200 >some
run timeout 30 "$SHMMAP" -j2 -a some --filter true
is "one that reads nothing: status" "$status" 1
is "each job is named" "$(grep -c "^shmmap: job [0-9]*: true: .*line.*, its text was" \
	"$err_file")" 200
run timeout 30 "$SHMMAP" -k -a jobs --filter sh -c 'cat; exit 4'
is "complaints at the end: status" "$status" 4
same "all are answered" "$out_file" jobs
like "it is said" "$err" "^shmmap: sh: exited with status 4"
run timeout 30 "$SHMMAP" -a jobs --filter ./no-such-filter
is "no such command: status" "$status" 127
like "is said" "$err" "^shmmap: ./no-such-filter: No such file"
is "once" "$(grep -c ^shmmap: "$err_file")" 1

{ echo one; head -c 1048577 /dev/zero | tr '\0' x; echo; echo two; } >long
run timeout 30 "$SHMMAP" -k -a long --filter cat
is "a record that is too long: status" "$status" 126
is "the others" "$out" "one${nl}two"

# ---- ends ----

for signal in INT TERM; do
	token=$(new_token)
	TOKEN=$token timeout 60 "$SHMMAP" -j2 -a jobs --grace 0.1 \
		--filter sh -c 'echo $$ >>started; read x; exec sleep 1000' &
	pid=$!
	wait_until 10 test -s started
	kill -s $signal $pid
	wait $pid
	no_process_left "$token" "$signal: nothing is left"
	rm started
done
token=$(new_token)
TOKEN=$token "$SHMMAP" -j2 -a jobs \
	--filter sh -c 'echo $$ >>started; read x; exec sleep 1000' 2>errors &
pid=$!
wait_until 10 test -s started
kill -s KILL $pid
wait $pid 2>/dev/null
no_process_left "$token" "the master is killed: nothing is left"
rm started
cat >kills <<'SH'
while read -r n; do
	[ "$n" = 50 ] && kill -9 $PPID && exec sleep 1000
	echo "$n"
done
SH
for options in "-k -j1" "-k -j2"; do
	# shellcheck disable=SC2086 # words
	run timeout 60 "$SHMMAP" $options -a jobs --filter sh kills
	is "$options, a slave is killed: status" "$status" 137
	like "$options: the job is named" "$err" "^shmmap: job [0-9]*: sh: its slave was killed by signal 9"
	sed -n 's/^shmmap: job \([0-9]*\): .*/\1/p' "$err_file" | cat - "$out_file" |
		sort -n >got
	same "$options: each job once, or named" got jobs
done
yes | timeout 60 "$SHMMAP" -k --filter cat 2>errors | head -n 1 >got
is "a reader that goes ends the run" "$(cat got)" y
done_testing
