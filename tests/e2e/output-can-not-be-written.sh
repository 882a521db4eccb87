#!/bin/sh
# Output that is lost is a failure with a message, never silence.
. "$(dirname "$0")/lib.sh"

[ -c /dev/full ] || skip "needs /dev/full"
seq 20 >jobs
said="shmmap: standard output: No space left on device"

# full WORD...: such a run into a full disk
full()
{
	timeout 30 "$SHMMAP" "$@" <jobs >/dev/full
}
for options in "-j2" "-k -j2" "--tag -j1"; do
	status_is "$options: status" 125 full $options echo
	is "$options: one line says what" "$err" "$said"
	status_is "$options: big results: status" 125 full $options \
		'head -c 3000000 /dev/zero; : {}'
	is "$options: big results: one line" "$err" "$said"
done

token=$(new_token)
TOKEN=$token status_is "jobs that run are ended" 125 full -k -j2 '
	echo {}; trap "" TERM INT HUP PIPE; while :; do sleep 1000; done'
is "jobs that run are ended: one line" "$err" "$said"
no_process_left "$token"

status_is "nothing to write: no failure" 0 full true
is "nothing to write: no message" "$err" ""
status_is "a job's own failure is not it" 3 full 'exit 3; : {}'

# the last bytes are as good as the first
echo 1 >jobs
status_is "a single short result" 125 full printf 'x%.0s'
is "a single short result: one line" "$err" "$said"

# nobody can be told, but the status is there
errors_lost()
{
	"$SHMMAP" -k 'echo {} >&2' <jobs 2>/dev/full
}
status_is "lost errors are a failure" 125 errors_lost

for option in --help --version; do
	printed()
	{
		"$SHMMAP" $option >/dev/full
	}
	status_is "$option" 125 printed
	like "$option: it is said" "$err" \
		"^shmmap: .*standard output: No space left on device\$"
	is "$option: in one line" "$(wc -l <"$err_file")" 1
done

# a limit of file sizes, which would end by SIGXFSZ who does not look at it
limited()
{
	(
		ulimit -f "$1"
		shift
		"$SHMMAP" "$@"
	) <jobs >limited
}
seq 20 >jobs
for options in "-k -j2" "-j1"; do
	status_is "$options: a file that gets too large" 125 \
		limited 2000 $options 'head -c 200000 /dev/zero; : {}'
	# results that wait may have come to the limit before
	is "$options: is said" "$(printf '%s\n' "$err" |
		grep -v '^shmmap: no temporary file for results')" \
		"shmmap: standard output: File too large"
done
status_is "results that wait, beyond the limit" 0 limited 1000 -k -j2 '
	if [ {} = 1 ]; then
		until [ -e began ]; do sleep 0.01; done
	else
		echo >began
	fi
	head -c 20000 /dev/zero; : {}'
is "results that wait, beyond the limit: all of them" "$(wc -c <limited)" 400000
# which a message could not be written to, either
said_size=$({
	limited 0 echo 2>&1
	echo "status $?" >&2
} 2>status | cat)
like "no file at all: is said" "$said_size" '^shmmap: .*: File too large'
is "no file at all: in one line" "$(printf '%s\n' "$said_size" | wc -l)" 1
is "no file at all: status" "$(cat status)" "status 125"

# a file system that gets full on the way
mkdir small
if unshare -m true 2>/dev/null; then
	how=-m
elif unshare -rm true 2>/dev/null; then
	how=-rm
else
	skip "a small file system can not be mounted"
fi
seq 20 >jobs
status_is "a disk that gets full" 125 unshare $how sh -c '
	mount -t tmpfs -o size=1m none small &&
	"$SHMMAP" -k -j2 "head -c 200000 /dev/zero; : {}" <jobs >small/out'
is "a disk that gets full: one line" "$err" "$said"
done_testing
