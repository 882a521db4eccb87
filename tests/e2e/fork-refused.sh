#!/bin/sh
# Where the system refuses processes, the run goes on with those it has and
# says so once; it gives up only when not even one job can be run.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "needs root, for a user with a process limit"
has setpriv && has prlimit || skip "needs setpriv and prlimit"

# A user that nobody else is, since the limit counts all of its processes.
user=$((200000 + $$))
chmod 755 "$T" "$T/.."
cp "$SHMMAP" prog
chmod 755 prog
mkdir tmp
chown $user tmp

seq 300 >jobs
chmod 644 jobs

# limited PROCESSES COMMAND...
limited()
{
	limit=$1
	shift
	# the leak check would need a process of its own
	ASAN_OPTIONS=${ASAN_OPTIONS+$ASAN_OPTIONS:}detect_leaks=0 \
	TMPDIR=$T/tmp timeout 60 setpriv --reuid=$user --regid=$user \
		--clear-groups prlimit --nproc="$limit" "$@"
}

limited 100 ./prog -k echo <jobs >got 2>got.err ||
	skip "the program can not be run by another user"
same "no limit in the way: all jobs run" got jobs
is "no limit in the way: no message" "$(cat got.err)" ""

# 3 is one slave and one job beside the master
for n in 3 4 5 7 9; do
	for options in "-j8" "-k -j8" "-j64"; do
		status_is "$n processes, $options: status" 0 \
			limited $n ./prog $options /bin/echo <jobs
		is "$n processes, $options: all jobs run" \
			"$(sort -n "$out_file" | cksum)" "$(cksum <jobs)"
		is "$n processes, $options: it is said once" \
			"$(grep -c '^shmmap: ' "$err_file"):$(wc -l <"$err_file")" 1:1
	done
done

token=$(new_token)
for n in 1 2; do
	TOKEN=$token status_is "$n: not even one job" 125 \
		limited $n ./prog -j4 /bin/echo <jobs
	like "$n: not even one job: is said" "$err" \
		"^shmmap: .*Resource temporarily unavailable"
	le "$n: not even one job: not again and again" \
		"$(wc -l <"$err_file")" 2
	is "$n: not even one job: nothing ran" "$out" ""
done
no_process_left "$token"

done_testing
