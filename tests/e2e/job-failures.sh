#!/bin/sh
# A job that fails is named and its status is the run's; the others run.
. "$(dirname "$0")/lib.sh"

cat >fit <<'SH'
#!/bin/sh
case $1 in
exit*) exit "${1#exit}" ;;
kill*) kill -"${1#kill}" $$ ;;
esac
echo "$1"
SH
chmod +x fit

printf '%s\n' a b c >jobs
run "$SHMMAP" -k ./fit <jobs
is "all succeed" "$status:$out:$err" "0:a${nl}b${nl}c:"

for code in 1 2 3 100 123 124 125 126 127 128 200 255; do
	printf '%s\n' a exit$code c >jobs
	run "$SHMMAP" -k ./fit <jobs
	is "exit $code: status" "$status" "$code"
	is "exit $code: message" "$err" \
		"shmmap: job 2: ./fit: exited with status $code"
	is "exit $code: the others run" "$out" "a${nl}c"
done

while read -r number name; do
	printf '%s\n' a kill$number c >jobs
	run "$SHMMAP" -k ./fit <jobs
	is "signal $number: status" "$status" $((128 + number))
	is "signal $number: message" "$err" "shmmap: job 2: ./fit: killed by\
 signal $number ($name), its text was 'kill$number'"
	is "signal $number: the others run" "$out" "a${nl}c"
done <<END
1 Hangup
2 Interrupt
6 Aborted
9 Killed
11 Segmentation fault
13 Broken pipe
15 Terminated
END

printf '%s\n' exit3 kill9 b exit5 exit0 exit4 >jobs
run "$SHMMAP" -k ./fit <jobs
is "-k: the first in the order of the jobs" "$status" 3
is "each failure is one line, in order" "$(cut -d : -f 2 "$err_file")" \
	" job 1${nl} job 2${nl} job 4${nl} job 6"
run "$SHMMAP" -j1 ./fit <jobs
is "one slave: the first" "$status" 3
run "$SHMMAP" -j4 ./fit <jobs
is "many at once: all are named" "$(cut -d : -f 2 "$err_file" | sort)" \
	" job 1${nl} job 2${nl} job 4${nl} job 6"

# job 1 fails after job 2 has
printf '1\n2\n' >jobs
later='
	if [ {} = 2 ]; then
		echo $$ >pid.new
		mv pid.new pid
		exit 5
	fi
	until [ -s pid ] && ! [ -e "/proc/$(cat pid)/exe" ]; do
		sleep 0.01
	done
	exit 4'
run timeout 30 "$SHMMAP" -k -j2 "$later" <jobs
is "-k: the lowest job" "$status" 4
is "-k: messages in order" \
	"$(sed -n 's/^shmmap: job \([0-9]*\): .*/\1/p' "$err_file")" "1${nl}2"
is "a command of several lines is named on one" "$(wc -l <"$err_file")" 2
rm -f pid

# The message stands in the job's place, after what the job itself said.
printf '1\n2\n3\n' >jobs
"$SHMMAP" -k 'echo out {}; echo err {} >&2; [ {} != 2 ] || exit 7' <jobs >got 2>&1
is "-k: all in the jobs' order" "$(grep -c . got):$(grep '[123]' got | sed '
	/^shmmap/!d; s/shell.*//; s/\(job 2\).*/\1/')" "7:shmmap: job 2"
is "-k: the message comes after the job's own output" \
	"$(sed -n 's/^shmmap: job 2.*/failed/; /[123]$/p; /failed/p' got |
		sed 's/[a-z]* //' | uniq | tr '\n' ' ')" "1 2 failed 3 "
"$SHMMAP" -j1 'echo err {} >&2; exit 7' <jobs 2>got
is "errors of a failed job are kept" "$(grep -c '^err [123]$' got)" 3

# texts in messages
printf 'a\tb\033[1m\377\0' >odd
run "$SHMMAP" -0 sh -c 'kill -9 $$' <odd
like "odd bytes of a text are shown" "$err" "its text was 'a\\\\tb\\\\x1[bB]\\[1m\\\\x[fF]{2}'"
is "on one line" "$(wc -l <"$err_file")" 1
head -c 5000 /dev/zero | tr '\0' x >long
run "$SHMMAP" sh -c 'kill -9 $$' <long
le "a long text is cut" "$(wc -c <"$err_file")" 500
status_is "a failure is no reason to stop" 1 \
	"$SHMMAP" -k -a jobs sh -c 'echo $1; exit 1' sh
same "all jobs ran" "$out_file" jobs
done_testing
