#!/bin/sh
# Where descriptors run out, the run goes on with fewer slaves and says so once.
. "$(dirname "$0")/lib.sh"

seq 300 >jobs

# limited DESCRIPTORS COMMAND...
limited()
{
	timeout 60 sh -c 'ulimit -n "$1" && shift && exec "$@"' sh "$@"
}

status_is "enough of them" 0 limited 256 "$SHMMAP" -k -j4 echo <jobs
same "enough of them: all jobs" "$out_file" jobs
is "enough of them: no message" "$err" ""

for n in 24 32 48; do
	for options in "-j64" "-k -j64"; do
		status_is "$n descriptors, $options: status" 0 \
			limited $n "$SHMMAP" $options echo <jobs
		is "$n descriptors, $options: all jobs run" \
			"$(sort -n "$out_file" | cksum)" "$(cksum <jobs)"
		le "$n descriptors, $options: at most one line" \
			"$(wc -l <"$err_file")" 1
	done
done

# Results that wait for their turn need descriptors too.
head -c 2000000 /dev/urandom >bulk
seq 30 >jobs
for n in $(seq 30); do
	cat bulk
	echo "$n"
done >wanted
status_is "results on disk: status" 0 limited 24 "$SHMMAP" -k -j4 '
	if [ {} = 1 ]; then
		until [ -e began ]; do sleep 0.01; done
	else
		echo >began
	fi
	cat bulk; echo {}' <jobs
same "results on disk: all of them" "$out_file" wanted

# Too few for anything: it says so and ends, or manages. It tries for some
# seconds, so they do it at the same time.
few="5 6 7 8 9 10 12 16"
for n in $few; do
	{
		limited "$n" "$SHMMAP" -k -j2 echo <jobs >"out.$n" 2>"err.$n"
		echo $? >"status.$n"
	} &
done
wait
for n in $few; do
	status=$(cat "status.$n")
	case $status in
	0) same "$n descriptors: all jobs" "out.$n" jobs ;;
	125) like "$n descriptors: is said" "$(cat "err.$n")" \
		"^shmmap: .*Too many open files" ;;
	*) fail "$n descriptors: status $status" "$(cat "err.$n")" ;;
	esac
done
done_testing
